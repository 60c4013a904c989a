"""Parameters that an edit changed: constants that are assigned, passed, or defaults of arguments.

Each has a name as one would say it: `lr`, `LogisticRegression(C=)`, `train(epochs=)` for a default, `config['depth']`.
Compared are two versions of the same piece of source, so that the second call of one name is the second call in both.
A constant is a number, a string, True, False, None, or a collection of these as it is written out; it is shown as in
the source.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from mliter_tui.lean import dataclass

LONGEST = 200
"""Characters; a text longer than that is no parameter."""
_NUMBER = re.compile("\0[0-9]+")
"""Behind what occurs several times: its how-manieth."""
_ON_SCREEN = frozenset({"print", "warn", "info", "debug", "error", "warning", "exception", "log"})
"""Calls whose positional arguments are words to people."""


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """One parameter before and after; None where it was not given. line: where it stands, after where it does."""

    name: str
    before: str | None
    after: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Given:
    """All parameters of a source. values: value and line, by key. calls: keys of calls, whatever is passed.

    nodes: what each name is assigned, or its calls, in order of the source; a key counts them from 1 behind the name.
    """

    values: dict[str, tuple[str, int]]
    calls: frozenset[str]
    nodes: dict[str, list[ast.expr]]


def changed_parameters(before: str, after: str, line_before: int = 1, line_after: int = 1) -> list[ParameterChange]:
    """What differs between two versions of a source. line: that of its first one. Empty where one is not Python."""
    try:
        old, new = given(before, line_before), given(after, line_after)
    except (SyntaxError, ValueError, RecursionError):
        return []
    changes = []
    for key, (value, line) in new.values.items():
        was = old.values.get(key)
        if was is None and not could_be_given(key, old):
            continue
        if was is None or was[0] != value:
            changes.append(ParameterChange(shown(key), was[0] if was is not None else None, value, line))
    for key, (value, line) in old.values.items():
        if key not in new.values and could_be_given(key, new):
            changes.append(ParameterChange(shown(key), value, None, line))
    return changes


def could_be_given(key: str, other: Given) -> bool:
    """Whether the other version has the call, so that what it does not pass is a default there."""
    return key.endswith("=)") and key.rpartition("(")[0] in other.calls


def shown(key: str) -> str:
    """Without the numbers of equal ones."""
    return _NUMBER.sub("", key)


def given(source: str, first: int = 1) -> Given:
    """The parameters of a source, whose first line has that number; ast.parse's errors where it is not Python."""
    import textwrap

    values: dict[str, tuple[str, int]] = {}
    calls: set[str] = set()
    nodes: dict[str, list[ast.expr]] = {}
    for kind, name, node in _places(ast.parse(textwrap.dedent(source))):
        if kind == "call":
            assert isinstance(node, ast.Call)
            call = f"{name}\0{_count(nodes, name, node)}"
            calls.add(call)
            for key, value in _arguments(call, name, node):
                _put(values, key, value, first)
        else:
            _put(values, f"{name}\0{_count(nodes, name, node)}", node, first)
    return Given(values, frozenset(calls), nodes)


def _count(nodes: dict[str, list[ast.expr]], name: str, node: ast.expr) -> int:
    """The how-manieth of its name a node is, now that it is among them."""
    nodes.setdefault(name, []).append(node)
    return len(nodes[name])


def _put(values: dict[str, tuple[str, int]], key: str, node: ast.expr, first: int) -> None:
    if isinstance(node, ast.Dict):
        for each, value in zip(node.keys, node.values, strict=True):
            if isinstance(each, ast.Constant):
                _put(values, f"{key}[{each.value!r}]", value, first)
    elif _is_constant(node):
        values[key] = ast.unparse(node), node.lineno + first - 1


def _is_constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return len(text) <= LONGEST
        case ast.Constant(value=value):
            return value is not Ellipsis
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant()):
            return True
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return bool(elements) and len(elements) <= LONGEST and all(map(_is_constant, elements))
    return False


def _places(tree: ast.AST) -> Iterator[tuple[str, str, ast.expr]]:
    """("name", name, value) of each assignment and default, and ("call", function, call), in order of the source."""
    todo: list[tuple[str, ast.AST]] = [("", tree)]
    while todo:
        scope, node = todo.pop()
        inner = scope
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                inner = f"{scope}{name}."
                yield from (("name", f"{scope}{name}({arg}=)", value) for arg, value in _defaults(node.args))
            case ast.ClassDef(name=name):
                inner = f"{scope}{name}."
            case ast.Assign(targets=[target], value=value) if (called := _target(target)) is not None:
                yield "name", scope + called, value
            case ast.AnnAssign(target=target, value=ast.expr() as value) if (called := _target(target)) is not None:
                yield "name", scope + called, value
            case ast.Call(func=function):
                yield "call", _callee(function), node
        todo += [(inner, child) for child in reversed(list(ast.iter_child_nodes(node)))]


def _defaults(args: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*args.posonlyargs, *args.args]
    for arg, value in zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True):
        yield arg.arg, value
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if default is not None:
            yield arg.arg, default


def _target(target: ast.expr) -> str | None:
    match target:
        case ast.Name(id=name):
            return name
        case ast.Attribute() | ast.Subscript(slice=ast.Constant()):
            return ast.unparse(target)
    return None


def _callee(function: ast.expr) -> str:
    """What a call is of, in at most two words."""
    match function:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return f"{owner}.{name}"
        case ast.Attribute(attr=name):
            return f".{name}"
    return "(...)"


def _arguments(call: str, name: str, node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    option = node.args[0] if node.args else None
    if name.endswith("add_argument") and isinstance(option, ast.Constant) and isinstance(option.value, str):
        # of the command line: it is the option that has a value
        yield from ((f"{option.value} ({each.arg}=)", each.value) for each in node.keywords if each.arg is not None)
        return
    for each in node.keywords:
        if each.arg is not None:
            yield f"{call}({each.arg}=)", each.value
    if name.rpartition(".")[2] not in _ON_SCREEN:
        for position, value in enumerate(node.args, 1):
            if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
                yield f"{call}(argument {position})", value
