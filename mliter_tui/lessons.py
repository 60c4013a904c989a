"""What iterations taught, as events carry it: a lesson of each, shares of kinds, metrics. Frozen dataclasses.

Seconds and minutes are floats; None stands for what is not known. Words are those of `mliter report`.
"""

from __future__ import annotations

from mliter_tui.deferred import frozen


@frozen
class Lesson:
    """What one iteration was for and what it brought.

    kind, letter: as of `kinds`, "" for an iteration that changed nothing; by_hand: the user said so; why: the parts of
    the edit that tell it. changed: that in one line. lane: its row in the tree of iterations, as `mliter history` draws
    it. metric: the main one as it was printed, "" where it printed none; value: the number, and low to high what it may
    be at 95 %. verdict: better, worse, no real change, with a question mark where chance is not known; "" for none.
    gain: of the main metric in its better direction. minutes: of work. predicted: seconds that its plan promised.
    repeats: the earlier iteration that it is. wasted: it is such a repeat, or brought no real change.
    """

    iteration: int
    parent: int | None
    kind: str
    letter: str
    changed: str
    by_hand: bool = False
    why: tuple[str, ...] = ()
    lane: str = ""
    metric: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = ""
    gain: float | None = None
    seconds: float = 0.0
    minutes: float = 0.0
    predicted: float | None = None
    repeats: int | None = None
    wasted: bool = False

    @property
    def label(self) -> str:
        """As it stands in a column: li H, with a mark where the user said so; "" where nothing changed."""
        return f"{self.kind} {self.letter}{'*' if self.by_hand else ''}" if self.kind else ""


@frozen
class KindLesson:
    """What the changes of one kind came to: how many, their share, that of running time, and the published share.

    gain: of the main metric, and that per minute of work, as text; "-" where no iteration has it before and after.
    """

    kind: str
    count: int
    share: float
    published: float
    seconds: float
    seconds_share: float
    minutes: float
    gain: str
    gain_per_minute: str


@frozen
class MetricLesson:
    """A number that the script prints. key: its name, however it is written; text: its value as it was printed.

    direction: which way is better, "higher", "lower" or "unknown". said: what the user said of it, "higher", "lower",
    "ignore", or "" for nothing. main: it is the one to look at; by_hand: because the user said so. chance: what it may
    be, in words. line: where it comes from.
    """

    key: str
    name: str
    text: str
    direction: str
    measures: bool = True
    said: str = ""
    main: bool = False
    by_hand: bool = False
    chance: str = ""
    line: int | None = None


@frozen
class Part:
    """A part of a comparison: its title and its lines, as `mliter diff` prints them."""

    title: str
    lines: tuple[str, ...]
