"""Lines between two layers of a graph: which column each takes to get from its row to those of its readers.

A net is a value that leaves a layer in row `start` and arrives at the next one in rows `ends`: it goes right to its
column, up and down there, and right again. Two nets share a row only where both arrive in it; so a net that starts in
a row another one ends in has its column left of the other's. Where that goes round in a circle, one of them makes a
detour through a row nobody uses, by two columns; rows then have to be ROOMY apart, and a detour is in the middle
between two of them, so that there is a row on either side of it for what marks where lines join.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from itertools import count

from mliter_tui.lean import dataclass

ROOMY = 4


@dataclass
class Upright:
    """The part of a net that goes up and down: it comes from the left in row `enters`, and goes right in `leaves`."""

    enters: int
    leaves: tuple[int, ...]
    column: int = 0

    @property
    def low(self) -> int:
        return min(self.enters, *self.leaves)

    @property
    def high(self) -> int:
        return max(self.enters, *self.leaves)


@dataclass
class Net:
    """A net and its way: no upright part where it goes straight, one, or two where it makes a detour."""

    start: int
    ends: tuple[int, ...]
    uprights: list[Upright] = field(default_factory=list)


def has_circles(nets: Sequence[Net]) -> bool:
    """Whether some of the nets have to make a detour."""
    _directly(nets)
    return _in_a_circle(_constraints(nets)) is not None


def routed(nets: Sequence[Net]) -> int:
    """Give the nets their upright parts; answers how many columns there are."""
    used = set()
    _directly(nets)
    while (circle := _in_a_circle(before := _constraints(nets))) is not None:
        net = next(net for net in nets if circle in map(id, net.uprights))
        near = (net.start + net.ends[0]) // 2
        between = (row for far in count() for row in (near - far, near + far) if row % ROOMY == ROOMY // 2)
        free = next(row for row in between if row >= 0 and row not in used)
        used.add(free)
        net.uprights = [Upright(net.start, (free,)), Upright(free, net.ends)]
    return _columns([part for net in nets for part in net.uprights], before)


def _directly(nets: Sequence[Net]) -> None:
    for net in nets:
        net.uprights = [] if set(net.ends) == {net.start} else [Upright(net.start, net.ends)]


def _constraints(nets: Sequence[Net]) -> dict[int, set[int]]:
    """For each upright part, by id, those that have to be left of it."""
    before: dict[int, set[int]] = {id(part): set() for net in nets for part in net.uprights}
    for net in nets:
        for part in net.uprights:
            for other in nets:
                if other is not net:
                    before[id(part)] |= {id(p) for p in other.uprights if p.enters in part.leaves}
        if len(net.uprights) == 2:
            before[id(net.uprights[1])].add(id(net.uprights[0]))
    return before


def _in_a_circle(before: dict[int, set[int]]) -> int | None:
    """A part that has to be left of itself, if there is one that can be taken apart."""
    left = {part: set(others) for part, others in before.items()}
    while True:
        after = {other for others in left.values() for other in others}
        ends = [part for part, others in left.items() if not others or part not in after]
        if not ends:
            return min(left, key=lambda part: len(left[part]), default=None)
        for part in ends:
            del left[part]
        left = {part: others & left.keys() for part, others in left.items()}


def _columns(parts: list[Upright], before: dict[int, set[int]]) -> int:
    done: dict[int, Upright] = {}
    taken: list[list[Upright]] = []
    waiting = sorted(parts, key=lambda part: (part.high - part.low, part.low))
    while waiting:
        part = next(part for part in waiting if before[id(part)] <= done.keys())
        waiting = [other for other in waiting if other is not part]
        column = max((done[other].column + 1 for other in before[id(part)]), default=0)
        while column < len(taken) and any(p.low <= part.high and part.low <= p.high for p in taken[column]):
            column += 1
        taken += [[] for _ in range(column + 1 - len(taken))]
        taken[column].append(part)
        part.column = column
        done[id(part)] = part
    return len(taken)
