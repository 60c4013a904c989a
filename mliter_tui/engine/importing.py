"""Imports that a statement makes, as far as its code tells."""

from __future__ import annotations

from typing import Any

from mliter_tui.codekey import names_of
from mliter_tui.script.nodes import Node, Script


def inner_imports(node: Node) -> set[tuple[str, int, tuple[str, ...]]]:
    """(module, level, names) of each import in a node's code and the functions it defines."""
    return names_of(node.unit.code).imports if node.unit.code is not None else set()


def local_imports(node: Node, table: dict[str, Any]) -> list[str]:
    """Modules an import statement names, and those of the names that are local modules themselves."""
    found = []
    for module, _, wanted in sorted(inner_imports(node)):
        found += [module, *(m for w in wanted if (m := f"{module}.{w}") in table)]
    return found



def function_imports(script: Script, table: dict[str, Any]) -> list[str]:
    """Local modules that functions of the script import when called."""
    found: set[str] = set()
    for node in script.nodes:
        if node.kind == "def":
            for module, _, wanted in inner_imports(node):
                found |= {module, *(f"{module}.{w}" for w in wanted)}
    return sorted(m for m in found if m in table)
