"""What is read out of an iteration's events, once: its metrics, and the seconds that its first plan promised.

Reading them takes some 10 ms an iteration, and a study is of all of them; so the store remembers what was read, by the
events and by the code that reads them: when that is another, all is read anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mliter_tui import events
from mliter_tui.history import iterations
from mliter_tui.history.iterations import Past, Story
from mliter_tui.history.metrics import Correction, Metric, corrected, of_story
from mliter_tui.records import from_fields, to_fields
from mliter_tui.store import Store
from mliter_tui.store.objects import digest

_START = "gleaned "


class Gleaned:
    """`metrics` and `predicted` of any iteration; `remember` keeps what was read now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Any] = store.metas(_START)
        self._read: dict[str, tuple[tuple[Metric, ...], float | None]] = {}
        self._fresh: set[str] = set()

    def metrics(self, past: Past, said: Mapping[str, Correction]) -> tuple[Metric, ...]:
        """The metrics of an iteration as the user wants them seen."""
        found = (corrected(metric, said) for metric in self._of(past)[0])
        return tuple(metric for metric in found if metric is not None)

    def predicted(self, past: Past) -> float | None:
        """As of the function `predicted`."""
        return self._of(past)[1]

    def remember(self) -> None:
        """Keep what was read now."""
        for name in self._fresh:
            metrics, promised = self._read[name]
            row = {"by": _rules(), "metrics": [to_fields(metric) for metric in metrics], "predicted": promised}
            self._store.set_meta(_START + name, row)
        if self._fresh:
            self._store.commit()
        self._fresh = set()

    def _of(self, past: Past) -> tuple[tuple[Metric, ...], float | None]:
        name = _name(past)
        if name not in self._read:
            kept = _kept(self._known.get(name))
            if kept is None:
                story = iterations.story_of(self._store, past)
                kept = tuple(of_story(story)), predicted(story)
                self._fresh.add(name)
            self._read[name] = kept
        return self._read[name]


def unread(store: Store, pasts: Iterable[Past]) -> int:
    """How many of these iterations were never read, or by other code."""
    known = store.metas(_START)
    return sum(known.get(_name(past), {}).get("by") != _rules() for past in pasts)


def _name(past: Past) -> str:
    return digest(repr([past.pieces.get(kind) for kind in ("text", "read", "story")]).encode())


def _kept(row: Any) -> tuple[tuple[Metric, ...], float | None] | None:
    if not isinstance(row, dict) or row.get("by") != _rules():
        return None
    try:
        metrics = tuple(from_fields(Metric, each, _no_union) for each in row["metrics"])
        promised = row["predicted"]
    except (KeyError, TypeError, ValueError):
        return None
    return metrics, float(promised) if isinstance(promised, int | float) else None


def _no_union(value: Any) -> Any:
    raise ValueError(f"a metric has no such value: {value!r:.40}")


@cache
def _rules() -> str:
    """Another one where any code of these rooms is another: reading anew is cheaper than to be wrong."""
    rooms = (Path(__file__).parent, Path(__file__).parent.parent / "readings")
    return digest(b"".join(path.read_bytes() for room in rooms for path in sorted(room.glob("*.py"))))[:12]


def predicted(story: Story) -> float | None:
    """Seconds that the first plan of an iteration promised; None where it knew of no statement what that takes.

    Of statements that are new nothing is known, and they are not in it.
    """
    for _, line in story:
        if '"type":"plan_ready"' in line[:40]:
            event = events.decode(line)
            if isinstance(event, events.PlanReady):
                known = any(state.action != "prune" and state.seconds is not None for state in event.states)
                return event.predicted_seconds if known else None
    return None
