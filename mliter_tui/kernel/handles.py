"""Files that stay open behind the script's back: in a logging handler, a csv.writer, a replaced sys.stdout.

A file object that only names of the script hold is a value like any other: whoever writes to it changes it. One that
something else holds, too, may be written to by any statement, and what it has written cannot be put back while it is
open. So the statement that opened it and all that write to it are marked, and run each time.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable
from typing import Any

from mliter_tui.kernel.observed import Observed

MARK = "an open file"
_PLACE = frozenset({"tell", "fileno", "seek", "truncate", "stream"})
_KINDS = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom, io.FileIO)


def _path(file: Any) -> str | None:
    """Where an open file is; None for one that is closed, or has no name of its own."""
    try:
        if file.closed or not isinstance(name := file.name, (str, bytes)):
            return None
        return os.path.realpath(os.fsdecode(name))
    except Exception:  # of a class of the user's, or not all made yet
        return None


def _others(name: str, bound: dict[str, Any], before: dict[str, Any]) -> int:
    """References to a name's value beyond those of names, and of these two."""
    value = bound[name]
    names = sum(each is value for each in bound.values())
    earlier = sum(each is value for each in before.values())
    return sys.getrefcount(value) - 2 * names - earlier


def _calibrate() -> int:
    """What `_others` counts where a name alone holds a value."""
    home: dict[str, Any] = {"name": object()}
    return _others("name", dict(home), {})


_ALONE = _calibrate()


class Handles:
    """`loose`: for each path, the file objects through which it may be written to unnoticed."""

    def __init__(self) -> None:
        self.loose: dict[str, list[Any]] = {}

    def look(self, seen: Observed, opened: list[str], bound: dict[str, Any], before: dict[str, Any]) -> None:
        """After a node; `opened`: written files that are open; `bound`, `before`: names and values, now and earlier."""
        candidates = set(opened) - self.loose.keys()
        if candidates:
            for path in candidates - self._direct(candidates, bound, before):
                found = [o for o in gc.get_objects() if isinstance(o, _KINDS) and _path(o) == path]
                if found:
                    self.loose[path] = found
                    seen.outside.add(MARK)
        self.flush()

    def _direct(self, paths: set[str], bound: dict[str, Any], before: dict[str, Any]) -> set[str]:
        """Those that nothing but names of the script hold."""
        files = [name for name, value in bound.items() if type(value) in _KINDS]
        return {
            path for name in files
            if (path := _path(bound[name])) in paths and path and _others(name, bound, before) <= _ALONE
        }

    def flush(self) -> None:
        """Write out what the files hold back, so that it shows who wrote."""
        for path, files in list(self.loose.items()):
            files[:] = [file for file in files if _path(file) is not None]
            if not files:
                del self.loose[path]
            for file in files:
                try:
                    file.flush()
                except Exception:  # it will fail again where the script can see it
                    continue

    def mark(self, seen: Observed, attributes: Callable[[], set[str]]) -> None:
        """Mark a node that wrote to such a file, or may have asked where in it the next word goes.

        attributes: what says which ones the node's code asks for.
        """
        if not self.loose.keys().isdisjoint(seen.writes) or (self.loose and not _PLACE.isdisjoint(attributes())):
            seen.outside.add(MARK)
