"""What a save does: to a session at rest, to one that runs, and when it cannot be read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from session.driver import Engine

SLOW = """
import time
def slow(x, seconds=0.8):
    time.sleep(seconds)
    return [x] * 1000
"""

CHAIN = SLOW + """
a = slow(1)
b = slow(a[0] + 1)
c = b[0] + 1
print("c is", c)
"""


def test_the_first_run_starts_by_itself_and_tells_the_version_the_plan_and_the_end(tmp_path: Path) -> None:
    with Engine(tmp_path, "x = 1\nprint('x is', x)\n") as engine:
        end = engine.finished()
        assert (end["status"], end["computed"], end["iteration"]) == ("ok", 2, 1)
        told = [e["type"] for e in engine.events]
        order = ["version_read", "plan_ready", "iteration_started", "node_started", "node_finished"]
        assert sorted(order, key=told.index) == order
        read = engine.of("version_read")[0]
        assert read["text"] == "x = 1\nprint('x is', x)\n"
        assert [n["lines"] for n in read["nodes"]] == [[1, 1], [2, 2]]
        assert read["edges"] == [{"maker": 0, "reader": 1, "names": ["x"]}]
        assert engine.output() == "x is 1\n"


@pytest.mark.slow
def test_an_edit_runs_only_what_it_reaches_and_says_why(tmp_path: Path) -> None:
    with Engine(tmp_path, CHAIN) as engine:
        engine.finished()
        at = engine.save("b[0] + 1", "b[0] + 10")
        end = engine.finished(at)
        assert end["status"] == "ok" and engine.output(at) == "c is 12\n"
        plan = engine.wait("plan_ready", at)
        states = {s["label"]: s for s in plan["states"]}
        assert states["c"]["action"] == "compute" and states["c"]["reason"]["code"] == "SOURCE_CHANGED"
        assert states["c"]["reason"]["diff"] == "-c = b[0] + 1\n+c = b[0] + 10"
        assert states["a"]["action"] == states["slow"]["action"] == "prune"
        assert states["b"]["action"] == "load" and states["b"]["compute_seconds"] >= 0.8 and states["b"]["nbytes"] > 0
        assert engine.wait("version_read", at)["changed"] == [9]
        assert end["saved_seconds"] > 1.5


@pytest.mark.slow
def test_a_local_module_and_a_data_file_are_watched(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def twice(x):\n    return 2 * x\n")
    (tmp_path / "data.txt").write_text("3")
    text = "import helper\nn = int(open('data.txt').read())\nprint(helper.twice(n))\n"
    with Engine(tmp_path, text) as engine:
        engine.finished()
        assert engine.output() == "6\n"
        at = engine.save("2 *", "5 *", tmp_path / "helper.py")
        engine.finished(at)
        assert engine.output(at) == "15\n"
        assert engine.wait("saved", at)["paths"] == [str(tmp_path / "helper.py")]
        at = engine.save("3", "7", tmp_path / "data.txt")
        engine.finished(at)
        assert engine.output(at) == "35\n"


def test_files_that_make_no_difference_start_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1")
    text = (
        "import glob, os\nfound = sorted(glob.glob('data/*.csv'))\nprint(found)\n"
        "with open('out.txt', 'w') as f:\n    _ = f.write('done')\nprint(open('out.txt').read())\n"
    )
    with Engine(tmp_path, text) as engine:
        engine.finished()
        at = len(engine.events)
        (tmp_path / "data" / "a.csv").write_text("of no interest")  # its name is, what it holds was never read
        (tmp_path / "out.txt").write_text("changed by hand")  # what the script writes itself
        time.sleep(1.0)
        assert [e["type"] for e in engine.events[at:]] == []
        (tmp_path / "data" / "b.csv").write_text("2")
        engine.finished(at)
        assert "b.csv" in engine.output(at)


@pytest.mark.slow
def test_a_syntax_error_names_the_line_and_the_next_save_goes_on(tmp_path: Path) -> None:
    with Engine(tmp_path, CHAIN) as engine:
        engine.finished()
        at = engine.save("c = b[0] + 1", "c = b[0] +")
        broken = engine.wait("version_broken", at)
        assert broken["line"] == 9 and "syntax" in broken["message"]
        assert not engine.of("version_read", at) and not engine.of("iteration_started", at)
        at = engine.save("c = b[0] +", "c = b[0] + 5")
        assert engine.finished(at)["status"] == "ok"
        assert engine.output(at) == "c is 7\n"
        assert engine.actions(at)["b"] != "compute"


def test_a_script_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    with Engine(tmp_path, "print(1)\n") as engine:
        engine.finished()
        at = len(engine.events)
        engine.script.unlink()
        assert "no such script" in engine.wait("version_broken", at)["message"]
        at = len(engine.events)
        engine.script.write_text("print(2)\n")
        engine.finished(at)
        assert engine.output(at) == "2\n"


def test_an_exception_is_an_iteration_and_mending_it_goes_on_from_there(tmp_path: Path) -> None:
    text = SLOW + "a = slow(1)\nb = a[0] / 0\nprint(b)\n"
    with Engine(tmp_path, text) as engine:
        end = engine.finished()
        assert (end["status"], end["exit_status"]) == ("failed", 1)
        assert 'train.py", line 7' in engine.output(0, "stderr") and "ZeroDivisionError" in engine.output(0, "stderr")
        at = engine.save("/ 0", "/ 2")
        assert engine.finished(at)["status"] == "ok"
        assert engine.output(at) == "0.5\n" and engine.actions(at)["a"] != "compute"


@pytest.mark.slow
def test_a_save_while_a_node_runs_that_both_versions_want_lets_it_finish(tmp_path: Path) -> None:
    with Engine(tmp_path, CHAIN.replace("a = slow(1)", "a = slow(1, 2.5)")) as engine:
        engine.wait("node_started", 0, lambda e: e["label"] == "a")
        at = engine.save("c is", "c was")
        engine.wait("iteration_finished", at, lambda e: e["status"] == "cancelled")
        engine.wait("iteration_finished", at, lambda e: e["status"] == "ok")
        started = [e["label"] for e in engine.events if e["type"] == "node_started"]
        assert started.count("a") == 1, "it was computed twice"
        assert engine.output() == "c was 3\n"


def test_a_save_that_makes_the_running_node_obsolete_ends_it(tmp_path: Path) -> None:
    with Engine(tmp_path, CHAIN.replace("a = slow(1)", "a = slow(1, 30)")) as engine:
        engine.wait("node_started", 0, lambda e: e["label"] == "a")
        begin = time.monotonic()
        at = engine.save("a = slow(1, 30)", "a = slow(5, 0.1)")
        engine.wait("iteration_finished", at, lambda e: e["status"] == "cancelled")
        engine.wait("iteration_finished", at, lambda e: e["status"] == "ok")
        assert time.monotonic() - begin < 20
        assert engine.output() == "c is 7\n"


def test_an_edit_upstream_of_the_running_node_ends_it(tmp_path: Path) -> None:
    with Engine(tmp_path, CHAIN.replace("b = slow(a[0] + 1)", "b = slow(a[0] + 1, 30)")) as engine:
        engine.wait("node_started", 0, lambda e: e["label"] == "b")
        at = engine.save("a = slow(1)", "a = slow(3)")
        cancelled = engine.wait("iteration_finished", at)
        assert cancelled["status"] == "cancelled" and cancelled["seconds"] < 25


def test_a_plan_of_a_save_while_running_is_told_at_once(tmp_path: Path) -> None:
    with Engine(tmp_path, CHAIN.replace("a = slow(1)", "a = slow(1, 4)")) as engine:
        engine.wait("node_started", 0, lambda e: e["label"] == "a")
        at = engine.save("c is", "c was")
        engine.wait("plan_ready", at)
        assert not engine.of("iteration_finished", at)


@pytest.mark.slow
def test_a_broken_save_does_not_end_the_run(tmp_path: Path) -> None:
    with Engine(tmp_path, CHAIN.replace("a = slow(1)", "a = slow(1, 2)")) as engine:
        engine.wait("node_started", 0, lambda e: e["label"] == "a")
        at = engine.save("c = b", "c = = b")
        engine.wait("version_broken", at)
        assert engine.finished(at)["status"] == "ok"


@pytest.mark.slow
def test_manual_plans_and_runs_on_demand(tmp_path: Path) -> None:
    with Engine(tmp_path, CHAIN, "--manual") as engine:
        engine.wait("plan_ready")
        time.sleep(0.5)
        assert not engine.of("iteration_started")
        at = engine.send("run_now")
        assert engine.finished(at)["status"] == "ok"
        at = engine.save("c is", "c was")
        engine.wait("plan_ready", at)
        time.sleep(0.3)
        assert not engine.of("iteration_started", at)
        engine.send("set_auto", on=True)
        at = engine.save("c was", "c has been")
        engine.finished(at)
        assert engine.output(at) == "c has been 3\n"


def test_arguments_reach_the_script(tmp_path: Path) -> None:
    with Engine(tmp_path, "import sys\nprint(sys.argv[1:])\n", args=("--lr", "0.1")) as engine:
        engine.finished()
        assert engine.output() == "['--lr', '0.1']\n"


@pytest.mark.parametrize("style", ["pieces", "backup", "in place"])
def test_saves_of_several_editors(tmp_path: Path, style: str) -> None:
    with Engine(tmp_path, CHAIN) as engine:
        engine.finished()
        at, text = len(engine.events), engine.script.read_text().replace("c is", "now c is")
        if style == "pieces":
            with open(engine.script, "w") as file:
                for start in range(0, len(text), 40):
                    file.write(text[start : start + 40])
                    file.flush()
                    time.sleep(0.004)
        elif style == "backup":
            engine.script.rename(tmp_path / "train.py~")
            engine.script.write_text(text)
        else:
            engine.script.write_text(text)
        engine.finished(at)
        assert engine.output(at) == "now c is 3\n"
        assert not engine.of("version_broken", at)


def test_a_figure_that_is_written_is_told_computed_or_not(tmp_path: Path) -> None:
    text = "data = b'not really a figure'\nwith open('roc.png', 'wb') as f:\n    _ = f.write(data)\nprint('done')\n"
    with Engine(tmp_path, text) as engine:
        engine.finished()
        told = engine.wait("picture_kept")["picture"]
        assert told == {"path": str(tmp_path / "roc.png"), "nbytes": 19, "node": 1, "title": ""}
        at = engine.save("'done'", "'done again'")
        engine.finished(at)
        assert engine.wait("picture_kept", at)["picture"]["path"] == str(tmp_path / "roc.png")


@pytest.mark.slow
def test_a_file_that_was_saved_before_it_was_watched_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "late.txt").write_text("1")
    text = "import time\nn = open('late.txt').read()\ntime.sleep(1.5)\nprint(n)\n"
    with Engine(tmp_path, text) as engine:
        engine.wait("node_started", 0, lambda e: e["label"].startswith("time.sleep"))
        (tmp_path / "late.txt").write_text("2")  # it has been read, and nobody watches it yet
        engine.wait("output", 0, lambda e: e["text"] == "2\n")


def test_polling_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLITER_WATCH", "poll")
    with Engine(tmp_path, "print(1)\n") as engine:
        engine.finished()
        assert any("twice a second" in e["text"] for e in engine.of("note"))
        at = engine.save("print(1)", "print(2)")
        engine.finished(at)
        assert engine.output(at) == "2\n"


@pytest.mark.slow
def test_a_script_that_writes_new_names_into_a_folder_it_lists_does_not_run_for_ever(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    text = (
        "import os, time\nbefore = sorted(os.listdir('runs'))\nprint(len(before))\n"
        "name = f'runs/{time.time_ns()}.txt'\nwith open(name, 'w') as f:\n    _ = f.write('result')\n"
    )
    with Engine(tmp_path, text) as engine:
        engine.finished()
        time.sleep(3)
        assert len(engine.of("iteration_started")) <= 3, "it starts itself"
        assert any(e["text"].startswith("runs: changed by each run") for e in engine.of("note"))


@pytest.mark.slow
def test_what_another_program_writes_for_the_script_starts_it_once_more_at_most(tmp_path: Path) -> None:
    (tmp_path / "stamp.txt").write_text("first")
    text = (
        "import subprocess\nwhen = open('stamp.txt').read()\nprint(len(when) > 3)\n"
        "subprocess.run('date +%s%N > stamp.txt', shell=True)\n"
    )
    with Engine(tmp_path, text) as engine:
        engine.finished()
        time.sleep(4)
        assert len(engine.of("iteration_started")) <= 3, "it starts itself"
        assert any("stamp.txt" in e["text"] for e in engine.of("note"))
        at = len(engine.events)
        (tmp_path / "stamp.txt").write_text("by hand")  # that is the user
        engine.wait("iteration_started", at)
