"""The course of the main metric: where dots stand, what is told under them, and what fits."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mliter_tui.lessons import Lesson
from mliter_tui.render.bars import Bars
from mliter_tui.render.course import course, legend
from mliter_tui.render.spans import row_text, row_width


def lesson(number: int, value: float | None, verdict: str = "", letter: str = "H", **more: float | None) -> Lesson:
    return Lesson(number, number - 1 or None, "li", letter, "", value=value, verdict=verdict, **more)  # type: ignore[arg-type]


SOME = [
    lesson(1, 0.5, letter="S"), lesson(2, 0.75, "better"), lesson(3, None), lesson(4, 0.6, "worse", "P"),
    lesson(5, 0.6, "no real change"), lesson(6, 0.61, "better?"),
]  # fmt: skip

LARGEST = sys.float_info.max


def lines(drawn: Bars) -> list[str]:
    return [row_text(row) for row in drawn.rows]


def test_dots_stand_in_the_column_of_their_iteration_the_best_at_the_top() -> None:
    drawn = course(SOME, 60, 12, best=2)
    text = lines(drawn)
    assert text[0].startswith("0.75") and text[7].startswith("0.50")
    assert drawn.columns[text[0].index("◆")] == 2
    assert drawn.columns[text[7].index("●")] == 1
    assert sum(line.count("●") + line.count("◆") for line in text) == 5, "one without a number has no dot"


def test_under_each_dot_stand_its_number_letter_and_verdict() -> None:
    drawn = course(SOME, 60, 12, selected=4)
    ground, numbers, letters, signs = lines(drawn)[-4:]
    at = {n: [x for x, number in enumerate(drawn.columns) if number == n] for n in range(1, 7)}
    told = [tuple("".join(row[x] for x in at[n]).strip() for row in (numbers, letters, signs)) for n in at]
    assert told == [
        ("1", "S", ""), ("2", "H", "+"), ("3", "H", ""), ("4", "P", "-"), ("5", "H", "="), ("6", "H", "?"),
    ]  # fmt: skip
    assert drawn.columns[ground.index("▲")] == 4


def test_intervals_are_bars_and_cut_where_they_would_hide_the_differences() -> None:
    near = [lesson(n, 0.8 + n / 1000, low=0.799 + n / 1000, high=0.801 + n / 1000) for n in (1, 2)]
    assert sum(line.count("│") for line in lines(course(near, 40, 14))) > 10
    wide = [lesson(n, 0.8 + n / 1000, low=0.1, high=0.99) for n in (1, 2)]
    text = lines(course(wide, 40, 14))
    places = [at for at, line in enumerate(text) if "●" in line]
    assert len(places) == 2, "the two are still apart"


def test_of_many_the_last_are_shown_or_those_around_the_selected_one() -> None:
    many = [lesson(n, n / 1000) for n in range(1, 1001)]
    shown = [n for n in course(many, 60, 10).columns if n is not None]
    assert shown[-1] == 1000 and len(set(shown)) >= 40
    around = [n for n in course(many, 60, 10, selected=300).columns if n is not None]
    assert 300 in around and 1000 not in around


def test_ascii_is_ascii_and_says_the_same() -> None:
    drawn = course(SOME, 60, 12, best=2, selected=4, ascii=True)
    assert all(line.isascii() for line in lines(drawn))
    assert "@" in lines(drawn)[0] and "^" in lines(drawn)[-4]
    assert row_text(legend(True, 80)).isascii()


@pytest.mark.parametrize("cells", [0, 5, 12, 30, 200])
@pytest.mark.parametrize("height", [1, 3, 6, 8, 30])
def test_it_has_the_size_that_was_asked_for(cells: int, height: int) -> None:
    drawn = course(SOME, cells, height, best=2, selected=4)
    assert [row_width(row) for row in drawn.rows] == [cells] * height
    assert len(drawn.columns) == cells


@given(
    st.lists(st.tuples(st.none() | st.floats(), st.none() | st.floats(), st.none() | st.floats()), max_size=30),
    st.integers(0, 90), st.integers(1, 20),
)  # fmt: skip
@example([(-1.7120886998688722e308, None, None)], 12, 3)
@example([(LARGEST, None, None), (-LARGEST, None, None), (0.0, None, None)], 40, 12)
@example([(0.5, -LARGEST, LARGEST), (0.6, -math.inf, math.nan)], 40, 12)
@example([(5e-324, None, None), (0.0, None, None)], 40, 12)
def test_any_numbers_are_drawn(
    values: list[tuple[float | None, float | None, float | None]], cells: int, height: int
) -> None:
    told = [lesson(n, value, low=low, high=high) for n, (value, low, high) in enumerate(values, 1)]
    drawn = course(told, cells, height)
    dots = sum(row_text(row).count("●") for row in drawn.rows)
    known = {one.iteration for one in told if one.value is not None and math.isfinite(one.value)}
    assert [row_width(row) for row in drawn.rows] == [cells] * height
    assert dots == (len(known & set(drawn.columns)) if cells >= 12 and height >= 3 else 0)


def test_the_largest_numbers_stand_at_the_edges() -> None:
    drawn = lines(course([lesson(1, LARGEST), lesson(2, 0.0), lesson(3, -LARGEST)], 40, 9))
    assert [line.count("●") for line in drawn] == [1, 0, 1, 0, 1, 0, 0, 0, 0]
    assert [line.split("┤")[0].strip() for line in drawn[:5:2]] == ["1.8e+308", "0.00", "-1.8e+308"]
