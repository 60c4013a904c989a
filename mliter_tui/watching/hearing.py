"""How the watcher learns that something may have changed: folders it listens to, and rounds where it cannot.

Of the methods only `wake` may be called without the watcher's lock; watchdog's threads do no more than append to
a queue.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from mliter_tui.watching.layout import Layout
from mliter_tui.watching.listening import Listener
from mliter_tui.watching.looks import Look
from mliter_tui.watching.mounts import Mounts
from mliter_tui.watching.polling import Rounds

_PACE = 0.5
_REST, _LONGEST_REST = 1.0, 8.0  # how long a lively folder is not listened to; twice as long when it is found so again
_ROUNDS = 8  # while folders come to be faster than they are listened to
_BACKLOG = 20_000  # events not taken in, because a call of `changed` takes long
_DEATHS = 3  # of the listener, before it is given up


class News(NamedTuple):
    """Something happened to a watched path; `open`: it is still being written; `until`: no time to judge before."""

    path: str
    when: float
    open: bool = False
    until: float = 0.0


class _Event(NamedTuple):
    when: float
    entry: str
    named: bool
    open: bool


class Hearing:
    """Events and rounds for a set of paths."""

    def __init__(self, quiet: float, poll: bool | None) -> None:
        self._quiet, self._poll = quiet, poll
        self._layout = Layout()
        self._mounts = Mounts("")
        self._listener: Listener | None = None
        self._heard: deque[_Event] = deque()
        self._lively: deque[str] = deque()
        self._lost = False
        self._deaths = 0
        self._wake = threading.Event()
        self._awake = True
        self._deaf: dict[str, str] = {}  # paths that are polled, and why
        self._paused: dict[str, float] = {}  # lively folders, and when they are listened to again
        self._rests: dict[str, tuple[float, float]] = {}  # how long they were last not listened to, and until when
        self._slow, self._quick = Rounds(_PACE), Rounds(quiet)

    @property
    def why(self) -> str:
        """Why some paths are polled, empty if none are."""
        return next(iter(self._deaf.values()), "")

    def watch(self, seen: Mapping[str, Look]) -> set[str]:
        """These paths and no others: those to look at once more, as they may have changed before they were heard."""
        for path in [path for path in self._layout.places if path not in seen]:
            self._layout.drop(path)
        self._mounts = Mounts()
        new = [path for path in seen if path not in self._layout.places or path in self._deaf]
        self._deaf.clear()
        for path in self._layout.places:
            self._judge(path)
        return self._arrange(new, seen)

    def take_in(self, seen: Mapping[str, Look], pending: Collection[str]) -> list[News]:
        """What happened since the last call."""
        self._wake.clear()
        self._awake = True
        now = time.monotonic()
        news, moved, stale = self._read(now)
        if self._lost:
            self._lost = False
            news += [News(path, now) for path in seen]
            moved |= seen.keys()
            self._bury()
        if self._pause_and_resume(now) or moved or stale:
            for folder in stale:
                if self._listener is not None:
                    self._listener.drop(folder)
            news += [News(path, now) for path in self._arrange(moved, seen)]
        for rounds in (self._slow, self._quick):
            news += self._round(rounds, seen, pending, {each.path for each in news} if rounds else ())
        return news

    def heard_since(self) -> set[str]:
        """Paths of events that were not taken in yet."""
        return {path for each in list(self._heard) for path in self._layout.entries.get(each.entry, ())}

    def wake(self) -> None:
        self._wake.set()

    def rest(self, seconds: float) -> None:
        """Wait, whatever is heard meanwhile."""
        self._wake.wait(seconds)

    def sleep(self) -> None:
        """Wait until there is something to take in."""
        times = [rounds.next for rounds in (self._slow, self._quick) if rounds] + list(self._paused.values())
        self._awake = False
        if not (self._heard or self._lively or self._lost):
            self._wake.wait(max(min(times) - time.monotonic(), 0.001) if times else None)

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    # Called from threads of watchdog.

    def _on_event(self, entry: str, named: bool, open: bool) -> None:
        layout = self._layout
        if entry in layout.entries or (named and os.path.dirname(entry) in layout.listings):
            if len(self._heard) < _BACKLOG:
                self._heard.append(_Event(time.monotonic(), entry, named, open))
            else:
                self._lost = True
            if not self._awake:
                self._wake.set()

    def _on_lively(self, folder: str) -> None:
        self._lively.append(folder)
        self._wake.set()

    def _on_loss(self) -> None:
        self._lost = True
        self._wake.set()

    # Called with the watcher's lock.

    def _read(self, now: float) -> tuple[list[News], set[str], set[str]]:
        """(news of what was heard, paths that may lead elsewhere now, folders that may be others now)."""
        latest: dict[str, News] = {}
        moved, stale = set[str](), set[str]()
        for _ in range(len(self._heard)):
            event = self._heard.popleft()
            users = self._layout.entries.get(event.entry, set())
            latest.update((path, News(path, event.when, event.open)) for path in users)
            if event.named:
                moved |= users
                if self._listener is not None and event.entry in self._listener:
                    stale.add(event.entry)
                for path in self._layout.listings.get(os.path.dirname(event.entry), ()):
                    latest[path] = News(path, event.when)
        return list(latest.values()), moved, stale

    def _pause_and_resume(self, now: float) -> bool:
        """Whether folders are to be listened to no more or again."""
        over = [folder for folder, until in self._paused.items() if until <= now]
        for folder in over:
            del self._paused[folder]
        found = {self._lively.popleft() for _ in range(len(self._lively))}
        for folder in found - self._paused.keys():
            rest, until = self._rests.get(folder, (0.0, 0.0))
            rest = min(rest * 2, _LONGEST_REST) if rest and now - until < _REST else _REST
            self._paused[folder] = now + rest
            self._rests[folder] = rest, now + rest
        return bool(over or found)

    def _round(
        self, rounds: Rounds, seen: Mapping[str, Look], pending: Collection[str], heard: Collection[str]
    ) -> list[News]:
        """What a round finds, if it is time for one; the next one comes soon while something is being written."""
        if not rounds:
            return []
        found: list[str] = []
        if time.monotonic() >= rounds.next:
            found = rounds.go()
            found += [path for path in rounds.paths() if path not in pending and seen[path].racy and seen[path].digest]
        if found or any(path in rounds for path in pending) or any(path in rounds for path in heard):
            rounds.hasten(self._quiet)
        now = time.monotonic()
        return [News(path, now, until=rounds.next + self._quiet / 4) for path in dict.fromkeys(found)]

    def _arrange(self, moved: Iterable[str], seen: Mapping[str, Look]) -> set[str]:
        """Listen where it is needed now; the paths that may have changed before that."""
        unheard: set[str] = set()
        for _ in range(_ROUNDS):
            folders: set[str] = set()
            for path in moved:
                if path in seen:
                    self._layout.put(path, folders)
                    self._judge(path)
            moved = self._listen()
            unheard |= moved
            if not moved:
                break
        slow = {path: seen[path] for path in self._deaf if path in seen}
        quick = {path for folder in self._paused for path in self._layout.using(folder)} - slow.keys()
        self._slow.replace(slow)
        self._quick.replace({path: seen[path] for path in quick if path in seen})
        return unheard

    def _bury(self) -> None:
        """Make way for a new listener if this one has died of an error."""
        if self._listener is not None and self._listener.dead:
            self._listener.stop()
            self._listener = None
            self._deaths += 1

    def _judge(self, path: str) -> None:
        """Whether changes of this path are told at all."""
        if self._poll:
            self._deaf[path] = "polling was asked for (MLITER_WATCH=poll)"
        elif self._poll is None:
            for folder in sorted(self._layout.places[path].near):
                silent = self._mounts.silent_at(folder)
                if silent is not None:
                    self._deaf[path] = f"{_shown(silent[0])} is on {silent[1]}, which does not report all changes"
                    return

    def _listen(self) -> set[str]:
        """Paths to find anew, because a folder on their way is only now listened to, or was gone."""
        wanted = self._layout.folders(self._deaf)
        folders = {folder: wanted[folder] for folder in sorted(wanted, key=lambda f: not wanted[f])}  # near ones first
        folders = {folder: near for folder, near in folders.items() if folder not in self._paused}
        if self._listener is None:
            if not folders:
                return set()
            try:
                if self._deaths >= _DEATHS:
                    raise OSError(errno.EIO, "it failed again and again")
                self._listener = Listener(self._on_event, self._on_lively, self._on_loss)
            except OSError as error:
                self._deaf.update(dict.fromkeys(self._layout.places, _reason(error, "")))
                return set()
        fresh, refused = self._listener.listen(folders)
        again = {path for folder in fresh for path in self._layout.using(folder)}
        for folder, refusal in refused.items():
            if refusal.errno in (errno.ENOENT, errno.ENOTDIR):
                again |= self._layout.using(folder)
            else:  # far folders are no great loss: they are seldom replaced
                self._deaf.update(dict.fromkeys(self._layout.near(folder), _reason(refusal, folder)))
        return again


def _reason(error: OSError, folder: str) -> str:
    if error.errno == errno.ENOSPC:
        return "the system's limit of watched folders is reached (fs.inotify.max_user_watches)"
    if error.errno == errno.EMFILE:
        return "the system's limit of watchers is reached (fs.inotify.max_user_instances)"
    what = f"{_shown(folder)} cannot be listened to" if folder else "nothing can be listened to"
    return f"{what} ({error.strerror or error})"


def _shown(path: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in path)
