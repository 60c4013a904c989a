"""Functions that a library calls with what it reads from the command line: commands of click and typer.

`main()` of a click command, `typer.run(main)` and `app()` of a typer app with one command are calls of a function whose
arguments only the library can tell: it is asked for them, and then the function's statements are taken one by one.
"""

from __future__ import annotations

import ast
import copy
import symtable
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from mliter_tui.lean import dataclass
from mliter_tui.script.functions import Call, Function, function_of, obstacle
from mliter_tui.script.spaces import Space, bindings
from mliter_tui.syntax import every

_OPTIONS = frozenset({"click.option", "click.argument", "click.version_option", "click.help_option"})
_ASKS_FOR_CONTEXT = ("get_current_context", "pass_context", "make_pass_decorator")


@dataclass(frozen=True)
class Entry:
    """A function that is called so. kind: "click", "typer" (an app) or "typer.run". line: where its code begins."""

    function: Function
    kind: str
    line: int


class Entries:
    """Those of a script. texts: of its local modules."""

    def __init__(self, space: Space, texts: Iterable[str]) -> None:
        self._space, self._found = space, dict[str, Entry]()
        libraries = {path.partition(".")[0] for path in space.imports.values()}
        asks = any(word in text for text in (space.text, *texts) for word in _ASKS_FOR_CONTEXT)
        if not libraries & {"click", "typer"} or asks:
            return
        bound = Counter(bindings(space.tree))
        apps = _apps(space, bound)
        for s in space.tree.body:
            if isinstance(s, ast.FunctionDef) and bound[s.name] == 1 and s.decorator_list:
                self._take(s, apps)

    def _take(self, s: ast.FunctionDef, apps: Mapping[str, int]) -> None:
        """A definition, if its decorators make a command of it."""
        called = [d.func if isinstance(d, ast.Call) else d for d in s.decorator_list]
        first, *others = called
        name = kind = ""
        if self._path(first) == "click.command" and all(self._path(other) in _OPTIONS for other in others):
            name, kind = s.name, "click"
        elif isinstance(first, ast.Attribute) and isinstance(first.value, ast.Name) and not others:
            if apps.get(first.value.id) == 1 and first.attr == "command":
                name, kind = first.value.id, "typer"
        plain = copy.copy(s)
        plain.decorator_list = []
        if kind and not obstacle(plain):
            table = symtable.symtable(self._space.text, "<script>", "exec")
            function = function_of(table, plain)
            if function is not None:
                self._found[name] = Entry(function, kind, s.decorator_list[0].lineno)

    def _path(self, func: ast.expr) -> str:
        parts: list[str] = []
        while isinstance(func, ast.Attribute):
            parts.insert(0, func.attr)
            func = func.value
        found = self._space.imports.get(func.id) if isinstance(func, ast.Name) else None
        return ".".join([found, *parts]) if found is not None else ""

    def call_in(self, s: ast.stmt, called: Callable[[ast.expr], Function | None]) -> Call | None:
        """The call of a command that a statement of the module is."""
        match s:
            case ast.Expr(ast.Call(func=ast.Name(id=name), args=[], keywords=[]) as call) if name in self._found:
                entry, given = self._found[name], [call.func]
            case ast.Expr(ast.Call(func=func, args=[ast.Name() as given_function], keywords=[]) as call) if (
                self._path(func) == "typer.run"
            ):
                function = called(given_function)
                if function is None or function.module:
                    return None
                entry, given = Entry(function, "typer.run", function.definition.lineno), [call.func, given_function]
            case _:
                return None
        a = entry.function.definition.args
        parameters = tuple(p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs))
        end = ast.Raise(ast.Call(ast.Name("SystemExit", ast.Load()), [ast.Constant(0)], []), None)
        leave = ast.fix_missing_locations(ast.copy_location(end, s))
        return Call(entry.function, call, parameters, tuple(given), leave, True, entry.kind, entry.line)


def _apps(space: Space, bound: Mapping[str, int]) -> dict[str, int]:
    """Plain apps of typer, by name, and how many commands each has; one that has anything else is left out."""
    found: dict[str, int] = {}
    for s in space.tree.body:
        match s:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func, keywords=keywords)):
                path = ast.unparse(func).split(".")
                made = ".".join([space.imports.get(path[0], ""), *path[1:]])
                if made == "typer.Typer" and bound[name] == 1 and not any("pretty" in (k.arg or "") for k in keywords):
                    found[name] = 0
    for n in every(space.tree):
        match n:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in found:
                found[name] += 1 if attr == "command" else 1000
    return found
