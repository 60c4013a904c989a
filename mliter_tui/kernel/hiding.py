"""Frames of mliter's own in tracebacks that the script itself looks at: left out, as they are of those it dies of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def own(filename: str) -> bool:
    """Whether code is mliter's."""
    return os.path.abspath(filename).startswith(PACKAGE)


def hide() -> None:
    """From now on, in this process, also for logging and whoever else asks the module `traceback`."""
    import traceback

    walk = traceback._walk_tb_with_full_positions  # type: ignore[attr-defined]
    if getattr(walk, "hides", False):
        return

    def without(tb: Any) -> Iterator[Any]:
        return (found for found in walk(tb) if not own(found[0].f_code.co_filename))

    without.hides = True  # type: ignore[attr-defined]
    traceback._walk_tb_with_full_positions = without  # type: ignore[attr-defined]
