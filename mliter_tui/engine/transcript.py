"""What an iteration prints, told once, in order and by node, although it is seen twice.

While a node runs its output is seen as the kernel's files grow; when it is over, it is known exactly, and so is that of
skipped nodes. Per stream both are the same bytes, so that counting them tells what is new.
"""

from __future__ import annotations

import codecs
import threading
from collections.abc import Callable

from mliter_tui.engine.listening import Rows
from mliter_tui.events import Channel, MetricTold, Output
from mliter_tui.kernel.told import BOUND, CHANNEL, read

_FD = {"o": 1, "O": 1, "e": 2, "E": 2}
_NAMES: dict[int, Channel] = {1: "stdout", 2: "stderr"}


class Transcript:
    """`node` is the one that runs; `told`: bytes of each stream so far, by descriptor. `emit` gets the output.

    Calls may come from several threads.
    """

    def __init__(self, emit: Callable[[MetricTold | Output], None]) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self.told = {1: 0, 2: 0}
        self._known = {1: 0, 2: 0}  # bytes of each stream that nodes which are over have printed
        self._decoders = {fd: codecs.getincrementaldecoder("utf-8")("surrogateescape") for fd in _NAMES}
        self._metrics = self._known_metrics = 0  # told so far, and of nodes that are over: also seen twice
        self.node: int | None = None

    def begin(self) -> None:
        """The script starts over: the same bytes come again, from the beginning."""
        with self._lock:
            self._known = {1: 0, 2: 0}
            self._known_metrics = 0

    def over(self, node: int, rows: Rows) -> None:
        """A node is over, and has printed this."""
        with self._lock:
            for channel, data in rows:
                if (fd := _FD.get(channel)) is not None:
                    start = self._known[fd]
                    self._known[fd] += len(data)
                    self._tell(node, fd, start, data)
                elif channel in (CHANNEL, BOUND):
                    self._tell_metrics(node, data, channel == BOUND)

    def _tell_metrics(self, node: int, data: bytes, bound: bool) -> None:
        for name, value, folds in read(data):
            self._known_metrics += 1
            if self._known_metrics > self._metrics:
                self._metrics = self._known_metrics
                self._emit(MetricTold(node, name, value, bound, folds))

    def grew(self, fd: int, offset: int, data: bytes) -> None:
        """A stream has this at `offset`."""
        with self._lock:
            self._tell(self.node, fd, offset, data)

    def _tell(self, node: int | None, fd: int, offset: int, data: bytes) -> None:
        new = data[max(0, self.told[fd] - offset) :]
        if new:
            self.told[fd] = offset + len(data)
            text = self._decoders[fd].decode(new)
            if text:
                self._emit(Output(node, _NAMES[fd], text))
