"""Questions about a value that run no code of the user's: no `__getattr__`, no `__class__` of an instance's own."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any


def is_a(value: object, *kinds: type) -> bool:
    """`isinstance` by the type alone."""
    return issubclass(type(value), kinds)


def module_of(value: Any) -> str:
    """The module a function, class or module is (of); for anything else the one of its type."""
    if is_a(value, ModuleType):
        found = object.__getattribute__(value, "__dict__").get("__name__")
    elif is_a(value, FunctionType, BuiltinFunctionType, MethodType):
        found = value.__module__
    elif is_a(value, type):
        found = type.__getattribute__(value, "__module__")
    else:
        found = type.__getattribute__(type(value), "__module__")
    return found if type(found) is str else ""


def name_of(value: Any) -> str:
    """The name of a function or class, else ""."""
    if is_a(value, FunctionType, BuiltinFunctionType, MethodType):
        return str(value.__name__)
    return str(type.__getattribute__(value, "__name__")) if is_a(value, type) else ""


def has(value: object, attribute: str) -> bool:
    """Whether the type of a value has an attribute."""
    return any(attribute in vars(base) for base in type.__getattribute__(type(value), "__mro__"))


def stored(value: object, attribute: str) -> Any:
    """An attribute that a value or its type holds; None if neither does."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = {}
    if type(own) is dict and attribute in own:
        return own[attribute]
    lineage = type.__getattribute__(type(value), "__mro__")
    return next((vars(base)[attribute] for base in lineage if attribute in vars(base)), None)


_COLLECTIONS = frozenset({list, tuple, dict, set, frozenset, range})
_ARRAYS = frozenset({("numpy", "ndarray"), ("pandas", "Series"), ("pandas", "Index"), ("pandas", "RangeIndex")})


def count(value: object) -> int | None:
    """How many items a loop over a collection goes through; None for other things."""
    kind = type(value)
    if kind not in _COLLECTIONS and (module_of(value).partition(".")[0], kind.__name__) not in _ARRAYS:
        return None
    return len(value) if getattr(value, "ndim", 1) else None  # type: ignore[arg-type]
