"""Which names share mutable state (rule R6), kept up to date as their values are scanned again.

Two names share if their values reach a common mutable object, or arrays in overlapping memory; sharing is transitive.
A scan of few objects is found by looking its ids up; scans of many are compared as sets. A change costs what the names
do that it concerns, not what all do.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import count, filterfalse

from xxhash import xxh3_128

from mliter_tui.kernel.fingerprint import Scan

_FEW = 64
_NOTHING: tuple[frozenset[int], list[tuple[int, int, bool]]] = (frozenset(), [])


class Sharing:
    """`groups`: for each name that shares with others, all of them."""

    def __init__(self) -> None:
        self.groups: dict[str, frozenset[str]] = {}
        self._scans: dict[str, Scan] = {}
        self._homes: dict[int, set[str]] = {}  # id of a mutable object -> names of small scans that reach it
        self._large: set[str] = set()
        self._memory: dict[str, tuple[int, int]] = {}  # bounds of a name's buffers
        self.moved: set[str] = set()  # names whose group is another than before; whoever reads it clears it
        self._settled: dict[str, tuple[set[int], list[tuple[int, int, bool]]]] = {}  # as of the last regrouping

    # -- the index -----------------------------------------------------------------------------------------------
    def put(self, name: str, scan: Scan) -> None:
        """A name's value was read."""
        self.take(name)
        self._scans[name] = scan
        if len(scan.mutable) > _FEW:
            self._large.add(name)
        else:
            for key in scan.mutable:
                self._homes.setdefault(key, set()).add(name)
        if scan.buffers:
            self._memory[name] = min(b[0] for b in scan.buffers), max(b[1] for b in scan.buffers)

    def take(self, name: str) -> None:
        """What the name reached is not known any more."""
        scan = self._scans.pop(name, None)
        if scan is None:
            return
        self._memory.pop(name, None)
        if name in self._large:
            self._large.discard(name)
            return
        for key in scan.mutable:
            home = self._homes.get(key)
            if home is not None:
                home.discard(name)
                if not home:
                    del self._homes[key]

    def neighbours(self, name: str) -> set[str]:
        """Names that share something with this one directly."""
        scan = self._scans.get(name)
        if scan is None:
            return set()
        found: set[str] = set()
        if name not in self._large:
            for key in scan.mutable:
                found |= self._homes[key]
        elif scan.mutable:
            for key in self._homes.keys() & scan.mutable:
                found |= self._homes[key]
        if scan.mutable:
            found |= {n for n in self._large if n not in found and not self._scans[n].mutable.isdisjoint(scan.mutable)}
        if name in self._memory:
            low, high = self._memory[name]
            for other, (start, end) in self._memory.items():
                if start < high and low < end and other not in found and _overlap(scan, self._scans[other]):
                    found.add(other)
        found.discard(name)
        return found

    # -- groups --------------------------------------------------------------------------------------------------
    def group(self, names: Iterable[str]) -> None:
        """Take over a grouping known from the store."""
        whole = frozenset(names)
        for name in whole:
            if self.groups.get(name) != whole:
                self.moved.add(name)
            self.groups[name] = whole

    def leave(self, name: str) -> None:
        """The name is bound to something else, or not at all."""
        self.take(name)
        self._settled.pop(name, None)
        whole = self.groups.pop(name, None)
        if whole is not None:
            rest = whole - {name}
            self.moved |= rest
            for other in rest:
                if len(rest) > 1:
                    self.groups[other] = rest
                else:
                    del self.groups[other]

    def regroup(self, names: Iterable[str]) -> None:
        """Find anew with whom these names share; those that reach what they did before stay where they are."""
        moved = set()
        for name in names:
            scan = self._scans[name]
            before = self._settled.get(name, _NOTHING)
            if scan.mutable != before[0] or scan.buffers != before[1]:
                moved.add(name)
                self._settled[name] = scan.mutable, scan.buffers
        todo = set(moved)
        for name in moved:
            todo |= self.groups.get(name, frozenset())
        while todo:
            start = todo.pop()
            whole, open_ends = {start}, [start]
            while open_ends:
                fresh = self.neighbours(open_ends.pop()) - whole
                whole |= fresh
                open_ends += fresh
            todo -= whole
            if len(whole) > 1:
                self.group(whole)
            elif self.groups.pop(start, None) is not None:
                self.moved.add(start)


def _overlap(a: Scan, b: Scan) -> bool:
    return any(
        s < y and x < e and not (cow and other_cow) for s, e, cow in a.buffers for x, y, other_cow in b.buffers
    )


def joint(scans: list[Scan]) -> Scan:
    """What names that share come to together, out of their own scans in the order of their names.

    fp is over theirs and over where in each what they share was met. Whether what they share survives a pickle is not
    known here: `storable` says only that nothing in a single one stands against it.
    """
    seen: set[int] = set()
    shared: set[int] = set()
    for scan in scans:
        shared |= seen & scan.mutable
        seen |= scan.mutable
    numbers: dict[int, int] = {}
    hasher = xxh3_128(b"joint")
    for scan in scans:
        met = list(filter(shared.__contains__, scan.order))  # there may be millions: each step is one of C
        numbers.update(zip(filterfalse(numbers.__contains__, met), count(len(numbers))))
        hasher.update(scan.fp.encode() + bytes(map(shared.__contains__, scan.order)))
        hasher.update(array("Q", map(numbers.__getitem__, met)).tobytes())
    hasher.update(repr(_memory_in_common(scans)).encode())
    whole = Scan(hasher.hexdigest(), all(s.exact for s in scans), all(s.storable for s in scans))
    whole.size, whole.objects = sum(s.size for s in scans), sum(s.objects for s in scans)
    for scan in scans:
        whole.requires |= scan.requires
    return whole


def _loses(scan: Scan, other: Scan) -> bool:
    """Whether another value holds what a pickle keeps no alias of, in another way than the same instance does."""
    common = scan.fragile.keys() & (other.mutable | other.fragile.keys())
    return any(scan.fragile[key] != other.fragile.get(key) for key in common)


def survives(scans: list[Scan]) -> bool:
    """Whether it is plain that a pickle of names that share state keeps what they share. If not, it may do so."""
    for scan in scans:
        if not (scan.storable and scan.exact):
            return False
        for each in scans if scan.fragile else ():
            if each is not scan and _loses(scan, each):
                return False
    return not _memory_in_common(scans)


def _memory_in_common(scans: list[Scan]) -> list[list[tuple[int, int, bool, int, int]]]:
    """For each run of memory that several share: (scan, number of its buffer, owned by pandas, start, end) in it."""
    spans = sorted(
        (low, high, owned, at, number)
        for at, scan in enumerate(scans) for number, (low, high, owned) in enumerate(scan.buffers)
    )  # fmt: skip
    found: list[list[tuple[int, int, bool, int, int]]] = []
    group: list[tuple[int, int, bool, int, int]] = []
    end = -1
    for span in [*spans, (1 << 63, 1 << 63, False, -1, -1)]:
        if span[0] >= end:
            raw = [s[0] for s in group if not s[2]]
            if raw and len({s[3] for s in group}) > 1:
                first = min(raw)
                found.append(sorted((at, n, owned, low - first, high - first) for low, high, owned, at, n in group))
            group = []
        group.append(span)
        end = max(end, span[1])
    return sorted(found)
