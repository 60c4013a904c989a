"""Branches: `if` statements that are taken apart, and where a script goes on behind their parts.

The test is a node, and so is each statement of both bodies; those of the body that is not taken are not reached. What
has `elif` has another such statement in its place.
"""

from __future__ import annotations

import ast

from mliter_tui.lean import dataclass
from mliter_tui.script.forking import TOGETHER
from mliter_tui.script.functions import ENDLESS
from mliter_tui.script.statements import may_take_long
from mliter_tui.syntax import walk

_STAYS_WHOLE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global)


@dataclass(frozen=True, slots=True)
class Branch:
    """An `if` that is taken apart, or that might be. All are numbers of nodes, but for the key of its first line.

    test: its first; otherwise: the first of the `else`, or behind it all; end: none of its nodes has this or a higher.
    """

    test: int
    otherwise: int
    end: int
    head: str


def obstacle(s: ast.If) -> str:
    """Why an `if` is not taken apart, "" where it is, if it pays."""
    if hasattr(s, TOGETHER):
        return "the script forks itself there"
    if not any(may_take_long(n) for each in (*s.body, *s.orelse) for n in walk(each)):
        return "the branches call nothing that takes long"
    parts = list(walk(s))
    if any(isinstance(n, _STAYS_WHOLE) for n in parts):
        return "the branches import or define something"
    if any(isinstance(n, ENDLESS) for n in parts):
        return "the branches give values away or wait (yield, await)"
    return ""
