"""The parts of an edited statement that differ: each the smallest expression that is another one, and what it stands
in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import field

from mliter_tui.lean import dataclass

SCALARS = (int, float, bool, complex, type(None))


@dataclass(frozen=True)
class Part:
    """before, after: the expressions; None where there is none. around: what it stands in, innermost first, as it is
    now (as it was, for one that went); keyword: the argument it is, or is in, by each call around it."""

    before: ast.AST | None
    after: ast.AST | None
    around: tuple[ast.AST, ...] = ()
    keyword: str = ""
    place: dict[int, tuple[int, str]] = field(default_factory=dict, compare=False)

    @property
    def now(self) -> ast.AST:
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found

    @property
    def calls(self) -> list[ast.Call]:
        """The calls it is in, innermost first."""
        return [each for each in self.around if isinstance(each, ast.Call)]


def parts(before: ast.stmt, after: ast.stmt) -> list[Part]:
    """What differs between two versions of a statement, without the bodies of compound ones."""
    return list(_differing(before, after, (), ""))


def whole(statement: ast.stmt, gone: bool) -> Part:
    """A statement that came or went."""
    return Part(statement, None) if gone else Part(None, statement)


def _differing(old: ast.AST, new: ast.AST, around: tuple[ast.AST, ...], keyword: str) -> Iterator[Part]:
    if _same(old, new):
        return
    if type(old) is not type(new) or isinstance(new, ast.Constant | ast.Name):
        yield Part(old, new, around, keyword)
        return
    if isinstance(new, ast.Call) and isinstance(old, ast.Call) and not _same(old.func, new.func):
        chained = isinstance(old.func, ast.Attribute) and isinstance(new.func, ast.Attribute)
        if not chained or getattr(old.func, "attr", "") != getattr(new.func, "attr", ""):
            yield Part(old, new, around, keyword)  # another function: its arguments belong to it
            return
    inner = (new, *around)
    for name in new._fields:
        if name in ("body", "orelse", "finalbody", "handlers", "cases") and isinstance(getattr(new, name), list):
            continue
        one, other = getattr(old, name, None), getattr(new, name, None)
        if isinstance(one, list) or isinstance(other, list):
            yield from _lists(one or [], other or [], inner, keyword, name)
        elif isinstance(one, ast.AST) and isinstance(other, ast.AST):
            yield from _differing(one, other, inner, new.arg or "" if isinstance(new, ast.keyword) else keyword)
        elif isinstance(one, ast.AST) or isinstance(other, ast.AST):
            known = [each if isinstance(each, ast.AST) else None for each in (one, other)]
            yield Part(known[0], known[1], inner, keyword)
        elif one != other:
            yield Part(old, new, around, keyword)


def _lists(
    old: list[ast.AST], new: list[ast.AST], around: tuple[ast.AST, ...], keyword: str, name: str
) -> Iterator[Part]:
    """Elements that came, went or are other ones: matched from both ends, keywords by their name."""
    if name == "keywords":
        was = {k.arg: k for k in old if isinstance(k, ast.keyword)}
        now = {k.arg: k for k in new if isinstance(k, ast.keyword)}
        for arg in {**was, **now}:
            given, gives = was.get(arg), now.get(arg)
            if given is None or gives is None:
                yield Part(given and given.value, gives and gives.value, around, arg or "")
            else:
                yield from _differing(given.value, gives.value, (gives, *around), arg or "")
        return
    begin = 0
    while begin < min(len(old), len(new)) and _same(old[begin], new[begin]):
        begin += 1
    end = 0
    while end < min(len(old), len(new)) - begin and _same(old[-1 - end], new[-1 - end]):
        end += 1
    was_left, now_left = old[begin : len(old) - end], new[begin : len(new) - end]
    if len(was_left) == len(now_left):
        for one, other in zip(was_left, now_left):
            yield from _differing(one, other, around, keyword)
        return
    kept = {ast.dump(each) for each in was_left} & {ast.dump(each) for each in now_left}
    for each in was_left:
        if ast.dump(each) not in kept:
            yield Part(each, None, around, keyword)
    for each in now_left:
        if ast.dump(each) not in kept:
            yield Part(None, each, around, keyword)


def _same(one: ast.AST | None, other: ast.AST | None) -> bool:
    if one is None or other is None:
        return one is other
    return ast.dump(one) == ast.dump(other)


def constant(node: ast.AST | None) -> bool:
    """Whether it is written out: a number, a text, or a collection of such."""
    if node is None or isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return constant(node.operand)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(constant(each) for each in node.elts)
    if isinstance(node, ast.Dict):
        return all(constant(each) for each in (*node.keys, *node.values))
    if isinstance(node, ast.BinOp):  # 2**18
        return constant(node.left) and constant(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("range", "set", "dict"):
        return all(constant(each) for each in node.args)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
        node.func.attr in ("linspace", "logspace", "arange", "geomspace") and all(constant(each) for each in node.args)
    )


def scalar(node: ast.AST | None) -> bool:
    """Whether it is, or holds, only numbers and truth values."""
    if node is None:
        return True
    return constant(node) and all(
        isinstance(each.value, SCALARS) for each in ast.walk(node) if isinstance(each, ast.Constant)
    )
