"""Which things leave the store when it is full: pure arithmetic, no I/O.

Each kept thing is worth the seconds that its next use is expected to save, halved for each `HALF_LIFE` that its last
use lies back beyond `SAME_TIME`. Things leave in the order of worth per byte, and only for a newcomer worth more per
byte, and not much less in all: else a large one would leave for a small one that is only somewhat denser. An object
shared by several is charged to them in equal parts, and its bytes become free when the last of them leaves.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from mliter_tui.lean import dataclass

__all__ = ["HALF_LIFE", "MOST_LOST", "SAME_TIME", "Held", "choose_victims", "worth"]

HALF_LIFE = 7 * 86400.0
# Within an hour none is older than another: else, of equal things that do not all fit, each newcomer would drive out
# the one that the next run asks for first.
SAME_TIME = 3600.0
# How many times its own worth may leave for a newcomer. With 1 a large thing that is in the way of many small ones,
# each worth less, would stay for good; what it leaves free is room for the next ones.
MOST_LOST = 2.0


@dataclass(frozen=True, slots=True)
class Held:
    """A thing kept: its objects with their sizes, its worth in seconds, and whether it may leave."""

    name: str
    objects: tuple[tuple[str, int], ...]
    worth: float
    fixed: bool


def worth(saved: float, used: float, now: float) -> float:
    """Expected seconds saved by a thing last used at `used`; a clock that was set back counts as no time."""
    return max(0.0, saved) * float(0.5 ** (max(0.0, now - used - SAME_TIME) / HALF_LIFE))


def choose_victims(
    held: Sequence[Held], need: int, density: float, benefit: float = math.inf
) -> list[str] | None:
    """Names whose leaving frees `need` bytes; None when that cannot be.

    density: what each has to be worth less than, per byte. benefit: the worth of what they leave for.
    """
    users = Counter(name for thing in held for name, _ in thing.objects)
    ranked = sorted(
        (
            (_density(thing, users), thing)
            for thing in held
            if not thing.fixed and any(size for _, size in thing.objects)
        ),
        key=lambda pair: (pair[0], pair[1].name),
    )
    chosen: list[Held] = []
    freed = 0
    for own, thing in ranked:
        if freed >= need or own >= density:
            break
        freed += _leave(thing.objects, users)
        chosen.append(thing)
    if freed < need:
        return None
    # A large one chosen last may make the ones before it unnecessary: the most valuable stay first.
    for thing in reversed(chosen.copy()):
        kept = sum(size for name, size in thing.objects if users[name] == 0)
        if freed - kept >= need:
            users.update(name for name, _ in thing.objects)
            freed -= kept
            chosen.remove(thing)
    if sum(thing.worth for thing in chosen) > MOST_LOST * benefit:
        return None
    return [thing.name for thing in chosen]


def _density(thing: Held, users: Counter[str]) -> float:
    return thing.worth / sum(size / users[name] for name, size in thing.objects)


def _leave(objects: Iterable[tuple[str, int]], users: Counter[str]) -> int:
    freed = 0
    for name, size in objects:
        users[name] -= 1
        if users[name] == 0:
            freed += size
    return freed
