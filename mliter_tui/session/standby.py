"""A process that has imported what the script begins with and waits for the next save (rule R1).

It serves one iteration and is then the script's own; the next one gets ready while nothing else is to be done.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.launch import Launched
from mliter_tui.engine.settings import Settings


class _Ready(NamedTuple):
    """installed: as of `_installed` when it began. told: the thread that sends it the script, until it was taken."""

    process: KernelProcess
    installed: tuple[float, ...]
    told: threading.Thread | None


class Standby:
    """At most one process. Calls may come from any thread."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self._lock = threading.Lock()
        self._ready: _Ready | None = None
        self._closed = False

    def prepare(self, text: str) -> None:
        """Have a process for the script as it is now, unless one waits already; returns at once."""
        with self._lock:
            if self._ready is not None or self._closed:
                return
            try:
                process = KernelProcess(Launched(True, None, True))
            except OSError:
                return  # tried again, and reported, when there is something to run
            # a long text may not fit into the pipe before the process reads
            told = threading.Thread(target=process.begin, args=(self.settings, text, self.folder, True), daemon=True)
            told.start()
            self._ready = _Ready(process, _installed(), told)

    def take(self) -> KernelProcess | None:
        """The process, if there is one and it is still good; packages may have been installed since."""
        with self._lock:
            ready, self._ready = self._ready, None
        if ready is None:
            return None
        if ready.told is not None:
            ready.told.join()
        if ready.process.launched.ended() or ready.installed != _installed():
            end(ready.process)
            return None
        return ready.process

    def give_back(self, process: KernelProcess, since: float) -> None:
        """One that was taken and not needed; `since`: when it was taken, in seconds since the epoch."""
        installed = _installed()
        with self._lock:
            if self._ready is None and not self._closed and max(installed, default=0.0) < since:
                self._ready = _Ready(process, installed, None)
                return
        end(process)

    def close(self) -> None:
        """End the process, and have no other."""
        with self._lock:
            ready, self._ready = self._ready, None
            self._closed = True
        if ready is not None:
            end(ready.process)


def end(process: KernelProcess) -> None:
    """End a process that never ran a node."""
    process.launched.input.close()
    process.discard()


def _installed() -> tuple[float, ...]:
    """Changes whenever a package is installed, updated or removed."""
    found = []
    for place in sys.path:
        if place.endswith("-packages"):
            try:
                found.append(os.stat(place).st_mtime)
            except OSError:
                continue
    return tuple(found)
