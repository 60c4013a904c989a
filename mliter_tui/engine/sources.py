"""Sources on disk: the script's text and the local modules it can import."""

from __future__ import annotations

import ast
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from mliter_tui.engine.reading import read_source
from mliter_tui.engine.search_path import LIBRARIES, added_folders, installed_folders
from mliter_tui.errors import ScriptError
from mliter_tui.history.iterations import Module
from mliter_tui.script.definitions import resolve
from mliter_tui.syntax import every, parsed


@lru_cache(maxsize=256)
def _imported(text: str) -> frozenset[tuple[int, str, tuple[str, ...]]]:
    try:
        tree = parsed(text)
    except SyntaxError:
        return frozenset()
    found: set[tuple[int, str, tuple[str, ...]]] = set()
    for n in every(tree):
        if isinstance(n, ast.Import):
            found |= {(0, a.name, ()) for a in n.names}
        elif isinstance(n, ast.ImportFrom):
            found.add((n.level, n.module or "", tuple(a.name for a in n.names)))
    return frozenset(found)


def _find(name: str, folders: list[str]) -> importlib.machinery.ModuleSpec | None:
    """Where python would find a module in these folders."""
    try:
        spec = importlib.machinery.PathFinder.find_spec(name, folders)
        if spec is not None and spec.submodule_search_locations is not None:
            list(spec.submodule_search_locations)
    except KeyError:  # a folder without __init__.py asks its parent package, which is not imported here
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        last = name.rpartition(".")[2]
        spec.submodule_search_locations = [p for f in folders if os.path.isdir(p := os.path.join(f, last))]
    return spec


class LocalModules:
    """Modules that belong to the user: found beside the script, on PYTHONPATH, in folders that the program itself or a
    path file adds; not in the interpreter's libraries. recorded: they as they were, whatever there is on disk."""

    def __init__(self, script: Path, text: str, recorded: Sequence[Module] | None = None) -> None:
        beside = str(script.resolve().parent)
        self.folders = [beside, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        self.folders += [f for f in installed_folders() if f not in self.folders]
        self.folders = [f for f in self.folders if not os.path.isfile(os.path.join(f, "mliter_tui", "codekey.py"))] or [
            beside
        ]
        self.paths: dict[str, str] = {}
        self.sources: dict[str, tuple[str, bool]] = {}
        self.modules: list[Module] = []
        if recorded is not None:
            for module in recorded:
                self._put(module)
            return
        self._add_folders(text, str(script))
        self.scan(text, "")
        known = 0
        while known != len(self.folders):  # a module may have added folders that those read before it import from
            known = len(self.folders)
            self.scan(text, "")
            for name, (source, is_package) in list(self.sources.items()):
                self.scan(source, name if is_package else name.rpartition(".")[0])

    def _add_folders(self, text: str, file: str) -> None:
        first, last = added_folders(text, file)
        self.folders = list(dict.fromkeys([*first, *self.folders, *last]))

    def scan(self, text: str, package: str) -> None:
        for level, name, wanted in sorted(_imported(text)):
            base = resolve(package, level, name)
            for candidate in [base, *(f"{base}.{w}" for w in wanted if base and w != "*")]:
                self.add(candidate)

    def add(self, name: str) -> None:
        """Find a module and, first, the packages it is in."""
        top = name.split(".")[0]
        if not name or top in sys.builtin_module_names:
            return
        if top in sys.stdlib_module_names and not any(
            os.path.exists(os.path.join(f, top + ".py")) or os.path.exists(os.path.join(f, top, "__init__.py"))
            for f in self.folders
        ):
            return
        folders = self.folders
        parts = name.split(".")
        for i in range(len(parts)):
            partial = ".".join(parts[: i + 1])
            spec = _find(partial, folders)
            if spec is None:
                return
            if spec.origin and spec.origin.endswith(".py") and not os.path.realpath(spec.origin).startswith(LIBRARIES):
                self._take(partial, spec.origin)
            elif spec.submodule_search_locations is None:
                return
            folders = list(spec.submodule_search_locations or [])

    def _take(self, name: str, origin: str) -> None:
        if name in self.sources:
            return
        try:
            content, text = read_source(Path(origin))
        except ScriptError:
            return
        is_package = os.path.basename(origin) == "__init__.py"
        self._put(Module(name, origin, is_package, text, content))
        self._add_folders(text, origin)
        self.scan(text, name if is_package else name.rpartition(".")[0])

    def _put(self, module: Module) -> None:
        self.modules.append(module)
        self.paths[module.name] = module.path
        self.sources[module.name] = (module.text, module.package)
