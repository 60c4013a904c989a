"""The live names of a running script: globals of __main__ and the cells of a main() stepped into.

Scoped names: "x" is a global, "main.x" a local of main, "mod:features:CFG" a data name of a local module. After a node,
`outputs` tells which names are bound to another object, deleted, or hold a changed value (rule R5), and which share
mutable state (rule R6).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.kernel.fingerprint import Scan, scan
from mliter_tui.kernel.probing import module_of
from mliter_tui.kernel.sharing import Sharing, joint

RETURN = "main.<return>"
_MISSING = object()
_IGNORED = frozenset(
    "__name__ __builtins__ __annotations__ __loader__ __spec__ __package__ __cached__ __file__ "
    "__warningregistry__".split()
)
_PLAIN = frozenset({int, float, complex, str, bytes, bool, type(None), list, tuple, dict, set, frozenset, range, slice})


class Live:
    """Names, their last scans, and the context that fingerprints need (see fingerprint.Context)."""

    def __init__(self, main: ModuleType, definitions: dict[str, dict[str, tuple[str, list[str]]]], docs: bool) -> None:
        self.main = main
        self.frame: dict[str, CellType] = {}
        self.result: Any = _MISSING
        self.cells: dict[int, str] = {}
        self.lineage = ""
        self.keep_docstrings = docs
        self.definitions = definitions
        self.scans: dict[str, Scan] = {}
        self.sharing = Sharing()

    # -- fingerprint.Context -------------------------------------------------------------------------------------
    def is_local_module(self, name: str) -> bool:
        return name in self.definitions

    def local_definition(self, module: str, qualname: str) -> tuple[str, frozenset[str]] | None:
        table = self.definitions.get(module)
        if table is None:
            return None
        found = table.get(qualname.split(".")[0]) or table.get("*") or ("?", [])
        return found[0], frozenset(found[1])

    # -- names ---------------------------------------------------------------------------------------------------
    def enter(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.frame:
                self.frame[name] = cell = CellType()
                self.cells[id(cell)] = f"main.{name}"

    def get(self, name: str) -> Any:
        """The object a scoped name is bound to, or `Live.missing`."""
        if name == RETURN:
            return self.result
        if name.startswith("mod:"):
            _, module, attribute = name.split(":")
            return getattr(sys.modules.get(module), attribute, _MISSING)
        if name.startswith("main."):
            cell = self.frame.get(name[5:])
            try:
                return _MISSING if cell is None else cell.cell_contents
            except ValueError:
                return _MISSING
        return self.main.__dict__.get(name, _MISSING)

    missing = _MISSING

    def bind(self, name: str, value: Any) -> None:
        if name == RETURN:
            self.result = value
        elif name.startswith("mod:"):
            _, module, attribute = name.split(":")
            setattr(sys.modules[module], attribute, value)
        elif name.startswith("main."):
            self.enter([name[5:]])
            self.frame[name[5:]].cell_contents = value
        else:
            self.main.__dict__[name] = value
        self.scans.pop(name, None)
        self.sharing.take(name)

    def drop(self, name: str) -> None:
        if name.startswith("main.") and name != RETURN:
            cell = self.frame.get(name[5:])
            if cell is not None and self.get(name) is not _MISSING:
                del cell.cell_contents
        elif not name.startswith("mod:"):
            self.main.__dict__.pop(name, None)
        self.scans.pop(name, None)
        self.sharing.leave(name)

    def bound(self) -> dict[str, Any]:
        found = {n: v for n, v in self.main.__dict__.items() if n not in _IGNORED}
        for name in self.frame:
            value = self.get(f"main.{name}")
            if value is not _MISSING:
                found[f"main.{name}"] = value
        if self.result is not _MISSING:
            found[RETURN] = self.result
        return found

    # -- versions ------------------------------------------------------------------------------------------------
    def rescan(self, name: str, lineage: str) -> Scan:
        self.lineage = f"{lineage}:{name}"
        value = self.get(name)
        found = scan({"": value}, self)
        if isinstance(value, ModuleType):  # a module of the same name may come from elsewhere next time
            found.fp = xxh3_128_hexdigest(f"{found.fp}:{getattr(value, '__file__', '')}".encode())
        self.scans[name] = found
        self.sharing.put(name, found)
        return found

    def touched(self, needs: Iterable[str]) -> set[str]:
        """Names whose value a node could have changed: those it reaches and those that share state with them."""
        found: set[str] = set()
        for name in needs:
            found |= {name} | self.sharing.groups.get(name, frozenset())
        return found

    def joint(self, names: frozenset[str], lineage: str) -> Scan:
        """What names that share state come to together."""
        ordered = sorted(names)
        for name in ordered:
            if name not in self.scans:
                self.rescan(name, lineage)
        return joint([self.scans[name] for name in ordered])

    def storable(self, names: Iterable[str], lineage: str) -> bool:
        """Whether what these names share survives a pickle of them all: reads everything."""
        self.lineage = lineage
        found = scan({n: self.get(n) for n in names}, self)
        return found.storable and found.exact


def is_plain(value: Any) -> bool:
    """Builtin data: using it cannot reach the hidden state of a package."""
    return type(value) in _PLAIN


def cannot_change(value: Any) -> bool:
    """Atoms, library functions and modules: no node changes these in a way that is tracked by value."""
    kind = type(value)
    if kind in (int, float, complex, str, bytes, bool, type(None), BuiltinFunctionType, ModuleType, range):
        return True
    return kind in (type, FunctionType) and module_of(value) not in ("__main__", "")
