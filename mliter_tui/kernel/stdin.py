"""Standard input: that it is read is told (rule R8), and what was read is there again for a process that starts over.

What comes out of a pipe or a terminal is kept in a file that all processes of one run share: each reads that first, and
the descriptor when it has come to the end. A file on standard input is wound back instead.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Any

_read = os.read


class Source:
    """The descriptor, read through what is kept of it. `kept`: a file, -1 for none; `told`: called at each read."""

    def __init__(self, told: Callable[[], None], kept: int) -> None:
        self.told, self._kept, self._at = told, kept, 0

    def read(self, size: int) -> bytes:
        self.told()
        if self._kept < 0:
            return _read(0, size)
        data = os.pread(self._kept, size, self._at)
        if not data:
            data = _read(0, size)
            os.pwrite(self._kept, data, self._at)
        self._at += len(data)
        return data


class _Raw(io.FileIO):
    """The unbuffered end."""

    source: Source

    def readinto(self, buffer: Any) -> int:
        room = memoryview(buffer).cast("B")
        data = self.source.read(len(room))
        room[: len(data)] = data
        return len(data)

    def read(self, size: int | None = -1) -> bytes:
        return self.readall() if size is None or size < 0 else self.source.read(size)

    def readall(self) -> bytes:
        parts = []
        while part := self.source.read(1 << 16):
            parts.append(part)
        return b"".join(parts)


class _Text(io.TextIOWrapper):
    """sys.stdin; a read that is answered from what was read ahead is told, too."""

    told: Callable[[], None]

    def read(self, size: int | None = -1) -> str:
        self.told()
        return super().read(size)

    def readline(self, size: int = -1) -> str:  # type: ignore[override]
        self.told()
        return super().readline(size)

    def __next__(self) -> str:  # type: ignore[override]
        self.told()
        return super().__next__()


def watch(source: Source) -> None:
    """Put such a stream in the place of sys.stdin, where there is one."""
    old = sys.stdin
    if old is None or not isinstance(old, io.TextIOWrapper):
        return
    try:
        raw = _Raw(0, "rb", closefd=False)
        os.fstat(0)
    except OSError:
        return
    raw.source = source
    raw.name = "<stdin>"
    buffer = _Buffer(raw)
    buffer.told = source.told
    new = _Text(
        buffer, encoding=old.encoding, errors=old.errors, newline="\n", line_buffering=old.line_buffering
    )  # as python on anything but Windows: line ends are left as they are
    new.told = source.told
    new.mode = "r"  # type: ignore[misc]
    sys.stdin = sys.__stdin__ = new  # type: ignore[misc]


class _Buffer(io.BufferedReader):
    """sys.stdin.buffer, for the same reason."""

    told: Callable[[], None]

    def read(self, size: int | None = -1) -> bytes:
        self.told()
        return super().read(size)

    def readline(self, size: int | None = -1) -> bytes:
        self.told()
        return super().readline(size)

    def __next__(self) -> bytes:
        self.told()
        return super().__next__()
