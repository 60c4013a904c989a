"""What can wait until the kernel is at work: writing down what is over, while the next node runs."""

from __future__ import annotations

from collections.abc import Callable

from mliter_tui.engine.listening import Listener


class Later:
    """Tasks of an iteration, in their order. They are run as soon as the next node was sent off, and before anything
    asks the store for what they put there.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._tasks: list[Callable[[], object]] = []

    def add(self, task: Callable[[], object]) -> None:
        self._tasks.append(task)

    def run(self) -> None:
        """Do all there is to do; another time finds nothing."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task()
        self._listener.idle()
