"""A session as plain text: for pipes, CI and screen readers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mliter_tui import events
from mliter_tui.render.lines import plain_line
from mliter_tui.view.model import View, apply


class Plain:
    """Writes one line for each event worth one. gone: called when nobody reads any more."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._view, self._lock = View(), threading.Lock()
        self._open = False  # the script has begun a line
        self.gone: Callable[[], None] = lambda: None

    def emit(self, event: events.Event) -> None:
        """Show an event; from any thread."""
        with self._lock:
            apply(self._view, event, time.time())
            if isinstance(event, events.Output):
                text = event.text
                self._open = not text.endswith("\n")
            else:
                line = plain_line(event, self._view)
                if line is None:
                    return
                text = ("\n" if self._open else "") + line + "\n"
                self._open = False
            try:
                self._write(text)
            except OSError:
                self.gone()
