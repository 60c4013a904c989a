"""A terminal that is gone: not every one says so by a signal, and reading from it would go on for ever."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable

_GRACE_SECONDS = 2.0


def when_gone(fd: int, then: Callable[[], object]) -> None:
    """Call this, from a thread of its own, once nobody is at the other end of a terminal or pipe.

    What has not ended a moment later ends here: drawing waits for ever for a terminal that takes nothing. Does nothing
    where the system cannot tell.
    """
    poll = getattr(select, "poll", None)
    if poll is not None:
        threading.Thread(target=_wait, args=(poll(), fd, then), daemon=True).start()


def _wait(poll: select.poll, fd: int, then: Callable[[], object]) -> None:
    try:
        poll.register(fd, 0)  # an end is always told, input is not asked for
        ((_, what),) = poll.poll()
    except (OSError, ValueError):
        return
    if what & select.POLLHUP:
        with contextlib.suppress(RuntimeError):  # the app has come to its end by itself
            then()
        time.sleep(_GRACE_SECONDS)
        os._exit(128 + signal.SIGHUP)
