"""Loops in the reading of a script: their nodes, for as many passes as are to be taken one by one."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING

from mliter_tui.codekey import Names, names_of
from mliter_tui.script import frames, loops
from mliter_tui.script.functions import RESULT
from mliter_tui.script.loops import Loop
from mliter_tui.script.nodes import VALUE, Unit
from mliter_tui.script.statements import read_by

if TYPE_CHECKING:
    from mliter_tui.script.building import Builder

MOST_NODES = 2_000
WHOLE = -1
"""Instead of a number of passes: the loop is one node."""
CHEAP_PASSES = "the passes of the loop took too little time"
MANY_ITEMS = f"the loop has more than {loops.MANY} items"
TOO_MANY = f"there are {MOST_NODES:,} statements already"


@dataclass
class OpenLoop:
    """A loop that is being read. number: among all that are taken apart; frame: the call it is in.

    place: which loop of the text it is. turn: the pass that is being read, from 1; 0 in front of the first.
    """

    number: int
    frame: int
    iterator: str
    place: int
    turn: int = 0


def unroll(builder: Builder, s: ast.stmt) -> bool:
    """Take the passes of a loop in its place; whether that is done."""
    if not isinstance(s, (ast.For, ast.While)):
        return False
    level = len(builder.inside) + builder.otherwise
    builder.whole_because = (
        loops.obstacle(s, builder.few)
        or "it stands in three other loops" * (level >= len(loops.SPANS))
        or TOO_MANY * (len(builder.nodes) > MOST_NODES)
    )
    if builder.whole_because:
        return False
    head, size = builder.number, len(builder.nodes)
    whole = whole_key(builder, s if not loops.leaves_pass(s) else ast.While(ast.Name(RESULT, ast.Load()), [s], []))
    hints = whole_key(builder, ast.While(ast.Name(RESULT, ast.Load()), s.body, [])), whole_key(builder, _head(s))
    passes = _passes(builder, head, whole, hints)
    if passes is None:
        if builder.steps.passes.get(head) == WHOLE:
            builder.jump = head + loops.SPANS[level] * (1 + bool(s.orelse))
        builder.whole_because = MANY_ITEMS if builder.steps.passes.get(head) == WHOLE else CHEAP_PASSES
        return False
    depth = sum(loop.frame == builder.frame for loop in builder.inside)
    scope = f"{builder.function.tag}." if builder.function is not None else ""
    name = f"{scope}<iter {depth}>"
    place = builder.loop_places.setdefault((builder.space.first + s.lineno, s.col_offset), len(builder.loop_places))
    loop = OpenLoop(len(builder.loops), builder.frame, name, place)
    builder.loops.append(None)
    builder.inside.append(loop)
    builder.groups.append(head)
    if isinstance(s, ast.For):
        add_part(builder, "iter", s, ast.copy_location(ast.Expr(loops.iterator_of(s)), s), name)
    turns: list[int] = []
    while True:
        last = len(turns) >= passes or len(builder.nodes) - size > MOST_NODES
        turns.append(builder.number)
        builder.groups.append(builder.number)
        loop.turn = len(turns)
        builder.turn = 0 if last else loop.turn
        add_part(builder, "next" if isinstance(s, ast.For) else "test", s, loops.next_of(s), name)
        builder.turn = 0
        for inner in s.body if not last else ():
            builder.take(inner)
        builder.groups.pop()
        if last:
            break
    rest = builder.number
    add_part(builder, "rest", s, s, name)
    builder.inside.pop()
    otherwise = builder.number = head + loops.SPANS[level]
    if s.orelse:
        builder.otherwise += 1
        for inner in s.orelse:
            builder.take(inner)
        builder.otherwise -= 1
        builder.number = otherwise + loops.SPANS[level]
    builder.groups.pop()
    over = () if loops.is_few(s, builder.few) or isinstance(s, ast.While) else builder.scoped(loops.sources(s.iter))
    builder.loops[loop.number] = Loop(head, tuple(turns), rest, otherwise, builder.number, name, whole, hints, over)
    return True


def _passes(builder: Builder, head: int, whole: str, hints: tuple[str, str]) -> int | None:
    found, asked = builder.steps.passes.get(head), (whole, hints)
    if found == WHOLE:
        builder.asked_passes[asked] = None  # as it is to be remembered
    elif found is None:
        if asked not in builder.asked_passes:
            builder.asked_passes[asked] = builder.steps.unroll(whole, hints)
        found = builder.asked_passes[asked]
    return found if found != WHOLE else None


def add_part(builder: Builder, kind: str, s: ast.stmt, part: ast.stmt, name: str = "") -> None:
    """A node for a part of a loop, or the test of an `if`. s: the whole, or what may leave it of a loop's body.

    name: of the loop's iterator.
    """
    code, model = _code(builder, kind, part), _model(kind, part)
    reads, binds, names = _names(builder, model)
    if name:
        reads |= {name} if kind in ("next", "rest") else set()
        binds |= {name} if kind in ("iter", "next", "rest") else set()
    headed = kind in ("iter", "next", "test", "if") and isinstance(s, (ast.For, ast.While, ast.If))
    lines = loops.header_lines(s) if headed else None  # type: ignore[arg-type]
    unit = Unit(kind, code, iterator=name)
    builder.add("statement" if kind == "turn" else kind, model, unit, code, reads, binds, names, lines)


def collect(builder: Builder, s: ast.stmt) -> bool:
    """Take a statement that adds a value to a collection as two: what makes the value, and what adds it."""
    found = loops.collected(s, builder.space.rebound) if builder.inside else None
    if found is None:
        return False
    value, stored = found
    name = f"{builder.function.tag}.{VALUE}" if builder.function is not None else VALUE
    builder.groups.append(builder.number)
    evaluated = ast.copy_location(ast.Expr(value), s)
    code = frames.evaluating(value, builder.function, builder.space.filename, builder.space.future)
    reads, binds, names = _names(builder, evaluated)
    unit = Unit("value", code, iterator=name)
    builder.add("value", evaluated, unit, code, reads, binds | {name}, names)
    store = builder.code_of(ast.fix_missing_locations(stored))
    assert store is not None
    reads, binds, names = _names(builder, stored)
    builder.add("store", stored, Unit("store", store, iterator=name), store, reads | {name}, binds, names)
    builder.groups.pop()
    return True


def _code(builder: Builder, kind: str, part: ast.stmt) -> CodeType:
    if kind == "iter":
        assert isinstance(part, ast.Expr)
        return frames.evaluating(part.value, builder.function, builder.space.filename, builder.space.future)
    if kind == "turn":
        part = loops.part_of(part)
    elif kind == "rest":
        assert isinstance(part, (ast.For, ast.While))
        part = loops.rest_of(part)
    code = builder.code_of(ast.fix_missing_locations(part))
    assert code is not None
    return code


def _model(kind: str, part: ast.stmt) -> ast.stmt:
    """A statement that names what a part of a loop names, as it stands in a script."""
    given = ast.copy_location(ast.Name(RESULT, ast.Load()), part)
    if kind == "turn":
        part = ast.copy_location(ast.While(given, [part], []), part)
    elif kind == "rest":
        assert isinstance(part, (ast.For, ast.While))
        begun = ast.copy_location(ast.While(given, part.body, []), part)
        part = ast.copy_location(ast.If(given, [begun, loops.following(part)], []), part)
    return ast.fix_missing_locations(part)


def _names(builder: Builder, model: ast.stmt) -> tuple[set[str], set[str], Names]:
    code = builder.code_of(model)
    assert code is not None
    if builder.function is not None:
        return builder.names_in_frame(model, code)
    names = names_of(code)
    return read_by(names, model), set(names.writes | names.deletes), names


def whole_key(builder: Builder, s: ast.stmt) -> str:
    """The key of a statement as one node, whatever it is part of."""
    s.lineno, s.col_offset = getattr(s, "lineno", 1), getattr(s, "col_offset", 0)
    code = builder.code_of(ast.fix_missing_locations(s))
    assert code is not None
    return builder.key("statement", Unit("whole", None), code)


def _head(s: ast.For | ast.While) -> ast.stmt:
    body: list[ast.stmt] = [ast.Pass()]
    return ast.For(s.target, s.iter, body, []) if isinstance(s, ast.For) else ast.While(s.test, body, [])
