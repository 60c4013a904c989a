"""Frozen dataclasses whose methods are made when one is first needed.

Of some sixty kinds of events, reasons and facts a run makes a dozen. A class is made ready by its
first instance, or by who first asks for its fields, also through a class derived from it. There are no slots, as these
would ask for another class.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar, dataclass_transform

from mliter_tui import lean

_FIELDS = "__dataclass_fields__"
_lock = threading.RLock()

Cls = TypeVar("Cls")


@dataclass_transform(frozen_default=True)
def frozen(cls: type[Cls]) -> type[Cls]:
    """As `dataclasses.dataclass(frozen=True)`; that nobody assigns to it is seen by the type checker."""
    setattr(cls, _FIELDS, _Fields(cls))
    cls.__init__ = _first  # type: ignore[method-assign]
    return cls


class _Fields:
    """What stands for the fields of a class that is not ready."""

    def __init__(self, cls: type) -> None:
        self._cls = cls

    def __get__(self, instance: object, owner: type) -> Any:
        make_ready(self._cls)
        return getattr(self._cls, _FIELDS)


def _first(self: Any, *values: Any, **named: Any) -> None:
    """Makes the first instance of a class, or of one derived from it."""
    make_ready(type(self))
    type(self).__init__(self, *values, **named)


def make_ready(cls: type) -> None:
    """A class and those it is derived from. Other threads may make instances of it: its `__init__` is there at once."""
    with _lock:
        for each in reversed(cls.__mro__):
            if isinstance(vars(each).get(_FIELDS), _Fields):
                left = ("__init__", _FIELDS, "__dict__", "__weakref__")
                body = {k: v for k, v in vars(each).items() if k not in left}
                twin: type = type(each.__name__, each.__bases__, body)
                lean.bare(twin)
                lean.give_methods(lean.bare(each, init=False), frozen=True)
                each.__init__ = twin.__init__  # type: ignore[misc]
