"""The least that a tool which reuses whole statements could spend: what of a run is work never done before.

    python benchmarks/oracle.py train.py OUT.json

Runs a script cold, cut into cells: statements of the module and of the `main()` it calls, and those of each turn of a
short `for` loop among them. A cell's key is a digest of its code, without layout, comments and docstrings, and of the
values it reads, with the code of local functions it names. OUT gets the cells with their seconds, in which digests do
not count, and the seconds of imports. Whoever knows the keys of earlier runs can tell which cells had to run. It can be
beaten: by a process that has the imports already, by not importing what is not needed, and by reuse inside a statement.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import marshal
import os
import random
import sys
import time
import types
from typing import Any

SHORT = 64
"""Turns of a loop that are cells of their own at most."""
_WHOLE = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Return, ast.Break, ast.Continue, ast.Pass, ast.Global,
    ast.Nonlocal,
)  # fmt: skip


def digest(*parts: object) -> str:
    made = hashlib.blake2b(digest_size=16)
    for part in parts:
        made.update(part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass"))
        made.update(b"\0")
    return made.hexdigest()


def bare(node: ast.AST) -> str:
    """Code without layout, comments and docstrings."""
    node = copy.deepcopy(node)
    for each in ast.walk(node):
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(each, clean=False) is not None:
            each.body = each.body[1:] or [ast.Pass()]
    return ast.dump(node)


def read_by(node: ast.AST) -> list[str]:
    """Names whose values a statement reads, but for those it only makes for itself."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    loaded = {each.id for each in names if isinstance(each.ctx, ast.Load)}
    loaded |= {each.target.id for each in ast.walk(node)
               if isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name)}  # fmt: skip
    own: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.For | ast.comprehension):
            own |= {name.id for name in ast.walk(each.target) if isinstance(name, ast.Name)}
        elif isinstance(each, ast.arguments):
            own |= {arg.arg for arg in (*each.posonlyargs, *each.args, *each.kwonlyargs)}
    return sorted(loaded - own)


class Values:
    """Digests of values by content. What has none is known by the key of the cell that touched it last."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.touched: dict[str, str] = {}
        self.opaque: set[str] = set()
        self.drawing = False
        self._trees: dict[str, ast.Module] = {}

    def of(self, name: str, value: Any, above: frozenset[object] = frozenset()) -> str:
        if isinstance(value, types.ModuleType):
            self.drawing = self.drawing or value.__name__.startswith("matplotlib")
            file = getattr(value, "__file__", None) or ""
            return digest("module", bare(self._tree(file)) if self._local(file) else value.__name__)
        if isinstance(value, types.FunctionType | type) and self._local(self._file(value)):
            return self._code(value, above)
        if type(value).__module__.startswith("matplotlib"):
            self.drawing = True
            return "drawn"
        return self._content(name, value)

    def _content(self, name: str, value: Any) -> str:
        if not hasattr(value, "__next__"):
            try:
                if type(value) in (list, dict, tuple, str, int, float, bool, bytes, type(None)):
                    return digest(type(value).__name__, marshal.dumps(value, 2))
                if type(value) in (set, frozenset):
                    return digest("set", marshal.dumps(sorted(value), 2))
            except (ValueError, TypeError):
                pass
            try:
                import joblib

                return str(joblib.hash(value))
            except Exception:  # no pickle of it, for whatever reason its class has
                pass
        self.opaque.add(name)
        return digest("opaque", self.touched.get(name, ""))

    def _file(self, value: Any) -> str:
        return getattr(sys.modules.get(value.__module__), "__file__", None) or ""

    def _local(self, file: str) -> bool:
        return os.path.dirname(os.path.abspath(file)) == self.folder if file else False

    def _tree(self, file: str) -> ast.Module:
        if file not in self._trees:
            with open(file, encoding="utf-8") as source:
                self._trees[file] = ast.parse(source.read())
        return self._trees[file]

    def _code(self, value: Any, above: frozenset[object]) -> str:
        """A function or class of the script's own, with all it names."""
        tree = self._tree(self._file(value))
        found = [node for node in ast.walk(tree)
                 if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == value.__name__]  # fmt: skip
        if not found or value in above:
            return digest("name", value.__name__)
        space = vars(sys.modules[value.__module__])
        names = [name for name in read_by(found[0]) if name in space]
        return digest(bare(found[0]), *(self.of(name, space[name], above | {value}) for name in names))


