"""Functions of the user's that torch will call in a backward pass, which nothing in the graph tells of.

A hook on a tensor in the middle of a graph is not found from its end. Once there is one in this process, whatever has
a graph behind it is taken to reach all names.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from mliter_tui.kernel.hiding import hide

_METHODS = {
    "torch._tensor": ("Tensor", ("register_hook",)),
    "torch.autograd.graph": ("saved_tensors_hooks", ("__init__",)),
    "torch.nn.modules.module": (
        "Module", ("register_backward_hook", "register_full_backward_hook", "register_full_backward_pre_hook")
    ),
}


class Hooks:
    """registered: there is one, or was."""

    registered = False


def _wrap(module: Any) -> None:
    kind, names = _METHODS[module.__name__]
    owner = getattr(module, kind, None)
    for name in names:
        method = getattr(owner, name, None)
        if method is not None:
            setattr(owner, name, _noting(method))
    hide()


def _noting(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def wrapper(owner: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not getattr(owner, "is_leaf", False):  # those of leaves are found with them
            Hooks.registered = True
        return method(owner, *args, **kwargs)

    return wrapper


HOOKS: dict[str, Callable[[Any], None]] = dict.fromkeys(_METHODS, _wrap)
