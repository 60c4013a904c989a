"""Guards in the reading of a script: the nodes of a `with` or `try` that is taken apart."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from xxhash import xxh3_128_hexdigest

from mliter_tui.hidden import manager
from mliter_tui.lean import dataclass
from mliter_tui.script import guards, loops
from mliter_tui.script.functions import RESULT, call_in
from mliter_tui.script.guards import Guard, Kind
from mliter_tui.script.nodes import Unit
from mliter_tui.script.pieces import code_made, in_loop, made_of, whole_key
from mliter_tui.script.unrolling import MOST_NODES, TOO_MANY

if TYPE_CHECKING:
    from mliter_tui.script.building import Builder


@dataclass(frozen=True, slots=True)
class OpenGuard:
    """A guard whose statements are being read. number: among all; frame: the call it is in; name: as of Guard."""

    number: int
    frame: int
    name: str


def take_apart(builder: Builder, s: ast.stmt) -> bool:
    """Take the parts of a `with` or `try` in its place; whether that is done."""
    if not isinstance(s, (ast.With, ast.Try)):
        return False
    builder.whole_because = _obstacle(builder, s) or TOO_MANY * (len(builder.nodes) > MOST_NODES)
    if builder.whole_because:
        return False
    cost = whole_key(builder, s, "first", lambda: _leaving(_first(s)))
    whole = whole_key(builder, s, "guard", lambda: _leaving(s))
    asked = cost, xxh3_128_hexdigest(f"guard {whole}".encode())
    number = _add(builder, Guard("with", builder.number, builder.number + 1, *asked[:1], asked))
    if asked in builder.steps.refused or (builder.few is not None and not builder.pays(*asked, 0)):
        builder.whole_because = builder.whole_because or "what is inside took too little time"
        return False
    if isinstance(s, ast.With):
        _with(builder, s, number)
    else:
        _try(builder, s, number)
    return True


def _obstacle(builder: Builder, s: ast.With | ast.Try) -> str:
    hidden = builder.function.locals if builder.function is not None else frozenset[str]()

    def is_own(name: str) -> bool:
        space = builder.space
        return name not in hidden and builder.spaces.is_own(space, name) and name not in space.unclear

    def enters(inner: ast.stmt) -> bool:
        return call_in(inner, builder.called, builder.space.rebound) is not None

    return guards.obstacle(s, is_own, enters)


def _first(s: ast.With | ast.Try) -> ast.stmt:
    """What decides how its statements are run, without these."""
    body: list[ast.stmt] = [ast.Pass()]
    if isinstance(s, ast.With):
        return ast.With(s.items, body)
    return ast.Try(body, s.handlers, [], []) if s.handlers else ast.Try(body, [], [], s.finalbody)


def _leaving(s: ast.stmt) -> ast.stmt:
    """A statement, in a loop where it leaves one."""
    return in_loop(s) if loops.leaves_pass(s) else s


def _add(builder: Builder, guard: Guard) -> int:
    builder.guards.append(guard)
    return len(builder.guards) - 1


def _with(builder: Builder, s: ast.With, number: int, at: int = 0) -> None:
    """The nodes of a `with` from one of its items on."""
    item, head, begun = s.items[at], builder.number, builder.guards[number]
    name = f"{_scope(builder)}<with {sum(bool(each.name) for each in _here(builder))}>"
    lines = s.lineno, s.items[-1].context_expr.end_lineno or s.lineno
    builder.groups.append(head)
    opened = ast.copy_location(ast.With([item], [_pass(s)]), s)
    _, _, reads, binds, names = made_of(builder, "opened", item, lambda: opened)
    code = code_made(builder, "entering", item, lambda: guards.entering(s, item))
    own = {name, manager(name)}
    entering = ast.copy_location(ast.Expr(item.context_expr), s)
    builder.add("with", entering, Unit("with", code, iterator=name), code, reads, binds | own, names, lines)
    builder.open.append(OpenGuard(number, builder.frame, name))
    if at + 1 < len(s.items):
        _with(builder, s, _add(builder, replace(begun, head=builder.number)), at + 1)
    else:
        for inner in s.body:
            builder.take(inner)
    builder.open.pop()
    close, raising = builder.number, code_made(builder, "raising", item, lambda: guards.leaving(s, item, True))
    code = code_made(builder, "leaving", item, lambda: guards.leaving(s, item, False))
    nothing: ast.stmt = ast.copy_location(ast.Expr(ast.Constant(None)), s)
    _, nothing, _, _, names = made_of(builder, "nothing", item, lambda: nothing)
    builder.add("end", nothing, Unit("end", code, iterator=name), code, own, own, names, lines)
    builder.groups.pop()
    place = _place(builder)
    builder.guards[number] = replace(
        begun, head=head, end=builder.number, close=close, name=name, code=raising, **place  # type: ignore[arg-type]
    )


def _try(builder: Builder, s: ast.Try, number: int) -> None:
    begun, head = builder.guards[number], builder.number
    final = number if s.finalbody else -1
    if final >= 0 and s.handlers:
        number = _add(builder, begun)
    opened = []
    for each in dict.fromkeys((final, number) if s.handlers else (final,)):
        if each >= 0:
            builder.open.append(OpenGuard(each, builder.frame, ""))
            opened.append(each)
    for inner in s.body:
        builder.take(inner)
    if s.handlers:
        builder.open.pop()
    for inner in s.orelse:
        builder.take(inner)
    if s.handlers:
        _close(builder, s, "except", number, head, s.handlers, [])
    if final >= 0:
        builder.open.pop()
        _close(builder, s, "finally", final, head, [], s.finalbody)
    for inner in s.finalbody:
        builder.take(inner)


def _close(
    builder: Builder, s: ast.Try, kind: Kind, number: int, head: int, handlers: list[ast.ExceptHandler],
    final: list[ast.stmt],
) -> None:  # fmt: skip
    """What is known of a guard behind its statements."""
    statement: ast.stmt = guards.handling(s, handlers, final)
    turn = builder.loop >= 0 and loops.leaves_pass(statement)
    what = f"{kind} {turn}"
    code = code_made(builder, what, s, lambda: loops.part_of(statement) if turn else statement)
    named = guards.named_by(s, handlers, final)
    _, _, reads, _, _ = made_of(builder, f"named {what}", s, lambda: in_loop(named) if turn else named)
    iterator = builder.inside[-1].iterator if turn else ""
    builder.guards[number] = replace(
        builder.guards[number], kind=kind, head=head, end=builder.number, code=code, reads=frozenset(reads - {RESULT}),
        turn=turn, iterator=iterator, **_place(builder),  # type: ignore[arg-type]
    )  # fmt: skip


def _place(builder: Builder) -> dict[str, int]:
    around = sum(loop.frame == builder.frame for loop in builder.inside)
    return {"frame": builder.frame, "loop": builder.loop, "around": around}


def _here(builder: Builder) -> list[OpenGuard]:
    """Those open in the same function."""
    return [each for each in builder.open if each.frame == builder.frame]


def _scope(builder: Builder) -> str:
    return f"{builder.function.tag}." if builder.function is not None else ""


def _pass(at: ast.stmt) -> ast.stmt:
    return ast.copy_location(ast.Pass(), at)
