"""When a burst of file events is over: the timing of the watcher, apart from files and threads.

Paths noted in one burst are taken together: `quiet` seconds after the last event, at most `patience` seconds after the
first. A file that is written without a pause (a log) does not hold up the others: after a while its events no longer
count for them, and it is taken by itself every `patience` seconds. All times are of one monotonic clock, in seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from mliter_tui.lean import dataclass

PATIENCE = 0.5
_OPEN = 0.15  # a file written and not yet closed may get more: editors write large files in pieces
_GAP = 0.1  # a pause that ends continuous writing
_STEADY = 0.4  # so long without such a pause, and the file is written continuously


@dataclass
class Activity:
    """What happened to one path since it was last taken; `since`: when it began to be written without a pause."""

    first: float
    last: float
    since: float
    open: bool = False
    until: float = 0.0  # not before: it is not known yet whether it is still being written
    doubt: float = 0.0  # not before: it may be in the middle of a save

    def rests(self, quiet: float) -> float:
        """When it has been left alone for long enough."""
        return max(self.last + (max(_OPEN, quiet) if self.open else quiet), self.until, self.doubt)

    @property
    def steady(self) -> bool:
        return self.last - self.since > _STEADY


class Bursts:
    """Paths with events, and when to look at them."""

    def __init__(self, quiet: float) -> None:
        self.quiet = quiet
        self._pending: dict[str, Activity] = {}
        self._lately: dict[str, tuple[float, float]] = {}  # when it began, and the last event

    def __contains__(self, path: object) -> bool:
        return path in self._pending

    def __iter__(self) -> Iterator[str]:
        return iter(self._pending)

    def __len__(self) -> int:
        return len(self._pending)

    def note(self, path: str, now: float, *, open: bool = False, until: float = 0.0) -> None:
        """An event of `path`; `open`: whoever writes has not closed it yet; `until`: it cannot be judged before."""
        since, last = self._lately.get(path, (now, now))
        since = now if now - last > _GAP else since
        self._lately[path] = since, now
        before = self._pending.get(path)
        first = now if before is None else before.first
        self._pending[path] = Activity(first, now, since, open, until)

    def due(self) -> float | None:
        """When to take next, None without events."""
        calm = [each for each in self._pending.values() if not each.steady]
        times = [each.first + PATIENCE for each in self._pending.values() if each.steady]
        return min(times + ([self._calm_due(calm)] if calm else []), default=None)

    def _calm_due(self, calm: Collection[Activity]) -> float:
        rest = max(each.rests(self.quiet) for each in calm)
        return min(rest, min(each.first for each in calm) + PATIENCE)

    def take(self, now: float) -> dict[str, Activity]:
        """The paths whose time has come, out of the books."""
        calm = {path: each for path, each in self._pending.items() if not each.steady}
        taken = {path: each for path, each in self._pending.items() if each.steady and now >= each.first + PATIENCE}
        if calm and now >= self._calm_due(calm.values()):
            taken |= calm
        for path in taken:
            del self._pending[path]
        self._lately = {path: times for path, times in self._lately.items() if now - times[1] <= _GAP}
        return taken

    def put_back(self, activities: dict[str, Activity]) -> None:
        """Taken too early; what happened in between counts."""
        for path, each in activities.items():
            newer = self._pending.get(path)
            if newer is not None:
                newer.first = each.first
            else:
                self._pending[path] = each

    def keep_only(self, paths: Iterable[str]) -> None:
        """Forget all others."""
        wanted = set(paths)
        self._pending = {path: each for path, each in self._pending.items() if path in wanted}
