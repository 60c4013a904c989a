"""A walk: one traversal by depth of everything a set of values reaches, hashed in a canonical form as it goes.

Invariants of the hashed stream:
- it is a prefix code in order of first visit: each object is a header that says how many children follow;
- immutable things are written out wherever they occur, so which of them are one object leaves no trace;
- mutable objects are numbered at the first visit and written as their number after that, so aliases and cycles do;
- plain containers are written as `marshal` format 2 would, so that `plain.survey` may hand a whole subtree to it.

The stack is explicit: depth costs memory, never a crash. Temporaries made while reading (the state a `__getstate__`
builds) are told from real objects by their reference count and are not reported as reached.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from operator import attrgetter
from types import CodeType, GeneratorType, ModuleType
from typing import Any, Protocol

from xxhash import xxh3_128

from mliter_tui.kernel.handlers import find
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.plain import ATOMS, NATIVE, Unbounded, dumps, preorder, survey

BY_REFERENCE = 1  # below a function or class that a pickle names rather than holds
TEMPORARY = 2  # made while reading; may not outlive the walk
NAMED = 8  # below a definition that a name of the user's stands for, and that is read by that name
OWNED = 4  # inside a pandas container: its memory is copied on write

_DEEPEST = 300  # levels a pickle can hold with the interpreter's usual recursion limit
_MOST = 400_000_000
_MARSHAL_MOST = 1 << 30
_PIECE, _LONGEST = 256, 1 << 16  # elements
_START = 1000
_ATTRIBUTES: Callable[[object], dict[str, object]] = attrgetter("__dict__")

Handler = Callable[["Walk", Any], Iterable[object] | None]


class Context(Protocol):
    """What a walk asks about the script it runs in."""

    main: ModuleType
    lineage: str
    cells: dict[int, str]
    keep_docstrings: bool
    parted: frozenset[str]
    labels: bool

    def local_definition(self, module: str, qualname: str) -> tuple[str, frozenset[str]] | None: ...

    def is_local_module(self, name: str) -> bool: ...

    def is_foreign(self, name: str) -> bool: ...

    def part(self, function: object) -> str: ...


_COUNTING = frozenset({"sklearn.neighbors._kd_tree", "sklearn.neighbors._ball_tree"})
"""Search trees: a query adds to numbers that their pickles hold."""


class Walk:
    """The state of one traversal; handlers read objects through it."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.hasher = xxh3_128()
        self.exact = True
        self.storable = True
        self.wild = self.counts = False
        self.draws = False
        self.finalizes = False
        self.native = True  # builtin containers and atoms only
        self.size = 0
        self.seen: set[int] = set()  # ids of mutable objects
        self.order = array("q")  # the same, as they were met
        self.roots: frozenset[int] = frozenset()  # ids of what is read
        self.others: set[int] = set()  # ids of mutable objects reached below NAMED only: they belong to that name
        self.temporary: set[int] = set()
        self.refs: set[str] = set()
        self.imports: set[str] = set()
        self.requires: set[str] = set()
        self.opaque: set[str] = set()
        self.parts: set[str] = set()  # methods whose code was read as that of a function
        self.held: set[tuple[CodeType, str]] = set()
        self.packages: set[str] = set()
        self.memory: list[tuple[int, int, bool, int, int]] = []  # start, end, owned, shareable, number of its holder
        self.storages: dict[tuple[int, int], int] = {}  # start and length of those of tensors -> number
        self.holder = 0  # number of the pandas container being read
        self.flags = 0  # of the object being read
        self.enter = 0  # of its children; a handler may change it
        self.keep: list[object] = []
        self.plain: set[type] = set()  # types whose instances are class and attributes, nothing else
        self.classes: dict[tuple[type, int], bytes] = {}  # how a class read before is written, by mode
        self.local_handlers: dict[type, Handler] = {}
        self._numbers: dict[int, int] = {}
        self._count = 0
        self._subtrees: list[tuple[object, int]] = []  # read by marshal, numbered only when an alias turns up
        self._rows: list[tuple[list[int], int]] = []  # ids of instances read at once, likewise
        self._named: set[int] = set()  # ids of mutable objects reached below BY_REFERENCE
        self._states: dict[int, int] = {}  # ids of instance dictionaries -> of their instances
        self._spent = 0  # objects surveyed in vain
        self._read = _START  # objects written

    def objects(self) -> int:
        """How many objects were read, roughly."""
        return self._read - _START

    def fragile(self) -> dict[int, int]:
        """Ids of objects that a pickle names (-> 0) or fills anew (-> their instance): other holders lose the alias."""
        return dict.fromkeys(self._named, 0) | self._states if self._named else self._states

    @property
    def mutable(self) -> set[int]:
        """Ids of the mutable objects that were reached, but for those that belong to another name or to nobody."""
        return self.seen - self.temporary - self.others if self.temporary or self.others else self.seen

    def holds(self, low: int, high: int, owned: bool, shareable: bool | int, number: int) -> None:
        """Notes memory of what is read, from `low` up to `high`; that of another name's is noted there."""
        if not self.flags & NAMED:
            self.memory.append((low, high, owned, shareable, number))

    def unstorable(self) -> None:
        """What is being read cannot be in a pickle; where one only names what reaches it, it need not be."""
        if not self.flags & BY_REFERENCE:
            self.storable = False

    def emit(self, data: bytes | memoryview) -> None:
        self.size += len(data)
        self.hasher.update(data)

    def run(self, roots: Iterable[object]) -> None:
        """Reads the roots and all below them. Raises Unbounded."""
        stack: list[tuple[Iterator[object], int]] = []
        frame, flags = iter(roots), 0
        while True:
            for value in frame:
                kind = type(value)
                if kind in ATOMS:
                    self.emit(dumps(value, 2))
                    continue
                self._read += 1
                self.flags, self.enter = flags, flags & ~TEMPORARY
                if type(value) is list and not flags and identity(value) not in self.seen:
                    if set(map(type, value)) <= ATOMS:
                        self._flat(value)
                        continue
                if kind not in NATIVE:
                    self.native = False
                children = self._handler(kind)(self, value)
                if children is not None:
                    if flags & TEMPORARY or self.enter & TEMPORARY:
                        self.keep.append(children)
                    stack.append((frame, flags))
                    frame, flags = iter(children), self.enter
                    break
            else:
                if not stack:
                    return
                frame, flags = stack.pop()
                continue
            if len(stack) > _DEEPEST:
                self.storable = False
            if self._read > _MOST:
                raise Unbounded

    def _flat(self, value: object) -> None:
        """A list of atoms, the most frequent thing inside large values, met for the first time."""
        key = identity(value)
        self.seen.add(key)
        self.order.append(key)
        self._numbers[key] = self._count
        self._count += 1
        self.emit(dumps(value, 2))

    def _handler(self, kind: type) -> Handler:
        return self.local_handlers.get(kind) or find(self, kind)

    # -- identity -----------------------------------------------------------------------------------------------

    def met(self, value: object) -> bool:
        """Whether a mutable object was reached before: then its number is written, else it gets one."""
        key = identity(value)
        if key not in self.seen:
            self.seen.add(key)
            self.order.append(key)
            self._numbers[key] = self._count
            self._count += 1
            if self.flags & BY_REFERENCE:
                self._named.add(key)
            if self.flags & NAMED:
                self.others.add(key)
            if self.flags & TEMPORARY and sys.getrefcount(value) <= _fresh_count:
                self.temporary.add(key)
                self.enter |= TEMPORARY
            return False
        if self.others and not self.flags & NAMED:
            self.others.discard(key)
        self.emit(b"@" + self.number(value).to_bytes(8, "little"))
        if (key in self._named) != bool(self.flags & BY_REFERENCE) or key in self._states:
            self.storable = False  # a pickle would hold one side and name the other: the alias is lost
        return True

    def met_definition(self, value: object, named: bool = True) -> bool:
        """Like `met`, for functions and classes. Those that no name of a module stands for are told as mutable: what
        is set on them, or becomes of what they hold, shows wherever they are reached.
        """
        key = identity(value)
        if key in self._numbers:
            self.emit(self.definition_number(value))
            return True
        self._numbers[key] = self._count
        self._count += 1
        if not named and not self.flags & NAMED:
            self.seen.add(key)
            self.order.append(key)
        return False

    def definition_number(self, value: object) -> bytes:
        return b"@" + self._numbers[identity(value)].to_bytes(8, "little")

    def number(self, value: object) -> int:
        """The number of a mutable object reached before."""
        key = identity(value)
        if key not in self._numbers:
            for top, first in self._subtrees:
                for at, inner in enumerate(preorder(top), first):
                    self._numbers[inner] = at
            for keys, first in self._rows:
                self._numbers.update(zip(keys, count(first)))
            self._subtrees.clear()
            self._rows.clear()
        return self._numbers[key]

    def state(self, value: object, attributes: dict[str, object]) -> dict[str, object]:
        """Marks an instance's dictionary: a pickle fills a new one, so whoever else holds it loses the alias."""
        if identity(attributes) in self.seen:
            self.storable = False
        else:
            self._states[identity(attributes)] = identity(value)
        return attributes

    # -- plain containers ---------------------------------------------------------------------------------------

    def subtree(self, value: object) -> bool:
        """Writes a plain container as a whole, if it is one and no mutable object in it was met before."""
        if self.flags & TEMPORARY or self._spent > 4 * self._read:
            return False
        ids, objects, levels = survey((value,), self.seen, self.order)
        if not levels or objects > _MARSHAL_MOST:
            self._spent += objects
            return False
        self.emit(dumps(value, 2))
        self._note(value, ids, objects, levels)
        return True

    def _note(self, top: object, ids: set[int], objects: int, levels: int) -> None:
        """Takes over what a survey found in a subtree that has been written."""
        self._read += objects
        if self._read > _MOST:
            raise Unbounded
        self.seen |= ids
        if self.flags & BY_REFERENCE:
            self._named |= ids
        if self.flags & NAMED:
            self.others |= ids
        self._subtrees.append((top, self._count))
        self._count += len(ids)
        if levels > _DEEPEST:
            self.storable = False

    def pieces(self, values: list[object]) -> Iterable[object]:
        """Children for a container whose header is written; those of long ones go by the piece where they can.

        One alias somewhere must not make every element of a large value be read one by one.
        """
        if len(values) < _PIECE or self.flags & TEMPORARY or self.enter & TEMPORARY:
            return values
        return self._by_the_piece(values, self.flags)

    def _by_the_piece(self, values: list[object], flags: int) -> Iterator[object]:
        start, size = 0, _PIECE
        while start < len(values):
            piece = tuple(values[start : start + size])
            ids, objects, levels = survey(piece, self.seen, self.order)
            if levels and objects <= _MARSHAL_MOST:
                self.emit(memoryview(dumps(piece, 2))[5:])
                self.flags = flags
                self._note(piece, ids, objects, levels)
                start, size = start + size, min(2 * size, _LONGEST)
            elif self._alike(piece, flags):
                start, size = start + size, min(2 * size, _LONGEST)
            elif size > _PIECE:
                size = _PIECE  # something in it has to be read by itself, but not all
            else:
                yield from piece
                start += size

    def _alike(self, piece: tuple[object, ...], flags: int) -> bool:
        """Writes instances of one class, known to be class and attributes, that were all never met: attributes at once.

        The attributes have to be plain, as those of records mostly are.
        """
        kind = type(piece[0])
        written = self.classes.get((kind, flags & BY_REFERENCE))
        if written is None or kind not in self.plain or len(set(map(type, piece))) > 1:
            return False
        states = tuple(map(_ATTRIBUTES, piece))
        keys = list(map(identity, piece))
        fresh = set(keys)
        if len(fresh) < len(keys) or not fresh.isdisjoint(self.seen):
            return False
        ids, objects, levels = survey(states, self.seen, self.order)
        if not levels or objects > _MARSHAL_MOST:
            return False
        self.emit(b"\1objects" + written)
        self.emit(memoryview(dumps(states, 2))[1:])
        self.flags = flags
        self.seen |= fresh
        self.order.extend(keys)
        self._rows.append((keys, self._count))
        self._count += len(keys)
        if flags & BY_REFERENCE:
            self._named |= fresh
        if flags & NAMED:
            self.others |= fresh
        self._states.update(zip(map(identity, states), keys))
        self._note(states, ids, objects + len(keys), levels)
        return True

    def elements(self, values: list[object]) -> Iterable[object] | None:
        """Children for a list made while reading that holds real objects (those of an array); None once written."""
        self.emit(b"+" + len(values).to_bytes(8, "little"))
        top = tuple(values)
        ids, objects, levels = survey(top, self.seen, self.order)
        if not levels or self.flags & TEMPORARY or objects > _MARSHAL_MOST:
            self._spent += objects
            self.keep.append(top)
            return top if self.flags & TEMPORARY else self._by_the_piece(values, self.flags)
        self.emit(memoryview(dumps(top, 2))[5:])  # the elements alone
        self._note(top, ids, objects, levels)
        return None

    # -- what cannot be read ------------------------------------------------------------------------------------

    def unreadable(self, value: object) -> None:
        """Writes an object that has no content to be had: its type and the lineage."""
        kind = type(value)
        if kind is GeneratorType and value.gi_frame is not None and value.gi_code.co_exceptiontable:  # type: ignore[attr-defined]
            self.finalizes = True
        self.exact = self.storable = False
        self.wild = True
        self.emit(f"?{kind.__module__}.{kind.__qualname__}\0{self.context.lineage}\0".encode("utf8", "replace"))

    def reached(self, module: str) -> None:
        """Notes the package a type, function or module belongs to."""
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "__main__" and not self.context.is_local_module(module):
            self.packages.add(top)
            self.counts |= module in _COUNTING


def _calibrate() -> int:
    """The reference count that `met` sees for an object held by a temporary and by the list of its children."""
    counts: list[int] = []

    class Probe(Walk):
        def met(self, value: object) -> bool:
            counts.append(sys.getrefcount(value))
            return False

    def of_list(walk: Walk, value: list[object]) -> list[object] | None:
        walk.met(value)
        walk.enter |= TEMPORARY
        return list(value)

    probe = Probe.__new__(Probe)
    Walk.__init__(probe, None)  # type: ignore[arg-type]
    probe.local_handlers[list] = of_list
    probe.run([[[]]])
    return counts[1]


_fresh_count = sys.maxsize
_fresh_count = _calibrate()
