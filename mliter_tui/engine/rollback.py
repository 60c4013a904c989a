"""Files as they were before an iteration changed them, for when it has to start over."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from mliter_tui.engine.written import take_away

_MOST_BYTES = 64 << 20


def contents(paths: Iterable[str]) -> dict[str, bytes | None]:
    """What these files hold now; None for one that is not there. Folders and very large files are left out."""
    found: dict[str, bytes | None] = {}
    for path in paths:
        if not os.path.lexists(path):
            found[path] = None
        elif os.path.isfile(path) and os.path.getsize(path) <= _MOST_BYTES:
            found[path] = Path(path).read_bytes()
    return found


def put_back(before: Mapping[str, bytes | None]) -> None:
    for path, content in before.items():
        if content is None:
            take_away(path)
        elif os.path.isdir(os.path.dirname(path)):
            Path(path).write_bytes(content)
