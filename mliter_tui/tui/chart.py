"""Seconds of each iteration as a stacked bar; a click goes to that iteration. The drawing is `render.bars`'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events as ui
from textual.strip import Strip
from textual.widget import Widget

from mliter_tui.render.bars import Bars, iteration_bars, parts
from mliter_tui.render.cells import width as cells
from mliter_tui.render.spans import Row, Span
from mliter_tui.tui.rows import strip_of
from mliter_tui.tui.travel import live, recall
from mliter_tui.wording import seconds_text

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

LEGEND = (("compute", "█", "#"), ("load", "▒", "="), ("overhead", "░", ":"))


class Chart(Widget, can_focus=True, inherit_bindings=False):
    """Drawn again when an iteration came to an end, another one is looked at, or its size changed."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.border_title = "Seconds per iteration"
        self._bars = Bars((), ())
        self._key: tuple[object, ...] = ()

    @property
    def watch_app(self) -> WatchApp:
        return self.app  # type: ignore[return-value]

    def sync(self) -> None:
        app = self.watch_app
        history = app.desk.view.history
        last = history[-1] if history else None
        key = (len(history), last, app.desk.picture.iteration, self.size)
        held = app.desk.frozen is not None and bool(self._key) and self._key[3] == self.size
        if key == self._key or held or not self.size.width:
            return
        self._key = key
        looked = app.desk.picture.iteration
        drawn = iteration_bars(history, self.size.width, self.size.height, selected=looked, ascii=app.ascii)
        self._bars = Bars((*drawn.rows[:-1], self._legend()), drawn.columns) if self.size.height >= 4 else drawn
        self.refresh()

    def _legend(self) -> Row:
        """What the iteration looked at took, by kind; shorter than the drawing's own."""
        app = self.watch_app
        looked = app.desk.picture.iteration
        info = next((info for info in app.desk.view.history if info.iteration == looked), None)
        seconds = parts(info) if info is not None else (None, None, None)
        row = [Span(f"iter {looked}  " if info is not None else "")]
        for (kind, block, plain), spent in zip(LEGEND, seconds):
            number = f" {seconds_text(spent)}" if spent is not None else ""
            row += [Span(plain if app.ascii else block, kind), Span(f" {kind}{number}  ", "dim")]
        if sum(cells(span.text) for span in row) > self.size.width:
            row = [Span(span.text.replace(" compute", "").replace(" load", "").replace(" overhead", ""), span.style)
                   for span in row]  # fmt: skip
        return tuple(row)

    def on_resize(self) -> None:
        self.sync()

    def render_line(self, y: int) -> Strip:
        app = self.watch_app
        base, width = self.rich_style, self.size.width
        if y >= len(self._bars.rows):
            return Strip.blank(width, base)
        return strip_of(self._bars.rows[y], app.palette, width).apply_style(base)

    def on_click(self, event: ui.Click) -> None:
        place = event.get_content_offset(self)
        if place is None or not 0 <= place.x < len(self._bars.columns):
            return
        iteration = self._bars.columns[place.x]
        if iteration is not None:
            self.go(iteration)

    def go(self, iteration: int) -> None:
        """Look at an iteration; the newest one is live."""
        app = self.watch_app
        live(app) if iteration == app.desk.view.live.iteration else recall(app, iteration)

    # --- keys: the bars are gone along with the arrows
    def move(self, by: int) -> None:
        app = self.watch_app
        app.act("forward" if by > 0 else "back")

    def page(self, by: int) -> None:
        self.move(by)

    def edge(self, last: bool) -> None:
        app = self.watch_app
        numbers = app.desk.iterations()
        if numbers:
            self.go(numbers[-1] if last else numbers[0])

    def enter(self) -> None:
        self.move(-1)
