"""Managers of contexts that the user has written: which of them the kernel would not take apart, as far as the text
shows it. Where only the kernel sees it, the script has to begin again (see `kernel.managers`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from mliter_tui.hidden import BASES_OF_MANAGERS, ENTERING
from mliter_tui.syntax import own_walk, walk

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_WAITING = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)


def unclear(tree: ast.Module, imports: Mapping[str, str]) -> frozenset[str]:
    """Functions and classes of a module that may leave contexts of others entered, or set something in a library.

    imports: what names stand for that the module imports, as dotted paths.
    """
    definitions = {s.name: s for s in tree.body if isinstance(s, _Definition)}
    reached = {name: {n.id for n in walk(s) if isinstance(n, ast.Name)} for name, s in definitions.items()}
    found = {name for name, s in definitions.items() if _is_unclear(s, imports)}
    while more := {name for name in definitions if name not in found and not found.isdisjoint(reached[name])}:
        found |= more
    return frozenset(found)


def _is_unclear(s: _Definition, imports: Mapping[str, str]) -> bool:
    if isinstance(s, ast.ClassDef) and any(_foreign(base, imports) for base in s.bases):
        return True
    return any(map(_enters, _functions(s))) or any(_sets(n, imports) for n in walk(s))


def _functions(s: _Definition) -> Iterable[ast.AST]:
    return (n for n in walk(s) if isinstance(n, _FUNCTIONS))


def _foreign(base: ast.expr, imports: Mapping[str, str]) -> bool:
    while isinstance(base, (ast.Attribute, ast.Subscript)):
        base = base.value
    root = imports.get(base.id, "") if isinstance(base, ast.Name) else ""
    return bool(root) and root.partition(".")[0] not in BASES_OF_MANAGERS


def _enters(function: ast.AST) -> bool:
    """Whether it gives values away, or waits, where it has entered a context; or enters one by itself."""
    assert isinstance(function, _FUNCTIONS)
    parts = [n for s in function.body for n in own_walk(s)]
    if any(isinstance(n, (ast.With, ast.AsyncWith)) for n in parts) and any(isinstance(n, _WAITING) for n in parts):
        return True
    return any(isinstance(n, ast.Attribute) and n.attr in ENTERING for n in parts) or any(
        isinstance(n, ast.Name) and n.id in ENTERING for n in parts
    )


def _sets(n: ast.AST, imports: Mapping[str, str]) -> bool:
    """Whether it is an attribute or item of something imported, that is set or deleted."""
    if not isinstance(n, (ast.Attribute, ast.Subscript)) or isinstance(n.ctx, ast.Load):
        return False
    value: ast.expr = n
    while isinstance(value, (ast.Attribute, ast.Subscript)):
        value = value.value
    return isinstance(value, ast.Name) and imports.get(value.id, "").partition(".")[0] not in ("", "os", "sys")
