"""What the script tells by `mliter.metric`, as a part of what a node put out: recorded with it, and told again with
it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

CHANNEL = "m"
"""Of the recorder's events; each line is a name and a number."""

sink: Callable[[str, bytes], None] | None = None
"""Where it goes, while a node runs: `Recorder.note`."""


def tell(name: str, value: float) -> None:
    """The script has told a metric; nothing comes of it where nothing is recorded."""
    if sink is not None:
        number = value if math.isfinite(value) else repr(value)
        sink(CHANNEL, json.dumps([name[:200], number]).encode("ascii") + b"\n")


def read(data: bytes) -> list[tuple[str, float]]:
    """What was told, from the event's bytes."""
    return [(str(name), float(value)) for name, value in map(json.loads, data.splitlines())]
