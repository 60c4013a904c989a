"""Uses: which methods of the script's classes are called while a node runs, by whomever.

From Python 3.12 on the interpreter tells. Before, each method has a call more at its beginning while a node runs, that
takes itself out when it is made: a frame, a line or a signature more or less would show. What is called where that is
not seen (another process, a thread that goes on, code that is read rather than called) is taken for all there are.
"""

from __future__ import annotations

import functools
import opcode
import sys
import threading
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.parts import functions_of

if TYPE_CHECKING:
    from mliter_tui.kernel.observed import Observed

_BY_VALUE = frozenset("dill mlflow numba ray dask tensorflow jax multiprocess pathos pyspark".split())
"""Libraries that read the code of functions, or send it elsewhere."""
_PICKLERS = (
    "cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast",
    "joblib.externals.cloudpickle.cloudpickle", "joblib.externals.cloudpickle.cloudpickle_fast",
)  # fmt: skip
"""Modules that read it where they are asked to: with joblib they are always there."""
_READ = "<code>"
_HARMLESS = frozenset({"an open file"})
_TOOL = 4


class Uses:
    """Of one kernel. `begin` and `end` stand around a node. seen: names of methods that were called."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._watched: dict[int, _Note] = {}  # by function
        self._running: list[_Note] = []
        self._pickling: list[_Note] = []
        self._threads = False
        self._dumps: list[FunctionType | None] = []
        self._watching = False

    def begin(self, parts: dict[str, object]) -> None:
        self.seen, self._threads = set(), _threads()
        self._settle()
        self._running = [self._note(name, f) for name, value in parts.items() for f in functions_of(value)]
        self._watching = bool(self._running)
        self._dumps = _dumps() if self._watching else []
        self._pickling = [self._note(_READ, f) for f in self._dumps if f is not None]
        for note in self._pickling:
            note.watch()
        for note in self._running:
            note.watch()

    def _note(self, name: str, function: FunctionType) -> _Note:
        known = self._watched.get(identity(function))
        if known is None or known.code is not function.__code__ or known.name != name:
            known = self._watched[identity(function)] = _note(self, name, function)
        return known

    def end(self) -> set[str]:
        """The names of the methods that were called since."""
        for note in self._running:
            note.leave()
        self._running = []
        return self.seen - {_READ}

    def read(self) -> bool:
        """Whether code was pickled since `begin`, also by who looked at what was made; or may have been."""
        self._settle()
        return self._watching and (_READ in self.seen or None in self._dumps or _dumps() != self._dumps)

    def _settle(self) -> None:
        for note in self._pickling:
            note.leave()
        self._pickling = []

    def unseen(self, observed: Observed) -> bool:
        """Whether methods may have been called, or their code been read, where that is not seen."""
        if observed.forked or observed.outside - _HARMLESS or self._threads or _threads():
            return True
        return any(name in sys.modules for name in _BY_VALUE)


def _dumps() -> list[FunctionType | None]:
    """What is called where functions are pickled by their code; None of a module that does so in an unknown way."""
    modules = [module for name in _PICKLERS if (module := sys.modules.get(name)) is not None]
    kinds = {identity(cls): cls for module in modules if (cls := getattr(module, "CloudPickler", None)) is not None}
    found = [vars(cls).get("dump") for cls in kinds.values()]
    return [each if isinstance(each, FunctionType) else None for each in found]


def _threads() -> bool:
    """Whether a thread goes on besides this one and mliter's; that of bars of progress only looks at the clock."""
    if threading.active_count() == 1:
        return False
    for each in threading.enumerate():
        home = str(getattr(getattr(each, "_target", None), "__module__", ""))
        known = home.startswith("mliter_tui") or type(each).__name__ == "TMonitor"
        if each is not threading.current_thread() and not known:
            return True
    return False


class _Note:
    """Takes down that a method is called."""

    def __init__(self, uses: Uses, name: str, function: FunctionType) -> None:
        self.uses, self.name, self.function, self.code = uses, name, function, function.__code__

    def watch(self) -> None:
        self.uses.seen.add(self.name)  # it cannot be watched

    def leave(self) -> None:
        pass