class Recorder:
    """Called around each cell, by code that `instrumented` puts there."""

    def __init__(self, folder: str) -> None:
        self.values = Values(folder)
        self.nodes: list[ast.stmt] = []
        self.cells: list[dict[str, Any]] = []
        self.imports = self.imports_cpu = 0.0
        self._figure = ""
        self._open: list[tuple[int, str, str, float, float]] = []

    def begin(self, number: int, local: dict[str, Any], space: dict[str, Any]) -> None:
        node, values = self.nodes[number], self.values
        values.opaque, values.drawing = set(), False
        parts = [bare(node)]
        for name in read_by(node):
            if name in local or name in space:
                parts += [name, values.of(name, local[name] if name in local else space[name])]
        if values.drawing:  # matplotlib's state is in no variable: each cell that draws follows the one before
            source = ast.unparse(node)
            parts.append("" if "subplots(" in source or "figure(" in source else self._figure)
        key = digest(*parts)
        if values.drawing:
            self._figure = key
        values.touched.update(dict.fromkeys(values.opaque, key))
        self._open.append((number, key, streams(), time.perf_counter(), time.process_time()))

    def end(self, number: int) -> None:
        now, cpu = time.perf_counter(), time.process_time()
        begun, key, drawn, at, cpu_at = self._open.pop()
        assert begun == number
        node = self.nodes[number]
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imports, self.imports_cpu = self.imports + now - at, self.imports_cpu + cpu - cpu_at
            return
        if streams() != drawn:
            key = digest(key, drawn)
        self.cells.append({"line": node.lineno, "key": key, "seconds": now - at, "cpu": cpu - cpu_at})

    @staticmethod
    def short(turns: object) -> bool:
        return hasattr(turns, "__len__") and len(turns) <= SHORT

    # --- instrumenting
    def instrumented(self, tree: ast.Module) -> ast.Module:
        main = next((call.func.id for node in tree.body if _guard(node) for call in ast.walk(node)
                     if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)), None)  # fmt: skip
        tree.body = self._block(tree.body, main)
        return ast.fix_missing_locations(tree)

    def _block(self, body: list[ast.stmt], main: str | None = None) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for node in body:
            if isinstance(node, ast.FunctionDef) and node.name == main:
                node.body = self._block(node.body)
            if isinstance(node, _WHOLE) or _guard(node):
                made.append(node)
            elif isinstance(node, ast.For) and not node.orelse:
                made += self._loop(node)
            else:
                made += self._cell(node)
        return made

    def _loop(self, node: ast.For) -> list[ast.stmt]:
        """Turn by turn where there are few, else as one cell. The name of the turns is the same for all loops."""
        turns = ast.copy_location(ast.Assign([ast.Name("__turns", ast.Store())], node.iter), node)
        whole = copy.deepcopy(node)
        whole.iter = ast.Name("__turns", ast.Load())
        single = copy.deepcopy(whole)
        single.body = self._block(single.body)
        test = ast.parse("__oracle__.short(__turns)", mode="eval").body
        return [*self._cell(turns), ast.copy_location(ast.If(test, [single], self._cell(whole)), node)]

    def _cell(self, node: ast.stmt) -> list[ast.stmt]:
        number = len(self.nodes)
        self.nodes.append(copy.deepcopy(node))
        calls = [f"__oracle__.begin({number}, locals(), globals())", f"__oracle__.end({number})"]
        before, after = (ast.copy_location(ast.parse(call).body[0], node) for call in calls)
        return [before, node, after]


def _guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def streams() -> str:
    """Where the global random streams stand."""
    state = [digest(random.getstate())]
    if "numpy" in sys.modules:
        name, keys, *rest = sys.modules["numpy"].random.get_state()
        state.append(digest(name, keys.tobytes(), rest))
    return digest(*state)


def main() -> None:
    script, out = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    recorder = Recorder(os.path.dirname(script))
    import numpy  # noqa: F401  before the script does, so that its streams are there from the first cell on

    with open(script, encoding="utf-8") as source:
        tree = recorder.instrumented(ast.parse(source.read(), script))
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=script, __oracle__=recorder)
    sys.modules["__main__"] = module
    sys.argv, sys.path[0] = [script], os.path.dirname(script)
    exec(compile(tree, script, "exec"), module.__dict__)
    told = {"imports": recorder.imports, "imports_cpu": recorder.imports_cpu, "cells": recorder.cells}
    with open(out, "w", encoding="utf-8") as file:
        json.dump(told, file)


if __name__ == "__main__":
    main()
