"""Exposed reads: names a statement may read before it has bound them itself.

`for col in cols: use(col)` binds `col` before each read, so the value `col` had before is no input of the loop. The
analysis is the usual definite assignment over one statement's syntax tree; it errs on the side of "exposed".
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from mliter_tui.syntax import walk

Names = frozenset[str]
_EMPTY: Names = frozenset()


def _loads(node: ast.AST | None) -> set[str]:
    if node is None:
        return set()
    return {n.id for n in walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}


def _targets(node: ast.AST) -> set[str]:
    return {n.id for n in walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def exposed(statements: Iterable[ast.stmt], assigned: Names = _EMPTY) -> tuple[set[str], Names]:
    """(names that may be read before being bound, names certainly bound afterwards)."""
    reads: set[str] = set()
    for statement in statements:
        more, assigned = _statement(statement, assigned)
        reads |= more
    return reads, assigned


def _statement(s: ast.stmt, assigned: Names) -> tuple[set[str], Names]:
    match s:
        case ast.Assign(targets=targets, value=value):
            reads = _loads(value) - assigned
            for target in targets:
                reads |= _loads(target) - assigned
                assigned = assigned | _targets(target)
            return reads, assigned
        case ast.For(target=target, iter=it, body=body, orelse=orelse) | ast.AsyncFor(
            target=target, iter=it, body=body, orelse=orelse
        ):
            inside = assigned | _targets(target)
            reads = (_loads(it) | _loads(target)) - assigned
            reads |= exposed(body, inside)[0] | exposed(orelse, assigned)[0]
            return reads, assigned
        case ast.While(test=test, body=body, orelse=orelse):
            reads = (_loads(test) - assigned) | exposed(body, assigned)[0] | exposed(orelse, assigned)[0]
            return reads, assigned
        case ast.If(test=test, body=body, orelse=orelse):
            one, after_one = exposed(body, assigned)
            two, after_two = exposed(orelse, assigned)
            return (_loads(test) - assigned) | one | two, after_one & after_two
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            reads = set()
            for item in items:
                reads |= _loads(item.context_expr) - assigned
                if item.optional_vars is not None:
                    assigned = assigned | _targets(item.optional_vars)
            more, inside = exposed(body, assigned)
            # a context manager may swallow an exception half way through the body
            return reads | more, assigned
        case ast.Try() | ast.TryStar():
            return _try(s, assigned)
        case ast.AugAssign(target=target, value=value):
            names = {target.id} if isinstance(target, ast.Name) else set()
            return ((_loads(value) | _loads(target) | names) - assigned), assigned | names
        case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            return _loads(s) - assigned, assigned | {s.name}
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return set(), assigned | {a.asname or a.name.split(".")[0] for a in aliases}
        case ast.AnnAssign(target=target, value=value) if value is not None:
            return (_loads(value) | _loads(target) | _loads(s.annotation)) - assigned, assigned | _targets(target)
        case ast.Delete(targets=targets):
            gone = {t.id for t in targets if isinstance(t, ast.Name)}
            return _loads(s) - assigned, assigned - gone
    return _loads(s) - assigned, assigned


def _try(s: ast.Try | ast.TryStar, assigned: Names) -> tuple[set[str], Names]:
    reads, after = exposed(s.body, assigned)
    ends = [exposed(s.orelse, after)]
    for handler in s.handlers:
        reads |= _loads(handler.type) - assigned
        own = {handler.name} if handler.name else set()
        ends.append(exposed(handler.body, assigned | own))
    common = frozenset.intersection(*(e[1] for e in ends))
    for more, _ in ends:
        reads |= more
    last, final = exposed(s.finalbody, assigned)
    return reads | last, common | final
