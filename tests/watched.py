"""A watcher on real files, and what it told."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mliter_tui.watching.watcher import Watcher

os.environ.pop("MLITER_WATCH", None)


class Told:
    """Calls of a watcher, with the content of the files as it was at the call."""

    def __init__(self) -> None:
        self.calls: list[dict[str, bytes | None]] = []
        self._news = threading.Condition()

    def __call__(self, paths: tuple[str, ...]) -> None:
        with self._news:
            self.calls.append({path: content(path) for path in paths})
            self._news.notify_all()

    def wait(self, enough: Callable[[list[dict[str, bytes | None]]], bool], seconds: float = 20.0) -> None:
        """Until the calls are as they should be; the limit is only there to fail."""
        with self._news:
            assert self._news.wait_for(lambda: enough(self.calls), seconds), f"told: {self.calls}"

    def names(self) -> list[set[str]]:
        """Of each call, the last parts of the paths."""
        return [{os.path.basename(path) for path in call} for call in self.calls]


def content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


class Watched:
    """A watcher with what it told, and ways to ask for the end of what is under way."""

    def __init__(self, folder: Path, poll: bool | None) -> None:
        self.told = Told()
        self.watcher = Watcher(self.told, poll=poll)
        self.sentinel = folder / "sentinel"
        self.sentinel.mkdir()
        self._count = 0
        self.paths: list[str] = []

    def watch(self, *paths: Path | str) -> None:
        """Watch these and a file of the fixture's own; returns when small files have been hashed."""
        self.paths = [str(path) for path in paths]
        self.watcher.watch([*self.paths, str(self.sentinel / "file")])
        self.settle()

    def settle(self) -> None:
        """Until everything that happened before has been looked at: a change of another file is told after that."""
        time.sleep(0.4)  # beyond the grace of files that are gone or empty
        self._count += 1
        path = self.sentinel / "file"
        path.write_text(f"{self._count}")
        self.told.wait(lambda calls: any(call.get(str(path)) == f"{self._count}".encode() for call in calls))
        while self.watcher._unhashed:
            time.sleep(0.005)
        time.sleep(0.02)
        for call in self.told.calls:
            call.pop(str(path), None)
        self.told.calls[:] = [call for call in self.told.calls if call]

    def after(self, act: Callable[[], object]) -> list[dict[str, bytes | None]]:
        """What is told of an action."""
        self.told.calls.clear()
        act()
        self.settle()
        return list(self.told.calls)


def folders_heard(watched: Watched) -> list[str]:
    """Folders that are listened to at the moment."""
    listener = watched.watcher._hearing._listener
    return [] if listener is None else list(listener._watches)
