"""The live names of a running script: globals of __main__ and the cells of functions stepped into.

Scoped names: "x" is a global, "main.x" a local of main, "mod:features:CFG" a data name of a local module. No function
is stepped into inside itself, so that its name is enough. After a node, `outputs` tells which names are bound to
another object, deleted, or hold a changed value (rule R5), and which share mutable state (rule R6).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.codekey import PART
from mliter_tui.kernel import parts
from mliter_tui.kernel.fingerprint import Scan, scan
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.probing import module_of
from mliter_tui.kernel.sharing import Sharing, joint

RETURN = "<return>"
VALUE = "<value>"
_MISSING = object()
IGNORED = frozenset(
    "__name__ __builtins__ __annotations__ __loader__ __spec__ __package__ __cached__ __file__ "
    "__warningregistry__".split()
)
_IGNORED_IN_MODULES = IGNORED | {"__path__"}
_PLAIN = frozenset({int, float, complex, str, bytes, bool, type(None), list, tuple, dict, set, frozenset, range, slice})


class Frame:
    """The local variables of a call that was stepped into. number: which call.

    hidden: what is none of the script's variables, by names in angle brackets: its result, iterators of loops.
    """

    def __init__(self, number: int, names: Iterable[str]) -> None:
        self.number = number
        self.cells: dict[str, CellType] = {name: CellType() for name in names}
        self.hidden: dict[str, Any] = {}


class Live:
    """Names, their last scans, and the context that fingerprints need (see fingerprint.Context)."""

    def __init__(self, main: ModuleType, definitions: dict[str, dict[str, tuple[str, list[str]]]], docs: bool) -> None:
        self.main = main
        self.frames: dict[str, Frame] = {}
        self.hidden: dict[str, Any] = {}  # as of a frame
        self.cells: dict[int, str] = {}
        self.at = self.home = ""  # the function whose statement runs, and the local module that is of
        self.lineage = ""
        self.raised: BaseException | None = None  # has left a statement that guards are around
        self.keep_docstrings = docs
        self.definitions = definitions
        self.parted: frozenset[str] = frozenset()  # classes of the script that may be known by their parts
        self._parts: dict[int, tuple[object, str]] = {}  # functions that are or were parts, by id, and their names
        self.addressed: set[str] = set()  # names of values that may hold addresses of objects
        self.labels = False  # whether indexes of tables are shared objects, as the script may give them names
        self.own_file: Callable[[str], bool] = lambda file: False  # whether a file is the user's
        self._foreign: dict[str, bool] = {}
        self.scans: dict[str, Scan] = {}
        self.sharing = Sharing()

    # -- fingerprint.Context -------------------------------------------------------------------------------------
    def is_local_module(self, name: str) -> bool:
        return name in self.definitions

    def is_foreign(self, name: str) -> bool:
        """Whether a module is the user's, and was found by the script only as it ran: nothing is known of its text."""
        if name in self.definitions or name == "__main__" or (module := sys.modules.get(name)) is None:
            return False
        if name not in self._foreign:
            file = vars(module).get("__file__")
            self._foreign[name] = isinstance(file, str) and self.own_file(file)
        return self._foreign[name]

    def local_definition(self, module: str, qualname: str) -> tuple[str, frozenset[str]] | None:
        table = self.definitions.get(module)
        if table is None:
            return None
        found = table.get(qualname.split(".")[0])
        return (found[0], frozenset(found[1])) if found is not None else None

    def part(self, function: object) -> str:
        """The name of a method that is or was known by itself, "" for any other function."""
        found = self._parts.get(identity(function))
        return found[1] if found is not None else ""

    def parts(self) -> dict[str, object]:
        """All methods that are known by themselves, by name, as their classes hold them."""
        found: dict[str, object] = {}
        for name in self.parted:
            cls = self.main.__dict__.get(name)
            if isinstance(cls, type):
                found |= {parts.name_of(cls, each): value for each, value in parts.parts_of(self, cls).items()}
        for name, value in found.items():
            self._parts.update((identity(f), (f, name)) for f in parts.functions_of(value))
        return found

    def idle(self, used: set[str] | None) -> frozenset[int]:
        """Ids of functions that are parts, but none of these."""
        return frozenset(key for key, (_, name) in self._parts.items() if used is not None and name not in used)

    # -- names ---------------------------------------------------------------------------------------------------
    def enter(self, tag: str, number: int, names: Iterable[str]) -> Frame:
        """The variables of this call of a function; those of another call of it are gone."""
        frame = self.frames.get(tag)
        if frame is None or frame.number != number:
            self.leave(tag)
            frame = self.frames[tag] = Frame(number, names)
            self.cells.update((identity(cell), f"{tag}.{name}") for name, cell in frame.cells.items())
        return frame

    def leave(self, tag: str) -> list[str]:
        """A function's call has ended; what lives on of its variables belongs to closures. The names that are gone."""
        frame = self.frames.pop(tag, None)
        if frame is None:
            return []
        for cell in frame.cells.values():
            self.cells.pop(identity(cell), None)
        names = [f"{tag}.{name}" for name in (*frame.cells, *{RETURN: 0, **frame.hidden})]
        for name in names:
            self.scans.pop(name, None)
            self.sharing.leave(name)
        return names

    def get(self, name: str) -> Any:
        """The object a scoped name is bound to, or `Live.missing`."""
        if name.startswith("mod:"):
            _, module, attribute = name.split(":")
            return getattr(sys.modules.get(module), attribute, _MISSING)
        if name.startswith(PART):
            return parts.part(self, name, _MISSING)
        tag, dot, local = name.rpartition(".")
        if local.startswith("<"):
            return self._hidden(tag).get(local, _MISSING)
        if not dot:
            return self.main.__dict__.get(name, _MISSING)
        frame = self.frames.get(tag)
        if frame is None:
            return _MISSING
        cell = frame.cells.get(local)
        try:
            return _MISSING if cell is None else cell.cell_contents
        except ValueError:
            return _MISSING

    missing = _MISSING

    def names(self, module: str) -> dict[str, Any]:
        """The globals of a local module, of the script for ""."""
        return vars(sys.modules[module]) if module else self.main.__dict__

    def scoped(self, name: str) -> tuple[str, str]:
        """What a name in the statement that runs may be called: as a variable of its function, as a global."""
        return f"{self.at}.{name}", f"mod:{self.home}:{name}" if self.home else name

    def _hidden(self, tag: str) -> dict[str, Any]:
        frame = self.frames.get(tag)
        return frame.hidden if frame is not None else {} if tag else self.hidden

    def hidden_inside(self, tag: str, around: int, context: str) -> list[str]:
        """What is left, where an error has come up, of loops and contexts inside a guard, and of that itself.

        around: how many loops of the same function are around it; context: the name of its context, "" of a `try`.
        """
        first = int(context.rpartition(" ")[2][:-1]) if context else sys.maxsize
        found = []
        for local in self._hidden(tag):
            kind, _, number = local[1:-1].partition(" ")
            begun = first if kind in ("with", "manager") else around
            if local == VALUE or (number and int(number) >= begun):
                found.append(f"{tag}.{local}" if tag else local)
        return found

    def has_place(self, name: str) -> bool:
        """Whether a name can be bound: the variables of a call that an error has ended are nowhere any more."""
        tag, dot, _ = name.rpartition(".")
        return name.startswith("mod:") or not dot or tag in self.frames

    def bind(self, name: str, value: Any) -> None:
        """Bind a name; of a local one the call it belongs to must have been entered."""
        if name.startswith("mod:"):
            _, module, attribute = name.split(":")
            setattr(sys.modules[module], attribute, value)
        else:
            tag, dot, local = name.rpartition(".")
            if local.startswith("<"):
                (self.frames[tag].hidden if dot else self.hidden)[local] = value
            elif not dot:
                self.main.__dict__[name] = value
            else:
                self.frames[tag].cells[local].cell_contents = value
        self.scans.pop(name, None)
        self.sharing.take(name)

    def drop(self, name: str) -> None:
        if name.startswith("mod:"):
            _, module, attribute = name.split(":")
            names_of_module(module).pop(attribute, None)
        elif not name.startswith(PART):  # methods go with their class
            tag, dot, local = name.rpartition(".")
            if local.startswith("<"):
                self._hidden(tag).pop(local, None)
            elif not dot:
                self.main.__dict__.pop(name, None)
            elif self.get(name) is not _MISSING:
                del self.frames[tag].cells[local].cell_contents
        self.scans.pop(name, None)
        self.sharing.leave(name)

    def arrange(self, order: list[str]) -> None:
        """Put globals in the order in which the script has bound them."""
        names = self.main.__dict__
        for name in order:
            if name in names:
                names[name] = names.pop(name)

    def bound(self) -> dict[str, Any]:
        found = {n: v for n, v in self.main.__dict__.items() if n not in IGNORED}
        found.update(self.hidden)
        for tag, frame in self.frames.items():
            for name in (*frame.cells, *frame.hidden):
                value = self.get(f"{tag}.{name}")
                if value is not _MISSING:
                    found[f"{tag}.{name}"] = value
        return found | self.parts()

    # -- versions ------------------------------------------------------------------------------------------------
    def rescan(self, name: str, lineage: str) -> Scan:
        self.lineage = f"{lineage}:{name}"
        value = self.get(name)
        found = self._part(value) if name.startswith(PART) else (
            self._module(value) if isinstance(value, ModuleType) else scan({"": value}, self)
        )
        self.scans[name] = found
        self.sharing.put(name, found)
        return found

    def staying(self, apart: set[str]) -> list[tuple[Any, Scan | None]]:
        """What has been read and `stays`, but for these names, in their order."""
        names = sorted(n for n, found in self.scans.items() if found.stays and n not in apart)
        return [(self.get(name), self.scans[name]) for name in names]

    def adopt(self, name: str, read: Iterable[tuple[Any, Scan | None]]) -> Scan | None:
        """The scan of a name by that of its very object, where that is among what has been read and is not changed.

        None where it is not, or where reading it again takes no time or may tell something else.
        """
        value = self.get(name)
        for other, found in read:
            if other is value and found is not None and found.stays:
                return self._put(name, found)
        return None

    def rescan_once(self, name: str, lineage: str, read: dict[int, Scan]) -> Scan:
        """`rescan`, of an object that has several names only once. read: by objects, those that were read just now."""
        if name.startswith(PART):  # read in another way than the same function under a name
            return self.rescan(name, lineage)
        value = self.get(name)
        if (found := read.get(identity(value))) is not None:
            return self._put(name, found)
        found = self.rescan(name, lineage)
        if found.exact and not found.opaque:
            read[identity(value)] = found
        return found

    def _put(self, name: str, found: Scan) -> Scan:
        self.scans[name] = found
        self.sharing.put(name, found)
        return found

    def _part(self, value: object) -> Scan:
        """A method: its code; it shares nothing, and is never kept."""
        fp, refs, imports = parts.read(value, self.keep_docstrings)
        return Scan(fp, storable=False, refs=refs, imports=imports)

    def _module(self, value: ModuleType) -> Scan:
        """A module bound to a name: what is reached through it is followed name by name, so it is not read here."""
        top = value.__name__.partition(".")[0]
        library = top not in sys.stdlib_module_names and not self.is_local_module(value.__name__)
        # a module of the same name may come from elsewhere next time
        fp = xxh3_128_hexdigest(f"module:{value.__name__}:{getattr(value, '__file__', '')}".encode())
        return Scan(fp, storable=False, packages={top} if library and top != "__main__" else set())

    def modules(self) -> dict[str, dict[str, Any]]:
        """What each local module that is loaded binds, as of now."""
        ignored = _IGNORED_IN_MODULES if self.keep_docstrings else _IGNORED_IN_MODULES | {"__doc__"}
        return {
            m: {n: v for n, v in names_of_module(m).items() if n not in ignored and ":" not in n}
            for m in self.definitions if m in sys.modules
        }  # fmt: skip

    def touched(self, needs: Iterable[str]) -> set[str]:
        """Names whose value a node could have changed: those it reaches and those that share state with them."""
        found: set[str] = set()
        for name in needs:
            found |= {name} | self.sharing.groups.get(name, frozenset())
        return found

    def unread(self, needs: Iterable[str]) -> set[str]:
        """Names that share state with these and were loaded, so that only their groups are known.

        Where the node itself lets go of one of a group, what it leaves elsewhere is found by reading the others.
        """
        return {n for name in needs for n in self.sharing.groups.get(name, ()) if n not in self.scans}

    def holding(self, name: str) -> set[str]:
        """This name and others that reach its very object, as they were read last."""
        key = identity(self.get(name))
        sharing = self.sharing.groups.get(name, frozenset())
        return {name, *(n for n in sharing if n not in self.scans or key in self.scans[n].mutable)}

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


