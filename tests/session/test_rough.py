"""Scripts that misbehave: the session goes on, and tells what happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from session.driver import Engine


def goes_on(engine: Engine) -> None:
    """The next save still runs."""
    at = len(engine.events)
    engine.script.write_text("print('all well')\n")
    assert engine.finished(at)["status"] == "ok"
    assert engine.output(at) == "all well\n"


def test_a_script_that_kills_itself(tmp_path: Path) -> None:
    with Engine(tmp_path, "import os, signal\nx = 1\nos.kill(os.getpid(), signal.SIGKILL)\n") as engine:
        assert engine.finished()["exit_status"] == -9
        assert any("SIGKILL" in e["text"] for e in engine.of("note"))
        goes_on(engine)


def test_a_script_whose_interpreter_crashes(tmp_path: Path) -> None:
    with Engine(tmp_path, "import ctypes\nctypes.string_at(0)\n") as engine:
        assert engine.finished()["exit_status"] == -signal.SIGSEGV
        goes_on(engine)


@pytest.mark.slow
def test_a_hundred_megabytes_of_output_stay_small_and_end_with_the_end(tmp_path: Path) -> None:
    text = "for i in range(1_000_000):\n    print('x' * 99)\nprint('the end')\n"
    with Engine(tmp_path, text) as engine:
        assert engine.finished()["status"] == "ok"
        told = engine.output()
        assert told.endswith("the end\n") and "not shown here" in told
        assert len(told) < 99_000_000
        goes_on(engine)


def test_bytes_that_are_no_text_and_escapes_come_through_unharmed(tmp_path: Path) -> None:
    text = "import sys\nsys.stdout.buffer.write(b'\\xff\\x00\\x1b[2J caf\\xc3\\xa9\\n')\nsys.stdout.flush()\n"
    with Engine(tmp_path, text) as engine:
        engine.finished()
        assert engine.output().encode("utf-8", "surrogateescape") == b"\xff\x00\x1b[2J caf\xc3\xa9\n"


def test_standard_input_is_empty_and_never_the_commands(tmp_path: Path) -> None:
    with Engine(tmp_path, "import sys\nprint(repr(sys.stdin.read()))\n") as engine:
        assert engine.finished()["status"] == "ok"
        assert engine.output() == "''\n"
        at = engine.save("sys.stdin.read()", "input('name? ')")
        assert engine.finished(at)["status"] == "failed"
        assert "EOFError" in engine.output(at, "stderr")
        goes_on(engine)


def test_what_c_code_and_children_print_is_told_and_mixes_into_nothing(tmp_path: Path) -> None:
    text = "import os, subprocess\nos.write(1, b'raw\\n')\nsubprocess.run(['echo', 'child'])\nprint('python')\n"
    with Engine(tmp_path, text) as engine:
        engine.finished()
        assert sorted(engine.output().split()) == ["child", "python", "raw"]


def test_workers_of_a_cancelled_run_end_with_it(tmp_path: Path) -> None:
    text = (
        "import multiprocessing as mp, os, time\n"
        "def work(i):\n    open(f'{i}.pid', 'w').write(str(os.getpid()))\n    time.sleep(120)\n"
        "with mp.get_context('fork').Pool(2) as pool:\n    pool.map(work, range(2))\n"
    )
    with Engine(tmp_path, text) as engine:
        files = [tmp_path / f"{i}.pid" for i in range(2)]
        deadline = time.monotonic() + 30
        while not all(f.exists() and f.read_text() for f in files):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        at = engine.send("cancel")
        assert engine.finished(at)["status"] == "cancelled"
        for file in files:
            assert ends(int(file.read_text())), "a worker lives on"
        goes_on(engine)


def ends(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_leaving_ends_the_script_and_what_waits(tmp_path: Path) -> None:
    text = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(120)\n"
    for way in ("leave", "term", "end of input"):
        engine = Engine(tmp_path, text.replace("120", f"{120 + len(way)}"))
        with engine:
            engine.wait("node_started", 0, lambda e: e["label"].startswith("time.sleep"))
            pid = int((tmp_path / "pid").read_text())
            children = subprocess.run(
                ["ps", "--ppid", str(engine.process.pid), "-o", "pid="], capture_output=True, text=True, check=False
            ).stdout.split()
            assert str(pid) in children
            if way == "leave":
                engine.send("leave")
            elif way == "term":
                engine.process.terminate()
            else:
                continue  # the json session goes on when nobody can send commands any more
            assert engine.process.wait(20) == 0
            assert all(ends(int(child)) for child in children), way


def test_nobody_reads_the_events_any_more(tmp_path: Path) -> None:
    text = "import time\nfor i in range(600):\n    print(i, flush=True)\n    time.sleep(0.1)\n"
    (tmp_path / "train.py").write_text(text)
    command = [sys.executable, "-m", "mliter_tui", "watch", "--ui", "json", "train.py"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == 0
    process.stdin.close()


def test_plain_text_has_one_line_a_decision(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("x = 1\nprint('x is', x)\n")
    command = [sys.executable, "-m", "mliter_tui", "watch", "--ui", "plain", "train.py"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith("mliter: iteration 1"):
            break
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.stdout.close()
    assert lines[0] == "iter 1  plan: 2 compute  no time known yet" or lines[0].startswith("iter 1  plan: 2 compute")
    assert "x is 1" in lines and lines[-1].startswith("mliter: iteration 1: 2 computed in ")


def test_another_interpreter_that_lacks_something_is_told_what(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print(1)\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "other"], cwd=tmp_path, check=True)
    python = tmp_path / "other" / "bin" / "python"

    def watch(python: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mliter_tui", "watch", "--ui", "json", "--python", str(python), "train.py"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    done = watch(python)
    assert done.returncode == 2 and f"{python} lacks xxhash" in done.stderr
    assert done.stderr.count("\n") == 1 and "-m pip install xxhash" in done.stderr
    assert "is a folder" in watch(python.parent).stderr
    assert "does not run" in watch(tmp_path / "nothing").stderr


def test_another_interpreter_runs_the_script(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", "other"], cwd=tmp_path, check=True
    )
    python = tmp_path / "other" / "bin" / "python"
    import site

    packages = next(tmp_path.glob("other/lib/*/site-packages"))
    (packages / "ours.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    with Engine(tmp_path, "import sys\nprint(sys.prefix)\n", "--python", str(python)) as engine:
        engine.finished()
        assert engine.output().strip() == str(tmp_path / "other")
