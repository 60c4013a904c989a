"""Recorded output and file contents, by content; and the hashes of the user's files.

A blob is an object kept for its own sake: its bytes count against the budget from before they are written. Putting
never fails: it returns the hash, and what could not be kept is missing when it is asked for (`holds` tells).

The hash of a file is remembered with the file's stat; the stat vouches for the content only when mtime and ctime were
at least two seconds old as it was recorded ("racy" entries, as in Git's index). Limits: a change through a memory map
shows in the times only when the system writes it out, and file servers whose clock is more than two seconds behind.
"""

from __future__ import annotations

import os
import stat
import time
from functools import partial
from pathlib import Path
from typing import BinaryIO

from .artifacts import Artifacts
from .objects import copy_hashed, digest, is_hash
from .seal import plain

__all__ = ["BLOB_BENEFIT", "Blobs"]

BLOB_BENEFIT = 60.0
RACY_NANOSECONDS = 2_000_000_000


class Blobs(Artifacts):
    """Blobs by hash, and files."""

    def put_blob(self, data: bytes, benefit: float = BLOB_BENEFIT) -> str:
        """Keep bytes that save about `benefit` seconds; their hash."""
        name = digest(data)
        if self._reserve(name, len(data), benefit):
            try:
                self._objects.write(name, data)
            except OSError as error:
                self._give_up(name, error)
        return name

    def put_file(self, path: Path, benefit: float = BLOB_BENEFIT) -> str:
        """Keep the content of a regular file; its hash. OSError when it cannot be read."""
        for _ in range(3):
            name, size = self._hash_and_size(path)
            if not self._reserve(name, size, benefit):
                break
            try:
                if self._objects.copy_in(name, path):
                    break
            except OSError as error:
                self._give_up(name, error)
                break
            self._catalog.attempt(partial(self._drop_blob, name), 0)
        return name

    def _reserve(self, name: str, size: int, benefit: float) -> bool:
        """Whether the bytes are to be written: False when they are there, or there is no room."""
        now = time.time()

        def reserve() -> bool:
            there = self._objects.size(name) == size
            self._catalog.now("SAVEPOINT blob")
            self._catalog.now(
                "INSERT INTO object VALUES (?, ?, 1, ?, ?) ON CONFLICT (hash) DO UPDATE SET blob = 1,"
                " saved = CASE WHEN blob THEN max(saved, excluded.saved) ELSE excluded.saved END,"
                " nbytes = excluded.nbytes, used = excluded.used",
                (name, size, benefit, now),
            )
            fits = self._fit(0, benefit / size if size else benefit, benefit, (name,), "budget")
            if not fits:
                self._catalog.now("ROLLBACK TO blob")
            self._catalog.now("RELEASE blob")
            return fits and not there

        return self._catalog.attempt(reserve, False)

    def _give_up(self, name: str, error: OSError) -> None:
        self._catalog.attempt(lambda: self._drop_blob(name), 0)
        self._catalog.note(f"The store could not keep some output or a file ({error.strerror or error}).")

    def holds(self, h: str) -> bool:
        """Whether the content is there (its size is looked at, not its bytes)."""
        if not is_hash(h):
            return False
        known = self._catalog.rows("object", "SELECT nbytes FROM object WHERE hash = ?", (h,))
        return bool(known) and known[0][0] == self._objects.size(h)

    def blob(self, h: str) -> bytes | None:
        """The bytes; None when they are missing or damaged."""
        file = self._objects.open(h) if is_hash(h) else None
        if file is None:
            return None
        try:
            with file:
                data = file.read()
        except OSError:
            return None
        if digest(data) != h:
            self._spoilt(h)
            return None
        self._used(h)
        return data

    def restore_file(self, h: str, path: Path, mode: int | None = None) -> bool:
        """Put the content in a file's place at once; False (and the file as it was) when that cannot be done.

        A file that is there keeps its permissions and a symbolic link is followed; a new file gets those that `open`
        would give it, or `mode`. Folders are made as needed.
        """
        source = self._objects.open(h) if is_hash(h) else None
        if source is None:
            return False
        target = os.path.realpath(path)
        fresh = os.path.join(os.path.dirname(target), f".{os.getpid()}-{os.urandom(6).hex()}.mliter")
        try:
            with source:
                found = _mode_of(target)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                if not self._write_verified(source, fresh, h):
                    return False
            wanted = mode if mode is not None else found
            if wanted is not None:
                os.chmod(fresh, wanted)
            os.replace(fresh, target)
        except OSError:
            return False
        finally:
            try:
                os.unlink(fresh)
            except OSError:
                pass  # renamed, or never made
        self._used(h)
        return True

    def _write_verified(self, source: BinaryIO, fresh: str, h: str) -> bool:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            same = copy_hashed(source, file)[0] == h
        if not same:
            self._spoilt(h)
        return same

    def _spoilt(self, h: str) -> None:
        # Deleted, so that the next writer of this content does not think it is there.
        self._objects.remove(h)
        self._catalog.note("Some kept output or file was damaged; it is made again.")

    def _used(self, h: str) -> None:
        self._catalog.later("object", "UPDATE object SET used = ? WHERE hash = ?", (time.time(), h))

    def hash_file(self, path: Path) -> str:
        """The hash of a regular file's content; OSError when it cannot be read or is no regular file."""
        return self._hash_and_size(path)[0]

    def _hash_and_size(self, path: Path) -> tuple[str, int]:
        key = plain(os.path.abspath(path))
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{path} is not a regular file")
        rows = self._catalog.rows("file_hash", "SELECT stat, hash, seal FROM file_hash WHERE path = ?", (key,))
        if rows:
            known, name, seal = rows[0]
            if known == _identity(found) and self._seal.holds(seal, "file", key, known, name):
                return name, found.st_size
        return self._read_hash(path, key)

    def _read_hash(self, path: Path, key: str) -> tuple[str, int]:
        for _ in range(3):
            began = time.time_ns()
            with open(path, "rb", buffering=0) as file:
                before = os.fstat(file.fileno())
                name, size = copy_hashed(file, None)
                after = os.fstat(file.fileno())
            identity = _identity(before)
            if identity == _identity(after):
                break
        # Files of /proc and the like have sizes that are not those of their content, and times that say nothing.
        steady = identity == _identity(after) and size == before.st_size
        if steady and max(before.st_mtime_ns, before.st_ctime_ns) <= began - RACY_NANOSECONDS:
            self._catalog.later(
                "file_hash",
                "INSERT OR REPLACE INTO file_hash VALUES (?, ?, ?, ?, ?)",
                (key, identity, name, began / 1e9, self._seal("file", key, identity, name)),
            )
        return name, size


def _identity(found: os.stat_result) -> str:
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"


def _mode_of(target: str) -> int | None:
    """Permissions of the file that is there; None when there is none; OSError for what is no regular file."""
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(f"{target} is not a regular file")
    return stat.S_IMODE(found.st_mode)
