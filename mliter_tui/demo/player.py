"""Who saves the edits of a series, one after the other, as a person would, and keeps what each run took.

Told of the engine's events and of the time, it goes through phases: mliter runs an edit; plain Python runs the same
version, beside nothing else; a rest; the next edit. Whatever the user does meanwhile to the engine or to the files is
allowed; where it makes a comparison void, the row says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from mliter_tui import events
from mliter_tui.demo.plain import Plain
from mliter_tui.demo.rows import Row, Rows
from mliter_tui.demo.scratch import Scratch, saved
from mliter_tui.demo.series import SCRIPT
from mliter_tui.lean import dataclass
from mliter_tui.wording import seconds_text

Phase = Literal["runs", "python", "rests", "over"]
UNHEARD_SECONDS = 5.0
"""Seconds after a save in which the engine says that it has seen it, if it makes a difference at all."""


@dataclass(frozen=True, slots=True)
class Told:
    """What to say of it now. badge: where it is; what, why: the edit that runs or comes next; aside: times so far;
    ready: the next edit can be made at once."""

    badge: str
    what: str
    why: str
    aside: str
    paused: bool
    over: bool
    ready: bool


def first_difference(expected: str, printed: str) -> str:
    """Where the output of mliter is not python's, in a sentence without its end."""
    ours, theirs = printed.splitlines(), expected.splitlines()
    at = next((n for n, (one, two) in enumerate(zip(theirs, ours)) if one != two), min(len(ours), len(theirs)))
    said = [repr(lines[at][:80]) if at < len(lines) else "nothing" for lines in (theirs, ours)]
    return f"in line {at + 1} of the output python prints {said[0]}, mliter {said[1]}"


