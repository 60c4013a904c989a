"""View 6: what the iterations taught, as `render.study` draws it; a click into the chart looks at that iteration."""

from __future__ import annotations

from collections.abc import Iterable

from mliter_tui.render.spans import Span
from mliter_tui.render.study import StudyPage, study_page
from mliter_tui.tui.rows import Rows
from mliter_tui.tui.travel import recall

_ASKING = StudyPage(((Span("reading the iterations …", "dim"),),))


class StudyView(Rows):
    """Text that scrolls; made again when the study is another one, or the room."""

    selectable = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._page = _ASKING
        self._key: tuple[object, ...] = ()

    def sync(self) -> None:
        self.border_title = "6 Study"
        app = self.watch_app
        study = app.desk.view.study
        key = (study, self.row_width, self.size.height)
        if key != self._key and self.row_width:
            self._key = key
            self._page = _ASKING if study is None else study_page(
                study, self.row_width - 4, self.size.height, ascii=app.ascii
            )
        super().sync()

    def count(self) -> int:
        return len(self._page.rows)

    def spans(self, index: int, width: int) -> Iterable[Span]:
        return [Span("  "), *self._page.rows[index]]

    def clicked(self, index: int, column: int) -> bool:
        chart = self._page.chart
        at = index - self._page.chart_at
        if 0 <= at < len(chart.rows) and 0 <= column - 2 < len(chart.columns):
            iteration = chart.columns[column - 2]
            if iteration is not None:
                recall(self.watch_app, iteration)
        return True
