"""Readers for iterators that others share something with: of dicts and sets, and generators."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.plain import dumps

if TYPE_CHECKING:
    from mliter_tui.kernel.walk import Walk

ITERATORS = tuple(
    f"builtins.{name}"
    for name in ("dict_keyiterator", "dict_valueiterator", "dict_itemiterator", "dict_reversekeyiterator",
                 "dict_reversevalueiterator", "dict_reverseitemiterator", "set_iterator", "odict_iterator")
)  # fmt: skip


def of_iterator(walk: Walk, value: Any) -> Iterable[object] | None:
    """An iterator of a dict or set: that, and how much is left. Its reduction would be a list of its own."""
    if walk.met(value):
        return None
    walk.storable, walk.wild = False, True
    walk.emit(f"\1iterator {type(value).__name__}\0".encode() + dumps(value.__length_hint__(), 2))
    return behind(value)


def of_cycle(walk: Walk, value: Any) -> Iterable[object] | None:
    """An `itertools.cycle`: once it has been through, what it repeats and where it stands.

    How it keeps the place differs in one that was loaded. From Python 3.12 on they are unreadable.
    """
    from mliter_tui.kernel.instances import of_instance

    if sys.version_info >= (3, 12) or identity(value) in walk.seen:
        return of_instance(walk, value)
    _, (inner,), (saved, again) = value.__reduce__()
    if not again or type(inner) is not type(iter([])):
        return of_instance(walk, value)
    reduction: Any = inner.__reduce__()
    _, (items,), *at = reduction
    if items is not saved and items:  # an iterator at its end holds nothing any more
        return of_instance(walk, value)
    walk.met(value)
    walk.wild = True
    walk.emit(b"\1cycle" + (sum(at) % max(1, len(saved)) if items else 0).to_bytes(8, "little"))
    return [saved]


def of_generator(walk: Walk, value: Any) -> Iterable[object] | None:
    """A generator: what it has been given and made so far cannot be told, but it shares that with others."""
    if walk.met(value):
        return None
    walk.unreadable(value)
    return behind(value)


def behind(value: object) -> list[object]:
    """What an object refers to, code apart."""
    return [each for each in gc.get_referents(value) if not isinstance(each, (CodeType, FrameType))]
