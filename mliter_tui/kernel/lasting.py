"""Effects that last beyond the node that began them: open files, threads, exit handlers, database connections."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable, Collection, Iterable
from typing import Any

from mliter_tui.kernel.observed import Observed

_listdir, _readlink, _isdir = os.listdir, os.readlink, os.path.isdir  # before anybody watches them


def _stat(path: str) -> tuple[int, int, int] | None:
    try:
        s = os.stat(path)
    except OSError:
        return None
    return s.st_ino, s.st_size, s.st_mtime_ns


def _own(module: object) -> bool:
    return module in ("__main__", "__mp_main__")


class Lasting:
    """What outlives a node. `settle` adds to a node's observations what earlier nodes' doings made of it."""

    def __init__(self) -> None:
        self.written: dict[str, tuple[int, int, int] | None] = {}
        self.database = False
        self.exits = 0
        self.modules: set[str] = set()  # the user's own
        register = atexit.register

        def seen_register(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            name = sys._getframe(1).f_globals.get("__name__")
            if _own(name) or name in self.modules or getattr(function, "__module__", None) in self.modules:
                self.exits += 1
            return register(function, *args, **kwargs)

        atexit.register = seen_register  # type: ignore[assignment]

    def put_in_place(self, paths: Iterable[str]) -> None:
        """Files that earlier statements wrote are as they would be here: a change from now on is somebody's doing."""
        self._note(paths)

    def _note(self, paths: Iterable[str]) -> None:
        """Remember files as they are now; nobody writes to a folder."""
        for path in paths:
            if _isdir(path):
                self.written.pop(path, None)
            else:
                self.written[path] = _stat(path)

    def threads(self) -> bool:
        """Whether a thread of the script's own is alive."""
        for thread in threading.enumerate():
            target = getattr(thread, "_target", None)
            if _own(getattr(target, "__module__", None)) or _own(type(thread).__module__):
                return True
        return False

    def open_files(self, more: Collection[str] = ()) -> list[str]:
        """Files written by the script that are still open; `more`: written just now."""
        if not self.written and not more:
            return []
        found = set()
        for fd in _listdir("/proc/self/fd") if _isdir("/proc/self/fd") else ():
            try:
                found.add(_readlink(f"/proc/self/fd/{fd}"))
            except OSError:
                continue
        return sorted(found & {*self.written, *more})

    def finalizers(self) -> int:
        """How many of the user's functions are to be called when an object goes (weakref.finalize)."""
        registry = getattr(getattr(sys.modules.get("weakref"), "finalize", None), "_registry", None) or {}
        own = [getattr(info.func, "__module__", None) for info in list(registry.values())]
        return sum(_own(module) or module in self.modules for module in own)

    def settle(self, seen: Observed, needed: list[Any], exits_before: int, threads_before: bool) -> bool:
        """Complete the observations of a node; True where any name may have been changed from another thread."""
        for path, before in self.written.items():
            if path not in seen.writes and _stat(path) != before:
                seen.writes.add(path)
        self._note(seen.writes)
        self.database |= "sqlite3.connect" in seen.outside
        types = {type(value) for value in needed}
        if self.database and any(t.__module__ == "sqlite3" for t in types):
            seen.outside.add("sqlite3")
        if self.exits != exits_before:
            seen.outside.add("atexit.register")
        threaded = threads_before or self.threads() or any(issubclass(t, threading.Thread) for t in types)
        if threaded:
            seen.outside.add("threads")
        return threaded
