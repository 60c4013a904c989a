"""Stepping into main(): its statements become nodes that share main's local variables as cells.

Each statement is compiled as a function nested in one that owns all of main's locals; the kernel builds it over one
set of cells, so closures, rebinding and deletion behave as in the real function. Where that would not hold (generators,
decorators, `locals()`, a second call, …) main stays one node: `find` returns None.
"""

from __future__ import annotations

import ast
import copy
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

RESULT = "__mliter_result__"
CALL = "__mliter_frame__"
NEXT = "\0mliter: next statement"  # returned by a statement that did not return from main
_FORBIDDEN = frozenset({"locals", "vars", "exec", "eval", "dir", "super", "__class__"})
# who asks for these wants the very error python raises for a local without a value
_UNBOUND = frozenset({"UnboundLocalError", "NameError"})


@dataclass(frozen=True)
class Entry:
    """A call of main() that can be stepped into. `leave` is the calling statement with the call replaced."""

    name: str
    site: ast.stmt
    call: ast.Call
    function: ast.FunctionDef
    body: tuple[ast.stmt, ...]
    parameters: tuple[str, ...]
    arguments: ast.Expression
    locals: frozenset[str]
    declared_global: frozenset[str]
    leave: ast.stmt | None


def own_walk(node: ast.AST) -> Iterator[ast.AST]:
    """ast.walk that does not enter nested functions, classes and lambdas."""
    todo = [node]
    while todo:
        n = todo.pop()
        yield n
        for child in ast.iter_child_nodes(n):
            if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                todo.append(child)


def _call_of(s: ast.stmt) -> tuple[ast.Call, ast.stmt | None] | None:
    """The call in `main()`, `sys.exit(main())`, `exit(main())`, `raise SystemExit(main())`, `x = main()`."""
    match s:
        case ast.Expr(value=ast.Call(func=ast.Name()) as call) if not _inner(call):
            return call, None
        case (
            ast.Expr(value=ast.Call(args=[ast.Call(func=ast.Name()) as call], keywords=[]))
            | ast.Raise(exc=ast.Call(args=[ast.Call(func=ast.Name()) as call], keywords=[]), cause=None)
            | ast.Assign(value=ast.Call(func=ast.Name()) as call)
        ):
            leave = _Replace(call).visit(copy.deepcopy(_marked(s, call)))
            return call, leave
    return None


def _inner(call: ast.Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], ast.Call) and getattr(call.func, "id", "") in (
        "exit", "quit", "print",
    )  # fmt: skip


def _marked(s: ast.stmt, call: ast.Call) -> ast.stmt:
    call._mliter = True  # type: ignore[attr-defined]
    return s


class _Replace(ast.NodeTransformer):
    def __init__(self, call: ast.Call) -> None:
        self.call = call

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if getattr(node, "_mliter", False):
            return ast.copy_location(ast.Name(RESULT, ast.Load()), node)
        return self.generic_visit(node)


def find(tree: ast.Module, text: str, statements: list[ast.stmt]) -> Entry | None:
    """The one call of a script's main function that can be stepped into, if there is one."""
    functions: dict[str, list[ast.FunctionDef]] = {}
    for s in tree.body:
        if isinstance(s, ast.FunctionDef):
            functions.setdefault(s.name, []).append(s)
    for s in statements:
        found = _call_of(s)
        if found is None:
            continue
        call, leave = found
        assert isinstance(call.func, ast.Name)
        name = call.func.id
        if len(functions.get(name, [])) == 1 and (name == "main" or s is statements[-1] and s not in tree.body):
            return _entry(tree, text, s, call, functions[name][0], leave)
    return None


def _entry(
    tree: ast.Module, text: str, site: ast.stmt, call: ast.Call, function: ast.FunctionDef, leave: ast.stmt | None
) -> Entry | None:
    a = function.args
    uses = sum(isinstance(n, ast.Name) and n.id == function.name for n in ast.walk(tree))
    if function.decorator_list or a.vararg or a.kwarg or uses != 1:
        return None
    for n in ast.walk(function):
        if isinstance(n, (ast.Name,)) and n.id in _FORBIDDEN | _UNBOUND or isinstance(n, ast.Nonlocal):
            return None
        if isinstance(n, ast.Attribute) and n.attr in _UNBOUND:
            return None
        if isinstance(n, ast.Attribute) and n.attr in ("_getframe", "currentframe", "stack"):
            return None
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in ("query", "eval"):
            first = n.args[0] if n.args else ast.Constant("")
            if not isinstance(first, ast.Constant) or "@" in str(first.value):
                return None  # its text may name any variable of main
    for n in (m for s in function.body for m in own_walk(s)):
        if isinstance(n, (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)):
            return None
    bound = _bind(call, function)
    if bound is None:
        return None
    names = _locals(text, function)
    if names is None:
        return None
    declared = {x for s in function.body for n in own_walk(s) if isinstance(n, ast.Global) for x in n.names}
    parameters, values = bound
    arguments = ast.Expression(ast.copy_location(ast.Tuple(values, ast.Load()), call))
    body = function.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return Entry(
        function.name, site, call, function, tuple(body), parameters, ast.fix_missing_locations(arguments),
        frozenset(names - declared), frozenset(declared), leave,
    )  # fmt: skip


