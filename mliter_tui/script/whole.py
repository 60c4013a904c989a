"""Why a statement that might be taken apart is one node, in words for people."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Mapping

from mliter_tui.script.functions import NOT_ALONE, Function, obstacle
from mliter_tui.syntax import own_walk

_BODIES = {ast.AsyncWith: "async with", ast.TryStar: "try", ast.Match: "match", ast.AsyncFor: "async for"}


def why_whole(
    s: ast.stmt, definitions: Mapping[str, ast.FunctionDef], known: Mapping[str, Function], hidden: Container[str],
    why_no_method: Callable[[ast.expr], str],
) -> str:  # fmt: skip
    """Of a statement that steps into no call and is neither loop nor branch; "" where nothing of the script is called.

    definitions: functions of the module; known: those that can be stepped into. hidden: names that mean something else
    where it stands. why_no_method: of what is called, as of `Methods.why_not`.
    """
    if type(s) in _BODIES:
        return f"what is inside a {_BODIES[type(s)]} is not taken apart"
    called = [n.func for n in own_walk(s) if isinstance(n, ast.Call)]
    for name in [func.id for func in called if isinstance(func, ast.Name)]:
        if name not in definitions or name in hidden:
            continue
        if name in known:
            return f"the call of {name}() {NOT_ALONE}"
        return f"{name}() {obstacle(definitions[name]) or 'may be bound anew'}"
    return next(filter(None, map(why_no_method, called)), "")
