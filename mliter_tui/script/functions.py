"""Functions of a script that can be stepped into, and the statements that call them.

A function is stepped into only where its body, taken statement by statement, does what a real call would: it has one
definition that nothing rebinds, no decorator, no `*args`, is no generator and does not ask for its own frame. Whatever
cannot be told stays one node.
"""

from __future__ import annotations

import ast
import copy
import re
import symtable
from collections.abc import Callable, Collection, Iterable
from functools import cached_property, lru_cache

from mliter_tui.lean import dataclass
from mliter_tui.script.statements import may_take_long, names_changed
from mliter_tui.syntax import every, own_walk, walk

RESULT = "__mliter_result__"
_FEWEST = 3  # statements of a function that is worth it, if the last one returns what the others make
RETURN = "<return>"
"""Local name under which a function that is stepped into leaves its result."""
_FORBIDDEN = frozenset({"locals", "vars", "exec", "eval", "dir", "super", "__class__"})
# who asks for these wants the very error python raises for a local without a value
_UNBOUND = frozenset({"UnboundLocalError", "NameError"})
_FORMULAS = frozenset("ols wls gls glm logit probit mixedlm gee rlm quantreg dmatrix dmatrices".split())
_LOOKING = frozenset("smf patsy duckdb ne numexpr".split())
"""What looks up names in a text in the function that calls: formulas, and modules with SQL over tables, numexpr."""
_FRAMES = frozenset({"_getframe", "currentframe", "stack", "getouterframes", "extract_stack", "findCaller"})
# a module that gets hold of the script's own
_FROM_OUTSIDE = re.compile(r"(?:import|from)\s+__main__|sys\.modules|['\"]__main__\.|import_module\(['\"]__main__")
PASSING_ON = frozenset({"append", "extend", "add"})
ENDLESS = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)
"""What gives a value away in the middle of a statement, or waits for one."""
NOT_ALONE = "is part of a larger expression, or its arguments cannot be told from the text"
_READERS = frozenset({"exit", "quit", "print"})


@dataclass(frozen=True)
class Function:
    """One that can be stepped into. locals: its own variables, parameters included; body: without the docstring.

    module: the local module it is defined in, "" for the script. cls: the class of which it is a method; first: what
    its object is called there.
    """

    name: str
    definition: ast.FunctionDef
    body: tuple[ast.stmt, ...]
    locals: frozenset[str]
    declared_global: frozenset[str]
    module: str = ""
    cls: str = ""
    first: str = ""

    @property
    def tag(self) -> str:
        """What stands before the names of its variables: "prepare", "features/prepare" in a module, "/Trainer/fit"."""
        if self.cls:
            return f"{self.module}/{self.cls}/{self.name}"
        return f"{self.module}/{self.name}" if self.module else self.name

    def promise(self, is_own: Callable[[str], bool]) -> bool | None:
        """Whether it is worth to tell apart what is in it though nothing is known of it; None if it never is.

        Reading the command line takes no time, and of two statements one often computes and the other returns it. An
        object is one value, and may become large: a method that goes on for long after it has changed its object, or
        does little else, is to be known first, if it has no loop and does not call others of it. is_own: whether a name
        of its module is a function or class of the user's, in which there may be more.
        """
        calls = [n for each in self.body for n in own_walk(each) if isinstance(n, ast.Call)]
        options = [n for n in calls if isinstance(n.func, ast.Attribute) and n.func.attr == "add_argument"]
        if not calls or 2 * len(options) > len(self.body):
            return None
        parts = sum(_parts(s) for s in self.body)
        returned = list(own_walk(self.body[-1])) if isinstance(self.body[-1], ast.Return) else []
        few = parts < _FEWEST and not self._loops and not any(self._passes_on(s, is_own) for s in self.body)
        if few and (parts < _FEWEST - 1 or (returned and not any(n in calls for n in returned))):
            return None
        if few and returned:
            return False
        if not self.cls or self._loops or any(self._own_call(getattr(s, "value", None)) for s in self.body):
            return True
        changing = [at for at, s in enumerate(self.body) if self.first in names_changed(s, methods=True)]
        return not changing or (changing[0] > 0 and len(self.body) - changing[0] < _FEWEST)

    @cached_property
    def _loops(self) -> bool:
        """Whether it has a loop of which a pass may take long."""
        loops = [s for s in self.body if isinstance(s, (ast.For, ast.While))]
        return any(may_take_long(n) for loop in loops for s in loop.body for n in own_walk(s))

    def _passes_on(self, s: ast.stmt, is_own: Callable[[str], bool]) -> bool:
        """Whether what a statement does is to call a function of the user's, once or for each of several, or a method
        of the object: `run` is `self.load()` and `self.fit()`."""
        value = getattr(s, "value", None)
        parts = [value, *(value.args[:1] if isinstance(value, ast.Call) else [])]
        for n in own_walk(s):
            parts += own_walk(n) if isinstance(n, (ast.ListComp, ast.DictComp)) else []
        calls = [n for n in parts if isinstance(n, ast.Call)]
        if any(isinstance(n.func, ast.Name) and is_own(n.func.id) for n in calls):
            return True
        return isinstance(s, ast.Expr) and self._own_call(value)

    def _own_call(self, value: ast.expr | None) -> bool:
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
                return bool(self.first) and name == self.first
        return False


