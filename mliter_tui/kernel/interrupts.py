"""Signals that arrive while a node runs: what the node then did is due to them, not to its inputs alone."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os


class Interrupts:
    """Python's own handler writes a byte here for every signal that a handler of Python code is set for."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)

    def begin(self) -> None:
        """A node is about to run; where the script has a use of its own for this, it keeps it."""
        theirs = _signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        if theirs not in (-1, self._writer):
            _signal.set_wakeup_fd(theirs)
        self.arrived()

    def arrived(self) -> bool:
        """Whether a signal has been handled since the last look, but by a library that minds its own children."""
        try:
            kinds = set(os.read(self._reader, 4096))
        except BlockingIOError:
            return False
        handler = _signal.getsignal(_signal.SIGCHLD)
        if str(getattr(handler, "__module__", "")).partition(".")[0] in _MINDING:
            kinds.discard(_signal.SIGCHLD)
        return bool(kinds)


_MINDING = frozenset({"torch", "multiprocessing", "joblib", "asyncio"})
