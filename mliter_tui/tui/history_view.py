"""View 4: a row per iteration, the newest at the top; enter looks at it. A star stands before the number."""

from __future__ import annotations

import time
from collections.abc import Iterable

from mliter_tui.facts import IterationInfo
from mliter_tui.render.spans import Span
from mliter_tui.tui.rows import Rows
from mliter_tui.tui.tables import Column, cells_of_row, fitting, heading
from mliter_tui.tui.travel import live, recall
from mliter_tui.wording import one_line, seconds_text

_STATUS = {"ok": "", "failed": "failed", "cancelled": "warn"}


def clock_text(when: float) -> str:
    """The time of day an iteration began, with the day where that is not today."""
    try:
        then = time.localtime(when)
        same = time.localtime()[:3] == then[:3]
        return time.strftime("%H:%M:%S" if same else "%d %b %H:%M", then)
    except (OverflowError, ValueError, OSError):  # a time stamp no calendar has
        return "?"


def _signed(seconds: float) -> str:
    return seconds_text(seconds) if seconds >= 0 else f"-{seconds_text(-seconds)}"


def _words(info: IterationInfo) -> str:
    """What the user said of it stands before what changed, which can be looked up."""
    changed = f" ({one_line(info.trigger)})" if info.trigger else ""
    return one_line(info.note) + changed if info.note else one_line(info.trigger) or "-"


COLUMNS: list[Column[IterationInfo]] = [
    Column("iter", 5, lambda i: ("*" if i.star else "") + str(i.iteration), lambda i: i.iteration, lambda i: "title"),
    Column("time", 12, lambda i: clock_text(i.when), lambda i: i.when, lambda i: "dim", False, 2),
    Column("status", 9, lambda i: i.status, lambda i: i.status, lambda i: _STATUS.get(i.status, ""), False),
    Column("C", 4, lambda i: str(i.computed), lambda i: i.computed, lambda i: "compute"),
    Column("L", 4, lambda i: str(i.loaded), lambda i: i.loaded, lambda i: "load"),
    Column("P", 4, lambda i: str(i.pruned), lambda i: i.pruned, lambda i: "dim"),
    Column("took", 7, lambda i: seconds_text(i.seconds), lambda i: i.seconds),
    Column("saved", 7, lambda i: _signed(i.saved_seconds), lambda i: i.saved_seconds,
           lambda i: "good" if i.saved_seconds > 0 else "dim"),
    Column("what changed", 0, lambda i: _words(i), lambda i: i.trigger, lambda i: "", False),
]  # fmt: skip


class HistoryView(Rows):
    """The first row is the heading and stays in sight."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.rows: list[IterationInfo] = []

    def count(self) -> int:
        return len(self.rows) + 1

    def sync(self) -> None:
        self.border_title = "4 History"
        here = self.iteration()
        self.rows = list(reversed(self.watch_app.desk.view.history))
        found = next((at for at, info in enumerate(self.rows) if info.iteration == here), None)
        self.cursor = found + 1 if found is not None else min(1, len(self.rows))
        super().sync()

    def spans(self, index: int, width: int) -> Iterable[Span]:
        columns = fitting(COLUMNS, width - 3)
        if index == 0:
            if not self.rows:
                return [Span("   no iteration has come to its end yet", "dim")]
            return [Span("   "), *heading(columns, "", self.watch_app.ascii)]
        info, desk, ascii = self.rows[index - 1], self.watch_app.desk, self.watch_app.ascii
        looked = desk.past is not None and desk.past.iteration == info.iteration
        mark = "m" if desk.compared == info.iteration else (">" if ascii else "▸") if looked else " "
        return [Span(f" {mark} ", "mark"), *cells_of_row(columns, info)]

    def row_at(self, y: int) -> int:
        """The heading stays in sight."""
        return 0 if y == 0 and self.size.height > 3 else super().row_at(y)

    def go(self, index: int) -> None:
        if self.rows:
            super().go(max(1, index))

    def reveal(self, index: int) -> None:
        if index < self.scroll_offset.y + 2:
            self.scroll_to(y=max(0, index - 2), animate=False, force=True)
        else:
            super().reveal(index)

    def iteration(self) -> int | None:
        """The iteration of the selected row."""
        return self.rows[self.cursor - 1].iteration if 0 < self.cursor <= len(self.rows) else None

    def chosen(self, index: int) -> None:
        self.watch_app.moved()

    def entered(self, index: int, column: int = -1) -> None:
        iteration = self.iteration()
        if iteration is None:
            return
        app = self.watch_app
        if app.desk.past is not None and app.desk.past.iteration == iteration:
            live(app)
        else:
            recall(app, iteration)
