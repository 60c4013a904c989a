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
_MADE = frozenset(
    "append difference drop from_arrays from_frame from_product from_tuples insert intersection set_names sort_values "
    "symmetric_difference to_datetime union unique view".split()
)
"""Methods and functions that may give an index. Others do that are called Index or end with Index or range."""
_MAY = re.compile(r"\.names?\s*[=,)]|set_names|\.rename\(.*inplace")


def names_labels(texts: Iterable[str]) -> bool:
    """Whether any of these programs may do so."""
    return any(_may(text) for text in texts if _MAY.search(text))


@lru_cache(maxsize=64)
def _may(text: str) -> bool:
    try:
        nodes = list(every(parsed(text)))
    except (SyntaxError, RecursionError, ValueError):
        return False
    stored: set[str] = set()
    other: dict[str, bool] = {}  # variables that are assigned, and whether that is never an index
    for n in nodes:
        match n:
            case ast.Attribute(attr=name, value=ast.Name(id=variable), ctx=ast.Store()) if name in _NAMES:
                stored.add(variable)
            case ast.Attribute(attr=name, ctx=ast.Store()) if name in _NAMES:
                return True
            case ast.Call(func=ast.Attribute(attr="set_names" | "rename", value=value), keywords=words):
                if any(w.arg == "inplace" for w in words):
                    if not isinstance(value, ast.Name):
                        return True
                    stored.add(value.id)
            case ast.Assign(targets=targets, value=value):
                for each in targets:
                    if isinstance(each, ast.Name):
                        other[each.id] = other.get(each.id, True) and _is_other(value)
                    else:
                        several = (m for m in ast.walk(each) if isinstance(m, ast.Name))
                        other |= {m.id: False for m in several if isinstance(m.ctx, ast.Store)}
    return not all(other.get(variable, False) for variable in stored - _SELF)


def _is_other(value: ast.expr) -> bool:
    """Whether an expression surely gives no index: a column, what is calculated, a table."""
    match value:
        case ast.Subscript(value=inner):
            return not _has_labels(inner)
        case ast.BinOp() | ast.Compare() | ast.UnaryOp() | ast.Constant() | ast.JoinedStr():
            return True
        case ast.Call(func=ast.Attribute(attr=name, value=inner)):
            return name not in _MADE and not name.endswith(("Index", "range")) and not _has_labels(inner)
    return False


def _has_labels(value: ast.expr) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr in _LABELS for n in ast.walk(value))
