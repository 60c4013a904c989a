"""Plain text: numbers people read, tables that line up, nothing a terminal acts upon."""

import math
import time
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.render.cells import clean, shorten, width
from mliter_tui.render.plain import (
    CacheRow,
    PlanRow,
    cache_table,
    human_bytes,
    human_seconds,
    line_range,
    plan_table,
    summary_line,
)


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (None, "?"), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (9_951, "10 kB"),
        (999_499, "999 kB"), (999_501, "1.0 MB"), (84_000_000, "84 MB"), (1_300_000_000, "1.3 GB"), (-5000, "-5.0 kB"),
    ],
)  # fmt: skip
def test_bytes(n: int | None, text: str) -> None:
    assert human_bytes(n) == text


@pytest.mark.parametrize(
    ("s", "text"),
    [
        (None, "?"), (math.nan, "?"), (math.inf, "never"), (0.0, "0 s"), (1e-9, "<1 ms"), (0.34, "340 ms"),
        (0.9996, "1.0 s"), (4.1, "4.1 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"), (125, "2 min 05 s"),
        (3599.6, "1 h 00 min"), (3864, "1 h 04 min"), (-0.3, "-300 ms"),
    ],
)  # fmt: skip
def test_seconds(s: float | None, text: str) -> None:
    assert human_seconds(s) == text


@given(st.floats(min_value=1, max_value=999e18))
def test_a_size_reads_back_within_six_per_cent(n: float) -> None:
    number, unit = human_bytes(n).split()
    assert float(number) < 1000
    read = float(number) * 1000 ** ["B", "kB", "MB", "GB", "TB", "PB", "EB"].index(unit)
    assert read == pytest.approx(n, rel=0.06) or n < 10


@dataclass
class Finished:
    iteration: int = 12
    status: str = "ok"
    computed: int = 3
    loaded: int = 9
    pruned: int = 18
    seconds: float = 4.1
    saved_seconds: float = 41.2


def test_summary() -> None:
    text = "mliter: iteration 12: 3 computed, 9 loaded, 18 pruned in 4.1 s, saved 41.2 s"
    assert summary_line(Finished()) == text
    assert summary_line(Finished(status="failed", loaded=0, pruned=0, saved_seconds=0.0)) == (
        "mliter: iteration 12 failed: 3 computed in 4.1 s"
    )
    assert summary_line(Finished(computed=0, loaded=0, pruned=0)).startswith("mliter: iteration 12: nothing to do in ")


def test_a_loss_is_not_called_a_gain() -> None:
    assert summary_line(Finished(saved_seconds=-0.3)).endswith(", 300 ms slower than without a cache")
    assert "saved" not in summary_line(Finished(saved_seconds=-0.001))


PLAN: list[PlanRow] = [
    {"node": "df", "lines": (3, 3), "action": "load", "seconds": 0.02, "reason": "unchanged"},
    {"node": "clf.fit", "lines": (31, 33), "action": "compute", "seconds": 2.1, "reason": "source changed"},
    {"node": "tree", "lines": (31, 33), "action": "compute", "seconds": 2.0, "reason": "part of it", "depth": 1},
    {"node": "データ", "lines": (40, 40), "action": "prune", "seconds": None, "reason": "not needed"},
]


def test_plan() -> None:
    assert plan_table(PLAN) == (
        "   LINES  NODE      TIME  WHY\n"
        "L  3      df       20 ms  unchanged\n"
        "C  31-33  clf.fit  2.1 s  source changed\n"
        "C  31-33    tree   2.0 s  part of it\n"
        "P  40     データ          not needed\n"
        "2 to compute, 1 to load, 1 to prune; about 4.1 s\n"
    )


def test_passes_of_which_nothing_is_needed_are_one_line() -> None:
    def row(node: str, action: str, turn: int) -> PlanRow:
        return {"node": node, "lines": (5, 5), "action": action, "seconds": 1.0, "reason": "", "depth": 1,
                "turn": [9, turn]}  # fmt: skip

    quiet = [row(n, "prune", t) for t in (1, 2, 3) for n in "ab"]
    table = plan_table([PLAN[0], *quiet, row("a", "prune", 4), row("b", "compute", 4), row("a", "prune", 5)])
    assert [" ".join(line.split()) for line in table.splitlines()[2:-1]] == [
        "P 5 passes 1 to 3", "P 5 a", "C 5 b 1.0 s", "P 5 pass 5",
    ]  # fmt: skip


def test_plan_says_what_it_does_not_know() -> None:
    new: PlanRow = {"node": "x", "lines": (), "action": "compute", "seconds": None, "reason": "new"}
    assert plan_table([new]).splitlines()[-1] == "1 to compute; no time known yet"
    assert plan_table([new, PLAN[1]]).splitlines()[-1] == "2 to compute; about 2.1 s and 1 of unknown cost"
    assert plan_table([PLAN[3]]).splitlines()[-1] == "1 to prune; about 0 s"
    assert plan_table([{**new, "action": "undecided"}]).splitlines()[-1] == "undecided; no time known yet"
    assert plan_table([]) == "nothing to run\n"


CACHE: CacheRow = {
    "key": "9f3ac1", "name": "X_tr", "bytes": 84_000_000, "load_seconds": 0.1, "compute_seconds": 4.3,
    "used": 1.0e9, "pinned": True,
}  # fmt: skip


def test_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mliter_tui.render.plain.time.localtime", time.gmtime)
    unknown = CACHE | {"name": "y", "bytes": 0, "load_seconds": None, "pinned": False}
    assert cache_table([CACHE, unknown], budget=4 * 10**9) == (
        "KEY     NAME   SIZE    LOAD  COMPUTE  SAVED/MB  USED\n"
        "9f3ac1  X_tr  84 MB  100 ms    4.3 s     50 ms  2001-09-09 01:46  pinned\n"
        "9f3ac1  y       0 B       ?    4.3 s         ?  2001-09-09 01:46\n"
        "2 values, 84 MB of 4.0 GB\n"
    )
    assert cache_table([CACHE], used=1000).splitlines()[-1] == "1 value, 1.0 kB"
    assert cache_table([], used=0, budget=1000) == "nothing is kept; 0 B of 1.0 kB\n"


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_row_is_one_line_of_printable_text(node: str, reason: str) -> None:
    row: PlanRow = {"node": node, "lines": (1, 1), "action": "compute", "seconds": 1.0, "reason": reason}
    text = plan_table([row])
    assert text.count("\n") == 3
    assert text.replace("\n", "").isprintable()


def test_escape_codes_are_shown_not_sent() -> None:
    assert clean("a\n\tb \x1b[31m\x07") == "a b \\x1b[31m\\x07"


@given(st.text(max_size=60), st.integers(min_value=3, max_value=50))
def test_shortened_text_fits(text: str, cells: int) -> None:
    short = shorten(clean(text), cells)
    assert width(short) <= cells
    assert short == clean(text) or short.endswith("...")


def test_widths_and_lines() -> None:
    assert [width(text) for text in ("abc", "データ", "e\u0301")] == [3, 6, 1]
    assert [line_range(lines) for lines in ((), (22, 22), (31, 33))] == ["", "22", "31-33"]
