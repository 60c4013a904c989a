"""Branches: `if` statements that are taken apart, and where a script goes on behind their parts.

The test is a node, and so is each statement of both bodies; those of the body that is not taken are not reached. What
has `elif` has another such statement in its place.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from mliter_tui.script import loops

_STAYS_WHOLE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global)
_ENDLESS = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)


@dataclass(frozen=True, slots=True)
class Branch:
    """An `if` that is taken apart, or that might be. All are numbers of nodes, but for the key of its first line.

    test: its first; otherwise: the first of the `else`, or behind it all; end: none of its nodes has this or a higher.
    """

    test: int
    otherwise: int
    end: int
    head: str


def can_take_apart(s: ast.stmt) -> bool:
    """Whether a statement is an `if` of which a part may be worth being run without the others."""
    if not isinstance(s, ast.If):
        return False
    parts = list(ast.walk(s))  # what it imports and defines is looked for among whole statements
    if any(isinstance(n, (*_STAYS_WHOLE, *_ENDLESS)) for n in parts):
        return False
    return any(loops.may_take_long(n) for each in (*s.body, *s.orelse) for n in ast.walk(each))
