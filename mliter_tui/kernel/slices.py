"""Examples by the values of a column: where predictions gained, and where they lost.

A column of few values is taken value by value, numbers beyond that by quarters. `gains` has what each example gained.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

MOST_VALUES = 12
"""Different values of a column of numbers from which on it is taken by quarters."""
MOST_WORDS = 40
"""Different words of a column that are each a slice; the rarest beyond that are one."""
_BESIDE = 3.0
"""How many standard errors a slice is from all others before it is told without being asked for."""
_FEWEST = 20
_MOST_STRIKING = 6


def slices_of(values: Sequence[Any]) -> list[str]:
    """Of each example the slice it is in, in words."""
    known = [value for value in values if _is_number(value)]
    if len(known) * 2 > len(values) and len(set(known)) > MOST_VALUES:
        return _quarters(values, sorted(known))
    words = [str(value) for value in values]
    common = {word for word, _ in Counter(words).most_common(MOST_WORDS)}
    return [word if word in common else "all others" for word in words]


def _quarters(values: Sequence[Any], known: Sequence[float]) -> list[str]:
    edges = sorted({known[len(known) * k // 4] for k in (1, 2, 3)})
    bounds = [known[0], *(edge for edge in edges if edge > known[0]), known[-1]]

    def name(value: Any) -> str:
        if not _is_number(value):
            return "none"
        for low, high in pairwise(bounds[:-1]):
            if value < high:
                return f"{low:g} to below {high:g}"
        return f"{bounds[-2]:g} to {bounds[-1]:g}"

    return [name(value) for value in values]


def by_column(column: str, values: Sequence[Any], gains: Sequence[float]) -> list[dict[str, Any]]:
    """All slices of one column: those of numbers in their order, others the largest first."""
    places = _places(slices_of(values))

    def order(each: tuple[str, list[int]]) -> tuple[float, int]:
        first = min((values[at] for at in each[1] if _is_number(values[at])), default=math.inf)
        return (float(first) if _is_number(values[each[1][0]]) else 0.0), -len(each[1])

    return [_slice(column, name, at, gains) for name, at in sorted(places.items(), key=order)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _places(names: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        found.setdefault(name, []).append(at)
    return found


def striking(columns: dict[str, list[Any]], gains: Sequence[float]) -> list[dict[str, Any]]:
    """Slices of any column in which the gain is another than over all, the most striking first."""
    count = len(gains)
    if count < _FEWEST or not any(gains):
        return []
    mean = math.fsum(gains) / count
    deviation = math.sqrt(math.fsum((gain - mean) ** 2 for gain in gains) / count)
    found = []
    for column, values in columns.items():
        for name, at in _places(slices_of(values)).items():
            if deviation and _FEWEST <= len(at) < count:
                apart = math.fsum(gains[i] for i in at) / len(at) - mean
                error = deviation / math.sqrt(len(at)) * math.sqrt(1 - len(at) / count)  # drawn without putting back
                if abs(apart) > _BESIDE * error:
                    found.append((abs(apart) / error, _slice(column, name, at, gains)))
    found.sort(key=lambda each: -each[0])
    return [each for _, each in found[:_MOST_STRIKING]]


def _slice(column: str, name: str, at: Sequence[int], gains: Sequence[float]) -> dict[str, Any]:
    own = [gains[i] for i in at]
    return {
        "column": column, "value": name[:60], "count": len(at), "fixed": sum(g > 0 for g in own),
        "broken": sum(g < 0 for g in own), "gain": math.fsum(own) / len(own),
    }  # fmt: skip
