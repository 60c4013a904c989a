"""A sheet with the numbers that the script prints: which is the one to look at, and which way of each is better."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mliter_tui import commands
from mliter_tui.lessons import MetricLesson
from mliter_tui.render.cells import left, right
from mliter_tui.render.spans import Span
from mliter_tui.tui.rows import Rows, titled
from mliter_tui.tui.sheet import Sheet
from mliter_tui.wording import one_line

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

_KEYS = "enter looks at it   + higher, - lower is better   x no metric   backspace as inferred   esc closes"
_SHORT = "enter main  + higher  - lower  x ignore  bksp inferred  esc"


class MetricRows(Rows):
    """A row for each, under a heading, measures first; the one to look at has a mark."""

    def __init__(self, app: WatchApp) -> None:
        super().__init__(id="sheet_rows")
        self._of = app
        self.cursor = 1

    @property
    def metrics(self) -> tuple[MetricLesson, ...]:
        study = self._of.desk.view.study
        found = study.metrics if study is not None else ()
        return tuple(sorted(found, key=lambda metric: (metric.said == "ignore", not metric.measures)))

    def count(self) -> int:
        return len(self.metrics) + 1

    def go(self, index: int) -> None:
        super().go(max(1, index))

    def spans(self, index: int, width: int) -> Iterable[Span]:
        name = max(12, min(44, width - 64 if width > 96 else width - 40))
        chance = max(0, width - name - 40)
        if index == 0:
            head = f"   {left('metric', name)} {right('value', 12)}  {left('better', 10)} {right('line', 5)}  "
            return [Span(head + left("at 95 %", chance) if chance > 8 else head, "dim")]
        metric = self.metrics[index - 1]
        mark = ("@" if self._of.ascii else "◆") if metric.main else " "
        return [
            Span(f" {mark} ", "mark"), Span(left(one_line(metric.name), name), "title" if metric.main else ""),
            Span(f" {right(one_line(metric.text), 12)}  "),
            Span(left(_better(metric), 10), "mark" if metric.said else "dim"),
            Span(f" {right(str(metric.line or ''), 5)}  ", "dim"),
            Span(left(one_line(metric.chance), chance) if chance > 8 else "", "dim"),
        ]  # fmt: skip


def _better(metric: MetricLesson) -> str:
    """Which way is better, with a mark where the user said so."""
    if metric.said == "ignore":
        return "ignored *"
    word = metric.direction if metric.direction != "unknown" else "?" if metric.measures else "-"
    return f"{word} *" if metric.said else word


class MetricSheet(Sheet, inherit_bindings=False):
    """What is said here is kept as `mliter metric` keeps it; the list changes once all has been read anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,b", "dismiss_sheet", show=False), Binding("enter", "main", show=False),
        Binding("plus", "said('higher')", show=False), Binding("minus", "said('lower')", show=False),
        Binding("x", "said('ignore')", show=False), Binding("backspace,delete", "said('infer')", show=False),
        Binding("j,down", "by(1)", show=False), Binding("k,up", "by(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False), Binding("pageup", "page(-1)", show=False),
        Binding("g,home", "edge(False)", show=False), Binding("G,end", "edge(True)", show=False),
    ]  # fmt: skip

    def __init__(self, app: WatchApp) -> None:
        super().__init__("What the script prints", [], app.ascii)
        self._of = app

    def compose(self) -> ComposeResult:
        width, rows = self.app.size.width, MetricRows(self._of)
        with Vertical() as frame:
            frame.border_title = titled("Metrics of the last iteration that printed any")
            frame.border_subtitle = _KEYS if width >= len(_KEYS) + 8 else _SHORT
            frame.styles.width = min(width, 124)
            rows.styles.height = min(rows.count(), max(3, self.app.size.height - 6))
            yield rows

    def on_mount(self) -> None:
        rows = self.rows
        rows.focus()
        rows.go(next((at for at, metric in enumerate(rows.metrics, 1) if metric.main), 1))

    @property
    def rows(self) -> MetricRows:
        return self.query_one(MetricRows)

    def sync(self) -> None:
        """The study is another one."""
        self.rows.styles.height = min(self.rows.count(), max(3, self.app.size.height - 6))
        self.rows.sync()

    def _chosen(self) -> MetricLesson | None:
        rows = self.rows
        return rows.metrics[rows.cursor - 1] if 0 < rows.cursor < rows.count() else None

    def action_main(self) -> None:
        metric = self._chosen()
        if metric is not None and metric.said != "ignore":
            self._of.send(commands.SetMetric(metric.key, main=True))
            self._of.say(f"{one_line(metric.name)} is the metric to look at.")

    def action_said(self, said: str) -> None:
        metric = self._chosen()
        if metric is not None:
            self._of.send(commands.SetMetric(metric.key, said))
            words = {"higher": "more of it is better", "lower": "less of it is better", "ignore": "it is no metric"}
            self._of.say(f"{one_line(metric.name)}: {words.get(said, 'as it is inferred')}.")

    def action_by(self, by: int) -> None:
        self.rows.move(by)

    def action_page(self, by: int) -> None:
        self.rows.page(by)

    def action_edge(self, last: bool) -> None:
        self.rows.edge(last)