def _bind(call: ast.Call, function: ast.FunctionDef) -> tuple[tuple[str, ...], list[ast.expr]] | None:
    """Parameters and the expressions bound to them; None where only a real call could tell."""
    a = function.args
    positional = [p.arg for p in a.posonlyargs + a.args]
    values: dict[str, ast.expr] = {}
    for parameter, default in zip(reversed(positional), reversed(a.defaults), strict=False):
        values[parameter] = default
    for p, keyword_default in zip(a.kwonlyargs, a.kw_defaults, strict=True):
        if keyword_default is not None:
            values[p.arg] = keyword_default
    if any(not isinstance(v, ast.Constant) for v in values.values()):
        return None
    if len(call.args) > len(positional) or any(isinstance(x, ast.Starred) for x in call.args):
        return None
    given = dict(zip(positional, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in given or keyword.arg in {p.arg for p in a.posonlyargs}:
            return None
        given[keyword.arg] = keyword.value
    order = positional + [p.arg for p in a.kwonlyargs]
    values.update(given)
    if set(values) != set(order):
        return None  # a missing or unknown argument: let the real call raise its TypeError
    return tuple(order), [values[p] for p in order]


def _locals(text: str, function: ast.FunctionDef) -> set[str] | None:
    table = symtable.symtable(text, "<script>", "exec")
    for child in table.get_children():
        if child.get_name() == function.name and child.get_lineno() in (
            function.lineno, *(d.lineno for d in function.decorator_list),
        ):  # fmt: skip
            return {s.get_name() for s in child.get_symbols() if s.is_local() or s.is_parameter()}
    return None


def _identifiers(s: ast.stmt) -> set[str]:
    found: set[str] = set()
    for n in ast.walk(s):
        match n:
            case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.split(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
    return found


class _Annotations(ast.NodeTransformer):
    """Annotations of local variables are never evaluated, and cannot stand beside `nonlocal`."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if not isinstance(node.target, ast.Name):
            return node
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    visit_ClassDef = visit_FunctionDef  # type: ignore[assignment]


def compile_statement(entry: Entry, s: ast.stmt, filename: str, future: int) -> CodeType | None:
    """Code of a function whose body is one statement of main, over main's locals as free variables."""
    if isinstance(s, (ast.Global, ast.Pass)):
        return None
    s = _Annotations().visit(copy.deepcopy(s))
    used = sorted(_identifiers(s) & entry.locals)
    body: list[ast.stmt] = [ast.Nonlocal(used)] if used else []
    declared = sorted(_identifiers(s) & entry.declared_global)
    body += [ast.Global(declared)] if declared else []
    body += [s, ast.Return(ast.Constant(NEXT))]
    inner = _function(entry.name, [], body, entry.function)
    outer = _function("mliter", sorted(entry.locals) or ["_"], [inner], entry.function)
    module = ast.fix_missing_locations(ast.Module([outer], []))
    code = compile(module, filename, "exec", future, True)
    factory = next(c for c in code.co_consts if isinstance(c, CodeType))
    own = next(c for c in factory.co_consts if isinstance(c, CodeType))
    return _renamed(own)


def _function(name: str, parameters: list[str], body: list[ast.stmt], at: ast.AST) -> ast.FunctionDef:
    arguments = ast.arguments([], [ast.arg(p) for p in parameters], None, [], [], None, [])
    return ast.copy_location(ast.FunctionDef(name, arguments, body, []), at)


def _renamed(code: CodeType) -> CodeType:
    """Qualified names as in the real function: without the enclosing factory."""
    constants = tuple(_renamed(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.replace(co_qualname=code.co_qualname.removeprefix("mliter.<locals>."), co_consts=constants)


def call_site(entry: Entry, filename: str, future: int) -> CodeType:
    """Code that calls the frame function from where main was called, for tracebacks that look as under Python."""
    name = ast.copy_location(ast.Name(CALL, ast.Load()), entry.call.func)
    call = ast.copy_location(ast.Call(name, [], []), entry.call)
    code: CodeType = compile(ast.Expression(call), filename, "eval", future, True)
    return code.replace(co_name="<module>", co_qualname="<module>")