def _parts(s: ast.stmt) -> int:
    """How many statements there are in one, if it may be taken apart."""
    inside = own_walk(s)
    return sum(isinstance(n, ast.stmt) for n in inside) if any(map(may_take_long, inside)) else 1


@dataclass(frozen=True)
class Call:
    """A statement that calls such a function. `arguments` are in the order of `parameters`, defaults included.

    leave: the statement with the call replaced by the name RESULT. bare: that does nothing with it. entry: the library
    that is to be asked for the arguments, as of `entries`; then `arguments` are what it is asked with. line: where the
    function's code begins. receiver: of a method the class of its object; makes: the call makes it, `parameters` has it
    first and `arguments` has not.
    """

    function: Function
    call: ast.Call
    parameters: tuple[str, ...]
    arguments: tuple[ast.expr, ...]
    leave: ast.stmt
    bare: bool
    entry: str = ""
    line: int = 0
    receiver: str = ""
    makes: bool = False

    @property
    def checked(self) -> bool:
        """Whether the function itself is evaluated with the arguments, to see that it is the one."""
        return bool(self.function.module or self.receiver)


def reaches_main(modules: Iterable[str]) -> bool:
    """Whether one of these texts of modules may rebind names of the script."""
    return any(map(_FROM_OUTSIDE.search, modules))


def functions(tree: ast.Module, text: str, module: str = "") -> dict[str, Function]:
    """Those of a script or local module that can be stepped into, by name."""
    defined: dict[str, list[ast.FunctionDef]] = {}
    for s in tree.body:
        if isinstance(s, ast.FunctionDef):
            defined.setdefault(s.name, []).append(s)
    if not defined or rebinds_unseen(tree):
        return {}
    rebound = _bound_elsewhere(tree)
    table = symtable.symtable(text, "<script>", "exec")
    found = {}
    for name, (definition, *others) in defined.items():
        if not others and name not in rebound and not obstacle(definition) and not (module and _imports(definition)):
            function = function_of(table, definition, module)
            if function is not None:
                found[name] = function
    return found


def _imports(function: ast.FunctionDef) -> bool:
    return any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in walk(function))


