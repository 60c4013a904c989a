"""Whether a program gives names to the labels of tables in place (`df.index.name = "day"`).

pandas lets tables share an index without a word of it: then all of them have the new name. Where a program does that,
indexes count as objects that are shared; elsewhere they are content, so that tables made of each other stand alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import lru_cache

from mliter_tui.syntax import every, parsed

_LABELS = frozenset({"index", "columns", "axes", "levels"})
_NAMES = frozenset({"name", "names"})
_SELF = frozenset({"self", "cls"})


def names_labels(texts: Iterable[str]) -> bool:
    """Whether any of these programs does."""
    return any(_does(text) for text in texts if _MAY.search(text))


_MAY = re.compile(r"\.names?\s*=[^=]|\.names?\s*,|set_names|\.rename\(.*inplace")


@lru_cache(maxsize=64)
def _does(text: str) -> bool:
    try:
        nodes = every(parsed(text))
    except (SyntaxError, RecursionError, ValueError):
        return False
    labels: set[str] = set()
    stored: set[str] = set()
    for n in nodes:
        match n:
            case ast.Attribute(attr=name, value=value, ctx=ast.Store()) if name in _NAMES:
                if _is_label(value) or (name == "names" and isinstance(value, ast.Name) and value.id not in _SELF):
                    return True
                stored |= {value.id} if isinstance(value, ast.Name) else set()
            case ast.Call(func=ast.Attribute(attr="set_names" | "rename", value=value), keywords=words):
                if any(w.arg == "inplace" for w in words) and (_is_label(value) or isinstance(value, ast.Name)):
                    return True
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    labels |= set(_bound(target, value))
    return not labels.isdisjoint(stored)


def _bound(target: ast.expr, value: ast.expr) -> Iterable[str]:
    """Variables that an assignment makes stand for labels."""
    if isinstance(target, ast.Name) and _is_label(value):
        yield target.id
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for each, given in zip(target.elts, value.elts, strict=False):
            yield from _bound(each, given)


def _is_label(value: ast.expr) -> bool:
    match value:
        case ast.Attribute(attr=name) if name in _LABELS:
            return True
        case ast.Subscript(value=inner):
            return _is_label(inner)
    return False
