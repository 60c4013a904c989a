"""View 4: a row per iteration, the newest at the top: what it was for, what came of it, what it took.

A star stands before the number. Enter looks at the iteration. What the edit was for, and the main metric with its
verdict, come from the study, which is there a moment after the rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from mliter_tui import commands
from mliter_tui.facts import IterationInfo
from mliter_tui.lessons import Lesson
from mliter_tui.render.cells import width as cells
from mliter_tui.render.course import STYLES
from mliter_tui.render.spans import Span
from mliter_tui.tui.lines import WIDE
from mliter_tui.tui.rows import Rows
from mliter_tui.tui.tables import Column, cells_of_row, fitting, heading
from mliter_tui.tui.travel import live, recall
from mliter_tui.wording import one_line, seconds_text, tail

PAGE = 500
"""Iterations that are asked for at a time."""
_NEAR = 30
"""Rows from the oldest one on which older ones are asked for."""
_STATUS = {"failed": "failed", "cancelled": "warn"}
_LONGEST_NAME = 14


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


class HistoryView(Rows):
    """The first row is the heading and stays in sight."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.rows: list[IterationInfo] = []
        self._columns: list[Column[IterationInfo]] = []
        self._asked = 0

    def count(self) -> int:
        return len(self.rows) + 1

    # --- columns
    def _made(self) -> list[Column[IterationInfo]]:
        """The columns that say anything; in a narrow table those of the highest importance go first."""
        desk = self.watch_app.desk
        study, lanes = desk.view.study, [lesson.lane for lesson in desk.view.lessons.values()]
        tree = max(map(len, lanes), default=0)
        metric = one_line(study.metric) if study is not None else ""
        wide = min(_LONGEST_NAME if self.row_width >= WIDE else 10, max(8, cells(metric)))
        found: list[Column[IterationInfo] | None] = [
            Column("iter", 6, lambda i: ("*" if i.star else "") + str(i.iteration), lambda i: i.iteration,
                   lambda i: "title"),
            Column("tree", max(4, tree), lambda i: self._lesson(i).lane, lambda i: 0, lambda i: "rail", False, 4)
            if tree > 1 else None,
            Column("time", 12, lambda i: clock_text(i.when), lambda i: i.when, lambda i: "dim", False, 9),
            Column("for", 6, lambda i: self._lesson(i).label, lambda i: 0, lambda i: "", False),
            Column(tail(metric, wide), wide, self._metric, lambda i: 0, self._metric_style) if metric else None,
            Column("outcome", 14, self._outcome, lambda i: 0, self._outcome_style, False),
            Column("C", 4, lambda i: str(i.computed), lambda i: i.computed, lambda i: "compute", importance=6),
            Column("L", 4, lambda i: str(i.loaded), lambda i: i.loaded, lambda i: "load", importance=7),
            Column("P", 4, lambda i: str(i.pruned), lambda i: i.pruned, lambda i: "dim", importance=8),
            Column("took", 7, lambda i: seconds_text(i.seconds), lambda i: i.seconds),
            Column("saved", 7, lambda i: _signed(i.saved_seconds), lambda i: i.saved_seconds,
                   lambda i: "good" if i.saved_seconds > 0 else "dim", importance=5),
            Column("what changed", 0, self._words, lambda i: i.trigger, lambda i: "", False),
        ]  # fmt: skip
        return [column for column in found if column is not None]

    def _lesson(self, info: IterationInfo) -> Lesson:
        found = self.watch_app.desk.view.lessons.get(info.iteration)
        return found if found is not None else Lesson(info.iteration, None, "", "", "")

    def _metric(self, info: IterationInfo) -> str:
        text = one_line(self._lesson(info).metric)
        return (("@" if self.watch_app.ascii else "◆") if text and self._best(info) else "") + text

    def _best(self, info: IterationInfo) -> bool:
        study = self.watch_app.desk.view.study
        return study is not None and study.best == info.iteration

    def _metric_style(self, info: IterationInfo) -> str:
        return "good" if self._best(info) else ""

    def _outcome(self, info: IterationInfo) -> str:
        """How it ended where that was not well; else how its metric stands to that of the one it goes out from."""
        return info.status if info.status != "ok" else self._lesson(info).verdict

    def _outcome_style(self, info: IterationInfo) -> str:
        return _STATUS.get(info.status) or STYLES.get(self._lesson(info).verdict, "dim")

    def _words(self, info: IterationInfo) -> str:
        """What the user said of it stands before what changed, which can be looked up."""
        lesson = self._lesson(info)
        told = lesson.changed if lesson.changed not in ("", "-", info.status) else info.trigger
        changed = one_line(told)
        if info.note:
            return one_line(info.note) + (f" ({changed})" if changed else "")
        return changed or "-"

    # --- rows
    def sync(self) -> None:
        self.border_title = "4 History"
        here = self.iteration()
        self.rows = list(reversed(self.watch_app.desk.view.history))
        self._columns = self._made()
        found = next((at for at, info in enumerate(self.rows) if info.iteration == here), None)
        self.cursor = found + 1 if found is not None else min(1, len(self.rows))
        super().sync()

    def spans(self, index: int, width: int) -> Iterable[Span]:
        columns = fitting(self._columns, width - 3, least=16)
        if index == 0:
            if not self.rows:
                return [Span("   no iteration has come to its end yet", "dim")]
            return [Span("   "), *heading(columns, "", self.watch_app.ascii)]
        info, desk, ascii = self.rows[index - 1], self.watch_app.desk, self.watch_app.ascii
        looked = desk.past is not None and desk.past.iteration == info.iteration
        mark = "m" if info.iteration in desk.compared else (">" if ascii else "▸") if looked else " "
        return [Span(f" {mark} ", "mark"), *cells_of_row(columns, info)]

    def row_at(self, y: int) -> int:
        """The heading stays in sight."""
        return 0 if y == 0 and self.size.height > 3 else super().row_at(y)

    def go(self, index: int) -> None:
        if self.rows:
            super().go(max(1, index))
            self._ask_for_older(index)

    def watch_scroll_y(self, before: float, after: float) -> None:
        super().watch_scroll_y(before, after)
        self._ask_for_older(round(after) + self.size.height)

    def _ask_for_older(self, index: int) -> None:
        """Near the oldest row that is here, the next page is asked for, once."""
        count = len(self.rows)
        if count and index >= count - _NEAR and self.rows[-1].iteration > 1 and self._asked != count:
            self._asked = count
            self.watch_app.send(commands.ListHistory(count + PAGE))
            self.watch_app.send(commands.Study(count + PAGE))

    def reveal(self, index: int) -> None:
        if index < self.scroll_offset.y + 2:
            self.scroll_to(y=max(0, index - 2), animate=False, force=True)
        else:
            super().reveal(index)

    def iteration(self) -> int | None:
        """The iteration of the selected row."""
        return self.rows[self.cursor - 1].iteration if 0 < self.cursor <= len(self.rows) else None

    def select(self, iteration: int) -> None:
        """Go to the row of an iteration, where there is one."""
        found = next((at for at, info in enumerate(self.rows) if info.iteration == iteration), None)
        if found is not None:
            self.go(found + 1)

    def chosen(self, index: int) -> None:
        self.watch_app.moved()
        self.watch_app.main.charts()

    def entered(self, index: int, column: int = -1) -> None:
        iteration = self.iteration()
        if iteration is None:
            return
        app = self.watch_app
        if app.desk.past is not None and app.desk.past.iteration == iteration:
            live(app)
        else:
            recall(app, iteration)
