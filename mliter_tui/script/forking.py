"""A script that forks itself: from there on two processes run it, so all that follows is one node."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from mliter_tui.syntax import own_walk, walk

TOGETHER = "mliter_together"
"""Attribute of a statement that stands for several which stay one node."""
_FORKS = frozenset({"fork", "forkpty"})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def first(body: Sequence[ast.stmt]) -> int:
    """Index of the first statement that forks or calls a function of the script's that does; len(body) for none."""
    own: set[str] = set()
    for s in body:
        if isinstance(s, _DEFINITIONS) and any(_forks(n, own) for n in walk(s)):
            own.add(s.name)
    return next((i for i, s in enumerate(body) if not isinstance(s, _DEFINITIONS) and _runs(s, own)), len(body))


def together(statements: Sequence[ast.stmt]) -> ast.stmt:
    """One statement that runs these."""
    whole = ast.copy_location(ast.If(ast.Constant(True), list(statements), []), statements[0])
    whole.end_lineno, whole.end_col_offset = statements[-1].end_lineno, statements[-1].end_col_offset
    whole.__dict__[TOGETHER] = True
    return ast.fix_missing_locations(whole)


def _runs(s: ast.stmt, own: set[str]) -> bool:
    return any(_forks(n, own) for n in own_walk(s))


def _forks(node: ast.AST, own: set[str]) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name("os"), attr=name)):
            return name in _FORKS
        case ast.Call(func=ast.Name(name)):
            return name in _FORKS or name in own
    return False
