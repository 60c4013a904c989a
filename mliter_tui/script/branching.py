"""Branches in the reading of a script: the nodes of an `if` that is taken apart."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from xxhash import xxh3_128_hexdigest

from mliter_tui.script import branches, loops
from mliter_tui.script.branches import Branch
from mliter_tui.script.pieces import in_loop, whole_key
from mliter_tui.script.unrolling import MOST_NODES, TOO_MANY, add_part

if TYPE_CHECKING:
    from mliter_tui.script.building import Builder


def take_apart(builder: Builder, s: ast.stmt) -> bool:
    """Take the parts of an `if` in its place; whether that is done."""
    if not isinstance(s, ast.If):
        return False
    builder.whole_because = branches.obstacle(s) or TOO_MANY * (len(builder.nodes) > MOST_NODES)
    if builder.whole_because:
        return False
    head = whole_key(builder, s, "head", lambda: ast.If(s.test, [ast.Pass()], []))
    begun = whole_key(builder, s, "begun", lambda: in_loop(s))  # as it may be left in there
    whole = xxh3_128_hexdigest(f"if {begun}".encode())
    test, place = builder.number, len(builder.branches)
    builder.branches.append(Branch(test, test + 1, test + 1, head))
    if builder.few is not None and not builder.pays(head, whole, 0):
        builder.whole_because = "the branches took too little time"
        return False
    add_part(builder, "if", s, ast.copy_location(loops.test_of(s), s))
    for inner in s.body:
        builder.take(inner)
    otherwise = builder.number
    for inner in s.orelse:
        builder.take(inner)
    builder.branches[place] = Branch(test, otherwise, builder.number, head)
    return True
