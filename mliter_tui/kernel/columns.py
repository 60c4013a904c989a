"""A process of its own that loads kept columns of numbers or words and writes them out as JSON lists, null for others.

The user's classes are stood in for, as for previews: none of his code runs.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

_SCALARS = (bool, int, float, str)


def main() -> None:
    """Entry of the process: {"folder", "key", "modules", "manifests"} in, {fingerprint: list or null} out."""
    request = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints while it loads is nobody's answer
    from mliter_tui.kernel.artifacts import Damaged, load
    from mliter_tui.kernel.preview import stand_in

    stand_in(request["modules"])
    found: dict[str, list[Any] | None] = {}
    for fp, manifest in request["manifests"].items():
        try:
            roots = load(manifest, Path(request["folder"]), base64.b64decode(request["key"]))
        except (Damaged, ImportError, AttributeError, OSError):
            roots = {}
        found[fp] = column(next(iter(roots.values()))) if len(roots) == 1 else None
    json.dump(found, out)


def column(value: Any) -> list[Any] | None:
    """A column as a list; None for anything else."""
    if str(type(value).__module__).partition(".")[0] not in ("numpy", "pandas", "builtins"):
        return None
    if hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1:
        value = value.tolist()
    if not isinstance(value, list | tuple) or not all(isinstance(each, _SCALARS) for each in value):
        return None
    return list(value)
