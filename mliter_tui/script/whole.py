"""Why a statement that might be taken apart is one node, in words for people."""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping

from mliter_tui.script.functions import Function, obstacle
from mliter_tui.syntax import own_walk

_BODIES = {ast.AsyncWith: "async with", ast.TryStar: "try", ast.Match: "match", ast.AsyncFor: "async for"}


def why_whole(
    s: ast.stmt, definitions: Mapping[str, ast.FunctionDef], known: Mapping[str, Function], hidden: Container[str]
) -> str:
    """Of a statement that steps into no call and is neither loop nor branch; "" where nothing of the script is called.

    definitions: functions of the module; known: those that can be stepped into. hidden: names that mean something else
    where it stands.
    """
    if type(s) in _BODIES:
        return f"what is inside a {_BODIES[type(s)]} is not taken apart"
    called = [n.func.id for n in own_walk(s) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    for name in called:
        if name not in definitions or name in hidden:
            continue
        if name in known:
            return f"the call of {name}() is part of a larger expression, or its arguments cannot be told from the text"
        return f"{name}() {obstacle(definitions[name]) or 'may be bound anew'}"
    return ""
