"""Spaces: the script and the local modules whose functions are stepped into, and what names mean in each of them.

In a module the name `x` is "mod:MODULE:x", as what it binds is called everywhere; what a statement reaches through
names of other local modules (`helpers.clean`) is told by their definitions, function by function (rule R3).
"""

from __future__ import annotations
import __future__

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from mliter_tui.codekey import EVERYTHING, UNPICKLING, Names
from mliter_tui.script.definitions import Definitions, resolve
from mliter_tui.script.functions import (
    Called,
    Function,
    functions,
    named,
    only_takes_it,
    reaches_main,
    rebinds_unseen,
)  # fmt: skip
from mliter_tui.script.loops import few_names
from mliter_tui.script.managers import unclear
from mliter_tui.script.methods import Methods
from mliter_tui.syntax import every, own_walk, parsed
from mliter_tui.wording import LINES_APART

_AS_THEY_ARE = frozenset({EVERYTHING, UNPICKLING, "__file__"})
_TAKING = frozenset("list tuple dict sorted sum min max len any all".split())
_READING = re.compile(
    r"__code__|getsource|\bco_\w|getclosurevars|\bdis\b|findsource|linecache|_getframe|currentframe|settrace|setprofile"
    r"|inspect\.(stack|trace)|import \*"
)
_TORCH = re.compile(r"\.compile\(|\bjit\b|\bfx\b|\bexport\(|import compile")
_DEEPEST = 5  # modules that pass a name on


def future_flags(tree: ast.Module) -> int:
    flags = 0
    for s in tree.body:
        if isinstance(s, ast.ImportFrom) and s.module == "__future__":
            for alias in s.names:
                flags |= getattr(__future__, alias.name).compiler_flag
    return flags


class Space:
    """One module: its text and what it defines. module: its name, "" for the script. number: which one it is.

    closed: nobody but the module itself binds its names. made: what was made of its statements, with these, as of
    `Builder.once`: a script is read several times in a run.
    """

    def __init__(self, text: str, filename: str, closed: bool, module: str = "", package: str = "", number: int = 0):
        self.text, self.filename, self.module, self.package = text, filename, module, package
        self.tree, self._closed = parsed(text), closed
        self.lines = text.splitlines(keepends=True)
        self.made: dict[tuple[str, int, str], tuple[ast.AST, Any]] = {}
        self.first = number * LINES_APART
        self.future = future_flags(self.tree)
        self.functions: Mapping[str, Function] = functions(self.tree, text, module) if closed else {}
        self.few = few_names(self.tree)
        self.rebound = set(_bound_anew(self.tree))
        self.definitions = {s.name: s for s in self.tree.body if isinstance(s, ast.FunctionDef)}

    @cached_property
    def imports(self) -> dict[str, str]:
        """What names stand for that the body imports and binds by nothing else: dotted paths."""
        found: dict[str, str] = {}
        for s in self.tree.body:
            if isinstance(s, ast.Import):
                found |= {a.asname or a.name.partition(".")[0]: _target(a) for a in s.names}
            elif isinstance(s, ast.ImportFrom):
                base = resolve(self.package, s.level, s.module)
                found |= {a.asname or a.name: ".".join(filter(None, [base, a.name])) for a in s.names}
        return {name: path for name, path in found.items() if self.bound[name] == 1}

    def only_takes_it(self, func: ast.expr, hidden: Collection[str]) -> bool:
        """Whether it makes no difference that a function is looked up before its arguments or behind.

        hidden: variables of the function that the call stands in.
        """
        root = func
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id not in hidden:
            if root.id in self.imports or (root is func and root.id in _TAKING and not self.bound[root.id]):
                return True
        return only_takes_it(func, self.rebound)

    @cached_property
    def bound(self) -> Counter[str]:
        """How often each name is bound in the text."""
        return Counter(bindings(self.tree))

    @cached_property
    def unclear(self) -> frozenset[str]:
        """Definitions of the body whose contexts, as the text shows, cannot be entered by a node of its own."""
        return unclear(self.tree, self.imports)

    @cached_property
    def methods(self) -> Methods:
        return Methods(self)

    @cached_property
    def parted(self) -> frozenset[str]:
        """Those of the `sole` classes whose methods may be known by themselves."""
        return self.sole if not reads_code(self.text) else frozenset()

    @cached_property
    def sole(self) -> frozenset[str]:
        """Classes of the body that their names always mean."""
        if not self._closed or rebinds_unseen(self.tree):
            return frozenset()
        kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        defined = Counter(n.name for n in every(self.tree) if isinstance(n, kinds))
        return frozenset(name for name in self.classes if defined[name] == 1 and self.bound[name] == 1)

    @cached_property
    def classes(self) -> frozenset[str]:
        return frozenset(s.name for s in self.tree.body if isinstance(s, ast.ClassDef))


