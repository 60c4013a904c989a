"""The session's side of the process that studies its iterations, `session/studying`: asked here, answered as events."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence

from mliter_tui import events
from mliter_tui.engine.listening import Emit
from mliter_tui.errors import JournalError
from mliter_tui.session.process import boot
from mliter_tui.store import Store


class Teacher:
    """A process for studies and one for comparisons, so that neither waits for the other.

    Each is started when something is asked for the first time, and ends with the session. limit: iterations that a
    study tells one by one; 0 until one was asked for.
    """

    def __init__(self, store: Store, script: str, name: str, emit: Emit) -> None:
        self._emit = emit
        self._about = {"folder": str(store.folder), "script": script, "name": name}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._closed = False
        self.limit = 0

    def study(self, limit: int) -> None:
        """An event `StudyMade`, now and each time `again` is called."""
        self.limit = max(1, limit)
        self.again()

    def again(self) -> None:
        """The iterations are others: what they teach is told again, if it was ever asked."""
        if self.limit:
            self._ask("study", self.limit)

    def compare(self, iterations: Sequence[int]) -> None:
        """An event `Compared`, or a refusal."""
        self._ask("compare", list(iterations))

    def close(self) -> None:
        """End the processes."""
        self._closed = True
        for process in self._processes.values():
            process.kill()
            process.wait()

    def _ask(self, what: str, given: object) -> None:
        process = self._processes.get(what)
        if process is None or process.poll() is not None:
            process = self._processes[what] = self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({what: given}).encode() + b"\n")
            process.stdin.flush()
        except OSError:  # it has just ended, which its reader tells
            pass

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", boot("mliter_tui.session.studying")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(json.dumps(self._about).encode() + b"\n")
        threading.Thread(target=self._hear, args=(process,), daemon=True).start()
        return process

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            try:
                self._emit(events.decode(line.decode("ascii", "replace")))
            except JournalError:
                break
        if not self._closed:
            self._emit(events.Refused("The process that studies iterations has ended; what was asked is not answered."))
