"""Dataclasses that are soon made: what the standard library's decorator gives, by a quarter of its work.

`dataclasses` writes and compiles up to seven functions for each class, and with some sixty classes that was a quarter
of the time in which `mliter run` gets ready. Here `__init__` alone is compiled; equality, hash and text are closures
over the fields. That a frozen one is not assigned to is seen by the type checker, not at run time.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, init: bool = True, slots: bool = False) -> Any:
        """As `dataclasses.dataclass`."""
        if cls is None:
            return lambda made: dataclass(made, frozen=frozen, init=init, slots=slots)
        made = bare(cls, init=init, slots=slots)
        give_methods(made, frozen)
        return made


def bare(cls: type, **options: bool) -> Any:
    """A dataclass without equality and text."""
    text, cls.__doc__ = cls.__doc__, cls.__doc__ or cls.__name__  # it would be made from the signature
    made: Any = dataclasses.dataclass(repr=False, eq=False, **options)(cls)
    made.__doc__ = text
    return made


def give_methods(made: Any, frozen: bool) -> None:
    """Equality, hash and text by its fields."""
    fields = dataclasses.fields(made)
    compared = [each.name for each in fields if each.compare]
    _give(made, "__eq__", _equality(compared))
    _give(made, "__hash__", _hash(compared) if frozen else None)
    _give(made, "__repr__", _text([each.name for each in fields if each.repr]))


def _give(cls: type, name: str, method: Any) -> None:
    """Set a method that the class has not defined itself; with `__eq__` alone Python takes `__hash__` away."""
    if name not in vars(cls) or (name == "__hash__" and vars(cls)[name] is None and "__eq__" in vars(cls)):
        setattr(cls, name, method)


def _values(names: list[str]) -> Any:
    """What gives these attributes of an object, as one value."""
    return attrgetter(*names) if names else lambda of: ()


def _equality(names: list[str]) -> Any:
    values = _values(names)

    def __eq__(self: object, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash(names: list[str]) -> Any:
    values = _values(names)

    def __hash__(self: object) -> int:
        return hash(values(self))

    return __hash__


def _text(names: list[str]) -> Any:
    def __repr__(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__
