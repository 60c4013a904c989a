"""A widget of one or more fixed lines made of spans, some of which can be clicked: header, status, scrubber, foot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import events as ui
from textual.strip import Strip
from textual.widget import Widget

from mliter_tui.lean import dataclass
from mliter_tui.render.cells import width as cells
from mliter_tui.render.spans import Span
from mliter_tui.tui.rows import strip_of

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp


@dataclass(frozen=True, slots=True)
class Click:
    """A span that does something when it is clicked."""

    span: Span
    run: Callable[[], None]


Piece = Span | Click


WIDE = 100
"""Columns from which there is room for side panes."""


class Lines(Widget):
    """Subclasses say what is in each line; it is drawn again only where that has changed."""

    DEFAULT_CSS = "Lines { height: 1; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: list[list[Piece]] = []

    @property
    def watch_app(self) -> WatchApp:
        return self.app  # type: ignore[return-value]

    def pieces(self, width: int) -> Sequence[Sequence[Piece]]:
        """The lines, from the top."""
        raise NotImplementedError

    def sync(self) -> None:
        """Look whether anything is new."""
        width = self.size.width
        lines = [list(line) for line in self.pieces(width)] if width else []
        if [[_span(p) for p in line] for line in lines] != [[_span(p) for p in line] for line in self._lines]:
            self.refresh()
        self._lines = lines

    def on_resize(self) -> None:
        self._lines = []
        self.sync()

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        if y >= len(self._lines):
            return Strip.blank(self.size.width, base)
        spans = [_span(piece) for piece in self._lines[y]]
        return strip_of(spans, self.watch_app.palette, self.size.width).apply_style(base)

    def on_click(self, event: ui.Click) -> None:
        if event.y >= len(self._lines):
            return
        at = 0
        for piece in self._lines[event.y]:
            at += cells(_span(piece).text)
            if event.x < at:
                if isinstance(piece, Click):
                    piece.run()
                return


def _span(piece: Piece) -> Span:
    return piece.span if isinstance(piece, Click) else piece


def spread(start: Sequence[Piece], end: Sequence[Piece], width: int) -> list[Piece]:
    """Both ends of one line, with what space there is between them; the end gives way where there is too little."""
    taken = sum(cells(_span(piece).text) for piece in start)
    last = sum(cells(_span(piece).text) for piece in end)
    if taken + last > width:
        return list(start)
    return [*start, Span(" " * (width - taken - last)), *end]
