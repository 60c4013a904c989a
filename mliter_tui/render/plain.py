"""Plain text for plans, caches and finished iterations: fixed columns, no colour, nothing a terminal acts upon.

Rows are plain dicts, the same that `--json` prints. Seconds are float seconds, sizes are bytes; None means not known
and shows as `?`, an infinite duration (a value that cannot be stored) as `never`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NotRequired, Protocol, TypedDict

from mliter_tui.render.cells import clean, shorten, width
from mliter_tui.wording import in_file

_ACTIONS = {"compute": "C", "load": "L", "prune": "P"}
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_LONGEST_NAME = 48
_NOTICEABLE = 0.05
"""Seconds; a gain or a loss below this is not worth a word."""


class FinishedIteration(Protocol):
    """What `summary_line` reads of an iteration_finished event."""

    @property
    def iteration(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def computed(self) -> int: ...
    @property
    def loaded(self) -> int: ...
    @property
    def pruned(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def saved_seconds(self) -> float: ...


class PlanRow(TypedDict):
    """One node of a plan. depth: how many calls and loops it is in. turn: which loop and which pass of it, if any.

    module: the local module that its lines are of, if any.
    """

    node: str
    lines: Sequence[int]
    action: str
    seconds: float | None
    reason: str
    depth: NotRequired[int]
    turn: NotRequired[Sequence[int]]
    module: NotRequired[str]


class CacheRow(TypedDict):
    """One value kept. key: what `mliter cache pin` takes; used: when it was last, in seconds since the epoch."""

    key: str
    name: str
    bytes: int
    load_seconds: float | None
    compute_seconds: float | None
    used: float
    pinned: bool


def human_bytes(n: int | float | None) -> str:
    """A size in units of 1000: 0 B, 999 B, 1.0 kB, 84 MB, 1.3 GB."""
    if n is None:
        return "?"
    if n < 0:
        return "-" + human_bytes(-n)
    size, unit = float(n), 0
    # 999.5 kB would print as 1000 kB
    while unit + 1 < len(_SIZES) and round(size, 0 if unit == 0 or size >= 9.95 else 1) >= 1000:
        size, unit = size / 1000, unit + 1
    return f"{size:.0f} {_SIZES[unit]}" if unit == 0 or size >= 9.95 else f"{size:.1f} {_SIZES[unit]}"


def human_seconds(s: float | None) -> str:
    """A duration: <1 ms, 340 ms, 4.1 s, 41 s, 2 min 05 s, 1 h 04 min."""
    if s is None or math.isnan(s):
        return "?"
    if s < 0:
        return "-" + human_seconds(-s)
    if math.isinf(s):
        return "never"
    if s == 0:
        return "0 s"
    if s < 0.9995:
        return "<1 ms" if s < 0.001 else f"{s * 1000:.0f} ms"
    if s < 59.95:
        return f"{s:.1f} s"
    whole = round(s)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(s / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Columns two spaces apart, those numbered in `right` aligned there; lines have no space at their end."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(width(line[i]) for line in lines) for i in range(len(header))]
    numbers = frozenset(right)

    def cell(text: str, i: int) -> str:
        space = " " * (widths[i] - width(text))
        return space + text if i in numbers else text + space

    return "".join("  ".join(cell(text, i) for i, text in enumerate(line)).rstrip() + "\n" for line in lines)


def line_range(lines: Sequence[int]) -> str:
    """Lines as 22 or 31-33; empty where there are none."""
    if not lines:
        return ""
    first, last = in_file(lines[0]), in_file(lines[-1])
    return str(first) if first == last else f"{first}-{last}"


def summary_line(finished: FinishedIteration) -> str:
    """One line for a finished iteration: `mliter: iteration 12: 3 computed, 9 loaded in 4.1 s, saved 41.2 s`."""
    counts = ((finished.computed, "computed"), (finished.loaded, "loaded"), (finished.pruned, "pruned"))
    parts = ", ".join(f"{n} {word}" for n, word in counts if n) or "nothing to do"
    status = "" if finished.status == "ok" else f" {clean(finished.status)}"
    saved = finished.saved_seconds
    gain = ""
    if saved >= _NOTICEABLE:
        gain = f", saved {human_seconds(saved)}"
    elif saved <= -_NOTICEABLE:
        gain = f", {human_seconds(-saved)} slower than without a cache"
    return f"mliter: iteration {finished.iteration}{status}: {parts} in {human_seconds(finished.seconds)}{gain}"


def plan_table(rows: Sequence[PlanRow]) -> str:
    """The plan, one node a line in program order, passes of a loop of which nothing is needed together; and its sum."""
    if not rows:
        return "nothing to run\n"
    body = [
        (
            _ACTIONS.get(row["action"], "?"),
            (f"{module}:" if (module := row.get("module")) else "") + line_range(row["lines"]),
            shorten("  " * row.get("depth", 0) + clean(row["node"]), _LONGEST_NAME),
            "" if row["action"] == "prune" else human_seconds(row["seconds"]),
            clean(row["reason"]),
        )
        for row in _without_pruned_passes(rows)
    ]
    return table(("", "LINES", "NODE", "TIME", "WHY"), body, right=(3,)) + _plan_total(rows)


def _without_pruned_passes(rows: Sequence[PlanRow]) -> Iterator[PlanRow]:
    busy = {tuple(row["turn"]) for row in rows if row.get("turn") and row["action"] != "prune"}
    for (_, quiet), group in groupby(rows, lambda row: _quiet_loop(row, busy)):
        several = list(group)
        if not quiet:
            yield from several
            continue
        first, last = several[0]["turn"][1], several[-1]["turn"][1]
        name = f"pass {first}" if first == last else f"passes {first} to {last}"
        yield {**several[0], "node": name}


def _quiet_loop(row: PlanRow, busy: Container[tuple[int, ...]]) -> tuple[int, bool]:
    """The loop whose pass it is in, and whether nothing of that pass is needed."""
    turn = row.get("turn") or ()
    return (turn[0] if turn else -1), bool(turn) and tuple(turn) not in busy


def _plan_total(rows: Sequence[PlanRow]) -> str:
    counts = ", ".join(
        f"{n} to {action}" for action in _ACTIONS if (n := sum(row["action"] == action for row in rows))
    )
    costs = [row["seconds"] for row in rows if row["action"] != "prune"]
    known = [cost for cost in costs if cost is not None and math.isfinite(cost)]
    unknown = len(costs) - len(known)
    if unknown and not known:
        time = "no time known yet"
    else:
        time = f"about {human_seconds(sum(known))}" + (f" and {unknown} of unknown cost" if unknown else "")
    return f"{counts or 'undecided'}; {time}\n"


def _saved_per_megabyte(row: CacheRow) -> str:
    load, compute = row["load_seconds"], row["compute_seconds"]
    if load is None or compute is None or math.isinf(load) or row["bytes"] <= 0:
        return "?"
    return human_seconds((compute - load) / (row["bytes"] / 1e6))


def cache_table(rows: Sequence[CacheRow], used: int | None = None, budget: int | None = None) -> str:
    """The values kept, and a last line with the space they take.

    used: bytes on disk, which may be less than the sum of the rows, as equal buffers are stored once.
    """
    total = human_bytes(sum(row["bytes"] for row in rows) if used is None else used)
    limit = "" if budget is None else f" of {human_bytes(budget)}"
    if not rows:
        return f"nothing is kept; {total}{limit}\n"
    body = [
        (
            clean(row["key"]),
            shorten(clean(row["name"]), _LONGEST_NAME),
            human_bytes(row["bytes"]),
            human_seconds(row["load_seconds"]),
            human_seconds(row["compute_seconds"]),
            _saved_per_megabyte(row),
            time.strftime("%Y-%m-%d %H:%M", time.localtime(row["used"])),
            "pinned" if row["pinned"] else "",
        )
        for row in rows
    ]
    header = ("KEY", "NAME", "SIZE", "LOAD", "COMPUTE", "SAVED/MB", "USED", "")
    count = f"{len(rows)} value{'s' if len(rows) != 1 else ''}"
    return table(header, body, right=(2, 3, 4, 5)) + f"{count}, {total}{limit}\n"
