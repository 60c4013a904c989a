"""Charts of block characters."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.facts import IterationInfo
from mliter_tui.render.bars import Bars, budget_bar, histogram, iteration_bars, iteration_sparkline, parts, sparkline
from mliter_tui.render.spans import row_text, row_width


def info(number: int, compute: float = 1.0, load: float = 0.0, rest: float = 0.0, status: str = "ok") -> IterationInfo:
    return IterationInfo(number, 0.0, status, 1, 1, 1, compute + load + rest, 0.0, compute, load)


def texts(bars: Bars) -> list[str]:
    return [row_text(row).rstrip() for row in bars.rows]


HISTORY = [info(1, 4.0), info(2, 0.0, 2.0), info(3, 2.0, 1.0, 1.0), info(4, 1.0, status="failed")]


def test_stacks_with_axis_and_marks() -> None:
    assert texts(iteration_bars(HISTORY, 32, 6, selected=3)) == [
        "4.0s┤███     ░░░",
        "    │███     ▒▒▒",
        "2.0s┤███ ▒▒▒ ███",
        "    │███ ▒▒▒ ███ ███",
        "    ╰─────────▲───✗─────────────",
        "iter 3  █ 2.0s  ▒ 1.0s  ░ 1.0s",
    ]


def test_the_last_row_has_words_where_they_fit() -> None:
    last = "iter 3  █ compute 2.0s  ▒ load 1.0s  ░ overhead 1.0s"
    assert texts(iteration_bars(HISTORY, 60, 6, selected=3))[-1] == last
    assert texts(iteration_bars(HISTORY, 60, 6))[-1] == " █ compute  ▒ load  ░ overhead"


def test_ascii_tells_the_kinds_apart_too() -> None:
    rows = texts(iteration_bars(HISTORY, 32, 6, selected=3, ascii=True))
    assert all(row.isascii() for row in rows)
    assert rows[:3] == ["4.0s|###     :::", "    |###     ===", "2.0s|### === ###"]
    assert rows[4] == "    +---------^---x-------------"


@given(
    st.lists(st.tuples(*[st.floats(0, 1e7)] * 3), max_size=60), st.integers(1, 120), st.integers(2, 20),
    st.integers(-1, 61), st.booleans(),
)  # fmt: skip
def test_charts_have_the_size_they_are_given(
    seconds: list[tuple[float, float, float]], cells: int, height: int, selected: int, ascii: bool
) -> None:
    history = [info(number, *each) for number, each in enumerate(seconds)]
    bars = iteration_bars(history, cells, height, selected=selected, ascii=ascii)
    assert len(bars.rows) == height
    assert {row_width(row) for row in bars.rows} == {cells}
    assert len(bars.columns) == cells
    line = iteration_sparkline(history, cells, selected=selected, ascii=ascii)
    assert [row_width(row) for row in line.rows] == [cells]
    assert len(line.columns) == cells


def test_a_cell_belongs_to_the_iteration_drawn_there() -> None:
    bars = iteration_bars(HISTORY, 32, 6)
    assert bars.columns[:6] == (None,) * 5 + (1,)
    assert [bars.columns[x] for x in (5, 9, 13, 17, 21)] == [1, 2, 3, 4, None]


def test_the_newest_iterations_are_shown_and_always_the_selected_one() -> None:
    history = [info(number) for number in range(1, 101)]
    assert {*iteration_bars(history, 25, 5).columns} - {None} == set(range(81, 101))
    assert 7 in iteration_bars(history, 25, 5, selected=7).columns
    assert 7 in iteration_sparkline(history, 20, selected=7).columns


def test_what_took_any_time_is_seen_and_what_took_none_is_not() -> None:
    rows = texts(iteration_bars([info(1, 1000.0), info(2, 0.001), info(3, 0.0)], 24, 5))
    assert rows[2].endswith("███ ███")


def test_seconds_are_split_by_what_they_were_spent_on() -> None:
    assert parts(info(1, 2.0, 1.0, 0.5)) == (2.0, 1.0, 0.5)
    assert parts(IterationInfo(1, 0.0, "ok", 0, 0, 0, 1.0, 0.0, 2.0, math.nan)) == (2.0, 0.0, 0.0)


def test_the_sparkline_of_iterations() -> None:
    history = [info(1, 8.0), info(2, 0.0), info(3, 4.0, status="failed"), info(4, 2.0)]
    assert texts(iteration_sparkline(history, 20)) == ["█▁✗▃ [4]"]
    assert texts(iteration_sparkline(history, 20, selected=1)) == ["█▁✗▃ [1]"]
    assert texts(iteration_sparkline([], 20)) == [""]


@pytest.mark.parametrize(
    ("numbers", "cells", "line"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"),
        ([5.0], 8, "▁"),
        ([], 8, ""),
        ([3, 3, 3], 8, "▁▁▁"),
        ([0, math.nan, 1], 3, "▁ █"),
        ([math.inf, 1, 2], 3, " ▁█"),
        ([0, 0, 7, 7], 2, "▁█"),
        ([-1e308, 1e308], 2, "▁█"),
        ([1e308, 1e308, 1e308], 1, "▁"),
    ],
)
def test_sparkline(numbers: list[float], cells: int, line: str) -> None:
    assert sparkline(numbers, cells) == line


@given(st.lists(st.floats(), max_size=50), st.integers(0, 30))
def test_lines_of_numbers_never_grow_too_long(numbers: list[float], cells: int) -> None:
    assert len(sparkline(numbers, cells)) <= cells
    assert len(histogram(numbers, cells)) in (0, cells)
    assert sparkline(numbers, cells, ascii=True).isascii() and histogram(numbers, cells, ascii=True).isascii()


def test_a_histogram_counts() -> None:
    assert histogram([0, 0, 0, 0, 9, 9, 1], 9) == "█▃" + " " * 6 + "▅"
    assert histogram([1.0, math.nan], 3) == "█  "
    assert histogram([math.nan], 3) == ""


@pytest.mark.parametrize(
    ("used", "budget", "text"),
    [
        (1_300_000_000, 4_000_000_000, "1.3/4.0 GB ▓▓░░░░"), (84_000_000, 4_000_000_000, "84 MB/4.0 GB ▓░░░░░"),
        (0, 4_000_000_000, "0 B/4.0 GB ░░░░░░"), (3_900_000_000, 4_000_000_000, "3.9/4.0 GB ▓▓▓▓▓▓ full"),
        (9_000_000_000, 4_000_000_000, "9.0/4.0 GB ▓▓▓▓▓▓ full"), (5, 0, "5 B"),
    ],
)  # fmt: skip
def test_budget(used: int, budget: int, text: str) -> None:
    assert row_text(budget_bar(used, budget)) == text
    assert row_text(budget_bar(used, budget, ascii=True)).isascii()
