"""Splits of a search as a matrix, for whoever watches: which candidate and split a task is, and its score."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from mliter_tui.kernel.calls import Place
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.recall import Recall

_LONGEST = 40


class Matrix:
    """One call that hands out the splits of a search or cross-validation.

    Tasks that share a test set are candidates in one split. name: of its calls.
    """

    def __init__(self, recall: Recall, name: str) -> None:
        self._recall, self._number = recall, len(recall.searches)
        self._names: list[str] = []
        self._rows: list[dict[str, str]] = []
        self._values: list[list[str]] = []
        self._tests: dict[int, list[Any]] = {}  # id of a test set -> [it, its split, how many tasks have it]
        recall.searches.append((name, self._names, self._values, 0))

    def place(self, task: Any) -> Place:
        """Where a task stands; each is asked for once, in order."""
        _, args, kwargs = task
        test = kwargs.get("test", args[4] if len(args) > 4 else None)
        if test is None:
            return ()
        known = self._tests.setdefault(identity(test), [test, len(self._tests), 0])
        candidate, split = known[2], known[1]
        known[2] += 1
        if candidate == len(self._rows):
            self._row(kwargs.get("parameters"), kwargs.get("train"))
        name, names, values, splits = self._recall.searches[self._number]
        self._recall.searches[self._number] = name, names, values, max(splits, split + 1)
        return self._number, candidate, split

    def _row(self, parameters: Any, train: Any) -> None:
        """One more candidate. Values that are the same in all so far are left out."""
        known = dict(parameters) if isinstance(parameters, dict) else {"rows": len(train)} if self._rows else {}
        self._rows.append({str(name): text_of(value) for name, value in known.items()})
        every = list(dict.fromkeys(name for row in self._rows for name in row))
        differing = [n for n in every if len({row.get(n, "") for row in self._rows}) > 1 or len(self._rows) == 1]
        if differing != self._names:
            self._names[:] = differing
            self._values[:] = [[row.get(name, "") for name in differing] for row in self._rows]
        else:
            self._values.append([self._rows[-1].get(name, "") for name in differing])

    def scored(self, results: Iterable[tuple[Any, Any]]) -> None:
        """Tell the scores of (place, result)."""
        for place, result in results:
            scores = result.get("test_scores") if isinstance(result, dict) else None
            if isinstance(scores, dict):
                scores = next(iter(scores.values()), None)
            if place and isinstance(scores, (int, float)) and math.isfinite(scores):
                self._recall.told.append(("", "score", float(scores), place))


def text_of(value: Any) -> str:
    """A value of a parameter, short and without running code of anybody's."""
    kind = type(value)
    if kind in (str, int, bool, type(None)):
        text = value if kind is str else repr(value)
    elif isinstance(value, float):
        text = f"{float(value):g}"
    elif kind is tuple or kind is list:
        text = f"({', '.join(map(text_of, value[:8]))})"
    elif kind.__module__ == "numpy" and hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        text = text_of(value.item())
    else:
        text = str(getattr(value, "__name__", "") if callable(value) else "") or kind.__name__
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
