"""Plain containers: lists, tuples and dicts of atoms, read at the speed of `marshal`.

`marshal.dumps(value, 2)` is a canonical encoding of such values: format 2 has no back references and no flag for
interned strings (both came with 3), so equal values have equal bytes whatever objects they share. What it does not say
is which *mutable* objects are one and the same; `survey` makes sure that there are none met twice. Sets are left
out, as marshal sorts them and their order is visible to a script. The slow path in `walk` emits the same bytes.
"""

from __future__ import annotations

import gc
import marshal
import sys
from array import array
from collections.abc import Callable
from itertools import chain
from types import EllipsisType, NoneType

dumps: Callable[[object, int], bytes] = marshal.dumps  # type: ignore[assignment]  # callers look at the types first

ATOMS: frozenset[type] = frozenset({str, bytes, int, float, complex, bool, NoneType, EllipsisType})
CONTAINERS: frozenset[type] = frozenset({list, tuple, dict})
_KNOWN = ATOMS | CONTAINERS

_WIDTH = 8_000_000  # objects on one level of inner containers: beyond it, tuples shared over and over may explode
_HIDES = sys.version_info >= (3, 13)  # the values of an object's own dictionary from the collector
_LEVELS = 200  # marshal itself gives up at 2,000


class Unbounded(Exception):
    """A value too large to be read: tuples that share tuples unfold to more than memory could hold."""


def survey(
    top: list[object] | tuple[object, ...], known: set[int], order: array[int]
) -> tuple[set[int], int, int]:
    """What lies below the objects in `top`: (ids of mutable containers, objects seen, levels), level by level.

    Where it succeeds, the ids are also appended to `order`, level after level.

    Levels are 0 where the objects are not plain, or one mutable container is met twice or is in `known`; the number
    of objects seen says what finding that out has cost.
    """
    ids: set[int] = set()
    found: list[int] = []
    level: list[object] | tuple[object, ...] = top
    seen = 0
    for depth in range(1, _LEVELS):
        kinds = set(map(type, level))
        seen += len(level)
        if kinds <= ATOMS:
            order.extend(found)
            return ids, seen, depth
        if not kinds <= _KNOWN:
            return ids, seen, 0
        boxes = level if kinds <= CONTAINERS else [value for value in level if type(value) in CONTAINERS]
        if tuple not in kinds:
            numbers = list(map(id, boxes))
        elif len(kinds & CONTAINERS) == 1:
            numbers = []
        else:
            numbers = [id(value) for value in boxes if type(value) is not tuple]
        fresh = set(numbers)
        if len(fresh) != len(numbers) or not fresh.isdisjoint(known) or not fresh.isdisjoint(ids):
            return ids, seen, 0
        ids |= fresh
        found += numbers
        if len(boxes) > 1 and sum(map(len, boxes)) > _WIDTH:  # type: ignore[arg-type]
            return ids, seen, 0
        level = _inside(boxes, kinds)
    return ids, seen, 0


def _inside(boxes: list[object] | tuple[object, ...], kinds: set[type]) -> list[object]:
    """What these containers hold."""
    if not _HIDES or dict not in kinds:
        return gc.get_referents(*boxes)
    found = gc.get_referents(*(box for box in boxes if type(box) is not dict))
    for box in boxes:
        if type(box) is dict:
            found += box
            found += box.values()
    return found


def preorder(top: object) -> list[int]:
    """Ids of the mutable containers in a surveyed value, in the order in which a traversal by depth meets them."""
    found: list[int] = []
    stack: list[object] = [top]
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind not in CONTAINERS:
            continue
        if kind is not tuple:
            found.append(id(value))
        items = chain.from_iterable(value.items()) if isinstance(value, dict) else value
        inner = [item for item in items if type(item) in CONTAINERS]  # type: ignore[attr-defined]
        inner.reverse()
        stack += inner
    return found
