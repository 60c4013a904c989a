"""Calls that are given, by its place, an array to write into or the word not to copy: `np.add(x, 1, x)`."""

from __future__ import annotations

import dis
import math
import sys
from types import CodeType, ModuleType
from typing import Any

from mliter_tui.codekey import placed_instructions

Call = tuple[str, str, int]
"""A dotted path or "", the attribute of it that is called (of "": a variable), and how many arguments have no name. For
what has no path there is `NAMELESS`."""
NAMELESS = "?"
UNKNOWN: Call = ("", "", math.inf)  # type: ignore[assignment]

_FUNCTIONS = {
    "clip": 3, "round": 2, "around": 2, "round_": 2, "dot": 2, "sum": 3, "mean": 3, "prod": 3, "cumsum": 3,
    "cumprod": 3, "std": 3, "var": 3, "max": 2, "min": 2, "amax": 2, "amin": 2, "ptp": 2, "all": 2, "any": 2,
    "argmax": 2, "argmin": 2, "take": 3, "nan_to_num": 1, "median": 2, "percentile": 3, "quantile": 3, "concatenate": 2,
    "stack": 2, "compress": 3, "choose": 2, "trace": 5, "outer": 2, "fix": 1, "isposinf": 1, "isneginf": 1,
}  # fmt: skip
"""NumPy's: how many arguments each takes by place before one that matters. Those that begin with nan take as many."""
_MOST = 4  # of any other of NumPy's
_METHODS = {
    "clip": 2, "round": 1, "dot": 1, "sum": 2, "mean": 2, "prod": 2, "cumsum": 2, "cumprod": 2, "std": 2, "var": 2,
    "max": 1, "min": 1, "ptp": 1, "all": 1, "any": 1, "argmax": 1, "argmin": 1, "take": 2, "compress": 2, "choose": 1,
    "trace": 4, "transform": 1, "inverse_transform": 1,
}  # fmt: skip
"""The same of methods of arrays and of scikit-learn's estimators."""
_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_BEHIND = sys.version_info >= (3, 13)  # the empty place for `self` comes behind what is called
_FLAGGED = sys.version_info >= (3, 12)  # looking up a method is a way of looking up an attribute
_NAMES = frozenset({"LOAD_NAME", "LOAD_FAST", "LOAD_DEREF", "LOAD_GLOBAL", "LOAD_FAST_BORROW", "LOAD_CLASSDEREF"})
_ATTRIBUTES = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
_SILENT = frozenset({"CACHE", "PRECALL", "NOP", "RESUME", "EXTENDED_ARG"})


def calls_in(code: CodeType) -> frozenset[Call]:
    """The calls of some code that have two arguments or more without a name; `UNKNOWN` among them for one that cannot
    be told."""
    return _Reader(code).calls()


class _Reader:
    """Goes through byte code with what is to be called, as it was looked up: calls end in the reverse order."""

    def __init__(self, code: CodeType) -> None:
        self._code = code
        self._pending: list[tuple[str, str]] = []
        self._chain = ""  # of the name just loaded, and of its attributes
        self._naming = False  # what comes now is called
        self._made = ""  # name of the code just loaded
        self._words = 0  # names of arguments that are given
        self._found: set[Call] = set()

    def calls(self) -> frozenset[Call]:
        joins = frozenset(dis.findlabels(self._code.co_code))  # type: ignore[arg-type]
        for at, op, argument in placed_instructions(self._code):
            name = dis.opname[op]
            if name in _SILENT:
                continue
            if at in joins or "JUMP" in name:  # what is to be called may be another thing
                if self._naming:
                    self._pending[-1] = "", ""
                self._chain, self._naming = "", False
            if not self._take(name, argument):
                return frozenset({UNKNOWN})
        return frozenset(self._found)

    def _take(self, name: str, argument: int) -> bool:
        if name in _NAMES:
            self._named(name, argument)
        elif name in _ATTRIBUTES:
            self._attribute(name, argument)
        elif name == "PUSH_NULL":
            self._pending.append(_split(self._chain) if _BEHIND else ("", ""))
            self._naming = not _BEHIND
            self._chain = ""
        elif name in ("CALL", "CALL_KW"):
            return self._called(argument)
        else:
            self._other(name, argument)
        return True

    def _named(self, name: str, argument: int) -> None:
        if name == "LOAD_GLOBAL":
            loaded = self._code.co_names[argument >> 1]
            if argument & 1:
                self._pending.append(("", loaded))
                self._chain, self._naming = loaded, True
                return
        elif name == "LOAD_NAME":
            loaded = self._code.co_names[argument]
        else:
            loaded = str(self._code._varname_from_oparg(argument))  # type: ignore[attr-defined]
        self._chain = loaded
        if self._naming and self._pending:
            self._naming = self._pending[-1] == ("", "")
            if self._naming:
                self._pending[-1] = "", loaded

    def _attribute(self, name: str, argument: int) -> None:
        method = name == "LOAD_METHOD" or (_FLAGGED and bool(argument & 1))
        attribute = self._code.co_names[argument >> int(_FLAGGED)]
        before, self._chain = self._chain, f"{self._chain}.{attribute}" if self._chain else ""
        if method:
            self._pending.append((before or NAMELESS, attribute))
            self._naming = False
        elif self._naming and self._pending:
            self._pending[-1] = before or NAMELESS, attribute

    def _called(self, argument: int) -> bool:
        if not self._pending:
            return False
        root, name = self._pending.pop()
        if argument - self._words > 1:
            self._found.add((root, name, argument - self._words) if name else UNKNOWN)
        self._words, self._chain, self._naming = 0, "", False
        return True

    def _other(self, name: str, argument: int) -> None:
        constants = self._code.co_consts
        if name == "LOAD_CONST":
            constant = constants[argument]
            self._made = constant.co_name if isinstance(constant, CodeType) else ""
            self._words = len(constant) if _BEHIND and _is_words(constant) else 0
        elif name == "KW_NAMES":
            self._words = len(constants[argument])
        elif (name == "MAKE_FUNCTION" and self._made in _COMPREHENSIONS) or name == "LOAD_ASSERTION_ERROR":
            self._pending.append(("", _COMPREHENSIONS[0]))
        self._chain, self._naming = "", False


def _is_words(constant: object) -> bool:
    return type(constant) is tuple and all(type(word) is str for word in constant)


def _split(chain: str) -> tuple[str, str]:
    root, _, name = chain.rpartition(".")
    return root, name


def may_write(value: Any, name: str, given: float) -> bool:
    """Whether a call with so many arguments by place may change one of them. value: what is called, where that is a
    function of a module or in a variable; None for a method."""
    if type(value).__name__ == "ufunc":
        return bool(given > value.nin)
    if value is None:
        return given > _METHODS.get(name, math.inf)
    if not callable(value):
        return True  # an item of it is called, or an attribute that is none of a module
    if isinstance(value, ModuleType) or not str(getattr(value, "__module__", "")).startswith("numpy"):
        return False
    name = str(getattr(value, "__name__", name))
    return given > _FUNCTIONS.get(name.removeprefix("nan") if name != "nan_to_num" else name, _MOST)
