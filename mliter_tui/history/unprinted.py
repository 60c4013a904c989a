"""What a script measured and printed nowhere: numbers bound to the name of a measure, and the scores of searches.

Whatever is printed as well is left to what is printed: where a statement that prints a metric reads the name, or shows
the same number and depends on it. So editing a `print` away, or adding one, changes where a
number is read, and not how often.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mliter_tui import events
from mliter_tui.facts import Lines
from mliter_tui.history.metrics import BOUND, Heard, Metric
from mliter_tui.history.sources import Sources
from mliter_tui.readings import naming
from mliter_tui.readings.naming import Direction


def unprinted(heard: Heard, sources: Sources, printed: Sequence[Metric]) -> list[Metric]:
    """Metrics of a story beside those that are `printed`."""
    courses: dict[tuple[str, Lines], list[events.MetricTold]] = {}
    for each in heard.told:
        if each.bound:
            courses.setdefault((each.name, heard.lines_of(each.node)), []).append(each)
    found: list[tuple[Metric, bool]] = []
    for (name, lines), told in courses.items():
        if any(_read(heard, each.node, name, printed) for each in told):
            continue
        metric = _metric(name, lines, told, sources)
        if metric is not None and not _shown_below(heard, told, metric, printed):
            info = heard.nodes.get(told[-1].node) if told[-1].node is not None else None
            found.append((metric, info is not None and info.depth > 0))
    outer = {metric.value for metric, inner in found if not inner}
    # what a function made and gave back has two names
    return [metric for metric, inner in found if not inner or metric.value not in outer]


def _metric(name: str, lines: Lines, told: Sequence[events.MetricTold], sources: Sources) -> Metric | None:
    """One from all of its values; None where nothing says which way of it is better."""
    last = told[-1]
    direction: Direction = "higher" if last.folds else naming.direction(name)
    if direction == "unknown":
        direction = sources.direction(lines)
    if direction == "unknown":
        return None
    series = tuple(each.value for each in told) if len(told) > 1 else ()
    place = f"{sources.skeleton(lines)}{BOUND}{name}"
    return Metric(name, last.value, direction, True, series, last.folds, lines=lines, place=place)


def _read(heard: Heard, node: int | None, name: str, printed: Sequence[Metric]) -> bool:
    """Whether a statement that prints a metric reads what the node binds to the name."""
    readers = heard.read.get((node, name), set()) if node is not None else set()
    spans = {heard.lines_of(reader) for reader in readers}
    return any(metric.lines in spans for metric in printed)


def _shown_below(
    heard: Heard, told: Sequence[events.MetricTold], metric: Metric, printed: Sequence[Metric]
) -> bool:  # fmt: skip
    """Whether a statement that depends on it prints its number, as far as digits go; also without its sign, as errors
    are."""
    same = [other for other in printed if other.measures and math.isfinite(other.value) and abs(
        abs(other.value) - abs(metric.value)) <= other.step * 0.501 + 1e-12 * max(1.0, abs(metric.value))]  # fmt: skip
    if not same:
        return False
    readers: dict[int, set[int]] = {}
    for maker, reader in heard.edges:
        readers.setdefault(maker, set()).add(reader)
    todo = {each.node for each in told if each.node is not None}
    below: set[int] = set()
    while todo:
        below |= todo
        todo = {reader for maker in todo for reader in readers.get(maker, ())} - below
    spans = {heard.lines_of(node) for node in below}
    return any(other.lines in spans for other in same)
