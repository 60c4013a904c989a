"""Comprehensions that are taken pass by pass: `scores = {name: fit(model) for name, model in models.items()}`.

The first node makes the iterator and an empty list or dict; for each pass one takes the next item, one evaluates the
comprehension over that item alone, and one adds what came of it; behind the last pass that is taken so one does the
rest at once, and the statement itself follows, with what was made in the comprehension's place. Evaluated is always a
comprehension, so that variables, errors and tracebacks are those of python.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable, Iterator

from mliter_tui.lean import dataclass
from mliter_tui.script.functions import RESULT
from mliter_tui.script.statements import may_take_long
from mliter_tui.syntax import own_walk, walk

Kind = ast.ListComp | ast.DictComp
_ITEM = "_"
_ERRORS_AT_ITER = sys.version_info >= (3, 13)  # where what cannot be iterated over is underlined; before, the whole
_ESCAPING = (ast.Lambda, ast.GeneratorExp, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
_ASKING = frozenset({"locals", "vars", "dir", "eval", "exec", "super", "globals", "__class__"})


@dataclass(frozen=True)
class Comprehension:
    """One that stands in a statement before anything else that this does. statement: with RESULT in its place."""

    value: Kind
    statement: ast.stmt

    @property
    def iter(self) -> ast.expr:
        return self.value.generators[0].iter

    @property
    def begin(self) -> ast.expr:
        """An expression for its iterator and what is to be filled; RESULT is `iter`."""
        at = self.iter if _ERRORS_AT_ITER else self.value
        iterator = ast.copy_location(ast.Call(_given(self.iter), [self.iter], []), at)
        empty = ast.Dict([], []) if isinstance(self.value, ast.DictComp) else ast.List([], ast.Load())
        return ast.copy_location(ast.Tuple([iterator, ast.copy_location(empty, self.value)], ast.Load()), self.iter)

    @property
    def item(self) -> ast.expr:
        """An expression for a list of the next item; RESULT iterates over that."""
        generator = self.value.generators[0]
        target = ast.copy_location(ast.Name(_ITEM, ast.Store()), generator.target)
        element = ast.copy_location(ast.Name(_ITEM, ast.Load()), generator.target)
        over = ast.comprehension(target, _given(generator.iter), [], 0)
        return ast.copy_location(ast.ListComp(element, [over]), self.value)

    @property
    def element(self) -> ast.expr:
        """An expression for what comes of the items of RESULT."""
        value = copy.copy(self.value)
        value.generators = [copy.copy(value.generators[0])]
        value.generators[0].iter = _given(self.iter)
        return value

    @property
    def body(self) -> list[ast.stmt]:
        """What is done with an item, as statements: to be known by when the head is edited."""
        return [ast.copy_location(ast.Expr(self.element), self.value)]

    @property
    def head(self) -> ast.For:
        """Its first line, as that of a loop."""
        generator = self.value.generators[0]
        return ast.copy_location(ast.For(generator.target, generator.iter, [ast.Pass()], []), self.value)


def _given(at: ast.AST) -> ast.Name:
    return ast.copy_location(ast.Name(RESULT, ast.Load()), at)


def comprehension_in(
    s: ast.stmt, only_takes_it: Callable[[ast.expr], bool], is_own: Callable[[str], bool]
) -> Comprehension | None:
    """The one that a statement evaluates first, if it calls something of the user's; None where there is none.

    only_takes_it: whether it makes no difference that a function is looked up before its arguments or behind.
    """
    match s:
        case (
            ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) | ast.Return(value=ast.expr() as value)
            | ast.Expr(value=value)
        ):
            pass
        case _:
            return None
    while isinstance(value, ast.Call) and value.args and only_takes_it(value.func):
        value = value.args[0]
    if not isinstance(value, (ast.ListComp, ast.DictComp)) or not _can_be(value):
        return None
    if not any(is_own(name) for name in _called(value)):
        return None
    value._mliter = True  # type: ignore[union-attr]
    statement = _Replace().visit(copy.deepcopy(s))
    del value._mliter  # type: ignore[union-attr]
    return Comprehension(value, statement)


def _can_be(value: Kind) -> bool:
    (first, *more) = value.generators
    parts = [n for n in own_walk(value) if n is not value]
    return (
        not more and not first.is_async and not any(isinstance(n, _ESCAPING) for n in walk(value))
        and not any(isinstance(n, ast.Name) and n.id in _ASKING for n in parts)
    )  # fmt: skip


def _called(value: Kind) -> Iterator[str]:
    """First names of what is called for each item."""
    for n in own_walk(value):
        if isinstance(n, ast.Call) and may_take_long(n):
            func: ast.AST = n.func
            while isinstance(func, (ast.Attribute, ast.Call)):
                func = func.value if isinstance(func, ast.Attribute) else func.func
            if isinstance(func, ast.Name):
                yield func.id


class _Replace(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        if getattr(node, "_mliter", False):
            return ast.copy_location(ast.Name(RESULT, ast.Load()), node)
        return super().generic_visit(node)
