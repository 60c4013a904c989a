"""Fingerprints: what values are, as 32 hex digits (rules R4 to R6), and what one look at them tells besides.

Content, not lineage, wherever content can be had: equal values have equal fingerprints in every process, however many
of their strings or numbers are one object; any change of an element, a type, an order or an alias shows.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import field
from types import CodeType

from xxhash import xxh3_128, xxh3_128_hexdigest

from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.plain import ATOMS, Unbounded, dumps
from mliter_tui.kernel.walk import Context, Walk
from mliter_tui.lean import dataclass

__all__ = ["ATOMS", "Context", "Scan", "scan"]

_MANY = 1000  # objects in a value from which it is not read twice


@dataclass(slots=True)
class Scan:
    """What one traversal of named roots found.

    fp: 32 hex digits over the content of the roots in the order of their names (the names do not enter).
    exact: False where something has no content to be had; the lineage is mixed in for it.
    storable: whether pickling and loading gives an equal value. size: approximate bytes.
    mutable: ids of the mutable objects reached, apart from modules, pandas indexes, classes and functions that have a
    name, and what belongs to those (see `definitions.named`).
    order: the same ids as they were met, temporary ones too: the same for values of the same structure.
    buffers: memory [start, end) of arrays reached; True where a pandas container owns it (copy on write).
    refs: scoped names that code reached in the value looks up when called.
    imports: what code of the script reached in the value imports when called, as `codekey.imported_names` has it.
    parts: names of methods whose code is content of the value, as that of any function is.
    held: code of the user's functions that no name stands for, as closures have it, and the module it is of.
    requires: names of `__main__` that must be bound before the value is unpickled.
    opaque: libraries that hide the state of an object reached. packages: third-party packages reached.
    objects: how many were read, roughly: what a pickle of them costs goes by that rather than by bytes.
    native: it is nothing but builtin containers and atoms. fragile: what a pickle keeps no alias of
    (see `Walk.fragile`).
    counts: an object is reached that counts how often it was asked.
    draws: a random generator is reached, which drawing from it changes.
    finalizes: something of the user's runs when the value goes (`__del__`, the `finally` of a generator).
    wild: using the value may run the user's code, or change it though nothing says so (iterators).
    """

    fp: str
    exact: bool = True
    storable: bool = True
    size: int = 0
    mutable: set[int] = field(default_factory=set)
    buffers: list[tuple[int, int, bool]] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)
    requires: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    wild: bool = False
    order: array[int] = field(default_factory=lambda: array("q"), compare=False)
    objects: int = 0
    finalizes: bool = False
    draws: bool = False
    counts: bool = False
    native: bool = False
    fragile: dict[int, int] = field(default_factory=dict, compare=False)
    imports: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    held: set[tuple[CodeType, str]] = field(default_factory=set)

    @property
    def steady(self) -> bool:
        """Whether another look at the object would find the same, under whatever name, if nothing has changed it."""
        moving = self.wild or self.counts or self.draws or self.finalizes
        return self.exact and not (moving or self.opaque or self.refs or self.imports or self.requires)

    @property
    def stays(self) -> bool:
        """Whether it is kept rather than made again: that would take time, and tell the same."""
        return self.objects > _MANY and self.steady


def scan(roots: dict[str, object], context: Context) -> Scan:
    """Reads the roots together, in the order of their names; aliases within and between them enter the fingerprint."""
    if len(roots) == 1:
        (value,) = roots.values()
        if type(value) in ATOMS:
            data = dumps(value, 2)
            return Scan(xxh3_128_hexdigest(data), size=len(data), native=True)
        values: Iterable[object] = (value,)
    else:
        values = [roots[name] for name in sorted(roots)]
    walk = Walk(context)
    walk.roots = frozenset(map(identity, values))
    try:
        walk.run(values)
    except Unbounded:
        walk.exact = walk.storable = False
        walk.hasher = xxh3_128(f"unbounded {context.lineage}".encode())
    if len(walk.memory) > 1:
        _overlaps(walk)
    return Scan(
        walk.hasher.hexdigest(), walk.exact, walk.storable and walk.exact and not walk.opaque, walk.size,
        walk.mutable,
        [(low, high, owned) for low, high, owned, _, _ in walk.memory],
        walk.refs, walk.requires, walk.opaque, walk.packages, walk.wild, walk.order, walk.objects(), walk.finalizes,
        walk.draws, walk.counts, walk.native, walk.fragile(), walk.imports, walk.parts, walk.held,
    )


def _overlaps(walk: Walk) -> None:
    """Writes which arrays share memory, and where; pandas containers among themselves do not, as far as one can see."""
    groups: list[list[tuple[int, int, bool, int, int]]] = []
    end = -1
    for entry in sorted(walk.memory):
        if entry[0] < end:
            groups[-1].append(entry)
        else:
            groups.append([entry])
        end = max(end, entry[1])
    found: list[tuple[tuple[object, ...], ...]] = []
    for group in groups:
        raw = [entry for entry in group if not entry[2]]
        holders = {entry[4] for entry in group}
        if not raw or len(holders) < 2:
            continue
        if len(kinds := {int(entry[3]) for entry in group}) > 1 or 0 in kinds:
            walk.storable = False  # only plain arrays of plain elements, or tensors, keep theirs when stored
        first = min(raw, key=lambda entry: entry[4])[0]
        places = {(holder, False, low - first, high - first) for low, high, owned, _, holder in raw}
        places |= {(holder, True, 0, 0) for _, _, owned, _, holder in group if owned}
        found.append(tuple(sorted(places)))
    if found:
        walk.emit(b"\1shared" + dumps(tuple(sorted(found)), 2))
