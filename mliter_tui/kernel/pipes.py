"""Descriptors that the script reads and writes itself: pipes and sockets are the outside's (rule R8).

Objects that stand for one are known where they are read (`instances.of_connection`).
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.stdin import Source

if TYPE_CHECKING:
    from mliter_tui.kernel.observe import Observer

MARK = "a pipe"
_fstat = os.fstat


def watch(observer: Observer, source: Source) -> None:
    """Wrap the functions of os for them."""
    pipe, read, write = os.pipe, os.read, os.write

    def mark() -> None:
        if observer.current is not None and observer.is_own(sys._getframe(2)):
            observer.current.outside.add(MARK)

    def seen_pipe() -> tuple[int, int]:
        mark()
        return pipe()

    def seen_read(fd: int, length: int, /) -> bytes:
        if fd == 0:
            return source.read(length)
        if _passes(fd):
            mark()
        return read(fd, length)

    def seen_write(fd: int, data: Any, /) -> int:
        if fd not in (1, 2) and _passes(fd):
            mark()
        return write(fd, data)

    os.pipe, os.read, os.write = seen_pipe, seen_read, seen_write


def _passes(fd: int) -> bool:
    try:
        return stat.S_IFMT(_fstat(fd).st_mode) in (stat.S_IFIFO, stat.S_IFSOCK)
    except OSError:
        return False
