"""A pane of rows drawn line by line, with one of them selected: what flow, cache, history and output are made of.

One widget however many rows there are; a row is drawn when it is seen. Keys come through the app's acts (`move`,
`page`, `edge`, `enter`), the mouse selects by click and enters by double click.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events as ui
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip

from mliter_tui.render.spans import Span
from mliter_tui.tui.theme import PLAIN, Palette
from mliter_tui.wording import indented

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

Look = tuple[tuple[Span, ...], bool]
"""What a line shows, and whether it is the selected one."""


class PlainBar(ScrollBarRender):
    """A scroll bar of whole cells, for ASCII."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


class Rows(ScrollView, can_focus=True, inherit_bindings=False):
    """Subclasses say how many rows there are (`count`) and what is in one (`spans`).

    cursor: index of the selected row. selectable: whether one is selected at all.
    """

    DEFAULT_CSS = """
    Rows { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
        background: $background; }
    """
    selectable = True

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.cursor = 0
        self._drawn: dict[int, Look] = {}

    @property
    def watch_app(self) -> WatchApp:
        return self.app  # type: ignore[return-value]

    def on_mount(self) -> None:
        if self.watch_app.ascii:
            self.vertical_scrollbar.renderer = PlainBar  # type: ignore[misc]
            self.horizontal_scrollbar.renderer = PlainBar  # type: ignore[misc]

    def count(self) -> int:
        raise NotImplementedError

    def spans(self, index: int, width: int) -> Iterable[Span]:
        """What row `index` shows, at most `width` cells."""
        raise NotImplementedError

    def nothing(self) -> Iterable[Span]:
        """What is said where there is no row."""
        return ()

    def chosen(self, index: int) -> None:
        """The cursor has come to another row."""

    def entered(self, index: int, column: int = -1) -> None:
        """Enter or a double click on a row."""

    def clicked(self, index: int, column: int) -> bool:
        """A click; True where it meant something else than to select the row."""
        return False

    def sync(self) -> None:
        """Draw again, as something changed."""
        self.cursor = max(0, min(self.cursor, self.count() - 1))
        size = Size(self.row_width, self.count())
        if self.virtual_size != size:
            self.virtual_size = size
            self.refresh()
        else:
            self.refresh_changed()

    def refresh_changed(self) -> None:
        """Draw those rows again that would look otherwise now."""
        width = self.size.width
        changed = [Region(0, y, width, 1) for y in range(self.size.height) if self._drawn.get(y) != self._look(y)]
        if changed:
            self.refresh(*changed)

    def _look(self, y: int) -> Look:
        """What line `y` shows."""
        index = self.row_at(y)
        if not 0 <= index < self.count():
            return (tuple(self.nothing()) if y == 0 and not self.count() else ()), False
        return tuple(self.spans(index, self.row_width)), self.selectable and index == self.cursor

    def row_at(self, y: int) -> int:
        """The row at line `y` of the pane."""
        return self.scroll_offset.y + y

    def render_line(self, y: int) -> Strip:
        base, palette = self.rich_style, self.watch_app.palette
        spans, selected = self._drawn[y] = self._look(y)
        strip = strip_of(spans, palette, self.row_width)
        if selected:
            return strip.apply_style(palette.cursor(self.has_focus)).apply_style(base)
        return strip.apply_style(base)

    @property
    def row_width(self) -> int:
        """Cells of a row: without those of the scroll bar."""
        return self.scrollable_content_region.width

    # --- keys
    def move(self, by: int) -> None:
        """The cursor goes, or where there is none, the text."""
        if self.selectable:
            self.go(self.cursor + by)
        else:
            self.scroll_to(y=self.scroll_offset.y + by, animate=False, force=True)

    def page(self, by: int) -> None:
        self.move(by * max(1, self.size.height - (2 if self.selectable else 1)))

    def edge(self, last: bool) -> None:
        if self.selectable:
            self.go(self.count() - 1 if last else 0)
        else:
            self.scroll_to(y=self.count() if last else 0, animate=False, force=True)

    def enter(self) -> None:
        if self.count():
            self.entered(self.cursor)

    def go(self, index: int) -> None:
        """Select a row and bring it into sight."""
        if not self.count():
            return
        index = max(0, min(index, self.count() - 1))
        if not self.selectable:
            self.scroll_to(y=index, animate=False, force=True)
            return
        moved, self.cursor = index != self.cursor, index
        self.reveal(index)
        if moved:
            self.chosen(index)
        self.refresh_changed()

    def reveal(self, index: int) -> None:
        """Scroll no more than needed, with two rows around the selected one in sight."""
        height, top = self.size.height, self.scroll_offset.y
        around = 2 if height > 8 else 0
        if index < top + around:
            self.scroll_to(y=max(0, index - around), animate=False, force=True)
        elif index >= top + height - around:
            self.scroll_to(y=min(max(0, self.count() - height), index - height + 1 + around), animate=False, force=True)

    # --- mouse and size
    def on_click(self, event: ui.Click) -> None:
        place = event.get_content_offset(self)
        if place is None:
            return
        index = self.row_at(place.y)
        if event.chain == 1 and self.clicked(index, place.x):
            return
        if 0 <= index < self.count():
            self.go(index)
            if event.chain == 2:
                self.entered(index, place.x)

    def on_resize(self) -> None:
        self.sync()
        if self.selectable:
            self.reveal(self.cursor)

    def on_focus(self) -> None:
        self.watch_app.hints()

    def refresh_row(self, index: int) -> None:
        """Draw one row again."""
        y = index - self.scroll_offset.y
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))


def strip_of(spans: Iterable[Span], palette: Palette, width: int) -> Strip:
    """Spans as a strip of exactly `width` cells. The last guard: nothing a terminal would obey gets past it."""
    segments = []
    for span in spans:
        text = span.text
        if not text.isprintable():
            text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
        if text:
            segments.append(Segment(text.translate(PLAIN) if palette.ascii else text, palette(span.style)))
    return Strip(segments).adjust_cell_length(width)


def titled(text: str) -> str:
    """A text as the title of a pane, where brackets would be read as markup."""
    return indented(text).replace("[", r"\[")
