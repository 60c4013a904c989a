"""Readers for iterators that others share something with: of dicts and sets, and generators."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

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


def of_generator(walk: Walk, value: Any) -> Iterable[object] | None:
    """A generator: what it has been given and made so far cannot be told, but it shares that with others."""
    if walk.met(value):
        return None
    walk.unreadable(value)
    return behind(value)


def behind(value: object) -> list[object]:
    """What an object refers to, code apart."""
    return [each for each in gc.get_referents(value) if not isinstance(each, (CodeType, FrameType))]
