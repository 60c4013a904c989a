"""Playback of recorded output, in order, with the buffering Python would have used (rule R8)."""

from __future__ import annotations

import os

from mliter_tui.engine.kernel_process import write_all
from mliter_tui.engine.launch import one_place
from mliter_tui.engine.listening import Rows

_BUFFER = 8192


class Playback:
    """Output waiting to be shown: by the kernel's own streams while there is one, else by us at the end."""

    def __init__(self, show: bool = True) -> None:
        self.waiting: list[tuple[int, Rows]] = []
        self.enabled = show
        self.written = [b"", b""]
        self.failed: list[OSError | None] = [None, None]

    def add(self, rows: Rows, line: int) -> None:
        """Output of a skipped statement that begins in this line."""
        self.waiting.append((line, rows))

    def take(self) -> Rows:
        rows = [row for _, each in self.waiting for row in each]
        self.waiting = []
        return rows

    def said(self, lines: set[int]) -> None:
        """Statements whose output the kernel has written already, as it imported ahead."""
        self.waiting = [each for each in self.waiting if each[0] not in lines]

    def _write(self, fd: int, data: bytes) -> None:
        if self.failed[fd - 1] is None:
            try:
                write_all(fd, data)
            except OSError as error:
                self.failed[fd - 1] = error

    def show(self, skip: tuple[int, int]) -> None:
        """Write everything to our own stdout and stderr, passing over what was shown before."""
        left = list(skip)
        common = self.enabled and one_place()
        at_once = os.isatty(1) or bool(os.environ.get("PYTHONUNBUFFERED"))
        held = b""

        def out(fd: int, data: bytes) -> None:
            place = 0 if common else fd - 1
            start = min(left[place], len(data))
            left[place] -= start
            if data[start:]:
                self.written[fd - 1] += data[start:]
                if self.enabled:
                    self._write(fd, data[start:])

        for channel, data in self.take():
            if channel == "o":
                held += data
                if at_once or len(held) > _BUFFER:
                    out(1, held)
                    held = b""
            elif channel == "f":
                out(1, held)
                held = b""
            elif channel == "O":
                out(1, data)
            elif channel in ("e", "E"):
                out(2, data)
        out(1, held)
