"""The difference of two versions as a person sees it: statements edited, added and removed, and lines where only layout
or comments are other ones.

Statements are those of the whole text, also inside functions, classes and blocks; of a compound one its head. They are
compared as syntax, without docstrings, so that layout is no difference.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping
from copy import copy

from mliter_tui.facts import Lines
from mliter_tui.lean import dataclass
from mliter_tui.workflow.diff import Kind as Change
from mliter_tui.workflow.diff import NodeKey, diff

_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a file, or the head of a compound one. inside: the functions and classes it is in, outermost
    first."""

    file: str
    lines: Lines
    node: ast.stmt
    source: str
    inside: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash((self.file, self.lines, self.source))


@dataclass(frozen=True, slots=True)
class Edit:
    """A statement before and after; None where it is not."""

    kind: Change
    before: Statement | None
    after: Statement | None


@dataclass(frozen=True, slots=True)
class Edits:
    """What differs. layout: per file the lines of the later version where only comments and layout are other ones."""

    edits: tuple[Edit, ...]
    layout: tuple[tuple[str, int], ...] = ()


Version = Mapping[str, str]
"""Texts by name of file; the script is ""."""


def statements(text: str, file: str = "") -> list[Statement]:
    """All statements of a text in its order; none of one that is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    return list(_within(tree.body, file, ()))


def _within(body: list[ast.stmt], file: str, inside: tuple[str, ...]) -> Iterator[Statement]:
    for node in body:
        if _is_docstring(node):
            continue
        deeper = [part for name in _BODIES for part in getattr(node, name, ())]
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        last = node.end_lineno or node.lineno
        if deeper:
            last = max(first, min(part.lineno for part in _flat(deeper)) - 1)
        yield Statement(file, (first, last), node, _head(node), inside)
        named = (node.name,) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else ()
        yield from _within(list(_flat(deeper)), file, (*inside, *named))


def _flat(parts: list[ast.AST]) -> Iterator[ast.stmt]:
    for part in parts:
        if isinstance(part, ast.stmt):
            yield part
        else:
            yield from getattr(part, "body", ())


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _head(node: ast.stmt) -> str:
    """The source of a statement in one way of writing it, of a compound one without its bodies."""
    if not any(getattr(node, name, None) for name in _BODIES):
        return ast.unparse(node)
    if type(node).__name__ in ("Try", "TryStar"):
        return "try:"
    if isinstance(node, ast.Match):
        return f"match {ast.unparse(node.subject)}:"
    head = copy(node)
    for name in _BODIES:
        if hasattr(head, name):
            setattr(head, name, [ast.Pass()] if name == "body" else [])
    return ast.unparse(ast.fix_missing_locations(head)).removesuffix("pass").rstrip()


def edits(before: Version, after: Version) -> Edits:
    """What differs between two versions of a script and its modules."""
    found: list[Edit] = []
    layout: list[tuple[str, int]] = []
    for file in sorted({*before, *after}):
        old, new = before.get(file, ""), after.get(file, "")
        if old == new:
            continue
        was, now = statements(old, file), statements(new, file)
        keys = [[_key(each) for each in side] for side in (was, now)]
        changes = [change for change in diff(*keys).changes if change.kind not in ("unchanged", "moved")]
        found += [
            Edit(c.kind, was[c.old] if c.old is not None else None, now[c.new] if c.new is not None else None)
            for c in changes
        ]
        if not changes:
            layout += [(file, line) for line in _changed_lines(old, new)]
    return Edits(tuple(found), tuple(layout))


def _key(statement: Statement) -> NodeKey:
    node = statement.node
    binds = {
        target.id
        for each in (getattr(node, "targets", None) or [getattr(node, "target", None)])
        if each is not None
        for target in ast.walk(each)
        if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store)
    }
    binds |= {node.name} if isinstance(node, ast.FunctionDef | ast.ClassDef) else set()
    place = "/".join(statement.inside)
    return NodeKey(f"{place}|{statement.source}", statement.source, binds=frozenset(f"{place}.{b}" for b in binds))


def _changed_lines(old: str, new: str) -> list[int]:
    """Lines of the new text that are none of the old one's, from 1; where lines only went, the one behind."""
    was, now = old.splitlines(), new.splitlines()
    found: list[int] = []
    for tag, _, _, begin, end in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag != "equal":
            found += range(begin + 1, max(end, begin + 1) + 1)
    return found
