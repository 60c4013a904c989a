"""What a session needs of its terminal: a size, and to be told when it is gone, even where no signal says so."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import threading
import time
from collections.abc import Callable

_GRACE_SECONDS = 2.0
_USUAL = 24, 80


def give_size(fd: int) -> None:
    """A terminal that does not know its size, as over a serial line, is taken for one of 24 lines by 80 columns.

    Those who draw on it would else each assume another one.
    """
    try:
        size = os.get_terminal_size(fd)
    except OSError:
        return
    if not (size.lines and size.columns):
        import termios

        if hasattr(termios, "tcsetwinsize"):
            with contextlib.suppress(termios.error):
                termios.tcsetwinsize(fd, (size.lines or _USUAL[0], size.columns or _USUAL[1]))


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
        _let_go(fd)
        with contextlib.suppress(RuntimeError):  # it has come to its end by itself
            then()
        time.sleep(_GRACE_SECONDS)
        os._exit(128 + signal.SIGHUP)


def _let_go(fd: int) -> None:
    """What would be read from or written to the terminal that is gone leads nowhere from now on.

    An error in writing would end the thread that draws, and the app would wait for it for ever.
    """
    terminal = os.fstat(fd)
    if not stat.S_ISCHR(terminal.st_mode):
        return
    nowhere = os.open(os.devnull, os.O_RDWR)
    for each in (0, 1, 2):
        with contextlib.suppress(OSError):  # not open
            if os.fstat(each).st_rdev == terminal.st_rdev:
                os.dup2(nowhere, each)
    os.close(nowhere)
