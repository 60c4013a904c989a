"""Searches told piece by piece: how cells that are done enter the matrix of their search."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mliter_tui.facts import Cell, Search


def with_cells(searches: Sequence[Search], cells: Iterable[Cell]) -> tuple[Search, ...]:
    """The searches with more cells done; a cell that is in none of them is passed over."""
    wanted: dict[int, list[Cell]] = {}
    for cell in cells:
        wanted.setdefault(cell[0], []).append(cell)
    return tuple(_filled(search, wanted.get(number, [])) for number, search in enumerate(searches))


def _filled(search: Search, cells: list[Cell]) -> Search:
    size = len(search.rows) * search.splits
    if not cells and len(search.cells) == size:
        return search
    letters = list(search.cells.ljust(size, ".")[:size])
    seconds, scores = _numbers(search.seconds, size), _numbers(search.scores, size)
    for _, candidate, split, letter, took, score in cells:
        at = candidate * search.splits + split
        if 0 <= at < size and 0 <= split < search.splits:
            if letter in ("L", "C"):
                letters[at], seconds[at] = letter, took
            scores[at] = scores[at] if math.isnan(score) else score
    return replace(search, cells="".join(letters), seconds=tuple(seconds), scores=tuple(scores))


def _numbers(known: Sequence[float], size: int) -> list[float]:
    return [*known, *[math.nan] * (size - len(known))][:size]
