"""The player: which edit it saves when, told by events as an engine sends them; and the table of what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mliter_tui import events
from mliter_tui.demo.player import Player
from mliter_tui.demo.rows import Row, Rows
from mliter_tui.demo.scratch import Scratch, scratch
from mliter_tui.demo.series import SCRIPT, Series


class Engine:
    """What an engine would say of what is in the folder; `now` is the player's clock."""

    def __init__(self, the: Scratch) -> None:
        self.the, self.now, self.number = the, 100.0, 0
        self.player = Player(the, pause=5.0, clock=lambda: self.now)

    def say(self, *told: events.Event) -> None:
        for event in told:
            self.player.tell(event)

    def read(self, number: int) -> None:
        text = (self.the.work / SCRIPT).read_text()
        self.say(events.Saved((str(self.the.script),), 0.0), events.VersionRead(SCRIPT, number, text, (), ()))

    def run(self, output: str = "", status: events.Status = "ok", seconds: float = 2.0) -> None:
        """Read what is there and run it as the next iteration."""
        self.number += 1
        self.read(self.number)
        self.say(events.IterationStarted(SCRIPT, self.number, 3))
        self.say(events.Output(1, "stdout", output), events.Output(1, "stderr", "not this"))
        self.now += seconds
        self.say(events.IterationFinished(self.number, status, 1, 2, 3, seconds, 0.0, 0))

    def python(self) -> None:
        """Until plain Python has ended."""
        plain = self.player._plain
        assert plain is not None
        plain._thread.join(60)
        self.player.tick()

    @property
    def factor(self) -> str:
        text = (self.the.work / SCRIPT).read_text()
        return text[text.index("factor = ") :].splitlines()[0]


@pytest.fixture
def engine(series: Series) -> Iterator[Engine]:
    with scratch(series, keep=False) as the:
        engine = Engine(the)
        yield engine
        engine.player.close()


def total(engine: Engine, text: str = "total 28\n") -> None:
    """What mliter's run leaves behind."""
    (engine.the.work / "total.txt").write_text(text.split()[1] + "\n")


def test_plain_python_runs_the_same_version_and_is_compared(engine: Engine) -> None:
    total(engine)
    engine.run("total 28\n")
    assert engine.player.phase == "python"
    engine.python()
    (row,) = engine.player.rows.rows
    assert (row.seconds, row.verdict, row.computed, row.loaded, row.pruned) == (2.0, "same", 1, 2, 3)
    assert row.python is not None and row.python > 0


@pytest.mark.parametrize(
    ("output", "file", "verdict"),
    [
        ("total 29\n", "total 28\n", "differs: output"),
        ("total 28\n", "total 29\n", "differs: total.txt"),
        ("total 28", "total 28\n", "differs: output"),
    ],
)
def test_a_difference_is_told(engine: Engine, output: str, file: str, verdict: str) -> None:
    total(engine, file)
    engine.run(output)
    engine.python()
    assert engine.player.rows.rows[0].verdict == verdict
    assert not engine.player.rows.right


def test_output_belongs_to_the_edit_whenever_it_comes(engine: Engine) -> None:
    """Before the run is told to begin, or after it is told to have ended; but not that of a run before."""
    rested(engine)
    engine.player.step()
    total(engine, "total 42\n")
    engine.read(2)
    engine.say(events.Output(1, "stdout", "total"), events.IterationStarted(SCRIPT, 2, 3))
    engine.say(events.IterationFinished(2, "ok", 1, 2, 3, 1.0, 0.0, 0), events.Output(1, "stdout", " 42\n"))
    engine.python()
    assert engine.player.rows.rows[1].verdict == "same"


def test_a_file_that_was_not_written_is_told(engine: Engine) -> None:
    engine.run("total 28\n")
    engine.python()
    assert engine.player.rows.rows[0].verdict == "differs: total.txt"


def rested(engine: Engine) -> None:
    """The first version is done, and the next edit is due in five seconds."""
    total(engine)
    engine.run("total 28\n")
    engine.python()
    assert engine.player.phase == "rests"


def test_the_next_edit_comes_after_a_rest(engine: Engine) -> None:
    rested(engine)
    engine.now += 4.9
    engine.player.tick()
    assert engine.factor == "factor = 2"
    engine.now += 0.2
    engine.player.tick()
    assert (engine.player.phase, engine.factor) == ("runs", "factor = 3")


def test_it_waits_while_a_person_looks(engine: Engine) -> None:
    rested(engine)
    for _ in range(100):
        engine.now += 1.0
        engine.player.tick(held=True)
    assert engine.factor == "factor = 2"
    assert "waits for you" in engine.player.told().aside
    engine.now += 2.1
    engine.player.tick()
    assert engine.factor == "factor = 3"


