"""The commit a run's files lie in, and which of them are not as committed; read from `.git`, without running git.

`commit`: the full name of what HEAD is, "" before the first commit. `dirty`: the files asked about whose content is not
that of git's index, or that are not in it; None where that cannot be told: an index of another format (version 4,
SHA-256, a sparse one), or one with something in it that waits to be committed. Never an exception: a repository that
cannot be read is none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from mliter_tui.lean import dataclass

try:
    from _sha1 import sha1  # type: ignore[import-not-found]  # hashlib's own, without loading OpenSSL (10 ms)
except ImportError:  # an interpreter built without it
    from hashlib import sha1

_MOST_BYTES = 16 << 20
"""Of an index; a longer one is not read."""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LONGEST = 0xFFF
"""Bytes of a path from which on the index does not say how many there are."""


@dataclass(frozen=True, slots=True)
class GitState:
    """Where HEAD was and what differed from it."""

    commit: str
    dirty: tuple[str, ...] | None


def git_state(files: Mapping[str, bytes]) -> GitState | None:
    """For these files, by absolute path; the repository is that of the first. None outside of any."""
    try:
        found = _repository(os.path.dirname(next(iter(files))))
        if found is None:
            return None
        work, folder, common = found
        commit = _head(folder, common)
        return GitState(commit, _dirty(work, folder, files)) if commit is not None else None
    except (OSError, ValueError, StopIteration):
        return None


def _repository(start: str) -> tuple[str, str, str] | None:
    """Work tree, its git folder, and the one all work trees share."""
    at = os.path.realpath(start)
    while not os.path.lexists(marker := os.path.join(at, ".git")):
        above = os.path.dirname(at)
        if above == at:
            return None
        at = above
    folder = marker
    if os.path.isfile(marker):  # of a linked work tree or a submodule
        line = _text(marker)
        if not line.startswith("gitdir: "):
            return None
        folder = os.path.normpath(os.path.join(at, line.removeprefix("gitdir: ")))
    shared = os.path.join(folder, "commondir")
    common = os.path.normpath(os.path.join(folder, _text(shared))) if os.path.exists(shared) else folder
    return at, folder, common


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().strip()


def _head(folder: str, common: str) -> str | None:
    """What HEAD is; "" for a branch without a commit, None where nothing of the kind is there."""
    line = _text(os.path.join(folder, "HEAD"))
    for _ in range(5):  # a reference may name another
        if not line.startswith("ref: "):
            return line if _COMMIT.fullmatch(line) else None
        name = line.removeprefix("ref: ")
        loose = [place for base in (folder, common) if os.path.isfile(place := os.path.join(base, name))]
        if not loose:
            return _packed(common, name)
        line = _text(loose[0])
    return None


def _packed(common: str, name: str) -> str:
    path = os.path.join(common, "packed-refs")
    if os.path.exists(path):
        for line in _text(path).splitlines():
            commit, _, ref = line.partition(" ")
            if ref == name and _COMMIT.fullmatch(commit):
                return commit
    return ""


def _dirty(work: str, folder: str, files: Mapping[str, bytes]) -> tuple[str, ...] | None:
    path = os.path.join(folder, "index")
    if not os.path.exists(path):
        return tuple(files)  # nothing was ever added
    if os.path.getsize(path) > _MOST_BYTES:
        return None
    with open(path, "rb") as file:
        index = file.read()
    if index[:4] != b"DIRC" or int.from_bytes(index[4:8], "big") not in (2, 3) or _waits(index):
        return None
    return tuple(name for name, data in files.items() if not _as_in(index, work, name, data))


def _waits(index: bytes) -> bool:
    """Whether something was added since the last commit, or that cannot be told.

    The index remembers the tree it was committed as (extension TREE), with -1 for its number of entries once something
    in it is another one.
    """
    at = index.rfind(b"TREE")
    if at < 0:
        return True
    tree = index[at + 8 : at + 8 + int.from_bytes(index[at + 4 : at + 8], "big")]
    return not re.match(rb"\0\d+ ", tree)


def _as_in(index: bytes, work: str, path: str, data: bytes) -> bool:
    """Whether a file has the content that the index has of it."""
    inside = os.path.relpath(os.path.realpath(path), work)
    if inside.startswith(os.pardir):
        return False
    name = os.fsencode(inside.replace(os.sep, "/"))
    at = 12
    wanted = (_blob(data), _blob(data.replace(b"\r\n", b"\n")))  # git may keep other ends of lines than the file has
    while (at := index.find(name + b"\0", at)) >= 0:
        # in front of the path: the hash, and two bytes with its length; two more where flags are extended
        for flags in (at - 2, at - 4):
            if int.from_bytes(index[flags : flags + 2], "big") & 0xFFF == min(len(name), _LONGEST):
                if index[flags - 20 : flags] in wanted:
                    return True
        at += 1
    return False


def _blob(data: bytes) -> bytes:
    return bytes(sha1(b"blob %d\0" % len(data) + data).digest())
