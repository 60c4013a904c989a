"""The store's folder: ours or not, its mark, and the lock that says it is in use.

.mliter/            mode 0700
  .gitignore        "*"
  CACHEDIR.TAG      backup programs leave the folder out
  mark              digest of a constant under the user's key: whose store this is
  lock              held shared by every open store; exclusively to replace a damaged catalog
  catalog.sqlite    the catalog (with -wal and -shm)
  objects/ab/cdef…  content-addressed bytes
  figures/          pictures of figures that scripts left open (engine/pictures.py)
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from .errors import StoreError
from .seal import Sealer

# Elsewhere there is no lock: a damaged catalog is then replaced at once (renaming an open file fails there anyway).
LOCKS = os.name == "posix"
if LOCKS:
    import fcntl

__all__ = ["FolderLock", "default_budget", "free_bytes", "prepare"]

GIGABYTE = 1000**3
MARK = "mark"
LOCK_SECONDS = 5.0
OWN_NAMES = frozenset({".gitignore", "CACHEDIR.TAG", MARK, "lock", "objects", "figures"})
CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of mliter's; it can be deleted at any time.\n"


def prepare(folder: Path, key: bytes, notes: list[str] | None = None) -> None:
    """Make the folder a store of this key's owner, or see that it is one; a damaged mark is made anew, and noted.

    StoreError when it is someone else's or holds other things; OSError when it cannot be written.
    """
    mark = Sealer(key)("mark").hex()
    if folder.is_file():
        raise StoreError(f"{folder} is a file; delete it or choose a folder with --cache.")
    try:
        found = (folder / MARK).read_text("ascii", errors="replace").strip()
    except FileNotFoundError:
        _initialise(folder, mark)
        return
    if not re.fullmatch(f"[0-9a-f]{{{len(mark)}}}", found):  # nobody's: rows of another key would not hold under ours
        _initialise(folder, mark)
        if notes is not None:
            notes.append(f"The mark of the store {folder} was damaged; it is made anew.")
        return
    if found != mark:
        raise StoreError(f"{folder} was made by another user or machine; delete it or choose another with --cache.")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} is read-only")


def _initialise(folder: Path, mark: str) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A folder with other things in it must not get a .gitignore of "*": it is somebody's work.
    strangers = [name for name in os.listdir(folder) if name not in OWN_NAMES and not name.startswith("catalog.")]
    if strangers and not all(name.startswith(".mark-") for name in strangers):
        raise StoreError(f"{folder} holds other things than a store; choose another folder with --cache.")
    os.chmod(folder, 0o700)
    (folder / "objects").mkdir(mode=0o700, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", "ascii")
    (folder / "CACHEDIR.TAG").write_text(CACHEDIR_TAG, "ascii")
    # The mark comes last and at once: a folder with a mark is complete.
    fresh = folder / f".mark-{os.getpid()}-{time.monotonic_ns()}"
    with open(fresh, "w", encoding="ascii") as file:
        file.write(mark + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, folder / MARK)


def default_budget(folder: Path, used: int) -> int:
    """10 GB or a tenth of what the disk has to give, but never less than what the store holds already."""
    return max(1, min(10 * GIGABYTE, max((free_bytes(folder) + used) // 10, used)))


def free_bytes(folder: Path) -> int:
    """Bytes the disk of `folder` has left for this user."""
    if hasattr(os, "statvfs"):
        disk = os.statvfs(folder)
        return disk.f_bavail * disk.f_frsize
    import shutil  # pragma: no cover - not POSIX

    return shutil.disk_usage(folder).free  # pragma: no cover


class FolderLock:
    """The lock file, held shared while a store is open.

    Renaming a SQLite file under a process that has it open is a way to lose data (that process unlinks the journal
    *by name* when it closes), so a damaged catalog is moved aside only by a process that is alone.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._works = True

    def share(self) -> None:
        """Hold the lock shared; TimeoutError (an OSError) when another process keeps it exclusively."""
        if not LOCKS:  # pragma: no cover
            return
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError("the store is being repaired by another run") from None
                time.sleep(0.01)
            except OSError:
                # A file system without locks: go on, but never be alone.
                self._works = False
                return

    def alone(self) -> bool:
        """Try to hold the lock exclusively; False when another store is open on this folder."""
        if not LOCKS:  # pragma: no cover
            return True
        if not self._works:
            return False
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.share()
            return False
        return True

    def close(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
