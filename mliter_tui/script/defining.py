"""What a definition does where it stands: it makes a function or a class, and calls what decorates it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Defining = tuple[tuple[str, str], ...]
"""Dotted names: of decorators, each with "" or, where it is called for the decorator, "twice"; "value" of others."""


class _Unclear(Exception):
    """More is done than can be told by names."""


def called_by(s: ast.stmt) -> Defining | None:
    """What a definition calls as it is executed, in any order; None where more may be done. Bodies are not executed."""
    try:
        return tuple(dict.fromkeys(_definition(s)))
    except _Unclear:
        return None


def _definition(s: ast.stmt) -> Iterator[tuple[str, str]]:
    match s:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            given = [*s.args.posonlyargs, *s.args.args, *s.args.kwonlyargs, s.args.vararg, s.args.kwarg]
            _check(s.returns, *s.args.defaults, *s.args.kw_defaults, *(a.annotation for a in given if a is not None))
        case ast.ClassDef(keywords=[]):
            _check(*s.bases)
            for each in s.body:
                yield from _in_class(each)
        case _:
            raise _Unclear
    for decorator in s.decorator_list:
        yield from _decorator(decorator)


def _in_class(s: ast.stmt) -> Iterator[tuple[str, str]]:
    match s:
        case ast.Pass():
            return
        case ast.Assign(targets=targets, value=value) if all(isinstance(t, ast.Name) for t in targets):
            yield from _value(value)
        case ast.AnnAssign(target=ast.Name(), annotation=annotation, value=value):
            _check(annotation)
            if value is not None:
                yield from _value(value)
        case ast.Expr(value=ast.Constant()):
            return
        case _:
            yield from _definition(s)


def _value(value: ast.expr) -> Iterator[tuple[str, str]]:
    """One of a class: an expression, or a call of something by its name, `field(default_factory=list)`."""
    if isinstance(value, ast.Call):
        yield from ((name, "value") for name, _ in _decorator(value))
    else:
        _check(value)


def _decorator(decorator: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(decorator, ast.Call):
        _check(*decorator.args, *(word.value for word in decorator.keywords))
        yield _dotted(decorator.func), "twice"
    else:
        yield _dotted(decorator), ""


def _dotted(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=name):
            return f"{_dotted(inner)}.{name}"
    raise _Unclear


_CALLING = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.ListComp, ast.SetComp, ast.DictComp,
            ast.GeneratorExp, ast.JoinedStr)  # fmt: skip


def _check(*values: ast.expr | None) -> None:
    """That these call nothing by themselves; what is in a lambda is called later."""
    todo: list[ast.AST] = [value for value in values if value is not None]
    while todo:
        each = todo.pop()
        if isinstance(each, _CALLING):
            raise _Unclear
        if isinstance(each, ast.Lambda):
            todo += [value for value in (*each.args.defaults, *each.args.kw_defaults) if value is not None]
        else:
            todo += ast.iter_child_nodes(each)
