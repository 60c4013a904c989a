"""The folders and names on which watched paths depend: every step of the way to them, through links.

A path is found by looking up one name after the other, each in a folder. When any of these entries is replaced (a
folder renamed away, a link pointed elsewhere, a missing parent made) the path may lead to something else. *Near*
is the folder where writes matter, too: the one that holds the file, or the watched folder itself. Of the *far* ones
only the coming and going of names does.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Mapping

from mliter_tui.lean import dataclass

_MOST_LINKS = 40  # as Linux has it; after that a link leads nowhere


@dataclass(frozen=True, slots=True)
class Place:
    """How a path is found: entries looked up, by real folder and name; `listing` is the folder it is, if it is one."""

    entries: tuple[str, ...]
    near: frozenset[str]
    far: frozenset[str]
    listing: str | None


def place(path: str, folders: set[str]) -> Place:
    """The way to an absolute path as it is now; it ends at the first name that is not there.

    `folders`: names that were found to be folders a moment ago; more are added, so that many paths of one folder need
    not go all the way each.
    """
    drive, rest = os.path.splitdrive(path)
    root = drive + os.sep
    here, steps = root, _steps(rest)
    reached: str | None = root  # the folder to which the steps so far lead
    entries, far, links = [], set[str](), 0
    while steps:
        name = steps.pop()
        if name == os.pardir:
            here = reached = os.path.dirname(here)
            continue
        entry = os.path.join(here, name)
        entries.append(entry)
        far.add(here)
        if steps and entry in folders:
            here = reached = entry
            continue
        try:
            kind = stat.S_IFMT(os.lstat(entry).st_mode)
            target = os.readlink(entry) if kind == stat.S_IFLNK else None
        except (OSError, ValueError):
            reached = None
            break
        if target is not None:
            links += 1
            if links > _MOST_LINKS:
                reached = None
                break
            here = reached = root if os.path.isabs(target) else here
            steps += _steps(os.path.splitdrive(target)[1])
        elif kind == stat.S_IFDIR:
            folders.add(entry)
            reached = entry
            here = entry if steps else here
        else:
            reached = None
            break
    near = {reached or here}
    return Place(tuple(entries), frozenset(near), frozenset(far - near), reached)


def _steps(path: str) -> list[str]:
    """Names of a path, the first one last."""
    parts = path.replace(os.altsep, os.sep).split(os.sep) if os.altsep else path.split(os.sep)
    return [part for part in reversed(parts) if part and part != os.curdir]


class Layout:
    """Places of all watched paths, and who depends on what. Lookups by `in` are safe from any thread."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.entries: dict[str, set[str]] = {}
        self.listings: dict[str, set[str]] = {}
        self._near: dict[str, set[str]] = {}
        self._far: dict[str, set[str]] = {}

    def put(self, path: str, folders: set[str]) -> None:
        """Find the way to `path` anew; `folders` as in `place`."""
        found = place(path, folders)
        if self.places.get(path) != found:
            self.drop(path)
            self.places[path] = found
            for index, keys in self._indexes(found):
                for key in keys:
                    index.setdefault(key, set()).add(path)

    def drop(self, path: str) -> None:
        """Forget `path`."""
        found = self.places.pop(path, None)
        if found is None:
            return
        for index, keys in self._indexes(found):
            for key in keys:
                users = index[key]
                users.discard(path)
                if not users:
                    del index[key]

    def _indexes(self, found: Place) -> tuple[tuple[dict[str, set[str]], Iterable[str]], ...]:
        listings = (found.listing,) if found.listing else ()
        ways = ((self.entries, found.entries), (self.listings, listings))
        return (*ways, (self._near, found.near), (self._far, found.far))

    def folders(self, without: Mapping[str, object]) -> dict[str, bool]:
        """Folders to listen to, and whether near; not those that only paths in `without` need."""
        wanted: dict[str, bool] = defaultdict(bool)
        for index, near in ((self._far, False), (self._near, True)):
            for folder, users in index.items():
                if not without or any(path not in without for path in users):
                    wanted[folder] |= near
        return wanted

    def using(self, folder: str) -> set[str]:
        """Paths whose way leads through `folder`."""
        return self._near.get(folder, set()) | self._far.get(folder, set())

    def near(self, folder: str) -> set[str]:
        """Paths to which the writes in `folder` matter."""
        return set(self._near.get(folder, ()))
