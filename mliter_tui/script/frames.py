"""Statements of a function stepped into, as code over the function's local variables.

Each statement is compiled as a function nested in one that owns all the locals; the kernel builds it over one set of
cells, so closures, rebinding and deletion behave as in the real function.
"""

from __future__ import annotations

import ast
import copy
from types import CodeType

from mliter_tui.lean import dataclass
from mliter_tui.script.functions import RESULT, RETURN, Call, Function, named
from mliter_tui.syntax import walk

CALL = "__mliter_frame__"
_OUTER = "mliter.<locals>."
NEXT = "\0mliter: next statement"  # returned by a statement that did not return from its function


@dataclass(frozen=True, slots=True)
class Frame:
    """A call that has been stepped into. `tag` stands before the names of its locals: "prepare.X".

    module: the local module the function is of, "" for the script. line: where its code begins there. entry: the
    library that calls it, as of `entries`.

    receiver: of a method the class of its object; makes: the call makes that. name: of the function. result: the local
    name of what the call gives.

    site: code that calls what runs in it from where the function was called, for tracebacks as under Python. outer:
    number of the frame it was called in, -1 for the module. end: number of the first node behind its body.
    """

    tag: str
    locals: tuple[str, ...]
    site: CodeType
    outer: int
    end: int
    module: str = ""
    line: int = 0
    entry: str = ""
    receiver: str = ""
    makes: bool = False
    name: str = ""
    result: str = RETURN


def _identifiers(s: ast.stmt) -> set[str]:
    found: set[str] = set()
    for n in walk(s):
        match n:
            case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.AsyncFunctionDef(name=name):
                found.add(name)
            case _ if name := named(n):
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


def compile_statement(function: Function, s: ast.stmt, filename: str, future: int) -> CodeType | None:
    """Code of a function whose body is one statement of another, over that one's locals as free variables.

    It takes what the kernel gives it as its argument, where the statement names RESULT.
    """
    if isinstance(s, (ast.Global, ast.Pass)):
        return None
    s = _Annotations().visit(copy.deepcopy(s))
    names = _identifiers(s)
    used = sorted(names & function.locals)
    body: list[ast.stmt] = [ast.Nonlocal(used)] if used else []
    declared = sorted(names & function.declared_global)
    body += [ast.Global(declared)] if declared else []
    body += [s, ast.Return(ast.Constant(NEXT))]
    inner = _definition(function.name, [RESULT] if RESULT in names else [], body, function.definition)
    # inside it the name is the module's, as in the real function
    own_name: list[ast.stmt] = [] if function.name in function.locals else [ast.Global([function.name])]
    outer = _definition("mliter", sorted(function.locals) or ["_"], [*own_name, inner], function.definition)
    module = ast.fix_missing_locations(ast.Module([outer], []))
    code = compile(module, filename, "exec", future, True)
    factory = next(c for c in code.co_consts if isinstance(c, CodeType))
    own = next(c for c in factory.co_consts if isinstance(c, CodeType))
    return _renamed(own, function)


def evaluating(value: ast.expr, outer: Function | None, filename: str, future: int) -> CodeType:
    """Code that gives the value of an expression where it stands, in a function or in the module."""
    if outer is None:
        code: CodeType = compile(ast.fix_missing_locations(ast.Expression(value)), filename, "eval", future, True)
        return code
    found = compile_statement(outer, ast.copy_location(ast.Return(value), value), filename, future)
    assert found is not None
    return found


def _definition(name: str, parameters: list[str], body: list[ast.stmt], at: ast.AST) -> ast.FunctionDef:
    arguments = ast.arguments([], [ast.arg(p) for p in parameters], None, [], [], None, [])
    return ast.copy_location(ast.FunctionDef(name, arguments, body, []), at)


def _renamed(code: CodeType, function: Function) -> CodeType:
    """Qualified names as in the real function: without the enclosing factory, within its class."""
    constants = tuple(_renamed(c, function) if isinstance(c, CodeType) else c for c in code.co_consts)
    if not code.co_flags & 0x2:  # the body of a class has its name among its constants
        constants = tuple(_within(c, function) if isinstance(c, str) else c for c in constants)
    return code.replace(co_qualname=_within(code.co_qualname, function), co_consts=constants)


def _within(name: str, function: Function) -> str:
    name = name.removeprefix(_OUTER)
    own = name == function.name or name.startswith(f"{function.name}.<locals>.")
    return f"{function.cls}.{name}" if function.cls and own else name


def arguments_of(call: Call, outer: Function | None, filename: str, future: int) -> CodeType:
    """Code that gives a call's arguments as a tuple, where it stands, the function first if it is to be seen."""
    function = [call.call.func] if call.checked else []
    values = ast.copy_location(ast.Tuple([*function, *call.arguments], ast.Load()), call.call)
    return evaluating(values, outer, filename, future)


def call_site(call: Call, outer: Function | None, filename: str, future: int) -> CodeType:
    """Code that calls CALL from where the function was called."""
    name = ast.copy_location(ast.Name(CALL, ast.Load()), call.call.func)
    expression = ast.copy_location(ast.Call(name, [], []), call.call)
    code: CodeType = compile(ast.Expression(expression), filename, "eval", future, True)
    where = outer.name if outer is not None else "<module>"
    return code.replace(co_name=where, co_qualname=where)