@lru_cache(maxsize=64)
def rebinds_unseen(tree: ast.Module) -> bool:
    """Whether a script may rebind a function in ways that are not in its text."""
    looking = set()
    for n in every(tree):
        match n:
            case (
                ast.Subscript(value=ast.Call(func=asked), ctx=ast.Load())
                | ast.Attribute(value=ast.Call(func=asked), attr="get" | "keys" | "items" | "values")
            ):
                looking.add(id(asked))
    compared = {id(c) for n in every(tree) if isinstance(n, ast.Compare) for c in (n.left, *n.comparators)}
    given = {id(n.func) for n in every(tree) if isinstance(n, ast.Call) and n.args}
    for n in every(tree):
        match n:
            case ast.Name(id="exec"):
                return True
            case ast.Name(id="globals") if id(n) not in looking:
                return True
            case ast.Name(id="vars") if id(n) not in given and id(n) not in looking:
                return True
            case ast.Attribute(attr="modules", value=ast.Name(id="sys")):
                return True
            case ast.Constant(value=str(text)) if text.startswith("__main__.") or (
                text == "__main__" and id(n) not in compared
            ):
                return True  # import_module("__main__"), mock.patch("__main__.f")
            case ast.Import(names=aliases) if any(a.name == "__main__" for a in aliases):
                return True
            case ast.ImportFrom(module=module, names=aliases) if (
                module == "__main__" or any(a.name == "*" for a in aliases)
            ):
                return True
    return False


def named(n: ast.AST) -> str:
    """The name that this part of a statement binds by another form than an assignment, "" for none."""
    match n:
        case ast.alias(name=name, asname=asname):
            return asname or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return name
        case ast.MatchMapping(rest=str(name)):
            return name
    return ""


def _bound_elsewhere(tree: ast.Module) -> set[str]:
    """Names that the module binds by other statements than a def of its body, or whose attributes it sets."""
    found: set[str] = set()
    for n in own_walk(tree):
        match n:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                found.add(name)
            case _ if name := named(n):
                found.add(name)
    for n in every(tree):
        match n:
            case ast.Global(names=names):
                found.update(names)
            case ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.FunctionDef(name=name) if n not in tree.body:
                found.add(name)  # under a condition, or in a function
    return found


def obstacle(function: ast.FunctionDef) -> str:
    """Why a function's body cannot be taken statement by statement, "" where it can."""
    if function.decorator_list:
        return "has a decorator"
    if function.args.vararg or function.args.kwarg:
        return "takes any number of arguments"
    for n in walk(function):
        match n:
            case ast.Nonlocal():
                return "binds variables of a function around it (nonlocal)"
            case ast.Name(id=name) if name in _FORBIDDEN | _UNBOUND:
                return f"uses {name}"
            case ast.Attribute(attr=name) if name in _FRAMES | _UNBOUND:
                return f"uses {name}"
            case ast.Call(func=ast.Attribute(attr="query" | "eval"), args=arguments):
                first = arguments[0] if arguments else ast.Constant("")
                if not isinstance(first, ast.Constant) or "@" in str(first.value):
                    return "calls query or eval with a text that may name any of its variables"
            case ast.Call(func=func) if _reads_names(func) and _may_name(n, function):
                return "calls what may look its variables up by names in a text"
    if any(isinstance(n, ENDLESS) for s in function.body for n in own_walk(s)):
        return "is a generator"
    return ""


def _reads_names(func: ast.expr) -> bool:
    match func:
        case ast.Name(id=name):
            return name in _FORMULAS
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return module in _LOOKING or (module in ("pl", "polars") and name == "sql") or name == "from_formula"
    return False


