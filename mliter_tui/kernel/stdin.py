"""Standard input that tells when it is read: what comes from there is the outside's (rule R8)."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Any


class _Raw(io.FileIO):
    """The descriptor; its reads are told."""

    told: Callable[[], None]

    def readinto(self, buffer: Any) -> int | None:
        self.told()
        return super().readinto(buffer)

    def readall(self) -> Any:
        self.told()
        return super().readall()

    def read(self, size: int | None = -1) -> Any:
        self.told()
        return super().read(-1 if size is None else size)


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


def watch(told: Callable[[], None]) -> None:
    """Put such a stream in the place of sys.stdin, where there is one."""
    old = sys.stdin
    if old is None or not isinstance(old, io.TextIOWrapper):
        return
    try:
        raw = _Raw(0, "rb", closefd=False)
        os.fstat(0)
    except OSError:
        return
    raw.told = told
    raw.name = "<stdin>"
    new = _Text(io.BufferedReader(raw), encoding=old.encoding, errors=old.errors, line_buffering=old.line_buffering)
    new.told = told
    new.mode = "r"  # type: ignore[misc]
    sys.stdin = sys.__stdin__ = new  # type: ignore[misc]