class Player:
    """`tell` it each event and `tick` it some times a second; `step` and `pause` are the person's.

    pause: seconds of rest between two edits. python: whether plain Python runs each version, too.
    clock: monotonic seconds.
    """

    def __init__(
        self, scratch: Scratch, *, pause: float = 5.0, python: bool = True, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.scratch, self.series = scratch, scratch.series
        self.rows = Rows(self.series.name, self.series.title, notes=list(self.series.notes))
        self.phase: Phase = "runs"
        self.paused = False
        self._rest, self._python, self._clock = pause, python, clock
        self._number, self._saved = 0, clock()
        self._until = 0.0
        self._held = False
        self._began = False  # an iteration has, since the save
        self._heard = True  # the engine knows of the save; the first version it reads by itself
        self._iteration = 0
        self._printed: list[str] = []
        self._sources: dict[str, bytes] = {}
        self._plain: Plain | None = None
        self._disturbed = False
        self._auto = True
        self._exit_status: int | None = 0

    # --- events
    def tell(self, event: events.Event) -> None:
        """Something happened in the engine."""
        match event:
            case events.SessionState():
                self._auto = event.auto or event.phase != "waiting"
            case events.Saved():
                if not self._heard:
                    self._printed.clear()
                self._heard = True
            case events.VersionRead() if self.phase == "runs" and self._heard:
                self._iteration = event.iteration
            case events.IterationStarted():
                if self._began or self.phase != "runs":  # else it is the first since the save: what came is its own
                    self._printed.clear()
                self._began = True
                self._disturbed = self._disturbed or self.phase != "runs"
            case events.Output() if event.channel == "stdout":
                self._printed.append(event.text)
            case events.IterationFinished() if self.phase == "runs" and event.iteration == self._iteration:
                self._finished(event)

    def _finished(self, event: events.IterationFinished) -> None:
        now = self._clock()
        version = self.series.versions[self._number]
        self.rows.add(Row(
            self._number, version.what, version.kind, version.letter, now - self._saved, event.computed, event.loaded,
            event.pruned, event.status,
        ))  # fmt: skip
        self._sources, self._disturbed, self._exit_status = self.scratch.sources(), False, event.exit_status
        if self._python and event.status == "ok":
            self.scratch.begin_plain(self._sources)
            self._plain, self.phase = Plain(self.scratch.plain, SCRIPT), "python"
        else:
            self._rests(now)

    # --- time
    def tick(self, held: bool = False) -> None:
        """A moment has passed. held: the person looks at something, so that the next edit waits."""
        now = self._clock()
        self._held = held
        if self.phase == "runs" and not self._heard and self._auto and now - self._saved > UNHEARD_SECONDS:
            # of a module's comments the engine says nothing: no run could come out otherwise
            done = events.IterationFinished(0, "ok", 0, 0, 0, 0.0, 0.0, self._exit_status)
            self._saved = now
            self._finished(done)
        if self.phase == "python" and self._plain is not None and self._plain.ended:
            self._compare(self._plain)
            self._end_plain()
            self._rests(now)
        if self.phase == "rests":
            if held or self.paused:
                self._until = max(self._until, now + min(2.0, self._rest))
            elif now >= self._until:
                self._save(self._number + 1)

    def _rests(self, now: float) -> None:
        self.phase = "rests" if self._number < self.series.edits else "over"
        self._until = now + self._rest

    def _compare(self, plain: Plain) -> None:
        wrong: list[str] | None = None
        if not self._disturbed:
            expected, printed = plain.output(), "".join(self._printed)
            wrong = ["output"] if printed != expected else []
            if wrong:
                self.rows.notes.append(f"Edit {self._number}: {first_difference(expected, printed)}.")
            wrong += ["exit status"] if plain.exit_status != self._exit_status else []
            wrong += self.scratch.differing(self._sources)
        self.rows.compare(self._number, plain.seconds, wrong)

    def _end_plain(self) -> None:
        if self._plain is not None:
            self._plain.close()
        self._plain = None

    def _save(self, number: int) -> None:
        """Save the next version, as an editor would."""
        version = self.series.versions[number]
        own = {name: text.encode() for name, text in self.series.versions[number - 1].files.items()}
        self._number, self.phase, self._heard, self._iteration = number, "runs", False, 0
        self._began = False
        for name, data in self.scratch.sources().items():
            if data != own[name]:  # the person has edited, too
                aside = self.scratch.work / f"yours-{number}-{name}"
                aside.write_bytes(data)
                self.rows.notes.append(f"Your own {name} was put aside before edit {number}, as {aside.name}.")
        self._saved = self._clock()
        for name in version.files:
            if version.files[name].encode() != self.scratch.sources().get(name):
                saved(self.scratch.work / name, version.files[name])

    # --- the person
    def step(self) -> str:
        """The next edit, now; why not, where that cannot be."""
        if self.phase == "over":
            return "That was the last edit."
        if self.phase == "runs":
            return f"Edit {self._number} runs still; c cancels it." if self._auto else "It is only planned; r runs it."
        self._end_plain()
        self._rests(self._clock())
        if self.phase == "rests":
            self._save(self._number + 1)
        return ""

    def pause(self) -> str:
        """Hold the edits, or go on; says which."""
        self.paused = not self.paused
        return "The edits wait; all else goes on." if self.paused else "The edits go on."

    def close(self) -> None:
        """End what may run still."""
        self._end_plain()

    @property
    def over(self) -> bool:
        return self.phase == "over"

    def told(self) -> Told:
        """What to say now."""
        count = self.series.edits
        badge = f"{self.series.name} {self._number}/{count}"
        if self.phase == "runs":
            version = self.series.versions[self._number]
            start = f"edit {self._number}: " if self._number else "first: "
            aside = f"mliter {seconds_text(self._clock() - self._saved)} …" if self._auto else "only planned; r runs it"
            return Told(badge, start + version.what, version.why, aside, self.paused, False, False)
        if self.phase == "over":
            words = "that was all; q leaves, and the table stays"
            return Told(badge, words, self.rows.in_short(), self._times(), self.paused, True, False)
        if self._number == count:
            words = "that was the last edit; python runs it, too"
            return Told(badge, words, "", self._times(), self.paused, False, True)
        following = self.series.versions[self._number + 1]
        return Told(badge, f"next: {following.what}", following.why, self._times(), self.paused, False, True)

    def _times(self) -> str:
        """What the last edit took, and how long it is to the next."""
        row = self.rows.last
        if row is None:
            return ""
        parts = [f"mliter {seconds_text(row.seconds)}"]
        if self.phase == "python" and self._plain is not None:
            parts.append(f"python {seconds_text(self._plain.seconds)} …")
        elif row.python is not None:
            parts.append(f"python {seconds_text(row.python)}")
        if self.phase == "rests":
            left = max(0, round(self._until - self._clock()))
            parts.append("paused" if self.paused else "waits for you" if self._held else f"in {left}s")
        return (f"edit {row.number}: " if row.number else "first: ") + " · ".join(parts)
