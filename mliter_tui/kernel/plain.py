"""Plain containers: lists, tuples and dicts of atoms, read at the speed of `marshal`.

`marshal.dumps(value, 2)` is a canonical encoding of such values: format 2 has no back references and no flag for
interned strings (both came with 3), so equal values have equal bytes whatever objects they share. What it does not say
is which *mutable* objects are one and the same; `survey` makes sure that there are none met twice. Sets are left
out, as marshal sorts them and their order is visible to a script. The slow path in `walk` emits the same bytes.
"""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, compress
from types import EllipsisType, NoneType

from mliter_tui.kernel.identity import identity

dumps: Callable[[object, int], bytes] = marshal.dumps  # type: ignore[assignment]  # callers look at the types first

ATOMS: frozenset[type] = frozenset({str, bytes, int, float, complex, bool, NoneType, EllipsisType})
CONTAINERS: frozenset[type] = frozenset({list, tuple, dict})
_KNOWN = ATOMS | CONTAINERS


class End:
    """Stands at the end of a dict's children; its reader writes the end mark."""


END = End()
NATIVE: frozenset[type] = CONTAINERS | {End}
"""What a walk meets in a value of builtin containers and atoms, besides these."""

_WIDTH = 8_000_000  # objects on one level of inner containers: beyond it, tuples shared over and over may explode
_LEVELS = 200  # marshal itself gives up at 2,000

_Column = list[object] | tuple[object, ...]


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
    columns: list[tuple[_Column, set[type]]] = [(top, set(map(type, top)))]
    seen = len(top)
    for depth in range(1, _LEVELS):
        inner: list[tuple[_Column, set[type]]] = []
        for column, kinds in columns:
            if not kinds <= _KNOWN:
                return ids, seen, 0
            for kind in (list, tuple, dict):
                if kind not in kinds:
                    continue
                boxes = column
                if len(kinds) > 1:
                    boxes = list(compress(column, map({kind}.__contains__, map(type, column))))
                if kind is not tuple:
                    numbers = list(map(identity, boxes))
                    fresh = set(numbers)
                    if len(fresh) != len(numbers) or not fresh.isdisjoint(known) or not fresh.isdisjoint(ids):
                        return ids, seen, 0
                    ids |= fresh
                    found += numbers
                width = sum(map(len, boxes))  # type: ignore[arg-type]
                if len(boxes) > 1 and width > _WIDTH:
                    return ids, seen, 0
                seen += width * (1 + (kind is dict))
                inner += _inside(boxes, kind)
        if not inner:
            order.extend(found)
            return ids, seen, depth
        columns = inner
    return ids, seen, 0


def _inside(boxes: _Column, kind: type) -> Iterator[tuple[_Column, set[type]]]:
    """What containers of this kind hold and its types, keys and values of dicts apart, but for what is all atoms."""
    parts: tuple[Callable[[], Iterable[object]], ...] = (lambda: chain.from_iterable(boxes),)  # type: ignore[arg-type]
    if kind is dict:
        parts += (lambda: chain.from_iterable(map(dict.values, boxes)),)  # type: ignore[arg-type]
    for part in parts:
        kinds = set(map(type, part()))
        if not kinds <= ATOMS:
            yield list(part()), kinds


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
            found.append(identity(value))
        items = chain.from_iterable(value.items()) if isinstance(value, dict) else value
        inner = [item for item in items if type(item) in CONTAINERS]  # type: ignore[attr-defined]
        inner.reverse()
        stack += inner
    return found
