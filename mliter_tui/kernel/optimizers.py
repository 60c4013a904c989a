"""Optimizers of torch: all that they hold, which their own pickles do not.

Those leave out hooks, and that a scheduler counts their steps; a scheduler would warn of an optimizer loaded so.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.instances import inherits_reduction, of_instance

if TYPE_CHECKING:
    from mliter_tui.kernel.walk import Walk

_COUNTED = "_wrapped_by_lr_sched"


def of_optimizer(walk: Walk, value: Any) -> Iterable[object] | None:
    """An optimizer by its class and attributes; with hooks it is not stored."""
    if not is_usual(value):
        return of_instance(walk, value)
    if walk.met(value):
        return None
    attributes, counted = _held(value)
    if any("hooks" in name and held for name, held in attributes.items()) or "step" in attributes:
        walk.unstorable()
    walk.emit(b"\1optimizer" + bytes([counted]))
    return [type(value), *(part for name in attributes for part in (name, attributes[name]))]


def is_usual(value: Any) -> bool:
    """Whether its class leaves to torch how it is pickled."""
    optimizer: Any = next(base for base in type(value).__mro__ if base.__module__ == "torch.optim.optimizer")
    return inherits_reduction(type(value)) and type(value).__getstate__ is optimizer.__getstate__


def _held(value: Any) -> tuple[dict[str, Any], bool]:
    """(attributes but for the step that a scheduler has put in its place, whether one has)."""
    attributes = dict(vars(value))
    counted = hasattr(attributes.get("step"), _COUNTED)
    if counted:
        del attributes["step"]
    return attributes, counted


def reduce_optimizer(value: Any) -> Any:
    """A reduction of all it holds; NotImplemented where its class has one of its own."""
    if not is_usual(value):
        return NotImplemented
    attributes, counted = _held(value)
    return _new, (type(value),), (attributes, counted), None, None, _finish


def _new(kind: Any) -> Any:
    return kind.__new__(kind)


def _finish(value: Any, state: tuple[dict[str, Any], bool]) -> None:
    attributes, counted = state
    value.__setstate__(attributes)
    if counted:
        value.step = _counting(value)


def _counting(value: Any) -> Any:
    """Its step, noting that it was made, as a scheduler of torch's has it."""
    function, held = type(value).step, weakref.ref(value)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        optimizer: Any = held()
        optimizer._opt_called = True
        return function.__get__(optimizer, type(optimizer))(*args, **kwargs)

    setattr(wrapper, _COUNTED, True)
    return wrapper
