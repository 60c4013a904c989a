"""What a session does with its past iterations: lists and recalls them, keeps remarks, labels and words on metrics.

Studies and comparisons come from a process of their own (`session/teacher`), as events, later.
"""

from __future__ import annotations

import os

from mliter_tui import commands, events
from mliter_tui.engine import journal
from mliter_tui.engine.listening import Emit
from mliter_tui.errors import UsageError
from mliter_tui.history.corrections import set_label
from mliter_tui.history.iterations import asked
from mliter_tui.session.teacher import Teacher
from mliter_tui.store import Store

HISTORY = 500
"""Iterations that are listed at first."""
_MOST_COMPARED = 12
Looking = (
    commands.ListHistory | commands.Recall | commands.Remark | commands.Study | commands.Compare | commands.SetLabel
    | commands.SetMetric
)  # fmt: skip


class LookingBack:
    """Over the iterations of one script (its absolute path)."""

    def __init__(self, store: Store, script: str, emit: Emit) -> None:
        self._store, self._script, self._emit = store, script, emit
        self._name = os.path.basename(script)
        self._listed = HISTORY
        self.teacher = Teacher(store, script, self._name, emit)

    def obey(self, command: Looking) -> None:
        """Do it and tell what came of it. Raises UsageError where it cannot be meant."""
        match command:
            case commands.ListHistory():
                self._listed = command.limit
                self.list()
            case commands.Recall():
                self._recall(command.iteration)
            case commands.Remark():
                journal.remark(self._store, self._script, command.iteration, command.note, command.star)
                self.list()
            case commands.Study():
                self.teacher.study(command.limit)
            case commands.Compare():
                self._compare(command.iterations)
            case commands.SetLabel():
                self._label(command.iteration, command.label)
            case commands.SetMetric():
                self._metric(command)

    def list(self) -> None:
        """An event `HistoryListed`."""
        self._emit(events.HistoryListed(journal.past(self._store, self._script, self._listed)))

    def _recall(self, number: int) -> None:
        if not 1 <= number <= self._store.last_iteration(self._script):
            raise UsageError(f"There is no iteration {number} of this script.")
        story = journal.story(self._store, self._script, number)
        self._emit(events.Recalled(number, tuple(line for _, line in story), tuple(when for when, _ in story)))

    def _compare(self, numbers: tuple[int, ...]) -> None:
        if not 2 <= len(set(numbers)) <= _MOST_COMPARED:
            raise UsageError(f"Name from two to {_MOST_COMPARED} iterations to compare.")
        self.teacher.compare(tuple(dict.fromkeys(numbers)))

    def _label(self, number: int, text: str) -> None:
        from mliter_tui.lookback.correcting import label_of

        past = asked(self._store, self._script, number, self._name)
        set_label(self._store, self._script, past.number, label_of(text) if text.strip() else None)
        self._store.commit()
        self.teacher.again()

    def _metric(self, command: commands.SetMetric) -> None:
        from mliter_tui.lookback.correcting import say_of_metric

        say_of_metric(self._store, self._script, self._name, command.name, command.said, command.main)
        self.teacher.again()