class _Inserted(_Note):
    """By a call at the beginning of the method's code."""

    def __init__(self, uses: Uses, name: str, function: FunctionType, armed: CodeType) -> None:
        super().__init__(uses, name, function)
        consts = (*armed.co_consts[:-1], self)
        self.armed = armed.replace(co_consts=consts)

    def watch(self) -> None:
        self.function.__code__ = self.armed

    def leave(self) -> None:
        if self.function.__code__ is self.armed:
            self.function.__code__ = self.code

    def __call__(self) -> None:
        self.uses.seen.add(self.name)
        self.leave()

    def __repr__(self) -> str:
        return "<mliter>"

    def __reduce__(self) -> Any:
        return functools.partial, (int,)  # in another process it has nothing to tell


class _Told(_Note):
    """By the interpreter."""

    def watch(self) -> None:
        _by_code[identity(self.code)] = self
        sys.monitoring.set_local_events(_TOOL, self.code, sys.monitoring.events.PY_START)  # type: ignore[attr-defined]

    def leave(self) -> None:
        sys.monitoring.set_local_events(_TOOL, self.code, 0)  # type: ignore[attr-defined]


_by_code: dict[int, _Told] = {}


def _called(code: CodeType, offset: int) -> None:
    if (note := _by_code.get(identity(code))) is not None:
        note.uses.seen.add(note.name)
        note.leave()


@functools.cache
def _listening() -> bool:
    monitoring = sys.monitoring  # type: ignore[attr-defined]
    try:
        monitoring.use_tool_id(_TOOL, "mliter")
    except ValueError:  # somebody else has it
        return False
    monitoring.register_callback(_TOOL, monitoring.events.PY_START, _called)
    return True


def _note(uses: Uses, name: str, function: FunctionType) -> _Note:
    if sys.version_info >= (3, 12):
        return _Told(uses, name, function) if _listening() else _Note(uses, name, function)
    armed = with_call(function.__code__)
    return _Inserted(uses, name, function, armed) if armed is not None else _Note(uses, name, function)


# -- byte code of Python 3.11 ------------------------------------------------------------------------------------------
def with_call(code: CodeType) -> CodeType | None:
    """The same code, that first calls its last constant; None where the place for it is not found."""
    ops, raw = opcode.opmap, code.co_code
    at = 0
    while at < len(raw) and raw[at] in (ops["COPY_FREE_VARS"], ops["MAKE_CELL"], ops["EXTENDED_ARG"]):
        at += 2
    if at >= len(raw) or raw[at] != ops["RESUME"]:
        return None
    at += 2
    number = len(code.co_consts)
    added = [ops["PUSH_NULL"], 0]
    if number > 0xFFFF:
        return None
    added += [ops["EXTENDED_ARG"], number >> 8] if number > 255 else []
    added += [ops["LOAD_CONST"], number & 255, ops["PRECALL"], 0, *_cache("PRECALL")]
    added += [ops["CALL"], 0, *_cache("CALL"), ops["POP_TOP"], 0]
    lines = _lines(code.co_linetable, at // 2, len(added) // 2)
    if lines is None:
        return None
    return code.replace(
        co_code=raw[:at] + bytes(added) + raw[at:], co_consts=(*code.co_consts, None), co_linetable=lines,
        co_exceptiontable=_shifted(code.co_exceptiontable, at // 2, len(added) // 2),
        co_stacksize=max(code.co_stacksize, 3),
    )  # fmt: skip


def _cache(name: str) -> list[int]:
    return [0, 0] * opcode._inline_cache_entries[opcode.opmap[name]]  # type: ignore[attr-defined]


def _lines(table: bytes, at: int, count: int) -> bytes | None:
    """A table of lines in which so many units behind the first `at` are of no line; None if they split an entry."""
    units = place = 0
    while units < at and place < len(table):
        units += (table[place] & 7) + 1
        place += 1
        while place < len(table) and not table[place] & 0x80:
            place += 1
    if units != at:
        return None
    added = bytes(0x80 | 15 << 3 | min(count - done, 8) - 1 for done in range(0, count, 8))
    return table[:place] + added + table[place:]


def _shifted(table: bytes, at: int, count: int) -> bytes:
    """A table of exceptions for code that has so many units more behind the first `at`."""
    found, numbers, value = bytearray(), list[int](), 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            numbers.append(value)
            value = 0
    for start, length, target, depth in zip(*[iter(numbers)] * 4):
        length += count if start < at < start + length else 0
        moved = [start + count * (start >= at), length, target + count * (target >= at), depth]
        entry = b"".join(map(_varint, moved))
        found += bytes([entry[0] | 0x80]) + entry[1:]
    return bytes(found)


def _varint(value: int) -> bytes:
    groups = [value & 63]
    while value := value >> 6:
        groups.append(value & 63 | 64)
    return bytes(reversed(groups))
