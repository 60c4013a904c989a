"""Loops in the reading of a script: their nodes, for as many passes as are to be taken one by one."""

from __future__ import annotations

import ast
from types import CodeType
from typing import TYPE_CHECKING, Protocol

from mliter_tui.hidden import item, made, part
from mliter_tui.lean import dataclass
from mliter_tui.script import frames, loops
from mliter_tui.script.comprehensions import Comprehension, comprehension_in
from mliter_tui.script.functions import RESULT
from mliter_tui.script.loops import Loop
from mliter_tui.script.nodes import VALUE, Unit
from mliter_tui.script.pieces import Piece, code_of, evaluated, in_loop, made_of, named_where, sure, whole_key
from mliter_tui.syntax import walk

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


class Parts(Protocol):
    """What a statement that is taken pass by pass consists of, as nodes for a builder to add.

    head: its first line, as a loop; done: what each pass does, to be known by when the head is edited.
    """

    head: ast.For | ast.While
    done: list[ast.stmt]

    def obstacle(self) -> str: ...

    def begin(self, name: str) -> None: ...

    def turn(self, name: str) -> None: ...

    def body(self, name: str) -> None: ...

    def rest(self, name: str) -> None: ...

    def end(self, name: str) -> None:
        """What stands behind the passes."""


class _Statement:
    """A `for` or `while`."""

    def __init__(self, builder: Builder, s: ast.For | ast.While) -> None:
        self.builder, self.done = builder, s.body
        self.head: ast.For | ast.While = s

    def obstacle(self) -> str:
        return loops.obstacle(self.head, self.builder.few)

    def begin(self, name: str) -> None:
        s = self.head
        if isinstance(s, ast.For):
            add_part(self.builder, "iter", s, ast.copy_location(ast.Expr(loops.iterator_of(s)), s), name)

    def turn(self, name: str) -> None:
        kind = "next" if isinstance(self.head, ast.For) else "test"
        add_part(self.builder, kind, self.head, loops.next_of(self.head), name)

    def body(self, name: str) -> None:
        for inner in self.head.body:
            self.builder.take(inner)

    def rest(self, name: str) -> None:
        add_part(self.builder, "rest", self.head, self.head, name)

    def end(self, name: str) -> None:
        self.builder.otherwise += 1
        for inner in self.head.orelse:
            self.builder.take(inner)
        self.builder.otherwise -= 1


class _Filling:
    """A comprehension, and the statement it stands in."""

    def __init__(self, builder: Builder, s: ast.stmt, found: Comprehension) -> None:
        self.builder, self.s, self.found = builder, s, found
        self.head: ast.For | ast.While = found.head
        self.done = found.body

    def obstacle(self) -> str:
        few = loops.is_few(self.head, self.builder.few) or loops.sources(self.found.iter)
        return "" if few else "nothing says how many items the comprehension has"

    def _add(self, kind: str, part: str, value: ast.expr, reads: set[str], binds: set[str], name: str) -> None:
        builder = self.builder
        code, _, read, bound, names = evaluated(builder, part, self.s, value)
        unit = Unit(part, code, iterator=name)
        builder.add(kind, self.s, unit, code, read | reads, bound | binds, names)

    def begin(self, name: str) -> None:
        self._add("iter", "begin", self.found.begin, set(), {name, made(name)}, name)

    def turn(self, name: str) -> None:
        self._add("next", "item", self.found.item, {name}, {name, item(name)}, name)

    def body(self, name: str) -> None:
        self._add("value", "element", self.found.element, {item(name)}, {item(name), part(name)}, item(name))
        nothing = ast.copy_location(ast.Constant(None), self.s)
        self._add("store", "gather", nothing, {made(name), part(name)}, {made(name), part(name)}, part(name))

    def rest(self, name: str) -> None:
        hidden = {name, item(name), made(name)}
        self._add("rest", "remaining", self.found.element, hidden, hidden, name)

    def end(self, name: str) -> None:
        builder = self.builder
        code, s, reads, binds, names = made_of(builder, "filled", self.s, lambda: self.found.statement)
        own = made(name)
        builder.add("statement", s, Unit("store", code, iterator=own), code, reads | {own}, binds | {own}, names)


def _parts(builder: Builder, s: ast.stmt) -> Parts | None:
    if isinstance(s, (ast.For, ast.While)):
        return _Statement(builder, s)
    function = builder.function
    hidden = function.locals if function is not None else frozenset[str]()

    def only_takes_it(func: ast.expr) -> bool:
        return builder.space.only_takes_it(func, hidden)

    def is_own(name: str) -> bool:
        return name not in hidden and builder.spaces.is_own(builder.space, name)

    found = builder.once("comprehension", s, lambda: comprehension_in(s, only_takes_it, is_own))
    return _Filling(builder, s, found) if found is not None else None


