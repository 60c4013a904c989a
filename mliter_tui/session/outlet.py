"""Where a session's events go: a stream of JSON lines that may be read slower than they come.

Output is what floods. Pieces that wait are joined, and of what waits too long only the end is kept and the loss told;
nothing else is ever left out or reordered.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from mliter_tui import events
from mliter_tui.events import Event, Output, encode

MOST_WAITING = 200_000
"""Characters of one node's output that may wait."""


class Outlet:
    """`emit` may be called from any thread and never waits; one thread of its own writes.

    write: takes some lines, each with its end; may block; an OSError from it ends the outlet (`closed`).
    """

    def __init__(self, write: Callable[[str], None], closed: Callable[[], None]) -> None:
        self._write, self._closed = write, closed
        self._waiting: deque[str | _Text] = deque()
        self._there = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def emit(self, event: Event) -> None:
        """Send an event."""
        with self._there:
            if isinstance(event, Output):
                last = self._waiting[-1] if self._waiting else None
                if not isinstance(last, _Text) or (last.node, last.channel) != (event.node, event.channel):
                    last = _Text(event.node, event.channel)
                    self._waiting.append(last)
                last.add(event.text)
            else:
                self._waiting.append(encode(event))
            self._there.notify()

    def close(self, seconds: float = 2.0) -> None:
        """Write what waits, for at most so long."""
        with self._there:
            self._ended = True
            self._there.notify()
        self._thread.join(seconds)

    def _loop(self) -> None:
        while True:
            with self._there:
                while not self._waiting and not self._ended:
                    self._there.wait()
                waiting, self._waiting = list(self._waiting), deque()
            if not waiting:
                return
            try:
                self._write("".join((each if isinstance(each, str) else each.line()) + "\n" for each in waiting))
            except OSError:  # whoever read the events is gone
                self._closed()
                return


class _Text:
    """Output of one node on one channel that waits to be written."""

    def __init__(self, node: int | None, channel: events.Channel) -> None:
        self.node, self.channel = node, channel
        self.parts: deque[str] = deque()
        self.length = self.lost = 0

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)
        while self.length > MOST_WAITING and len(self.parts) > 1:
            gone = len(self.parts.popleft())
            self.length, self.lost = self.length - gone, self.lost + gone
        if self.length > MOST_WAITING:
            gone = self.length - MOST_WAITING
            self.parts[0] = self.parts[0][gone:]
            self.length, self.lost = MOST_WAITING, self.lost + gone

    def line(self) -> str:
        text = "".join(self.parts)
        if self.lost:
            text = f"\n… {self.lost} characters are not shown here …\n{text}"
        return encode(Output(self.node, self.channel, text))
