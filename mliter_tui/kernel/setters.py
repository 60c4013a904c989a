"""Statements that only have objects of a library set themselves: `model.eval()`, `optimizer.zero_grad()`.

Of such a one nothing may show, as when a model is in that mode already; that does not mean that it has set something
hidden in the library.
"""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.purity import doings

if TYPE_CHECKING:
    from mliter_tui.kernel.live import Live

_METHODS = frozenset("train eval zero_grad requires_grad_ backward step float double half bfloat16 cpu cuda to".split())
_LIBRARY = "torch."


def sets_only_itself(code: CodeType | None, live: Live) -> bool:
    """Whether all that is done is to call methods of torch's own which change nothing but their objects."""
    done = doings(code) if code is not None else None
    if done is None or not done.known or done.receivers or not done.attributes:
        return False
    return all(name in _METHODS and _is_the_librarys(_named(live, root), name) for root, name in done.attributes)


def _named(live: Live, root: str) -> Any:
    local, outside = live.scoped(root)
    found = live.get(local) if live.at else live.missing
    return live.get(outside) if found is live.missing else found


def _is_the_librarys(value: Any, name: str) -> bool:
    """Whether a method of an object, and of the modules in it, is one that torch defines."""
    modules = getattr(type(value), "modules", None)
    inside = [value, *modules(value)] if callable(modules) and _home(modules).startswith(_LIBRARY) else [value]
    return all(
        _home(getattr(type(each), name, None)).startswith(_LIBRARY) and name not in getattr(each, "__dict__", {})
        for each in inside
    )


def _home(function: Any) -> str:
    return str(getattr(function, "__module__", None) or getattr(function, "__objclass__", None) or "")
