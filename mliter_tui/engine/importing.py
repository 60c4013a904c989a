"""Imports that a statement makes, as far as its code tells."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable
from typing import Any

from mliter_tui.codekey import names_of
from mliter_tui.script.nodes import Node, Script

_PICKLES = ("pickle", "joblib", "torch", "dill", "shelve")


def inner_imports(node: Node) -> set[tuple[str, int, tuple[str, ...]]]:
    """(module, level, names) of each import in a node's code and the functions it defines."""
    return names_of(node.unit.code).imports if node.unit.code is not None else set()


def local_imports(node: Node, table: dict[str, Any]) -> list[str]:
    """Modules that a statement names in imports, and those of the names that are local modules themselves."""
    if node.kind == "def":
        return []  # its imports are made by whoever calls it
    return _named(node, table)


def _named(node: Node, table: dict[str, Any]) -> list[str]:
    found = []
    for module, _, wanted in sorted(inner_imports(node)):
        found += [module, *(m for w in wanted if (m := f"{module}.{w}") in table)]
    return found


def pickled_names(script: Script, texts: list[str]) -> frozenset[str]:
    """Classes and functions of the script that a pickle may name, where the program reads any; `texts`: its modules."""
    if not any(word in text for text in (script.text, *texts) for word in _PICKLES):
        return frozenset()
    return frozenset(n for node in script.nodes if node.kind in ("class", "def") and node.frame < 0 for n in node.binds)


def called_imports(imported: Iterable[str], table: Container[str]) -> list[str]:
    """Modules that functions import when called, out of what they name in imports; also such as are not there yet.

    imported: as `codekey.imported_names` has it. table: the local modules.
    """
    found = set()
    for each in imported:
        module, _, name = each.partition(":")
        if name:
            module = f"{module}.{name}"  # a name, or a module of that name
        if module in table or not name and module.partition(".")[0] not in sys.stdlib_module_names:
            found.add(module)
    return sorted(found)
