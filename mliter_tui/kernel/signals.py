"""Signals that reach the script's process while the kernel itself is at work, and its end when nobody is left.

The script's handlers run only where the script does: what arrives in between is kept and raised as soon as the script
goes on. A second one of a kind that asks for the end ends the process.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal itself takes longer to import, and can be seen
import fcntl
import os
from types import FrameType
from typing import Any

_KINDS = tuple(_signal.valid_signals())
_ENDING = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
_SET_SIGNAL = getattr(fcntl, "F_SETSIG", 10)  # Linux; its number is 10 wherever that is


class Deferred:
    """`pause` while the kernel works, `resume` before the script goes on. handlers: the script's, while paused."""

    def __init__(self) -> None:
        self.handlers: dict[int, Any] = {}
        self.waiting: list[int] = []
        self._ours = self._keep  # one object, to be known again

    def pause(self) -> None:
        """Keep what arrives from now on; what has no handler in Python does what it always does.

        May raise what a handler raises for a signal that has just arrived; then `resume` is to be called all the same.
        """
        for kind in _KINDS:
            handler = _signal.getsignal(kind)
            if callable(handler) and handler is not self._ours:
                self.handlers[kind] = handler
                _signal.signal(kind, self._ours)

    def _keep(self, kind: int, frame: FrameType | None) -> None:
        if kind not in self.waiting:
            self.waiting.append(kind)  # once, however often it comes, as the system has it
        elif kind in _ENDING:
            _signal.signal(kind, _signal.SIG_DFL)
            _signal.raise_signal(kind)

    def resume(self) -> None:
        """Give the handlers back, and what arrived to them: may raise what they raise."""
        try:
            for kind, handler in [*self.handlers.items()]:
                if _signal.getsignal(kind) is self._ours:
                    _signal.signal(kind, handler)
                del self.handlers[kind]
        except BaseException:  # raised by one that was back already: the others are owed, too
            self.resume()
            raise
        while self.waiting:
            _signal.raise_signal(self.waiting.pop(0))


class Tether:
    """Ends this process with the coordinator, whatever code it is in, where the system can (Linux).

    fd: a pipe of which the coordinator holds the other end and writes nothing to it. The system sends the signal for
    anything that happens to the pipe, and for what is written it may do so after it was read: a pipe with messages
    would end this process once in a great while.
    """

    def __init__(self, fd: int) -> None:
        if os.uname().sysname == "Linux":
            fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(fd, _SET_SIGNAL, _signal.SIGKILL)
            fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
