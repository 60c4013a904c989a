"""Events that answer what a user asked, as frozen dataclasses; the others, and how all are written, are in `events`."""

from __future__ import annotations

from mliter_tui.deferred import frozen
from mliter_tui.facts import Action, CacheEntry, IterationInfo, ValueInfo
from mliter_tui.lessons import KindLesson, Lesson, MetricLesson, Part
from mliter_tui.reasons import Reason


@frozen
class Weighed:
    """What a command would change, in one sentence; `seconds` more (or fewer) in the next run, `nbytes` freed."""

    command: str
    text: str
    seconds: float | None = None
    nbytes: int | None = None


@frozen
class Explained:
    """A node in full: its reason, the chain of nodes from it up to the root cause, and its values.

    whole: why it was not taken apart, of one that takes its time; "" where there is nothing to take apart.
    """

    node: int
    action: Action
    reason: Reason
    chain: tuple[str, ...] = ()
    values: tuple[ValueInfo, ...] = ()
    whole: str = ""


@frozen
class Previewed:
    """A value as text: `title` is its type and size; numbers are some of a column or array, for a small chart."""

    node: int
    name: str
    title: str
    text: str
    numbers: tuple[float, ...] = ()


@frozen
class CacheListed:
    """All artifacts, and the bytes they take and may take."""

    entries: tuple[CacheEntry, ...]
    used: int
    budget: int


@frozen
class HistoryListed:
    """Past iterations of the script, oldest first."""

    iterations: tuple[IterationInfo, ...]


@frozen
class Recalled:
    """A past iteration: its events, encoded, in order, and when each was; empty where they were not kept."""

    iteration: int
    lines: tuple[str, ...]
    times: tuple[float, ...] = ()


@frozen
class StudyMade:
    """What all iterations of the script taught, as `mliter report` tells it; lessons: of the last ones, oldest first.

    main: the key of the metric to look at, "" for none; metric: its name; direction: which way of it is better. best:
    the iteration that has the best of it. letters: how many changes have each. transitions: how often a change of one
    kind came after one of another. metrics: those of the last iteration that has any, and those that are ignored.
    summary, wasted, foretold: the report's sentences. unread: earlier iterations that are still to be read; they are
    not in it, and another study follows.
    """

    iterations: int
    lessons: tuple[Lesson, ...]
    main: str = ""
    metric: str = ""
    direction: str = "unknown"
    best: int | None = None
    seconds: float = 0.0
    saved_seconds: float = 0.0
    cost_seconds: float = 0.0
    kinds: tuple[KindLesson, ...] = ()
    letters: tuple[tuple[str, int], ...] = ()
    transitions: tuple[tuple[str, str, int], ...] = ()
    metrics: tuple[MetricLesson, ...] = ()
    summary: tuple[str, ...] = ()
    wasted: tuple[str, ...] = ()
    foretold: tuple[str, ...] = ()
    unread: int = 0


@frozen
class Compared:
    """Past iterations compared. Of two, `parts`: all that differs. Of more, `rows`: what of each is not the same.

    Each row has a cell for each column of `header`; the first says what it is of.
    """

    iterations: tuple[int, ...]
    parts: tuple[Part, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
