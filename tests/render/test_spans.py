"""Rows and cells: text cut and filled to a width that a terminal would count the same."""

from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.render.cells import head, left, right, shorten, width
from mliter_tui.render.spans import STATES, Span, cut, fit, row_text, row_width
from mliter_tui.view.iteration import GLYPHS

characters = st.characters().filter(str.isprintable) | st.sampled_from("日本ab\u0301\ufe0f")
printable = st.text(alphabet=characters, max_size=20)
rows = st.lists(st.builds(Span, printable, st.sampled_from(("", "dim"))), max_size=6)


@given(printable, st.integers(0, 30))
def test_text_in_cells(text: str, cells: int) -> None:
    assert width(shorten(text, cells)) <= cells
    assert width(head(text, cells)) <= cells
    assert text.startswith(head(text, cells))
    assert width(left(text, cells)) == width(right(text, cells)) == cells
    assert shorten(text, width(text)) == text


def test_what_is_cut_says_so() -> None:
    assert shorten("abcdef", 5) == "ab..."
    assert left("abcdef", 4) == "abc…"
    assert right("ab", 4) == "  ab"
    assert left("日本", 3) == "日…"
    assert left("日本", 2, "") == "日"


def test_marks_on_a_character_take_no_cell() -> None:
    assert width("e\u0301") == 1
    assert width("❤\ufe0f") == 1
    assert head("e\u0301x", 1) == "e\u0301"


@given(rows, st.integers(0, 60))
def test_rows_are_cut_and_filled(row: list[Span], cells: int) -> None:
    whole = tuple(row)
    assert row_width(fit(whole, cells)) == cells
    assert row_text(whole).startswith(row_text(cut(whole, cells)))
    assert row_width(cut(whole, cells)) <= cells
    assert row_text(cut(whole, row_width(whole))) == row_text(whole)


def test_styles_stay_with_their_text() -> None:
    assert fit((Span("ab", "dim"), Span("", "x"), Span("cd", "key")), 3) == (Span("ab", "dim"), Span("c", "key"))
    assert fit((Span("ab", "dim"),), 4) == (Span("ab", "dim"), Span("  "))


def test_every_state_has_a_style_and_a_glyph() -> None:
    assert STATES.keys() == GLYPHS.keys()
    assert all(width(glyph) == 1 for glyph in GLYPHS.values())
