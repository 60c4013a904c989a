"""The commands that look back, as a user types them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lab import Lab

from mliter_tui import events


def test_history_is_a_row_for_each_iteration(played: Lab) -> None:
    lines = played("history", "train.py").stdout.splitlines()
    assert lines[0].split() == ["ITER", "WHEN", "C", "L", "P", "TIME", "SAVED", "FOR", "CHANGED"]
    assert [line.replace(">", " ").split()[0] for line in lines[1:]] == ["1", "2", "3", "4", "5"]
    assert lines[1].endswith("first run") and lines[2].endswith("line 3") and lines[3].endswith("features.py")
    assert lines[5].startswith(">")  # where the next one goes out from
    shorter = played("history", "train.py", "-n", "2").stdout.splitlines()
    assert [line.replace(">", " ").split()[0] for line in shorter[1:]] == ["4", "5", "3"] and "3 earlier" in shorter[3]


def test_history_as_json(played: Lab) -> None:
    told = json.loads(played("history", "train.py", "--json").stdout)
    assert (told["v"], told["head"], told["script"]) == (1, 5, str(played.script))
    rows = told["iterations"]
    assert [(row["iteration"], row["parent"]) for row in rows] == [(1, None), (2, 1), (3, 2), (4, 3), (5, 4)]
    assert rows[4]["arguments"] == ["a", "b"] and rows[1]["lines"] == [3] and rows[3]["computed"] == 0


@pytest.mark.slow
def test_a_branch_is_drawn_where_the_user_went_back(lab: Lab) -> None:
    lab.run()
    lab.edit("C = 1.0", "C = 2.0")
    lab.run()
    lab("checkout", "train.py", "1")
    lab.edit("C = 1.0", "C = 3.0")
    lab.run()
    lines = lab("history", "train.py").stdout.splitlines()
    assert [re.findall(r"[o|]+(?= )", line)[0] for line in lines[1:]] == ["o", "o|", "o"]
    assert "from 1, line 3" in lines[3] and " o  " in lines[3]


def test_show(played: Lab) -> None:
    told = played("show", "train.py", "5").stdout
    for part in ("iteration 5: ", "goes out     from iteration 4", "arguments    a b", "modules      features",
                 "out.txt", "| value: 10.0 ['a', 'b']"):  # fmt: skip
        assert part in told
    assert "followed by  iteration 5" in played("show", "train.py", "4").stdout
    assert played("show", "train.py", "last").stdout == played("show", "train.py").stdout == told
    whole = json.loads(played("show", "train.py", "2", "--json").stdout)
    assert "C = 0.5" in whole["text"] and "by=10" in whole["modules"][str(played.module)]
    assert whole["stdout"] == "value: 5.0 []\n" and {n["label"] for n in whole["nodes"]} >= {"C", "value"}


def test_show_source_is_the_script_byte_for_byte(played: Lab) -> None:
    done = played("show", "train.py", "5", "--source", text=False)
    assert done.stdout == played.script.read_bytes()  # type: ignore[comparison-overlap]


def test_diff(played: Lab) -> None:
    told = played("diff", "train.py", "1", "2").stdout
    for part in ("-C = 1.0", "+C = 0.5", "C  1.0 -> 0.5  (line 3)", "-value: 10.0 []", "affected", "out.txt  changed"):
        assert part in told
    assert played("diff", "train.py").stdout == played("diff", "train.py", "4", "5").stdout
    assert played("diff", "train.py", "2").stdout == played("diff", "train.py", "2", "last").stdout
    assert "Nothing differs" in played("diff", "train.py", "3", "3").stdout


def test_diff_as_json(played: Lab) -> None:
    told = json.loads(played("diff", "train.py", "1", "2", "--json").stdout)
    assert (told["before"]["iteration"], told["after"]["iteration"]) == (1, 2)
    assert told["parameters"] == [{"name": "C", "before": "1.0", "after": "0.5", "line": 3}]
    assert {"sources", "nodes", "metrics", "times", "output", "files", "surroundings", "unknown"} <= told.keys()
    assert {"label", "action_before", "seconds_after"} <= told["times"][0].keys()


class Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, value in attrs if name in ("src", "href") or name.startswith("on")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_diff_as_a_page_of_its_own(lab: Lab) -> None:
    lab.write("print('<script>alert(1)</script> & \\x1b[31mred')\n")
    lab.run()
    lab.write("import time\ntime.sleep(0.2)\nprint('<b>2</b>')\n")
    lab.run()
    said = lab("diff", "train.py", "1", "2", "--html", "d.html").stdout
    assert said.startswith(str(lab.folder / "d.html"))
    page = Page((lab.folder / "d.html").read_text(encoding="utf-8"))
    assert not page.open and "script" not in page.tags and "b" not in page.tags
    assert "-<script>alert(1)</script> & \N{REPLACEMENT CHARACTER}[31mred" in page.text and "+<b>2</b>" in page.text
    assert "time.sleep(0.2)" in page.text and "table" in page.tags and "\x1b" not in page.text


def test_replay_tells_it_as_it_went(played: Lab) -> None:
    told = played("replay", "train.py", "2").stdout.splitlines()
    assert told[0].startswith("iter 2  train.py") and told[-1].startswith("mliter: iteration 2: ")
    at = [next(i for i, line in enumerate(told) if part in line) for part in ("C C (3)", "C value (5)", "| value: 5.0")]
    assert at == sorted(at)
    assert played("replay", "train.py", "2", "--speed", "1000").stdout.splitlines() == told
    lines = played("replay", "train.py", "2", "--json").stdout.splitlines()
    assert isinstance(events.decode(lines[0]), events.VersionRead)
    assert isinstance(events.decode(lines[-1]), events.IterationFinished)


def test_replay_runs_nothing(lab: Lab) -> None:
    """Neither the script, which is gone, nor anything in the store is touched."""
    lab.run()
    lab.script.unlink()
    (lab.folder / "out.txt").unlink()
    lab("replay", "train.py", "1")
    assert not (lab.folder / "out.txt").exists()
    assert len(json.loads(lab("history", "train.py", "--json").stdout)["iterations"]) == 1


def test_replay_step_by_step(played: Lab) -> None:
    told = played("replay", "train.py", "2").stdout.splitlines()
    stepped = played("replay", "train.py", "2", "--step", input="\n\nq\n", stdin=None).stdout.splitlines()
    assert stepped == told[:3]


def test_replay_makes_output_harmless(lab: Lab) -> None:
    bar = "print('\\x1b[2Jcleared', end='\\r')\nprint('10%', end='\\r')\nprint('100%', flush=True)\n"
    lab.write(bar + "print('a\\tb')\n")
    lab.run()
    told = lab("replay", "train.py", "1").stdout
    assert "\x1b" not in told and "\r" not in told
    assert [line for line in told.splitlines() if line.startswith("  | ")] == ["  | 100%", "  | a   b"]


def test_notes_and_stars(lab: Lab) -> None:
    lab.run()
    lab.run()
    assert lab("note", "train.py", "1", "good,", "but", "slow").stdout == "Noted of iteration 1: good, but slow\n"
    assert lab("star", "train.py", "1").stdout == "Iteration 1 has a star.\n"
    lines = lab("history", "train.py").stdout.splitlines()
    assert lines[1].startswith("*") and lines[1].endswith("good, but slow") and not lines[2].startswith("*")
    assert "good, but slow" in lab("show", "train.py", "1").stdout
    lab("note", "train.py", "1", "--", "-better- \x1b[31m")
    assert "\x1b" not in lab("history", "train.py").stdout
    assert json.loads(lab("star", "train.py", "1", "--remove", "--json").stdout)["star"] is False
    assert json.loads(lab("note", "train.py", "1", "--remove", "--json").stdout)["note"] == ""
    assert lab("history", "train.py").stdout.splitlines()[0].split()[-1] == "CHANGED"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("show train.py 9", "There is no iteration 9 of train.py; there are 1 to 5"),
        ("show other.py 1", "No iteration of other.py is kept here"),
        ("show train.py x", "must be the number of an iteration, or last"),
        ("show train.py 0", "must be the number of an iteration, or last"),
        ("show train.py 1 2", "2 is not understood here"),
        ("diff train.py 1 1 1", "Name two different ones to compare."),
        ("diff train.py 1 9 2", "There is no iteration 9 of train.py"),
        ("diff train.py 1 m1", "There is no imported run m1 of train.py"),
        ("checkout train.py m1", "of m1, which was imported, only numbers are known"),
        ("note train.py", "name an iteration"),
        ("note train.py 1", "write what to note"),
        ("star train.py", "name an iteration"),
        ("checkout train.py", "name an iteration"),
        ("checkout train.py 1 --undo", "1 is not understood here"),
        ("checkout train.py --undo", "There is no checkout to take back"),
        ("replay train.py 1 --speed fast", "must be a number from"),
        ("history train.py -n none", "must be a number of at least 1"),
        ("history", "name a script"),
        ("history train.py --wrong", "--wrong is not an option"),
        ("run --iteration 9 train.py", "There is no iteration 9 of train.py"),
        ("run --iteration 1 train.py x", "has arguments of its own"),
        ("run --iteration x train.py", "must be the number of an iteration, or last"),
        ("diff train.py 1 2 --html none/x.html", "there is no folder"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(played: Lab, words: str, said: str) -> None:
    done = played(*words.split(), status=2)
    assert said in done.stderr and done.stderr.count("\n") == 1 and done.stdout == ""


def test_looking_makes_no_store(tmp_path: Path, lab: Lab) -> None:
    for words in (["history", "train.py"], ["show", "train.py", "1"], ["run", "--iteration", "1", "train.py"]):
        assert "No iteration of train.py is kept here" in lab(*words, status=2).stderr
    assert not (lab.folder / ".mliter").exists()
