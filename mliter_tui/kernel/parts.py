"""Parts of the script's classes: methods that are known by themselves, so that an edit of one is none of the class.

A class is what its bases, its data and the shapes of its methods say; the code of a plain method is a value of its own,
under the name "cls:CLASS:METHOD". Which of them a node depends on is seen while it runs (see `uses`). A class is taken
so only where nothing calls its methods behind the script's back: its bases are the script's own, and it has no say in
how it is made, looked up, pickled or let go of. All else is one thing with its class.
"""

from __future__ import annotations

import abc
import typing
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128

from mliter_tui.codekey import PART, code_fingerprint, global_names, imported_names
from mliter_tui.kernel.plain import ATOMS

if TYPE_CHECKING:
    from mliter_tui.kernel.walk import Context

_HOOKS = frozenset(
    "__reduce__ __reduce_ex__ __getstate__ __setstate__ __getnewargs__ __getnewargs_ex__ __copy__ __deepcopy__ "
    "__getattr__ __getattribute__ __setattr__ __delattr__ __new__ __del__ __get__ __set__ __delete__ __set_name__ "
    "__init_subclass__ __class_getitem__ __mro_entries__ __dir__ __class__".split()
)
_FURTHER = (abc.ABC, typing.Generic, object)
"""Bases that call no method of a class derived from them."""
SUSPENDED = 0x20 | 0x80 | 0x100 | 0x200  # generators and coroutines: their code runs on when they have been called


def functions_of(value: object) -> tuple[FunctionType, ...]:
    """The functions of a class attribute that is a method or a property; none of any other."""
    kind = type(value)
    if kind is FunctionType:
        return (value,)  # type: ignore[return-value]
    found: tuple[Any, ...] = ()
    if kind is staticmethod or kind is classmethod:
        found = (value.__func__,)  # type: ignore[attr-defined]
    elif kind is property:
        found = tuple(f for f in (value.fget, value.fset, value.fdel) if f is not None)  # type: ignore[attr-defined]
    return found if all(type(f) is FunctionType for f in found) else ()


def parts_of(context: Context, cls: type) -> dict[str, object]:
    """The attributes of a class that are known by themselves, by name; none where it is one thing."""
    if cls.__qualname__ not in context.parted or not _is_plain(context, cls):
        return {}
    return {name: value for name, value in vars(cls).items() if _is_part(context, cls, name, value)}


def part(context: Context, name: str, missing: object) -> object:
    """The attribute behind a name of a part; `missing` where there is none, or it is none any more."""
    _, qualname, attribute = name.split(":")
    cls = vars(context.main).get(qualname)
    if not isinstance(cls, type) or attribute not in vars(cls) or not _is_plain(context, cls):
        return missing
    value: object = vars(cls)[attribute]
    return value if _is_part(context, cls, attribute, value) else missing


def _is_plain(context: Context, cls: type) -> bool:
    for base in cls.__mro__:
        if base in _FURTHER:
            continue
        name = base.__qualname__
        if base.__module__ != "__main__" or name not in context.parted or vars(context.main).get(name) is not base:
            return False
        if type(base) not in (type, abc.ABCMeta):
            return False
        if any(hook in vars(base) and _own(vars(base)[hook]) for hook in _HOOKS):
            return False
    return True


def _own(value: object) -> bool:
    """Whether an attribute is no slot or the like that the interpreter has made."""
    return bool(functions_of(value)) or not type(value).__name__.endswith(("descriptor", "getset_descriptor"))


def _is_part(context: Context, cls: type, name: str, value: object) -> bool:
    functions = functions_of(value)
    return bool(functions) and all(_is_method(context, cls, name, f) for f in functions)


def _is_method(context: Context, cls: type, name: str, function: FunctionType) -> bool:
    """Whether a function is as its definition in the body of the class has made it."""
    code = function.__code__
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return (
        function.__globals__ is vars(context.main) and function.__module__ == "__main__"
        and function.__name__ == name and code.co_name == name
        and code.co_qualname == function.__qualname__ == f"{cls.__qualname__}.{name}"
        and not function.__dict__ and all(type(each) in ATOMS for each in defaults)
        and not code.co_flags & SUSPENDED and _closes_over(function.__closure__, cls, code.co_freevars)
    )  # fmt: skip


def _closes_over(closure: tuple[CellType, ...] | None, cls: type, names: tuple[str, ...]) -> bool:
    """Whether all that a method has of the scopes around it is its class, for `super()`."""
    try:
        return all(n == "__class__" and c.cell_contents is cls for n, c in zip(names, closure or ()))
    except ValueError:  # an empty cell
        return False


def name_of(cls: type, attribute: str) -> str:
    return f"{PART}{cls.__qualname__}:{attribute}"


def shape(value: object) -> tuple[object, ...]:
    """What shows of a part without calling it: how it is called, and what is said of that."""
    found: list[object] = [type(value).__name__]
    for f in functions_of(value):
        code = f.__code__
        collecting = bool(code.co_flags & 4) + bool(code.co_flags & 8)  # *args and **kwargs
        named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + collecting]
        counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & 12
        found += [(*named, *counts), f.__defaults__, tuple((f.__kwdefaults__ or {}).items())]
    return tuple(found)


def read(value: object, keep_docstrings: bool) -> tuple[str, set[str], set[str]]:
    """(fingerprint of the code of a part, names of the script that it looks up, what it imports)."""
    hasher, names, imports = xxh3_128(type(value).__name__.encode()), set[str](), set[str]()
    for f in functions_of(value):
        hasher.update(code_fingerprint(f.__code__, keep_docstrings))
        names |= global_names(f.__code__)
        imports |= imported_names(f.__code__)
    return hasher.hexdigest(), names, imports
