"""Charts of all iterations: seconds as stacked bars, the main metric as dots; a click goes to that iteration.

The drawing is that of `render.bars` and `render.course`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events as ui
from textual.strip import Strip
from textual.widget import Widget

from mliter_tui.render.bars import Bars, iteration_bars, parts
from mliter_tui.render.cells import width as cells
from mliter_tui.render.course import course, legend
from mliter_tui.render.spans import Row, Span
from mliter_tui.tui.rows import strip_of, titled
from mliter_tui.tui.travel import live, recall
from mliter_tui.wording import one_line, seconds_text

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

LEGEND = (("compute", "█", "#"), ("load", "▒", "="), ("overhead", "░", ":"))


class Chart(Widget, can_focus=True, inherit_bindings=False):
    """Drawn again when an iteration came to an end, another one is looked at, or its size changed."""

    title = "Seconds per iteration"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.border_title = self.title
        self._bars = Bars((), ())
        self._key: tuple[object, ...] = ()

    @property
    def watch_app(self) -> WatchApp:
        return self.app  # type: ignore[return-value]

    def looked(self) -> int | None:
        """The iteration that the chart points at: that of the selected row, else what is looked at."""
        app = self.watch_app
        return app.main.history.iteration() if app.desk.room == "history" else app.desk.picture.iteration

    def sync(self) -> None:
        app = self.watch_app
        key = (*self._shown(), self.looked(), self.size)
        held = app.desk.frozen is not None and bool(self._key) and self._key[-1] == self.size
        if key == self._key or held or not self.size.width:
            return
        self._key = key
        self._bars = self._drawing()
        self.refresh()

    def _shown(self) -> tuple[object, ...]:
        """What the drawing is of; it is made again when that is another."""
        history = self.watch_app.desk.view.history
        return len(history), history[-1] if history else None

    def _drawing(self) -> Bars:
        app, size = self.watch_app, self.size
        drawn = iteration_bars(
            app.desk.view.history, size.width, size.height, selected=self.looked(), ascii=app.ascii
        )
        return Bars((*drawn.rows[:-1], self._legend()), drawn.columns) if size.height >= 4 else drawn

    def _legend(self) -> Row:
        """What the iteration looked at took, by kind; shorter than the drawing's own."""
        app = self.watch_app
        looked = self.looked()
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
        """Look at an iteration; the newest one is live. In the history, go to its row."""
        app = self.watch_app
        if app.desk.room == "history":
            app.main.history.select(iteration)
            return
        live(app) if iteration == app.desk.view.live.iteration else recall(app, iteration)

    # --- keys: the bars are gone along with the arrows
    def move(self, by: int) -> None:
        app = self.watch_app
        if app.desk.room == "history":  # where the newest is at the top
            app.main.history.move(-by)
        else:
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


class Course(Chart):
    """The main metric of each iteration, with what it may be by chance, and its verdict."""

    title = "Main metric"

    def _shown(self) -> tuple[object, ...]:
        study = self.watch_app.desk.view.study
        self.border_title = titled(one_line(study.metric, 40)) if study is not None and study.metric else self.title
        return (study,)

    def _drawing(self) -> Bars:
        app, size = self.watch_app, self.size
        study = app.desk.view.study
        if study is None or not any(lesson.value is not None for lesson in study.lessons):
            word = "no iteration printed a number to look at" if study is not None else "reading the iterations …"
            return Bars(((Span(word, "dim"),),), ())
        tall = size.height - (1 if size.height >= 8 else 0)
        drawn = course(study.lessons, size.width, tall, best=study.best, selected=self.looked(), ascii=app.ascii)
        more = (legend(app.ascii, size.width),) if tall < size.height else ()
        return Bars((*drawn.rows, *more), drawn.columns)
