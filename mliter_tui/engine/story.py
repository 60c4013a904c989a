"""An iteration's story as it grows: its events and when each was, encoded when there is time for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from mliter_tui import events

MOST_TEXT = 200_000
"""Characters of output that a story keeps."""


class Story:
    """Events may be added from several threads."""

    def __init__(self, beginning: Iterable[events.Event] = ()) -> None:
        self._lock = threading.Lock()
        self._left = MOST_TEXT
        self._lines: list[tuple[float, str]] = []
        self._new: list[tuple[float, events.Event | Callable[[], events.Event]]] = []  # not yet encoded
        for event in beginning:
            self.add(event)

    @property
    def lines(self) -> list[tuple[float, str]]:
        """(seconds since the epoch, event as a line) of all there were."""
        self.settle()
        return self._lines

    def settle(self) -> None:
        """Encode what is new."""
        with self._lock:
            new, self._new = self._new, []
            self._lines += [(when, events.encode(what() if callable(what) else what)) for when, what in new]

    def add(self, event: events.Event | Callable[[], events.Event]) -> None:
        """It happened now. An event may be given as what makes it: it is asked when there is time for it."""
        with self._lock:
            if isinstance(event, events.Output):
                if self._left <= 0:
                    return
                self._left -= len(event.text)
                if self._left <= 0:
                    event = events.Output(event.node, event.channel, event.text[:1000] + "\n… not kept in full …\n")
            self._new.append((round(time.time(), 4), event))
