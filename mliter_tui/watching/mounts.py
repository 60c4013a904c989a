"""Which file systems do not tell of changes: those whose files are also written from elsewhere.

Linux reports a change to inotify only where it is made through this very kernel. A change on the other side of a
network mount or of a shared folder of a virtual machine is not reported.
"""

from __future__ import annotations

import os
import re

_SILENT = frozenset(
    "nfs nfs4 cifs smb3 smbfs 9p fuse vboxsf vmhgfs prl_fs drvfs virtiofs afs ceph glusterfs lustre beegfs gpfs".split()
)


class Mounts:
    """The mounts of this system, as /proc/self/mountinfo lists them; none where there is no such file."""

    def __init__(self, table: str | None = None) -> None:
        self._types: dict[str, str] = {}
        for line in (_table() if table is None else table).splitlines():
            fields, _, rest = line.partition(" - ")
            words = fields.split()
            if len(words) >= 5 and rest:
                self._types[_plain(words[4])] = rest.split()[0]  # a later mount hides an earlier one at the same place
        self._silent = any(silent(kind) for kind in self._types.values())

    def silent_at(self, folder: str) -> tuple[str, str] | None:
        """(mount point, type) if the file system of the real path `folder` does not tell of all changes."""
        while self._silent:
            kind = self._types.get(folder)
            if kind is not None:
                return (folder, kind) if silent(kind) else None
            above = os.path.dirname(folder)
            if above == folder:
                break
            folder = above
        return None


def silent(kind: str) -> bool:
    """Whether a type of file system does not tell of all changes."""
    return kind in _SILENT or kind.startswith("fuse.")


def _table() -> str:
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def _plain(word: str) -> str:
    """Blanks and the like stand as octal numbers in the table."""
    if "\\" not in word:
        return word
    raw = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), os.fsencode(word))
    return os.fsdecode(raw)
