"""Whoever watches an iteration: told what happens, and what the script prints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from mliter_tui import events

if TYPE_CHECKING:
    from mliter_tui.engine.forecast import Forecast
    from mliter_tui.engine.version import Version
    from mliter_tui.script.nodes import Node

Emit = Callable[[events.Event], None]
Rows = list[tuple[str, bytes]]


class Listener:
    """One that only passes events on; others override what they want to know.

    wants_plans: whether a plan is worth the time to describe it. takes_output: what the kernel prints goes to `grew`
    instead of our own stdout and stderr. wants_figures: figures left open are saved as pictures at the end.
    """

    wants_plans = True
    takes_output = False
    wants_figures = False

    def __init__(self, emit: Emit) -> None:
        self.emit = emit

    def planned(self, version: Version, forecast: Forecast) -> None:
        """What will be done, once for an iteration."""
        if self.wants_plans:
            from mliter_tui.engine.states import plan_ready

            self.emit(plan_ready(version, forecast))

    def idle(self) -> None:
        """The kernel is at work: time for what can wait."""

    def begins(self) -> None:
        """A walk over the nodes begins, in a fresh process."""

    def runs(self, node: Node | None) -> None:
        """A node is sent to the kernel; None: no more will be."""

    def unrolled(self, version: Version, head: int, end: int) -> None:
        """Another number of a loop's passes is taken one by one: its nodes, from `head` to `end`, are others."""

    def printed(self, node: Node, rows: Rows) -> None:
        """What a node printed, computed or skipped, once it is over; rows as of kernel/capture."""

    def wrote(self, node: Node, paths: list[str]) -> None:
        """Files a node left, computed or skipped; absolute paths. Those of a skipped one may not be in place yet."""

    def drew(self, node: Node, pictures: dict[str, str]) -> None:
        """Pictures of figures left open: path -> title; the node that drew last. Only for who wants them."""

    def grew(self, fd: int, offset: int, data: bytes) -> None:
        """The kernel's stdout (1) or stderr (2) has this at `offset`; told while nodes run, from another thread."""

    def around(self, fd: int, data: bytes) -> AbstractContextManager[None]:
        """Entered while this is written to our own stdout or stderr."""
        return nullcontext()


def nobody(event: events.Event) -> None:
    """An event that nobody waits for."""
