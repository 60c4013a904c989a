"""What a script may tell mliter. Under plain python, and where nobody listens, nothing comes of it.

A package of its own, so that a script need not name the app (`mliter_tui`), and so small that importing it takes no
time: it imports nothing but `sys`.
"""

from __future__ import annotations

import sys
from typing import SupportsFloat, TypeVar

__all__ = ["metric"]

Number = TypeVar("Number", bound=SupportsFloat)


def metric(name: str, value: Number) -> Number:
    """Tell a number that says how good this version is; the value is given back, so that it can stand in an expression.

    Called several times with one name, as once per epoch, the last one counts and all are kept. Raises TypeError or
    ValueError where `value` is no number, under plain python too.
    """
    number = float(value)
    listening = sys.modules.get("mliter_tui.kernel.told")
    if listening is not None:
        listening.tell(str(name), number)
    return value
