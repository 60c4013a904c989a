"""Functions that only make functions and give them away, as decorators do: what is in those is not called by it."""

from __future__ import annotations

import builtins
import dis
import functools
import re
import sys
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from mliter_tui.codekey import instructions
from mliter_tui.kernel.live import Live
from mliter_tui.kernel.probing import is_a, module_of

_OF_VALUES = frozenset({"attr", "attrs", "dataclasses", "enum", "pydantic", "typing"})
"""Libraries whose functions make what a class has as an attribute, and keep what they are given for later."""
_OF_DECORATORS = _OF_VALUES | frozenset(
    "abc click contextlib functools hydra jax joblib numba numpy pytest tenacity torch typer types "
    "typing_extensions".split()
)
"""Libraries whose decorators keep what they are given for later."""
_OF_OBJECTS = frozenset({"click", "joblib", "typer"})
"""Of which objects with methods are decorators: groups of commands, a memory."""
_OF_PROPERTIES = frozenset({"getter", "setter", "deleter"})

_ATTRIBUTE_SHIFT = int(sys.version_info >= (3, 12))
_LETTERS = {
    "LOAD_FAST": "v", "LOAD_DEREF": "v", "LOAD_CLOSURE": "v", "LOAD_FAST_BORROW": "v", "LOAD_CLASSDEREF": "v",
    "LOAD_GLOBAL": "v", "LOAD_ATTR": "v", "LOAD_METHOD": "v", "BUILD_TUPLE": "v", "LOAD_CONST": "v",
    "LOAD_SMALL_INT": "v", "BUILD_CONST_KEY_MAP": "v", "BUILD_MAP": "v",
    "MAKE_FUNCTION": "m", "SET_FUNCTION_ATTRIBUTE": "f", "CALL": "c", "STORE_FAST": "s", "STORE_DEREF": "s",
    "RETURN_VALUE": "r",
} | dict.fromkeys(("RESUME", "COPY_FREE_VARS", "MAKE_CELL", "PUSH_NULL", "CACHE", "PRECALL", "NOP"), "")  # fmt: skip
_ONLY_MAKES = re.compile("(?:wv+cv*mf*cs|v*mf*s)*vr")
"""functools.wraps (w) called with something, a function made and given to that; or a function made; and so on."""


def calls_nothing(called: Sequence[Sequence[str]], live: Live) -> bool:
    """Whether a definition that calls these (see `script.defining`) runs no code of the user's but such that only makes
    functions."""
    return all(_is_harmless(dotted.split("."), how, live) for dotted, how in called)


def registers(called: Sequence[Sequence[str]], live: Live) -> bool:
    """Whether a definition gives what it makes to a library that may keep it: by a decorator that is not known."""
    found = [_found(dotted.split("."), live)[0] for dotted, how in called if how != "value"]
    homes = [module_of(value) for value in found if value is not Live.missing]
    known = _OF_DECORATORS | {"builtins"}
    return any(not _is_own(home, live) and home.partition(".")[0] not in known for home in homes)


def _is_harmless(names: list[str], how: str, live: Live) -> bool:
    value, rest = _found(names, live)
    if value is Live.missing:  # a name of the class that is being made
        return rest[-1:] != [] and rest[-1] in _OF_PROPERTIES and how == ""
    if is_a(value, FunctionType) and _is_own(value.__globals__.get("__name__"), live):
        return not rest and how != "value" and only_makes(value, how == "twice")
    home = module_of(value).partition(".")[0]
    if not is_a(value, FunctionType, BuiltinFunctionType, type, ModuleType):
        return home in _OF_OBJECTS and how != "value"  # a partial function, say, may be one of the user's
    return home in (_OF_VALUES if how == "value" else _OF_DECORATORS) or (home == "builtins" and is_a(value, type))


def _found(names: list[str], live: Live) -> tuple[Any, list[str]]:
    """What a dotted name begins with, in the user's modules as far as it leads through them, and the rest."""
    value, rest = live.get(names[0]), names[1:]
    if value is Live.missing:
        value = getattr(builtins, names[0], Live.missing)
    while rest and is_a(value, ModuleType) and live.is_local_module(module_of(value)):
        value = vars(value).get(rest.pop(0), Live.missing)
    return value, rest


def _is_own(module: Any, live: Live) -> bool:
    return module == "__main__" or live.is_local_module(str(module))


def only_makes(function: FunctionType, twice: bool) -> bool:
    """Whether a function of the user's does nothing but make others and give one away. twice: these do, too."""
    codes = [function.__code__]
    if twice:
        codes += [c for c in function.__code__.co_consts if isinstance(c, CodeType)]
    return all(_ONLY_MAKES.fullmatch(_letters(code, function.__globals__.get)) for code in codes)


def _letters(code: CodeType, get: Callable[[str], Any]) -> str:
    """What it does, a letter for each instruction; "x" for all that is more than making functions."""
    found = ""
    for op, argument in instructions(code):
        name = dis.opname[op]
        letter = _LETTERS.get(name, "x")
        if name == "LOAD_GLOBAL":
            value = get(code.co_names[argument >> 1])
            letter = "w" if value is functools or value is functools.wraps else "v"
        elif name in ("LOAD_ATTR", "LOAD_METHOD") and found.endswith("w"):
            letter = "" if code.co_names[argument >> _ATTRIBUTE_SHIFT] == "wraps" else "x"
        found += letter
    return found


def makes_simply(cls: Any, live: Live) -> bool:
    """Whether making this class has run no code of the user's in its bases or their classes."""
    if _is_own(module_of(type(cls)), live):
        return False
    others = [base for base in type.mro(cls)[1:] if _is_own(module_of(base), live)]
    return not any("__init_subclass__" in vars(base) for base in others)
