"""What the script tells by `mliter.metric`, as a part of what a node put out: recorded with it, and told again with
it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence

CHANNEL = "m"
"""Of the recorder's events; each line is a name and a number."""
BOUND = "b"
"""The same of numbers that nobody told: a name that measures something was bound to them. It is nothing that shows."""

sink: Callable[[str, bytes], None] | None = None
"""Where it goes, while a node runs: `Recorder.note`."""


def tell(name: str, value: float) -> None:
    """The script has told a metric; nothing comes of it where nothing is recorded."""
    if sink is not None:
        number = value if math.isfinite(value) else repr(value)
        sink(CHANNEL, json.dumps([name[:200], number]).encode("ascii") + b"\n")


def bound(names: Sequence[str], get: Callable[[str], object]) -> list[tuple[str, bytes]]:
    """Events with the numbers that names which measure something are bound to; what is no float is none."""
    if not names:
        return []
    numbers = sys.modules.get("numpy")
    floats = (float, numbers.floating) if numbers is not None else (float,)
    found = {name.rpartition(".")[2]: value for name in names if isinstance(value := get(name), floats)}
    return [(BOUND, line(name, float(value))) for name, value in found.items()]


def line(name: str, value: float, folds: Iterable[float] = ()) -> bytes:
    """Of an event of what was bound."""
    numbers = [each if math.isfinite(each) else repr(each) for each in (value, *folds)]
    return json.dumps([name[:200], *numbers]).encode("ascii") + b"\n"


def read(data: bytes) -> list[tuple[str, float, tuple[float, ...]]]:
    """What was told or bound, from the event's bytes: name, value, and one for each fold of it."""
    rows = map(json.loads, data.splitlines())
    return [(str(name), float(value), tuple(map(float, folds))) for name, value, *folds in rows]
