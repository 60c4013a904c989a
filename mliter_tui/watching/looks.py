"""What stands at a path: its kind, a stat key and, for files that are not large, a hash of the content.

The key is compared first: an equal key is an equal content, unless the file was written so shortly before the look
that a later write could bear the same time (*racy*, as git calls it). Another key says nothing yet: a touch, a chmod
and an atomic rewrite of the same bytes have it too. Sizes in bytes, times in nanoseconds.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import replace

from mliter_tui.lean import dataclass

LARGEST = 64 << 20
"""Files above are compared by size and time of modification only."""
SMALL = 1 << 20
"""Files up to here are hashed when the watch begins, larger ones when they first changed."""
_TICK = 20_000_000  # file times advance in ticks of the kernel's clock, at most 10 ms
_COARSE = 2_000_000_000  # FAT counts in two seconds, SFTP in whole ones
_PIECE = 1 << 20

Key = tuple[int, ...]
"""Device, inode, size, mtime and ctime; empty when there is nothing."""


@dataclass(frozen=True, slots=True)
class Look:
    """What stood at a path. `kind`: file, folder, other or missing. `digest` of the content (of a folder: its names),
    None where it was not taken. `taken`: the time of day of the look."""

    kind: str
    key: Key
    digest: bytes | None
    taken: int

    @property
    def size(self) -> int:
        return self.key[2] if self.key else 0

    @property
    def blank(self) -> bool:
        """Nothing there, or an empty file: what a save in progress may look like."""
        return self.kind == "missing" or (self.kind == "file" and self.size == 0)

    @property
    def racy(self) -> bool:
        """Whether a write after this look could leave the key as it is."""
        if not self.key:
            return False
        changed = max(self.key[3:])
        return abs(self.taken - changed) <= (_COARSE if changed % 1_000_000_000 == 0 else _TICK)


def glance(path: str) -> Look:
    """A look by stat alone, through links."""
    taken = time.time_ns()
    try:
        s = os.stat(path)
    except (OSError, ValueError):
        return Look("missing", (), None, taken)
    kind = "file" if stat.S_ISREG(s.st_mode) else "folder" if stat.S_ISDIR(s.st_mode) else "other"
    return Look(kind, (s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns), None, taken)


def hashed(path: str, look: Look) -> Look:
    """`look` with its digest; without one if the path is no longer as it was then, or cannot be read."""
    digest = _digest(path, look.kind)
    if digest is None or glance(path).key != look.key:
        return look
    return replace(look, digest=digest)


def compare(path: str, before: Look, allowance: int = LARGEST) -> tuple[Look, bool]:
    """(what stands there now, whether it is another content); files above `allowance` bytes are not read."""
    now = glance(path)
    if now.kind != before.kind:
        return now, True
    if now.kind in ("missing", "other"):
        return now, False
    if now.key == before.key and not before.racy:
        return before, False
    if now.kind == "file" and now.size != before.size:
        return now, True
    looked = hashed(path, now) if before.digest is not None and (now.kind == "folder" or now.size <= allowance) else now
    if looked.digest is None:  # all there is to compare
        return (replace(now, digest=before.digest) if now.key == before.key else now), now.key[2:4] != before.key[2:4]
    return looked, looked.digest != before.digest


def _digest(path: str, kind: str) -> bytes | None:
    from xxhash import xxh3_128

    state = xxh3_128()
    try:
        if kind == "folder":
            state.update(b"\0".join(sorted(os.listdir(os.fsencode(path)))))
        elif kind == "file":
            with open(path, "rb", buffering=0) as file:
                while piece := file.read(_PIECE):
                    state.update(piece)
        else:
            return None
    except (OSError, ValueError):
        return None
    return state.digest()