def bare(name: str) -> str:
    """A scoped name as it stands in code."""
    return name.rpartition(":")[2] if name.startswith("mod:") else name.rpartition(".")[2]


def names_of_module(module: str) -> dict[str, Any]:
    """The live namespace of a loaded module; of an object that a module put in its own place, an empty one."""
    found = sys.modules.get(module)
    return vars(found) if isinstance(found, ModuleType) else {}


def formerly(name: str, before: dict[str, Any], modules: dict[str, dict[str, Any]]) -> Any:
    """What a name stood for, by what was bound, also in modules, or `Live.missing`."""
    if name.startswith("mod:"):
        _, module, attribute = name.split(":")
        return modules.get(module, {}).get(attribute, _MISSING)
    return before.get(name, _MISSING)


def module_names(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> tuple[set[str], set[str]]:
    """Names of local modules, as "mod:MODULE:NAME", that are bound to another object than before; that are gone."""
    bound: set[str] = set()
    gone: set[str] = set()
    for module, names in after.items():
        earlier = before.get(module, {})
        bound |= {f"mod:{module}:{n}" for n, v in names.items() if earlier.get(n, _MISSING) is not v}
        gone |= {f"mod:{module}:{n}" for n in earlier if n not in names}
    return bound, gone


def is_plain(value: Any) -> bool:
    """Builtin data: using it cannot reach the hidden state of a package."""
    return type(value) in _PLAIN


def cannot_change(value: Any, live: Live) -> bool:
    """Atoms, library functions and modules: no node changes these in a way that is tracked by value."""
    kind = type(value)
    if kind in (int, float, complex, str, bytes, bool, type(None), BuiltinFunctionType, ModuleType, range):
        return True
    if kind not in (type, FunctionType) or (module := module_of(value)) in ("__main__", ""):
        return False
    home = value.__globals__.get("__name__") if kind is FunctionType else module
    return not live.is_local_module(module) and not live.is_local_module(str(home))
