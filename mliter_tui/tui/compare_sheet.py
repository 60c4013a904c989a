"""The sheet of two iterations compared, and the table of more than two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mliter_tui import events
from mliter_tui.lessons import Part
from mliter_tui.render.cells import left, right, shorten
from mliter_tui.render.cells import width as cells
from mliter_tui.render.course import STYLES
from mliter_tui.render.spans import Span
from mliter_tui.tui.comparing import Comparison, lines_of
from mliter_tui.tui.sheet import Sheet, Text
from mliter_tui.wording import one_line

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

_WIDEST_NAME, _WIDEST_CELL, _LEAST_CELL = 34, 26, 9
_WORDS = {**STYLES, "the same": "dim"}


class CompareSheet(Sheet):
    """What the engine's side compares comes into it later."""

    def __init__(self, app: WatchApp, comparison: Comparison) -> None:
        self._of = app
        self._width = app.size.width - 8
        self._comparison = comparison
        super().__init__(f"Iterations {comparison.before} and {comparison.after}", self._text(), app.ascii)

    def _text(self) -> Text:
        of = self._comparison
        study = self._of.desk.view.study
        main = study.metric if study is not None else ""
        return lines_of(of.found[of.before], of.found[of.after], self._width, of.parts, main)

    def of(self, event: events.Compared) -> bool:
        """Whether it is about these two."""
        return event.iterations == (self._comparison.before, self._comparison.after)

    def take(self, parts: tuple[Part, ...]) -> None:
        """What else differs has come."""
        self._comparison.parts = parts
        self.renew(self._text())


def table_lines(event: events.Compared, width: int) -> Text:
    """A column for each iteration; those that do not fit stand below, beside the first one again."""
    rows = [[one_line(cell) for cell in row] for row in (event.header, *event.rows)]
    name = min(_WIDEST_NAME, max(cells(row[0]) for row in rows), width // 3)
    widths = [
        max(_LEAST_CELL, min(_WIDEST_CELL, max(cells(row[at]) for row in rows))) for at in range(1, len(rows[0]))
    ]
    lines: Text = []
    for block in _blocks(widths, width - name):
        lines += [[]] * bool(lines)
        for at, row in enumerate(rows):
            lines.append(_row(row, block, name, widths, at == 0))
    return lines


def _blocks(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    """Which columns go side by side; the first one is in each block."""
    block, taken = [0], widths[0] + 2
    for at in range(1, len(widths)):
        if taken + widths[at] + 2 > room and len(block) > 1:
            yield block
            block, taken = [0], widths[0] + 2
        block.append(at)
        taken += widths[at] + 2
    yield block


def _row(row: Sequence[str], block: Sequence[int], name: int, widths: Sequence[int], head: bool) -> list[Span]:
    same = len({row[at + 1] for at in block}) == 1
    spans = [Span(left(shorten(row[0], name, "…"), name), "title" if head else "dim")]
    for at in block:
        text = row[at + 1]
        style = "title" if head else _WORDS.get(text, "dim" if same else "")
        spans.append(Span("  " + right(text, widths[at]), style))
    return spans
