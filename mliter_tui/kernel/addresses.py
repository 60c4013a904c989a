"""Addresses of objects that a script keeps (`id(x)`): they are others in each process; no store may have them."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType, FunctionType, ModuleType
from typing import Any

from mliter_tui.codekey import names_of
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.live import Live
from mliter_tui.kernel.probing import has, is_a

_LOWEST, _HIGHEST = 1 << 32, 1 << 48
_MOST = 100_000
_NONE = frozenset({str, bytes, float, bool, complex, type(None)})


def asks_for_addresses(codes: Iterable[CodeType], live: Live) -> bool:
    """Whether the user's code calls the builtin `id`."""
    return live.get("id") is Live.missing and any("id" in names_of(code).reads for code in codes)


def holds_address(value: Any) -> bool:
    """Whether numbers that may be addresses are in a value: in containers, and attributes of objects, at any depth."""
    todo, seen = [value], set[int]()
    while todo:
        each = todo.pop()
        kind = type(each)
        if kind is int:
            if _LOWEST < each < _HIGHEST:
                return True
            continue
        if kind in _NONE or identity(each) in seen:
            continue
        if len(seen) > _MOST:
            return True
        seen.add(identity(each))
        if isinstance(each, dict):
            todo += [*dict.keys(each), *dict.values(each)]
        elif isinstance(each, (list, tuple, set, frozenset)):
            todo += list(each)
        elif has(each, "__dict__") and not is_a(each, type, ModuleType, FunctionType):
            todo += object.__getattribute__(each, "__dict__").values()
    return False
