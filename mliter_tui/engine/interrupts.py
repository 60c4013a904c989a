"""Signals that reach the coordinator: the script's process is told, and its end is waited for.

Ctrl-C reaches the script's process by itself, from the terminal. As long as no process runs the script there is nothing
to wait for, and we end as python would.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mliter_tui.engine.iteration import Iteration

_NEEDS_NO_WORD = (signal.SIGINT, signal.SIGPIPE)  # there is a traceback; whoever has read enough wants no more


def relay(iteration: Iteration) -> None:
    """Handle signals for this iteration from now on; those that whoever started us ignores stay ignored."""

    def handle(kind: int, frame: FrameType | None) -> None:
        kernel = iteration.kernel
        if kernel is not None:
            if kind != signal.SIGINT:
                kernel.tell(kind)
        elif kind == signal.SIGINT:
            if not iteration.kernels.starting:  # else that process will say so
                raise KeyboardInterrupt
        else:
            end_by(kind)

    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(kind) != signal.SIG_IGN:
            signal.signal(kind, handle)


def end_by(kind: int) -> int:
    """End this process by a signal, as the script's process ended; a status to leave with where that does not do."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if kind != signal.SIGKILL:
        signal.signal(kind, signal.SIG_DFL)
    if kind in (signal.SIGQUIT, signal.SIGILL, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (0, limit))  # the memory to be looked at was the script's, not ours
    os.kill(os.getpid(), kind)
    return 128 + kind


def sudden(status: int) -> str:
    """A sentence on a script's process that a signal ended; "" where it needs none."""
    if status >= 0 or -status in _NEEDS_NO_WORD:
        return ""
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    more = "; perhaps there was not enough memory" if -status == signal.SIGKILL else ""
    return f"The script's process was ended by {name}{more}."
