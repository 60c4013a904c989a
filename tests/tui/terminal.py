"""A terminal with the app in it, as a person sees it: keys go in, a screen of characters comes out."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pexpect
import pyte

PATIENCE = 60.0


class Terminal:
    """`mliter watch` in a folder, on a terminal of so many columns and rows."""

    command = "watch"

    def __init__(self, folder: Path, columns: int, rows: int, *words: str) -> None:
        home = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state")}
        environment = {**os.environ, **home, "TERM": "xterm-256color"}
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.child = pexpect.spawn(
            sys.executable, ["-m", "mliter_tui", self.command, *words], cwd=str(folder), env=environment,
            dimensions=(rows, columns),
        )  # fmt: skip
        self.raw = b""

    def _pump(self, seconds: float) -> None:
        try:
            data = self.child.read_nonblocking(1 << 16, seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self.raw += data
        self._stream.feed(data)

    @property
    def text(self) -> str:
        """What is on the screen now."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait(self, *words: str) -> str:
        """The screen, once all of these are on it."""
        deadline = time.monotonic() + PATIENCE
        while not all(word in self.text for word in words):
            missing = [word for word in words if word not in self.text]
            assert time.monotonic() < deadline, f"{missing} did not come up:\n{self.text}"
            self._pump(0.1)
        return self.text

    def gone(self, word: str) -> None:
        """Wait until this is no longer on the screen."""
        deadline = time.monotonic() + PATIENCE
        while word in self.text:
            assert time.monotonic() < deadline, f"{word!r} stays:\n{self.text}"
            self._pump(0.1)

    def press(self, keys: str) -> None:
        """Type, one key after the other."""
        for key in keys:
            self.child.send(key)
            self._pump(0.15)

    def quit(self) -> int:
        """Press `q` until it ends, as the app asks first in the last moment of a run; the exit status."""
        self.press("q")
        return self.end("q")

    def end(self, again: str = "") -> int:
        """Wait for the end, with this key pressed every second; the exit status."""
        deadline, pressed = time.monotonic() + PATIENCE, time.monotonic()
        while self.child.isalive():
            assert time.monotonic() < deadline, self.text
            self._pump(0.1)
            if again and time.monotonic() > pressed + 1:
                self.child.send(again)
                pressed = time.monotonic()
        self._pump(0.1)
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -(self.child.signalstatus or 0))
