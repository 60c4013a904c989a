"""What the tests of values share: the context of a script, and short ways to look at a value in it."""

from __future__ import annotations

import json
import textwrap
import types
from pathlib import Path
from typing import Any

from mliter_tui.kernel.artifacts import check, dump, load
from mliter_tui.kernel.fingerprint import Scan, scan

KEY = b"a user's key"


class Surroundings:
    """The context of a script whose __main__ is a module of its own."""

    def __init__(self, lineage: str = "trace") -> None:
        self.main = types.ModuleType("__main__")
        self.lineage = lineage
        self.cells: dict[int, str] = {}
        self.keep_docstrings = False
        self.parted: frozenset[str] = frozenset()
        self.labels = False
        self.local: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}

    def local_definition(self, module: str, qualname: str) -> tuple[str, frozenset[str]] | None:
        return self.local.get((module, qualname))

    def part(self, function: object) -> str:
        return ""

    def is_local_module(self, name: str) -> bool:
        return any(module == name for module, _ in self.local)

    def is_foreign(self, name: str) -> bool:
        return False

    def run(self, source: str) -> dict[str, Any]:
        exec(compile(textwrap.dedent(source), "script.py", "exec"), vars(self.main))
        return vars(self.main)


def look(value: object, context: Surroundings | None = None) -> Scan:
    return scan({"value": value}, context or Surroundings())


def fp(value: object) -> str:
    return look(value).fp


def back(folder: Path, **roots: Any) -> Any:
    """The roots after a dump, a manifest through JSON and a load; one alone is returned itself."""
    native = all(look(value).native for value in roots.values())
    manifest = json.loads(json.dumps(dump(dict(roots), folder, KEY, native)))
    check(manifest, folder, KEY)
    loaded = load(manifest, folder, KEY)
    return loaded if len(roots) > 1 else next(iter(loaded.values()))
