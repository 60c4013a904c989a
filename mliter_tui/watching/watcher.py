"""The watcher: listens to folders, waits until a burst of writes is over, looks, and tells what really changed.

One thread does all of it. It sleeps without a timeout while nothing happens (unless it has to poll).
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from mliter_tui.watching.bursts import PATIENCE, Activity, Bursts
from mliter_tui.watching.hearing import Hearing
from mliter_tui.watching.looks import LARGEST, SMALL, Look, compare, glance, hashed

GRACE = 0.3
"""Seconds until a file is believed to be gone or empty: a save may pass through that state."""
_ALLOWANCE = 64 << 20  # bytes hashed to judge one burst; what is beyond is judged by size and time
_FIRST = 64 << 20  # bytes hashed of what is newly watched


class Watcher:
    """Tells which of a set of files really changed, once a burst of writes is over.

    `changed` is called from the watcher's thread, one call at a time, with those paths, as given to `watch`, of which
    the content is another than when it was last told (or than when the watch of this path began). An exception in it
    is kept in `failure` and ends nothing. Folders change with the names in them. `poll`: True to never rely on events,
    False to rely on them on network mounts too, None to decide by the mounts and the environment (MLITER_WATCH=poll).
    """

    def __init__(
        self, changed: Callable[[tuple[str, ...]], None], *, quiet_seconds: float = 0.03, poll: bool | None = None
    ) -> None:
        if poll is None and os.environ.get("MLITER_WATCH") == "poll":
            poll = True
        self.failure: BaseException | None = None
        self._changed = changed
        self._lock = threading.RLock()
        self._bursts = Bursts(quiet_seconds)
        self._seen: dict[str, Look] = {}
        self._unhashed: deque[str] = deque()
        self._hearing = Hearing(quiet_seconds, poll)
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def polling(self) -> bool:
        """Whether some of the paths are looked at from time to time, because their changes are not told."""
        return bool(self._hearing.why)

    @property
    def why(self) -> str:
        """Why it polls, in words; empty if it does not."""
        return self._hearing.why

    def watch(self, paths: Iterable[str]) -> None:
        """Watch these and no others from now on: absolute paths of files and folders, which need not exist yet."""
        with self._lock:
            if self._stopped:
                return
            wanted = dict.fromkeys(paths)
            self._seen = {path: self._seen.get(path) or _begin(path) for path in wanted}
            self._bursts.keep_only(wanted)
            self._plan_hashes()
            self._mark(self._hearing.watch(self._seen))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mliter-watching", daemon=True)
                self._thread.start()
        self._hearing.wake()

    def stop(self) -> None:
        """Listen no more; returns once the watcher's thread has ended, unless it is called from there."""
        self._stopped = True
        self._hearing.wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2.0)
        with self._lock:
            self._hearing.stop()

    def _plan_hashes(self) -> None:
        """What is to be hashed when there is time: folders and small files, as the first ones given."""
        self._unhashed.clear()
        left = _FIRST
        for path, look in self._seen.items():
            if look.digest is None and _worth_hashing(look, min(SMALL, left)):
                self._unhashed.append(path)
                left -= look.size if look.kind == "file" else 0

    def _mark(self, paths: Iterable[str]) -> None:
        """To be looked at."""
        now = time.monotonic()
        for path in paths:
            if path in self._seen:
                self._bursts.note(path, now)

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._step()
            except Exception as error:  # the thread must go on: a watcher that died in silence is the worst of all
                self.failure = error
                time.sleep(0.1)

    def _step(self) -> None:
        """One turn: take in what was heard, tell what is due, wait."""
        with self._lock:
            for news in self._hearing.take_in(self._seen, self._bursts):
                if news.path in self._seen:
                    self._bursts.note(news.path, news.when, open=news.open, until=news.until)
            told = self._due()
        if told:
            self._tell(told)
            return
        with self._lock:
            due = self._bursts.due()
        if due is not None:
            self._hearing.rest(min(max(due - time.monotonic(), 0.001), self._bursts.quiet))
        elif not self._hash_one():
            self._hearing.sleep()

    def _tell(self, told: tuple[str, ...]) -> None:
        try:
            self._changed(told)
        except Exception as error:  # the caller's, not ours: the next change is told all the same
            self.failure = error

    def _due(self) -> tuple[str, ...]:
        """Look at the paths whose burst is over; those that changed, which are then taken as told."""
        now = time.monotonic()
        taken = self._bursts.take(now)
        looks, different = self._look(taken)
        early = {path for path in different if self._in_doubt(path, looks[path], taken[path], now)}
        late = bool(taken) and now >= min(each.first for each in taken.values()) + PATIENCE
        if early and not late:
            self._bursts.put_back(taken)
            return ()
        if early:  # only these wait on
            for path in early:
                taken[path].first = now
            self._bursts.put_back({path: taken[path] for path in early})
        elif not late and any(path in self._seen for path in self._hearing.heard_since()):
            self._bursts.put_back(taken)  # while they were read, writing went on
            return ()
        for path, look in looks.items():
            if path not in early:
                known = self._seen[path].digest is not None
                self._seen[path] = look
                if look.digest is None and (known or path in different) and _worth_hashing(look, LARGEST):
                    self._unhashed.append(path)
        return tuple(path for path in self._seen if path in different and path not in early)

    def _look(self, taken: Iterable[str]) -> tuple[dict[str, Look], set[str]]:
        looks, different, allowance = {}, set(), _ALLOWANCE
        for path in taken:
            looks[path], other = compare(path, self._seen[path], min(allowance, LARGEST))
            if looks[path].digest is not None and looks[path] is not self._seen[path]:
                allowance = max(allowance - looks[path].size, SMALL)
            if other:
                different.add(path)
        return looks, different

    def _in_doubt(self, path: str, look: Look, activity: Activity, now: float) -> bool:
        """Whether this may be the middle of a save: gone or empty, and not for long."""
        if not look.blank:
            return False
        activity.doubt = activity.doubt or activity.last + GRACE
        return now < activity.doubt

    def _hash_one(self) -> bool:
        """Hash one of those to be hashed, as it stands; False when there are none left."""
        while self._unhashed:
            with self._lock:
                path = self._unhashed.popleft() if self._unhashed else ""
                look = self._seen.get(path)
            if look is not None and look.digest is None:
                done = hashed(path, look)
                with self._lock:
                    if self._seen.get(path) is look:
                        self._seen[path] = done
                return True
        return False


def _begin(path: str) -> Look:
    """What a new path is compared with; a file saved just now is hashed at once, as its time may stay the same."""
    look = glance(path)
    return hashed(path, look) if look.racy and look.kind == "file" and look.size <= SMALL else look


def _worth_hashing(look: Look, largest: int) -> bool:
    return look.kind == "folder" or (look.kind == "file" and look.size <= largest)
