"""Content-addressed bytes: one file per content, named by its xxh3-128 digest (`objects/ab/cdef…`, 32 hex digits).

A file appears under its name at once and complete (written beside it, then renamed), mode 0600, and is never changed
afterwards; who has no row for it yet and finds it there sets the file's times, so that a collection running at the same
time sees that it is wanted. Methods raise OSError; nothing is trusted that was not hashed after reading.
"""

from __future__ import annotations

import errno
import io
import itertools
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import xxhash

__all__ = ["Entry", "FileObjects", "MemoryObjects", "Objects", "copy_hashed", "digest", "is_hash"]

BLOCK = 1 << 20
MEMORY_BYTES = 64 << 20
Entry = tuple[str, int, float]
"""An object's hash, its size in bytes and its modification time."""

_HEX = frozenset("0123456789abcdef")
_serial = itertools.count()


def digest(data: bytes) -> str:
    """The name of a content."""
    return xxhash.xxh3_128_hexdigest(data)


def is_hash(text: object) -> bool:
    """Whether this can name an object: nothing else may become part of a path."""
    return isinstance(text, str) and len(text) == 32 and _HEX.issuperset(text)


Source = BinaryIO | io.RawIOBase


def copy_hashed(source: Source, target: BinaryIO | None) -> tuple[str, int]:
    """Copy to the end (to nowhere when `target` is None); the hash and the size of what was read."""
    state = xxhash.xxh3_128()
    buffer = bytearray(BLOCK)
    view = memoryview(buffer)
    total = 0
    while count := cast(io.RawIOBase, source).readinto(buffer):
        state.update(view[:count])
        if target is not None:
            target.write(view[:count])
        total += count
    return state.hexdigest(), total


class Objects(Protocol):
    """Where the bytes are: on disk, or in memory when the folder cannot be written."""

    def size(self, name: str) -> int | None:
        """Bytes of the object; None when it is not there."""

    def time(self, name: str) -> float | None:
        """When it was last wanted, in seconds since the epoch; None when it is not there."""

    def write(self, name: str, data: bytes) -> None:
        """Keep `data`, whose digest is `name`."""

    def copy_in(self, name: str, path: Path) -> bool:
        """Keep the content of a file; False when it is not (or no longer) `name`'s."""

    def open(self, name: str) -> BinaryIO | None:
        """The bytes, unverified; None when not there."""

    def remove(self, name: str) -> int:
        """Delete; the bytes freed."""

    def entries(self) -> Iterator[Entry]:
        """All objects."""

    def strays(self) -> Iterator[tuple[str, float]]:
        """Paths and times of files that are no objects: what interrupted writers left."""


class FileObjects:
    """The objects folder on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def path(self, name: str) -> str:
        """The file of an object."""
        return f"{self.folder}/{name[:2]}/{name[2:]}"

    def size(self, name: str) -> int | None:
        try:
            found = os.lstat(self.path(name))
        except OSError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def time(self, name: str) -> float | None:
        try:
            return os.lstat(self.path(name)).st_mtime
        except OSError:
            return None

    def _fresh(self) -> tuple[str, BinaryIO]:
        path = f"{self.folder}/.new-{os.getpid()}-{next(_serial)}-{time.monotonic_ns()}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return path, os.fdopen(descriptor, "wb")

    def _settle(self, fresh: str, name: str) -> None:
        try:
            os.replace(fresh, self.path(name))
        except FileNotFoundError:
            os.makedirs(f"{self.folder}/{name[:2]}", mode=0o700, exist_ok=True)
            os.replace(fresh, self.path(name))

    def write(self, name: str, data: bytes) -> None:
        fresh, file = self._fresh()
        try:
            with file:
                file.write(data)
            self._settle(fresh, name)
        except BaseException:
            _unlink(fresh)
            raise

    def copy_in(self, name: str, path: Path) -> bool:
        fresh, file = self._fresh()
        try:
            with file, open(path, "rb", buffering=0) as source:
                same = copy_hashed(source, file)[0] == name
            if same:
                self._settle(fresh, name)
            else:
                _unlink(fresh)
        except BaseException:
            _unlink(fresh)
            raise
        return same

    def link(self, name: str, source: str) -> bool:
        """Have an object that is there under another name; whether that worked."""
        try:
            os.makedirs(f"{self.folder}/{name[:2]}", mode=0o700, exist_ok=True)
            os.link(source, self.path(name))
        except OSError:
            return False
        return True

    def open(self, name: str) -> BinaryIO | None:
        try:
            return open(self.path(name), "rb", buffering=0)
        except OSError:
            return None

    def remove(self, name: str) -> int:
        size = self.size(name) or 0
        return size if _unlink(self.path(name)) else 0

    def entries(self) -> Iterator[Entry]:
        for path, found in self._files():
            parent, last = os.path.split(path)
            name = os.path.basename(parent) + last
            if is_hash(name):
                yield name, found.st_size, found.st_mtime

    def strays(self) -> Iterator[tuple[str, float]]:
        for path, found in self._files():
            parent, last = os.path.split(path)
            if not is_hash(os.path.basename(parent) + last):
                yield path, found.st_mtime

    def _files(self) -> Iterator[tuple[str, os.stat_result]]:
        for parent, _, names in os.walk(self.folder):
            for name in names:
                path = f"{parent}/{name}"
                try:
                    yield path, os.lstat(path)
                except OSError:
                    continue  # removed by another process meanwhile


class MemoryObjects:
    """Objects of a store that cannot write: a bounded dictionary, for recorded output of this process's runs."""

    def __init__(self, limit: int = MEMORY_BYTES) -> None:
        self._held: dict[str, bytes] = {}
        self._limit = limit
        self._used = 0

    def size(self, name: str) -> int | None:
        return len(self._held[name]) if name in self._held else None

    def time(self, name: str) -> float | None:
        return time.time() if name in self._held else None

    def write(self, name: str, data: bytes) -> None:
        if name not in self._held:
            if self._used + len(data) > self._limit:
                raise OSError(errno.ENOSPC, "no room for more blobs in memory")
            self._held[name] = data
            self._used += len(data)

    def copy_in(self, name: str, path: Path) -> bool:
        if os.path.getsize(path) > self._limit - self._used:
            return False
        data = path.read_bytes()
        if digest(data) != name:
            return False
        self.write(name, data)
        return True

    def open(self, name: str) -> BinaryIO | None:
        return io.BytesIO(self._held[name]) if name in self._held else None

    def remove(self, name: str) -> int:
        size = len(self._held.pop(name, b""))
        self._used -= size
        return size

    def entries(self) -> Iterator[Entry]:
        now = time.time()
        return iter([(name, len(data), now) for name, data in self._held.items()])

    def strays(self) -> Iterator[tuple[str, float]]:
        return iter(())


def _unlink(path: str) -> bool:
    try:
        os.unlink(path)
    except OSError:
        return False
    return True
