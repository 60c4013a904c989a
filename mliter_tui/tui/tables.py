"""Columns of the tables: a title, its cells' width, and how a row says what stands there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from mliter_tui.lean import dataclass
from mliter_tui.render.cells import left, right
from mliter_tui.render.spans import Span

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """width: cells, 0 for what the others leave. numeric: at the right edge, and sorted from the largest down.

    importance: in a narrow table those with the highest number go first.
    """

    title: str
    width: int
    text: Callable[[Row], str]
    order: Callable[[Row], float | str]
    style: Callable[[Row], str] = lambda row: ""
    numeric: bool = True
    importance: int = 0


def fitting(columns: Sequence[Column[Row]], width: int, least: int = 12) -> list[tuple[Column[Row], int]]:
    """The columns that go into `width`, two spaces apart, each with its cells."""
    shown = list(columns)
    while True:
        fixed = sum(column.width for column in shown) + 2 * len(shown)
        free = width - fixed
        going = max(shown, key=lambda column: column.importance)
        if free >= least or going.importance == 0:
            break
        shown.remove(going)
    return [(column, column.width or max(least, free)) for column in shown]


def heading(columns: Sequence[tuple[Column[Row], int]], sorted_by: str, ascii: bool) -> list[Span]:
    """The titles, with a mark at the one that sorts."""
    mark = "v" if ascii else "▾"
    spans = []
    for column, cells in columns:
        here = column.title == sorted_by
        title = column.title + (mark if here else "")
        text = right(title, cells) if column.numeric else left(title, cells)
        spans += [Span(text, "key" if here else "dim"), Span("  ")]
    return spans


def cells_of_row(columns: Sequence[tuple[Column[Row], int]], row: Row) -> list[Span]:
    """One row."""
    spans = []
    for column, cells in columns:
        text = column.text(row)
        spans += [Span(right(text, cells) if column.numeric else left(text, cells), column.style(row)), Span("  ")]
    return spans


def column_at(columns: Sequence[tuple[Column[Row], int]], x: int, start: int = 0) -> Column[Row] | None:
    """The column a click at cell `x` is in."""
    at = start
    for column, cells in columns:
        if at <= x < at + cells + 2:
            return column
        at += cells + 2
    return None