def _may_name(call: ast.Call, function: ast.FunctionDef) -> bool:
    """Whether a text that a call is given may name a variable of the function: one of these is in it, or it is none of
    the constants there.
    """
    given = [*call.args[:1], *(word.value for word in call.keywords if word.arg in ("formula", "query"))]
    texts = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if not texts:
        return bool(given) and not isinstance(given[0], (ast.Constant, ast.List, ast.Dict))
    arguments = {each.arg for each in walk(function.args) if isinstance(each, ast.arg)}
    bound = {each.id for each in walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    inner = {each.name for each in function.body if isinstance(each, (ast.FunctionDef, ast.ClassDef))}
    return not (arguments | bound | inner).isdisjoint(word for text in texts for word in re.findall(r"\w+", text))


def _locals(table: symtable.SymbolTable, function: ast.FunctionDef) -> frozenset[str] | None:
    for child in table.get_children():
        if child.get_name() == function.name and child.get_lineno() == function.lineno:
            return frozenset(s.get_name() for s in child.get_symbols() if s.is_local() or s.is_parameter())
    return None


def function_of(table: symtable.SymbolTable, definition: ast.FunctionDef, module: str = "") -> Function | None:
    """A function of a module. table: the module's."""
    names, body = _locals(table, definition), definition.body
    if names is None:
        return None
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    declared = frozenset(x for s in body for n in own_walk(s) if isinstance(n, ast.Global) for x in n.names)
    return Function(definition.name, definition, tuple(body), names - declared, declared, module)


Called = tuple[Function, str, bool]
"""A function; of a method the class of its object, and whether the call makes that."""


def call_in(
    s: ast.stmt, called: Callable[[ast.expr], Function | Called | None], rebound: Collection[str]
) -> Call | None:
    """The call of a known function that a statement makes before anything else it does; None where there is none.

    called: the function that is called, of an expression. rebound: names that functions may bind anew.
    """
    match s:
        case (
            ast.Assign(value=ast.Call() as call)
            | ast.AnnAssign(value=ast.Call() as call)
            | ast.Return(value=ast.Call() as call)
            | ast.Raise(exc=ast.Call(func=ast.Name(), args=[ast.Call() as call], keywords=[]), cause=None)
        ):
            pass
        case ast.Expr(ast.Call(func=func, args=[ast.Call() as call], keywords=[])) if only_takes_it(func, rebound):
            pass
        case ast.Expr(value=ast.Call() as call):
            pass
        case _:
            return None
    found = called(call.func)
    if found is None:
        return None
    function, receiver, makes = found if isinstance(found, tuple) else (found, "", False)
    bound = _bind(call, function.definition, bool(receiver))
    if bound is None:
        return None
    call._mliter = True  # type: ignore[attr-defined]
    leave = _Replace().visit(copy.deepcopy(s))
    del call._mliter  # type: ignore[attr-defined]
    bare = isinstance(s, ast.Expr) and s.value is call
    line = function.definition.lineno
    return Call(function, call, *bound, leave, bare, line=line, receiver=receiver, makes=makes)


def only_takes_it(func: ast.expr, rebound: Collection[str]) -> bool:
    """Whether looking this up before its argument or behind makes no difference: `print`, `sys.exit`, `rows.append`."""
    match func:
        case ast.Name(id=name):
            return name in _READERS
        case ast.Attribute(value=ast.Name(id=collection), attr=name):
            return (name in PASSING_ON and collection not in rebound) or name == "exit"
    return False


class _Replace(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        if getattr(node, "_mliter", False):
            return ast.copy_location(ast.Name(RESULT, ast.Load()), node)
        return self.generic_visit(node)


def _bind(
    call: ast.Call, function: ast.FunctionDef, method: bool = False
) -> tuple[tuple[str, ...], tuple[ast.expr, ...]] | None:
    """Parameters and the expressions bound to them; None where only a real call could tell.

    method: of which the first parameter has an expression of its own.
    """
    a = function.args
    first, *positional = [*([] if method else [""]), *(p.arg for p in a.posonlyargs + a.args)]
    if len(a.defaults) > len(positional):
        return None
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
        if keyword.arg is None or keyword.arg in (*given, first) or keyword.arg in {p.arg for p in a.posonlyargs}:
            return None
        given[keyword.arg] = keyword.value
    values.update(given)
    order = list(dict.fromkeys([*given, *values]))  # arguments are evaluated as they stand in the call
    if set(values) != {*positional, *(p.arg for p in a.kwonlyargs)}:
        return None  # a missing or unknown argument: let the real call raise its TypeError
    return (*([first] if method else []), *order), tuple(values[p] for p in order)
