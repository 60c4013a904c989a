"""Signals that reach the script's process while the kernel itself is at work, and its end when nobody is left.

The script's handlers run only where the script does: what arrives in between is kept and raised as soon as the script
goes on. A second one of the same kind ends the process.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal itself takes longer to import, and can be seen
import fcntl
import os
from types import FrameType
from typing import Any

_KINDS = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
_SET_SIGNAL = getattr(fcntl, "F_SETSIG", 10)  # Linux; its number is 10 wherever that is


class Deferred:
    """`pause` while the kernel works, `resume` before the script goes on."""

    def __init__(self) -> None:
        self.handlers: dict[int, Any] = {}
        self.waiting: list[int] = []

    def pause(self) -> None:
        """Keep what arrives from now on; what has no handler in Python does what it always does."""
        for kind in _KINDS:
            handler = _signal.getsignal(kind)
            if kind not in self.handlers and callable(handler):
                self.handlers[kind] = handler
                _signal.signal(kind, self._keep)

    def _keep(self, kind: int, frame: FrameType | None) -> None:
        if kind in self.waiting:
            _signal.signal(kind, _signal.SIG_DFL)
            _signal.raise_signal(kind)
        self.waiting.append(kind)

    def resume(self) -> None:
        """Give the handlers back, and what arrived to them: may raise what they raise."""
        for kind, handler in self.handlers.items():
            _signal.signal(kind, handler)
        self.handlers = {}
        while self.waiting:
            _signal.raise_signal(self.waiting.pop(0))


class Tether:
    """Ends this process with the coordinator while it runs code of the script, where the system can (Linux)."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.flags = -1
        try:
            # the kernel of the system sends the signal when the other end of the pipe is closed
            fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(fd, _SET_SIGNAL, _signal.SIGKILL)
            if os.uname().sysname == "Linux":
                self.flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        except OSError:
            pass

    def tie(self) -> None:
        if self.flags >= 0:
            fcntl.fcntl(self.fd, fcntl.F_SETFL, self.flags | os.O_ASYNC)

    def cut(self) -> None:
        """In a forked child, which has no coordinator."""
        self.flags = -1

    def untie(self) -> None:
        """The next message is awaited: its arrival must not be taken for the end."""
        if self.flags >= 0:
            fcntl.fcntl(self.fd, fcntl.F_SETFL, self.flags)
