"""A process that has imported what the script begins with and waits for the next save (rule R1).

It serves one iteration and is then the script's own; the next one gets ready while nothing else is to be done.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.launch import Launched
from mliter_tui.engine.priming import NOTHING_PRIMED, Primed, prime
from mliter_tui.engine.settings import Settings
from mliter_tui.session.planning import Planned

_PATIENCE_SECONDS = 20.0
_YOUNG_SECONDS = 5.0


class _Ready(NamedTuple):
    """installed: as of `_installed` when it began. told: the thread that tells it the script and has it get ready;
    then `primed` is there, None where the process is spoiled. begun: when, by the monotonic clock.
    """

    process: KernelProcess
    installed: tuple[float, ...]
    told: threading.Thread
    primed: list[Primed | None]
    begun: float


class Standby:
    """At most one process. Calls may come from any thread."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self._lock = threading.Lock()
        self._ready: _Ready | None = None
        self._closed = self._plain = False

    def prepare(self, text: str, desk: Planned | None = None) -> None:
        """Have a process for the script as it is now, unless one waits already; returns at once.

        desk: the version with what past runs have learnt, by which more can be done ahead than its first imports.
        """
        with self._lock:
            if self._ready is not None or self._closed:
                return
            try:
                process = KernelProcess(Launched(True, None, True))
            except OSError:
                return  # tried again, and reported, when there is something to run
            primed: list[Primed | None] = []
            told = threading.Thread(target=self._get_ready, args=(process, text, desk, primed), daemon=True)
            told.start()  # a long text may not fit into the pipe before the process reads
            self._ready = _Ready(process, _installed(), told, primed, time.monotonic())

    def _get_ready(self, process: KernelProcess, text: str, desk: Planned | None, primed: list[Primed | None]) -> None:
        process.begin(self.settings, text, self.folder, True)
        found: Primed | None = NOTHING_PRIMED
        if desk is not None and desk.version.text == text and not self._plain:
            found = prime(process, desk.version, desk.forecast)
            self._plain = found is None  # it did not go as it had before: leave it
        primed.append(found)

    def done_ahead(self, wanted: Planned) -> frozenset[int]:
        """The nodes of this version that the process has executed by now."""
        with self._lock:
            ready = self._ready
        primed = ready.primed[0] if ready is not None and ready.primed else None
        if primed is None or not primed.serves(wanted.version, wanted.forecast):
            return frozenset()
        return frozenset(primed.replies)

    def take(self, wanted: Planned) -> tuple[KernelProcess, Primed] | None:
        """The process and what it has done, if there is one and it is still good for this version."""
        with self._lock:
            ready, self._ready = self._ready, None
        if ready is None:
            return None
        ready.told.join(_PATIENCE_SECONDS)
        primed = ready.primed[0] if ready.primed else None
        age = time.monotonic() - ready.begun
        if primed is None or ready.process.launched.ended() or ready.installed != _installed() or not (
            primed.serves(wanted.version, wanted.forecast) if primed.replies else _imports_hold(wanted, age)
        ):
            end(ready.process)
            return None
        return ready.process, primed

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


def _imports_hold(wanted: Planned, age: float) -> bool:
    """Whether the imports of a script find all as before; of those never seen, that is taken for so for a while."""
    for node in wanted.version.script.nodes:
        found = wanted.forecast.found.get(node.id)
        if node.kind == "import" and node.frame < 0 and found is not None and found.trace is None:
            if age > _YOUNG_SECONDS or wanted.version.lookup.traces(node.key):
                return False
    return True


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
