"""Pieces: code that is made of statements of a text, and the names in it, for the nodes that do a part of one."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType
from typing import TYPE_CHECKING

from mliter_tui.codekey import EVERYTHING, Names, names_of
from mliter_tui.script import frames
from mliter_tui.script.exposure import exposed
from mliter_tui.script.functions import RESULT, RETURN
from mliter_tui.script.nodes import Unit
from mliter_tui.script.statements import own_names, read_by
from mliter_tui.syntax import own_walk

if TYPE_CHECKING:
    from mliter_tui.script.building import Builder

UNTRACKED = frozenset(
    {EVERYTHING, "__annotations__", "__name__", "__builtins__", "__class__", "__module__", "__qualname__", RESULT}
)
Piece = tuple[CodeType, ast.stmt, set[str], set[str], Names]
"""Code, the statement whose names it has, and these as of `named_where`."""


def made_of(builder: Builder, what: str, s: ast.AST, make: Callable[[], ast.stmt]) -> Piece:
    """The piece for a statement that is made of another."""

    def made() -> Piece:
        statement = ast.fix_missing_locations(make())
        return sure(code_of(builder, statement)), statement, *named_where(builder, statement)

    return builder.once(what, s, made)


def code_made(builder: Builder, what: str, s: ast.AST, make: Callable[[], ast.stmt]) -> CodeType:
    """Code of a statement that is made of another."""
    return builder.once(what, s, lambda: sure(code_of(builder, ast.fix_missing_locations(make()))))


def sure(code: CodeType | None) -> CodeType:
    assert code is not None
    return code


def evaluated(builder: Builder, what: str, s: ast.stmt, value: ast.expr) -> Piece:
    """The piece for an expression in a statement."""

    def made() -> Piece:
        model = ast.copy_location(ast.Expr(value), s)
        code = frames.evaluating(value, builder.function, builder.space.filename, builder.space.future)
        return code, model, *named_where(builder, model)

    return builder.once(what, s, made)


def code_of(builder: Builder, s: ast.stmt) -> CodeType | None:
    """A statement's code where it stands."""
    function = builder.function
    if function is None:
        return builder.compile([s])
    space = builder.space
    return builder.once("", s, lambda: frames.compile_statement(function, s, space.filename, space.future))


def names_in_frame(builder: Builder, s: ast.stmt, code: CodeType) -> tuple[set[str], set[str], Names]:
    names = names_of(code)
    free = set(names.free_reads)
    if not isinstance(s, (ast.Expr, ast.Return, ast.FunctionDef, ast.ClassDef)):
        free &= exposed([s])[0]
    if isinstance(s, (ast.FunctionDef, ast.ClassDef)) and not s.decorator_list:
        names = own_names(code, s)
        free = set(names.free_reads)
    called, _, _ = builder.spaces.meant(builder.space, names)
    reads = {called.get(n, n) for n in names.reads - UNTRACKED | names.deletes}
    reads |= builder.local(free | names.free_deletes)
    binds = {called.get(n, n) for n in names.writes} | builder.local(names.free_writes | names.free_deletes)
    if any(isinstance(n, ast.Return) for n in own_walk(s)):
        binds |= builder.local([RETURN])
    return reads, binds, names


def named_where(builder: Builder, model: ast.stmt) -> tuple[set[str], set[str], Names]:
    """(names that a statement reads where it stands, names it binds, all of its names)."""
    code = sure(code_of(builder, model))
    if builder.function is not None:
        return names_in_frame(builder, model, code)
    names = names_of(code)
    return read_by(names, model), set(names.writes | names.deletes), names


def whole_key(builder: Builder, s: ast.stmt, what: str = "whole", make: Callable[[], ast.stmt] | None = None) -> str:
    """The key of a statement as one node, whatever it is part of; of what is made of it."""

    def placed() -> ast.stmt:
        one = make() if make is not None else s
        one.lineno, one.col_offset = getattr(one, "lineno", 1), getattr(one, "col_offset", 0)
        return one

    return builder.key("statement", Unit("whole", None), code_made(builder, what, s, placed))


def in_loop(s: ast.stmt) -> ast.stmt:
    """A statement that may leave a loop, in one."""
    return ast.While(ast.Name(RESULT, ast.Load()), [s], [])
