"""Definitions of local modules, function by function (rule R3).

For each top-level name of each local module: a key over everything it can reach by name in local modules, and the names
among that. Their values are inputs, as they may change while the script runs or depend on what was there when the
module was imported: functions and classes too. Editing one helper changes only the keys of names that reach it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import field

from xxhash import xxh3_128, xxh3_128_hexdigest

from mliter_tui.codekey import EVERYTHING, UNPICKLING, Names, code_fingerprint, names_of
from mliter_tui.lean import dataclass
from mliter_tui.syntax import walk

_DYNAMIC = frozenset({"exec", "eval", "globals", "locals", "__import__", "import_module", "vars", "setattr"})
_DYNAMIC_ATTRIBUTES = frozenset({"import_module", "modules"})  # sys.modules[__name__] is the module itself
Place = tuple[str, str]  # (module, name); name "*" is the whole module


@dataclass
class _Name:
    key: bytes = b""
    names: list[Names] = field(default_factory=list)


@dataclass
class _Module:
    name: str
    package: str
    bindings: dict[str, _Name]
    imported: dict[str, list[Place]]  # several where branches import different things under one name
    body_key: str
    dynamic: bool
    assigned: set[str] = field(default_factory=set)  # names bound by more than imports
    stores: set[str] = field(default_factory=set)  # names in whose attributes or items importing it may store


def bound_by(s: ast.stmt) -> set[str]:
    """Names a module-level statement binds or changes (`T = …`, `T[k] = …`, `T.append(…)` all count for T)."""
    found: set[str] = set()
    for n in walk(s):
        match n:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Subscript(value=ast.Name(id=name)) | ast.Attribute(value=ast.Name(id=name)):
                found.add(name)
        if isinstance(s, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            break
    return found


def _outside_functions(s: ast.stmt) -> Iterator[ast.AST]:
    """A module's statement and all in it that runs when the module is imported, in the module's own names."""
    todo: list[ast.AST] = [s]
    while todo:
        n = todo.pop()
        if not isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield n
            todo += ast.iter_child_nodes(n)


def _add(module: _Module, name: str, target: Place) -> None:
    known = module.imported.setdefault(name, [])
    if target not in known:
        known.append(target)


def resolve(package: str, level: int, target: str | None) -> str:
    """The module that `from ..target import` means in a package; level: its dots."""
    if not level:
        return target or ""
    base = package.split(".") if package else []
    base = base[: len(base) - (level - 1)]
    return ".".join([*base, *([target] if target else [])])


class Definitions:
    """Keys of all local definitions. `sources` maps module name to (text, whether it is a package's __init__)."""

    def __init__(self, sources: dict[str, tuple[str, bool]], keep_docstrings: bool = False) -> None:
        self.keep_docstrings = keep_docstrings
        self.modules: dict[str, _Module] = {}
        self.closures: dict[str, frozenset[str]] = {}  # by module: all local ones that importing it may import
        self._steps: dict[Place, list[Place]] = {}
        for name, (text, is_package) in sources.items():
            try:
                self.modules[name] = self._read(name, text, is_package)
            except SyntaxError:  # let the import itself say so, if it comes to that
                package = name if is_package else name.rpartition(".")[0]
                self.modules[name] = _Module(name, package, {}, {}, xxh3_128_hexdigest(text.encode()), True)

    def _read(self, name: str, text: str, is_package: bool) -> _Module:
        package = name if is_package else name.rpartition(".")[0]
        module = _Module(name, package, {}, {}, "", False)
        whole = xxh3_128()
        in_functions: set[str] = set()
        own: set[str] = set()
        calls = False
        for at, s in enumerate(ast.parse(text).body):
            if isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant):
                if self.keep_docstrings and at == 0 and isinstance(s.value.value, str):
                    whole.update(s.value.value.encode("utf-8", "surrogatepass"))
                    module.bindings["__doc__"] = _Name(xxh3_128(whole.digest()).digest())
                continue
            code = compile(ast.Module([s], []), name, "exec", dont_inherit=True)
            key = code_fingerprint(code, self.keep_docstrings)
            whole.update(key)
            names = names_of(code)
            if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                in_functions |= names.stores
            else:
                module.stores |= names.stores
                own |= names.writes if not isinstance(s, (ast.Import, ast.ImportFrom)) else set()
                calls |= names.calls and not isinstance(s, (ast.Import, ast.ImportFrom))
            module.dynamic |= names.star or bool(names.reads & _DYNAMIC) or bool(names.attributes & _DYNAMIC_ATTRIBUTES)
            self._imports(module, s)
            for bound in bound_by(s) | names.writes:
                entry = module.bindings.setdefault(bound, _Name())
                entry.key += key
                entry.names.append(names)
                if not isinstance(s, (ast.Import, ast.ImportFrom)):
                    module.assigned.add(bound)
        module.body_key = whole.hexdigest()
        module.stores = (module.stores | in_functions if calls else module.stores) - own
        return module

    def _imports(self, module: _Module, s: ast.stmt) -> None:
        for n in _outside_functions(s):
            if isinstance(n, ast.Import):
                for a in n.names:
                    top = a.name.split(".")[0]
                    _add(module, a.asname or top, (a.name if a.asname else top, "*"))
                    if "." in a.name:
                        _add(module, a.name, (a.name, "*"))
            elif isinstance(n, ast.ImportFrom):
                base = resolve(module.package, n.level, n.module)
                for a in n.names:
                    _add(module, a.asname or a.name, (base, a.name))

    def _step(self, place: Place) -> list[Place]:
        """Places one definition refers to by name."""
        module_name, name = place
        module = self.modules.get(module_name)
        if module is None:
            return []
        submodule = f"{module_name}.{name}"
        if name == "*" or module.dynamic or (name not in module.bindings and name not in module.imported):
            if name != "*" and submodule in self.modules:
                return [(submodule, "*")]
            return [(module_name, n) for n in module.bindings] + self._import_targets(module)
        found: list[Place] = []
        for target in module.imported.get(name, ()):
            found += self._target(target, "")
        for names in module.bindings.get(name, _Name()).names:
            found += [(module_name, n) for n in names.writes if n in module.bindings]
            for chain in names.chains:
                root, _, rest = chain.partition(".")
                for target in module.imported.get(root, ()):
                    found += self._target(target, rest)
                if root in module.bindings:
                    found.append((module_name, root))
            for imported, level, wanted in names.imports:
                base = resolve(module.package, level, imported)
                found += [p for w in (wanted or ("*",)) for p in self._target((base, w), "")]
        return found

    def _import_targets(self, module: _Module) -> list[Place]:
        return [p for targets in module.imported.values() for target in targets for p in self._target(target, "")]

    def _target(self, target: Place, rest: str) -> list[Place]:
        """Where an imported name leads, following attributes of modules ("F" + "clean" -> ("features", "clean"))."""
        base, name = target
        path = f"{base}.{name}" if name != "*" else base
        parts = rest.split(".") if rest else []
        found = [(base, name)] if path != base and self._defines(base, name) else []
        while parts and f"{path}.{parts[0]}" in self.modules:
            if self._defines(path, parts[0]):
                found.append((path, parts[0]))
            path = f"{path}.{parts.pop(0)}"
        if path in self.modules:
            return [*found, (path, parts[0] if parts else "*")]
        if base in self.modules and not found:
            return [(base, name)]
        return found

    def _defines(self, package: str, name: str) -> bool:
        """Whether a package binds a name itself, to something other than its module of that name."""
        module = self.modules.get(package)
        if module is None or name not in module.bindings:
            return False
        itself = {(package, name), (f"{package}.{name}", "*")}
        return not module.imported.get(name) or not itself.issuperset(module.imported[name])

    def _reached(self, place: Place) -> set[Place]:
        seen: set[Place] = set()
        todo = [place]
        while todo:
            p = todo.pop()
            if p not in seen:
                seen.add(p)
                if p not in self._steps:
                    self._steps[p] = list(dict.fromkeys(self._step(p)))
                todo += self._steps[p]
        return seen

    def reach(self, place: Place) -> tuple[str, frozenset[str]]:
        """(key, names as "mod:MODULE:NAME" whose values count) of everything a definition can reach."""
        seen = self._reached(place)
        if place[1] == "*":
            own = {module for module, _ in seen}
            parents = {".".join(parts[:n]) for m in own for parts in [m.split(".")] for n in range(1, len(parts))}
            self.closures[place[0]] = frozenset((own | parents) & self.modules.keys())
        h = xxh3_128()
        data: set[str] = set()
        for module_name, name in sorted(seen):
            module = self.modules.get(module_name)
            if module is None:
                continue
            h.update(f"{module_name}:{name}".encode())
            entry = module.bindings.get(name)
            data |= {n for names in (entry.names if entry else ()) for n in names.reads & {EVERYTHING, UNPICKLING}}
            if module.dynamic or name == "*":
                h.update(module.body_key.encode())
            elif entry is not None:
                h.update(entry.key)
            if entry is not None and not self._followed(module, name):
                data.add(f"mod:{module_name}:{name}")
        return h.hexdigest(), frozenset(data)

    def through(self, module: str, names: Names) -> tuple[frozenset[str], str]:
        """As of `reach`, of what code in a module reaches through names that are bound to other local modules."""
        own, places = self.modules.get(module), []
        chains = sorted(names.chains) if own is not None else []
        for chain, following in zip(chains, [*chains[1:], ""]):
            root, _, rest = chain.partition(".")
            if own is None or root not in own.imported or not self._always_module(own, root):
                continue
            if not following.startswith(chain + ".") and (rest or root in names.bare):
                places += self._target(own.imported[root][0], rest)
        reached = [self.reach(place) for place in dict.fromkeys(places)]
        data = frozenset(name for _, found in reached for name in found)
        return data, xxh3_128_hexdigest("".join(key for key, _ in reached).encode()) if reached else ""

    def _followed(self, module: _Module, name: str) -> bool:
        """Whether what a name reaches is followed here: it is only ever bound to one and the same local module."""
        targets = module.imported.get(name, [])
        return self._always_module(module, name) and self._is_local(targets[0])

    def _is_local(self, target: Place) -> bool:
        base, wanted = target
        return (base if wanted == "*" else f"{base}.{wanted}") in self.modules

    def _always_module(self, module: _Module, name: str) -> bool:
        """Whether a name is only ever bound to one and the same module."""
        targets = module.imported.get(name, [])
        if len(targets) != 1 or name in module.assigned:
            return False
        base, wanted = targets[0]
        return wanted == "*" or f"{base}.{wanted}" in self.modules and not self._defines(base, wanted)

    def table(self) -> dict[str, dict[str, tuple[str, list[str]]]]:
        """All keys, in plain containers: {module: {name: (key, data names)}}; "*" stands for the whole module."""
        result: dict[str, dict[str, tuple[str, list[str]]]] = {}
        for name, module in self.modules.items():
            row = result.setdefault(name, {})
            for bound in ["*", *module.bindings, *module.imported]:
                if f"{name}.{bound}" in self.modules and not self._defines(name, bound):
                    continue  # stands for the module of that name
                key, data = self.reach((name, bound))
                row[bound] = (key, sorted(data))
        return result

    def patching(self) -> dict[str, str]:
        """Modules whose import may set something in modules of others (`np.x = 1`), with the key of their body."""
        found = {}
        for name, module in self.modules.items():
            roots = {r for r in module.stores if r in module.imported and r not in ("os", "sys")}
            if any(base not in self.modules for root in roots for base, _ in module.imported[root]):
                found[name] = self.body_key(name)
        return found

    def body_key(self, module: str) -> str:
        """Key of everything a module's import executes or defines; follows its own imports of local modules."""
        return self.reach((module, "*"))[0]
