"""An iteration's story as it grows: its events, encoded, and when each was."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from mliter_tui import events

MOST_TEXT = 200_000
"""Characters of output that a story keeps."""


class Story:
    """Events may be added from several threads. `lines` are (seconds since the epoch, event)."""

    def __init__(self, beginning: Iterable[events.Event] = ()) -> None:
        self._lock = threading.Lock()
        self._left = MOST_TEXT
        self.lines: list[tuple[float, str]] = []
        for event in beginning:
            self.add(event)

    def add(self, event: events.Event) -> None:
        """It happened now."""
        with self._lock:
            if isinstance(event, events.Output):
                if self._left <= 0:
                    return
                self._left -= len(event.text)
                if self._left <= 0:
                    event = events.Output(event.node, event.channel, event.text[:1000] + "\n… not kept in full …\n")
            self.lines.append((round(time.time(), 4), events.encode(event)))