def unroll(builder: Builder, s: ast.stmt) -> bool:
    """Take the passes of a loop or a comprehension in its place; whether that is done."""
    parts = _parts(builder, s)
    if parts is None:
        return False
    level = len(builder.inside) + builder.otherwise
    builder.whole_because = (
        parts.obstacle()
        or "it stands in three other loops" * (level >= len(loops.SPANS))
        or TOO_MANY * (len(builder.nodes) > MOST_NODES)
    )
    if builder.whole_because:
        return False
    head, size = builder.number, len(builder.nodes)
    whole = whole_key(builder, s, make=lambda: in_loop(s) if loops.leaves_pass(s) else s)
    done = whole_key(builder, s, "done", lambda: ast.While(ast.Name(RESULT, ast.Load()), parts.done, []))
    hints = done, whole_key(builder, s, "head", lambda: _head(parts.head))
    passes = _passes(builder, head, whole, hints)
    if passes is None:
        if builder.steps.passes.get(head) == WHOLE:
            builder.jump = head + 2 * loops.SPANS[level]
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
    parts.begin(name)
    turns: list[int] = []
    while True:
        last = len(turns) >= passes or len(builder.nodes) - size > MOST_NODES
        turns.append(builder.number)
        builder.groups.append(builder.number)
        loop.turn = len(turns)
        builder.turn = 0 if last else loop.turn
        parts.turn(name)
        builder.turn = 0
        if not last:
            parts.body(name)
        builder.groups.pop()
        if last:
            break
    rest = builder.number
    parts.rest(name)
    builder.inside.pop()
    otherwise = builder.number = head + loops.SPANS[level]
    parts.end(name)
    builder.groups.pop()
    builder.number = otherwise + loops.SPANS[level]
    items = parts.head.iter if isinstance(parts.head, ast.For) else None
    few = items is None or loops.is_few(parts.head, builder.few)
    over = () if few or items is None else builder.scoped(loops.sources(items))
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

    def made() -> Piece:
        code, model = _code(builder, kind, part), _model(kind, part)
        return code, model, *named_where(builder, model)

    code, model, reads, binds, names = builder.once(kind, s, made)
    if name:
        reads = reads | ({name} if kind in ("next", "rest") else set())
        binds = binds | ({name} if kind in ("iter", "next", "rest") else set())
    headed = kind in ("iter", "next", "test", "if") and isinstance(s, (ast.For, ast.While, ast.If))
    lines = loops.header_lines(s) if headed else None  # type: ignore[arg-type]
    unit = Unit(kind, code, iterator=name)
    builder.add("statement" if kind == "turn" else kind, model, unit, code, reads, binds, names, lines)


def collect(builder: Builder, s: ast.stmt) -> bool:
    """Take a statement that adds a value to a collection as two: what makes the value, and what adds it."""
    found = builder.once("collected", s, lambda: loops.collected(s, builder.space.rebound)) if builder.inside else None
    if found is None or (builder.function is not None and _may_be_none(s, builder.function.definition)):
        return False
    value, stored = found
    name = f"{builder.function.tag}.{VALUE}" if builder.function is not None else VALUE
    builder.groups.append(builder.number)
    code, model, reads, binds, names = evaluated(builder, "collected value", s, value)
    unit = Unit("value", code, iterator=name)
    builder.add("value", model, unit, code, reads, binds | {name}, names)
    store, stored, reads, binds, names = made_of(builder, "stored", s, lambda: stored)
    builder.add("store", stored, Unit("store", store, iterator=name), store, reads | {name}, binds, names)
    builder.groups.pop()
    return True


def _may_be_none(s: ast.stmt, function: ast.FunctionDef) -> bool:
    """Whether a statement adds to a parameter that nobody may have given; that is seen before the value is made."""
    match s:
        case ast.Expr(ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            places = [*function.args.posonlyargs, *function.args.args]
            given = dict(zip(places[::-1], function.args.defaults[::-1], strict=False))
            given |= {a: d for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True) if d}
            none = any(a.arg == name and isinstance(d, ast.Constant) and d.value is None for a, d in given.items())
            stores = (n for n in walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            return none and not any(n.id == name for n in stores)
    return False


def _code(builder: Builder, kind: str, part: ast.stmt) -> CodeType:
    if kind == "iter":
        assert isinstance(part, ast.Expr)
        return frames.evaluating(part.value, builder.function, builder.space.filename, builder.space.future)
    if kind == "turn":
        part = loops.part_of(part)
    elif kind == "rest":
        assert isinstance(part, (ast.For, ast.While))
        part = loops.rest_of(part)
    return sure(code_of(builder, ast.fix_missing_locations(part)))


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


def _head(s: ast.For | ast.While) -> ast.stmt:
    body: list[ast.stmt] = [ast.Pass()]
    return ast.For(s.target, s.iter, body, []) if isinstance(s, ast.For) else ast.While(s.test, body, [])
