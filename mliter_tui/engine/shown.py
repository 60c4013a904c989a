"""The listener of `mliter run`: passes events on, draws a live line, and remembers what happens as the story."""

from __future__ import annotations

import functools
import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from mliter_tui import events
from mliter_tui.engine.launch import one_place
from mliter_tui.engine.listening import Emit, Listener, Rows
from mliter_tui.engine.pictures import PICTURES
from mliter_tui.engine.states import busy
from mliter_tui.engine.story import Story
from mliter_tui.engine.telling import loop_unrolled
from mliter_tui.engine.transcript import Transcript
from mliter_tui.facts import Picture

if TYPE_CHECKING:
    from mliter_tui.engine.forecast import Forecast
    from mliter_tui.engine.progress import Progress
    from mliter_tui.engine.version import Version
    from mliter_tui.script.nodes import Node

_TAIL = 64_000
"""Bytes of output outside of nodes that are kept: a traceback, what exit handlers say."""


class Shown(Listener):
    """wants_plans: `emit` is to have plans in full; the story has those nodes of them that do something."""

    def __init__(self, emit: Emit, story: Story, wants_plans: bool, progress: Progress | None) -> None:
        super().__init__(emit)
        self.story, self.wants_plans, self.progress = story, wants_plans, progress
        self._transcript = Transcript(story.add)
        self._bytes = {1: 0, 2: 0}
        self._tails = {1: bytearray(), 2: bytearray()}

    def planned(self, version: Version, forecast: Forecast) -> None:
        if self.wants_plans:
            super().planned(version, forecast)
        else:
            self.story.add(busy(version, forecast))

    def begins(self) -> None:
        self._transcript.begin()

    def runs(self, node: Node | None) -> None:
        if self.progress is not None:
            self.progress.running(node)

    def unrolled(self, version: Version, head: int, end: int) -> None:
        self.story.add(functools.partial(loop_unrolled, version.script, head, end))

    def idle(self) -> None:
        self.story.settle()

    def printed(self, node: Node, rows: Rows) -> None:
        self._transcript.over(node.id, rows)

    def wrote(self, node: Node, paths: list[str]) -> None:
        for path in paths:
            if path.lower().endswith(PICTURES):
                nbytes = os.path.getsize(path) if os.path.exists(path) else 0
                self.story.add(events.PictureKept(Picture(path, nbytes, node.id)))

    def around(self, fd: int, data: bytes) -> AbstractContextManager[None]:
        self._bytes[fd] += len(data)
        tail = self._tails[fd]
        tail += data[-_TAIL:]
        del tail[:-_TAIL]
        return self.progress.around(fd, data) if self.progress is not None else nullcontext()

    def ended(self) -> None:
        """The script has ended: what it printed outside of all nodes becomes part of the story."""
        told = self._transcript.told
        if one_place():  # both come as one
            self._rest("stderr", 1, self._bytes[1] - told[1] - told[2])
        else:
            self._rest("stdout", 1, self._bytes[1] - told[1])
            self._rest("stderr", 2, self._bytes[2] - told[2])

    def _rest(self, channel: events.Channel, fd: int, nbytes: int) -> None:
        if nbytes > 0:
            text = self._tails[fd][-nbytes:].decode("utf-8", "surrogateescape")
            self.story.add(events.Output(None, channel, text))
