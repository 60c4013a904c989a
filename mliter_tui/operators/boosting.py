"""What XGBoost and LightGBM have in common: parameters, and those that lead out of the process."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mliter_tui.kernel.identity import identity

_OUTSIDE = ("file", "machine", "snapshot", "input_model", "output_model", "plugin", "save_period")


def leads_outside(parameters: Any) -> bool:
    """Whether parameters name files or other machines, so that they do not say all by themselves."""
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters or ()
    try:
        return any(
            isinstance(name, str) and value is not None
            and (any(word in name for word in _OUTSIDE) or (isinstance(value, str) and os.path.exists(value)))
            for name, value in pairs
        )
    except (TypeError, ValueError):
        return True


def own_parameters(estimator: Any, beside: Iterable[str] = ()) -> dict[str, Any] | None:
    """The parameters an estimator holds, by the names its classes have for them; `get_params` may draw from them."""
    mine = vars(estimator)
    names: set[str] = set()
    for cls in type(estimator).__mro__:
        if "__init__" in vars(cls) and hasattr(cls, "_get_param_names"):
            try:
                names.update(cls._get_param_names())
            except (RuntimeError, TypeError, ValueError):
                return None
    return {name: value for name, value in mine.items() if name in names.difference(beside)}


def bound(function: Callable[..., Any], args: Any, kwargs: Any) -> dict[str, Any] | None:
    """All that a call gives a function, defaults included, by the names of its parameters; None where it cannot be."""
    try:
        given = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return None
    given.apply_defaults()
    return dict(given.arguments)


def places(objects: Sequence[object]) -> list[int]:
    """For each of these, where the same one stands first: which of them are one."""
    first = {identity(each): at for at, each in reversed(list(enumerate(objects)))}
    return [first[identity(each)] for each in objects]