def _bound_anew(tree: ast.Module) -> Iterable[str]:
    """Names that functions may bind, or that may not be there any more."""
    for n in every(tree):
        match n:
            case ast.Global(names=names):
                yield from names
            case ast.Name(id=name, ctx=ast.Del()):
                yield name


def _target(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.partition(".")[0]


def bindings(tree: ast.Module) -> Iterable[str]:
    """Names, once for each place that binds them; several `import a.b`, `import a.c` are one."""
    tops = set()
    for n in every(tree):
        match n:
            case ast.Global(names=names):
                yield from names
            case ast.alias(asname=None, name=name) if "." in name:
                tops.add(name.partition(".")[0])
    for n in own_walk(tree):
        match n:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.alias(asname=None, name=name) if "." in name:
                pass
            case _ if name := named(n):
                yield name
    for s in every(tree):
        if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and s in tree.body:
            yield s.name
    yield from tops


def reads_code(text: str) -> bool:
    """Whether a program may look at the code of functions rather than call them, or hand it to what does."""
    return _READING.search(text) is not None or ("torch" in text and _TORCH.search(text) is not None)


class Modules:
    """The local modules of a script: texts, and whether it is a package's `__init__`, by name; files by name.

    What is told of them is told once: a script is read several times in a run.
    """

    def __init__(
        self, sources: Mapping[str, tuple[str, bool]] | None = None, paths: Mapping[str, str] | None = None
    ) -> None:
        self.sources, self.paths = dict(sources or {}), dict(paths or {})
        self.texts = [text for text, _ in self.sources.values()]
        self._definitions: dict[bool, Definitions] = {}
        self._spaces: dict[str, Space | None] = {}
        self._script: Space | None = None  # the one that was asked for last

    def script(self, text: str, filename: str) -> Space:
        """The space of a script whose modules they are. Raises SyntaxError."""
        last = self._script
        if last is None or (last.text, last.filename) != (text, filename):
            last = self._script = Space(text, filename, self.closed)
        return last

    def definitions(self, keep_docstrings: bool) -> Definitions:
        """What is defined in them."""
        if keep_docstrings not in self._definitions:
            self._definitions[keep_docstrings] = Definitions(self.sources, keep_docstrings)
        return self._definitions[keep_docstrings]

    @cached_property
    def closed(self) -> bool:
        """Whether nobody but a module itself binds its names, the script included."""
        return not reaches_main(self.texts)

    @cached_property
    def parted(self) -> bool:
        """Whether nothing in them is in the way of knowing classes of the script by their parts."""
        return not any(map(reads_code, self.texts))

    @cached_property
    def replaced(self) -> frozenset[str]:
        """Attributes that they set in anything but `self`."""
        return frozenset(name for text in self.texts for name in attributes_set(text))

    def space(self, module: str) -> Space | None:
        """One of them; None where there is no such module, or it is not Python."""
        if module not in self._spaces:
            self._spaces[module] = self._read(module)
        return self._spaces[module]

    def _read(self, module: str) -> Space | None:
        if module not in self.sources or module not in self.paths:
            return None
        text, is_package = self.sources[module]
        package = module if is_package else module.rpartition(".")[0]
        number = 1 + sorted(self.sources).index(module)
        try:
            return Space(text, self.paths[module], self.closed, module, package, number)
        except SyntaxError:  # its import will say so
            return None


class Spaces:
    """The script's space, and those of its local modules as far as they are looked at."""

    def __init__(self, text: str, filename: str, modules: Modules, keep_docstrings: bool) -> None:
        self.script = modules.script(text, filename)
        self._modules, self._keep_docstrings = modules, keep_docstrings

    def method(self, func: ast.expr, function: Function | None, receiver: str) -> Called | None:
        """As of `Methods.called`, where the script's classes are what their text says."""
        found = self.script.methods.called(func, function, receiver) if self.script.sole else None
        return found if found is not None and found[0].name not in self._replaced else None

    @cached_property
    def _replaced(self) -> frozenset[str]:
        return self._modules.replaced | attributes_set(self.script.text)

    def of(self, function: Function | None) -> Space:
        """Where a function is defined; None: the script."""
        space = self._modules.space(function.module) if function is not None and function.module else self.script
        assert space is not None
        return space

    def files(self, modules: Iterable[str]) -> dict[str, str]:
        """The files of these modules, but for the script's own."""
        return {module: self._modules.paths[module] for module in set(modules) if module}

    def is_own(self, space: Space, name: str) -> bool:
        """Whether a name of a space is a function or class of the user's, as far as the text shows."""
        module = space.imports.get(name, "").partition(".")[0]
        own = {source.partition(".")[0] for source in self._modules.sources} if module else ()
        return name in space.definitions or name in space.classes or module in own

    def called(
        self, func: ast.expr, space: Space, known: Mapping[str, Function], hidden: Collection[str]
    ) -> Function | None:
        """The function that an expression in a space names, if it can be stepped into.

        known: functions of the space, as far as they are defined where the expression stands. hidden: names that mean
        something else there.
        """
        parts: list[str] = []
        while isinstance(func, ast.Attribute):
            parts.insert(0, func.attr)
            func = func.value
        if not isinstance(func, ast.Name) or func.id in hidden:
            return None
        if not parts and func.id in known:
            return known[func.id]
        path = space.imports.get(func.id)
        return self._at([*path.split("."), *parts]) if path is not None and self._modules.sources else None

    def _at(self, path: list[str], deep: int = 0) -> Function | None:
        """The function behind a dotted path, also where modules pass it on."""
        at = len(path) - 1
        while at > 0 and ".".join(path[:at]) not in self._modules.sources:
            at -= 1
        space = self._modules.space(".".join(path[:at])) if at > 0 else None
        if space is None or len(path) - at != 1 or deep > _DEEPEST:
            return None
        name = path[at]
        if name in space.functions:
            return space.functions[name] if name not in self._replaced else None
        further = space.imports.get(name)
        return self._at(further.split("."), deep + 1) if further is not None else None

    def meant(self, space: Space, names: Names) -> tuple[dict[str, str], frozenset[str], str]:
        """(what global names in code of a module are called, what else it reads, key of the definitions it reaches)."""
        if not space.module:
            return {}, frozenset(), ""
        reads, key = self._modules.definitions(self._keep_docstrings).through(space.module, names)
        every = names.reads | names.writes | names.deletes | names.stores
        return {n: f"mod:{space.module}:{n}" for n in every - _AS_THEY_ARE}, reads, key


@lru_cache(maxsize=256)
def attributes_set(text: str) -> frozenset[str]:
    """Attributes that a program sets in anything but `self`: functions of modules may be replaced so."""
    found: set[str] = set()
    try:
        tree = parsed(text)
    except SyntaxError:
        return frozenset()
    for n in every(tree):
        match n:
            case ast.Attribute(value=ast.Name(id="self")):
                pass
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Call(func=ast.Name("setattr"), args=[_, ast.Constant(str(name)), *_]):
                found.add(name)
            case ast.Call(func=ast.Attribute(attr="patch" | "object"), args=arguments):
                words = [a.value for a in arguments if isinstance(a, ast.Constant)]
                found.update(word.rpartition(".")[2] for word in words if isinstance(word, str))
    return frozenset(found)