def test_pause_holds_it_and_step_goes_on(engine: Engine) -> None:
    rested(engine)
    engine.player.pause()
    engine.now += 100
    engine.player.tick()
    assert engine.factor == "factor = 2"
    assert engine.player.told().paused
    assert engine.player.step() == ""
    assert engine.factor == "factor = 3"
    assert "c cancels" in engine.player.step()


def test_step_does_not_wait_for_plain_python(engine: Engine) -> None:
    engine.run("total 28\n")
    plain = engine.player._plain
    assert plain is not None
    assert engine.player.step() == ""
    assert plain.ended
    assert engine.factor == "factor = 3"
    assert engine.player.rows.rows[0].verdict == "-"


def test_a_run_that_the_user_asked_for_is_not_that_of_the_edit(engine: Engine) -> None:
    rested(engine)
    engine.player.step()
    engine.say(events.VersionRead(SCRIPT, 2, "of before the save", (), ()))
    engine.say(events.IterationFinished(2, "ok", 1, 1, 1, 1.0, 0.0, 0))
    engine.number = 2
    assert engine.player.phase == "runs"
    engine.run("total 42\n")
    assert len(engine.player.rows.rows) == 2


def test_what_the_user_ran_meanwhile_makes_a_comparison_void(engine: Engine) -> None:
    engine.run("total 28\n")
    engine.say(events.IterationStarted(SCRIPT, 2, 3))
    engine.python()
    assert engine.player.rows.rows[0].verdict == "-"
    assert engine.player.rows.right


def test_the_users_own_edit_is_put_aside(engine: Engine) -> None:
    rested(engine)
    engine.the.script.write_text("mine")
    engine.player.step()
    assert (engine.the.work / "yours-1-train.py").read_text() == "mine"
    assert engine.factor == "factor = 3"
    assert "yours-1-train.py" in "\n".join(engine.player.rows.lines())


def test_a_save_that_makes_no_difference_is_a_row_as_well(engine: Engine) -> None:
    """Of comments in a module the engine says nothing at all."""
    rested(engine)
    engine.player.step()
    engine.now += 5.1
    engine.player.tick()
    assert engine.player.phase == "python"
    assert engine.player.rows.rows[1].seconds == 0


def test_a_failed_run_is_a_row_and_the_next_edit_follows(engine: Engine) -> None:
    engine.run("", status="failed")
    assert (engine.player.phase, engine.player.rows.rows[0].verdict) == ("rests", "failed")


def test_to_the_end(engine: Engine) -> None:
    """A module is saved where it alone has changed, and an earlier version comes again."""
    rested(engine)
    for expected in (14 * 3, 140 * 3, 14 * 3):
        engine.player.step()
        total(engine, f"total {expected}\n")
        engine.run(f"total {expected}\n")
        engine.python()
    assert engine.player.over
    assert [row.verdict for row in engine.player.rows.rows] == ["same"] * 4
    assert engine.player.step() == "That was the last edit."
    assert engine.player.told().over


def test_scratch_leaves_nothing_behind(series: Series) -> None:
    before = Path.cwd()
    with scratch(series, keep=False) as the:
        assert Path.cwd() == the.work
        (the.work / ".mliter").mkdir()
        assert sorted(the.sources()) == ["helper.py", "train.py"]
    assert (the.folder.exists(), Path.cwd()) == (False, before)
    with scratch(series, keep=True) as kept:
        pass
    assert (kept.work / "words.txt").read_text() == "a bc def x"


def rows() -> Rows:
    found = Rows("words", "Words", notes=["a note"])
    for number, (mine, python) in enumerate([(10.0, 8.0), (0.5, 8.0)]):
        found.add(Row(number, f"edit {number} \x1b[31m[red]", "li", "H", mine, 1, 2, 3, "ok"))
        found.compare(number, python, [])
    return found


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_fits_and_has_no_control_characters(width: int) -> None:
    lines = rows().lines(width)
    assert max(map(len, lines)) <= width
    assert "\x1b" not in "".join(lines)
    assert any("together" in line and "1.5x" in line for line in lines)
    assert any("16x" in line for line in lines)
    assert any(line == "a note" for line in lines)
    drawn = "".join(rows().lines(width, ascii=True)).replace("\N{REPLACEMENT CHARACTER}", "")
    assert drawn.isascii()


def test_the_table_says_only_of_what_was_compared_how_much_faster(series: Series) -> None:
    found = rows()
    found.add(Row(2, "not run by python", "li", "H", 100.0, 1, 2, 3, "ok"))
    assert found.both() == (10.5, 16.0)
    assert found.to_json()["rows"][2]["verdict"] == "-"


