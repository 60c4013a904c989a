"""A process of its own that compares two predictions of the same examples, and finds the rows of those that changed.

All values come from the store; the user's classes are stood in for, as for previews, so that none of his code runs. In:
{"folder", "key", "modules", "manifests", "truth": [a, b], "said": [a, b], "frames": [...], "kind", "by", "most"}, where
truth and said are [key of a manifest, name, column or null] of each iteration, and frames the same of tables that may
hold the rows, with whether models predict from it behind that. Out: what `engine.examples.Compared` is made
of, or {"error": sentence}.
"""

from __future__ import annotations

import base64
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from mliter_tui.kernel.slices import by_column, striking

_LONGEST = 60
_MOST_MOVES = 8
_MOST_COLUMNS = 200
"""Of an array without names; one of more is an image, or text in numbers, and says nothing as a row."""
Load = Callable[[Sequence[Any]], Any]


def main() -> None:
    """Entry of the process."""
    request = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints while it loads is nobody's answer
    from mliter_tui.kernel.preview import stand_in

    stand_in(request["modules"])
    json.dump(answer(Loader(request), request), out)


class Loader:
    """Values of the request, each loaded once."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self._roots: dict[str, dict[str, Any]] = {}

    def __call__(self, place: Sequence[Any]) -> Any:
        """The value at [key, name, column]; None where it cannot be had."""
        from mliter_tui.kernel.artifacts import Damaged, load

        key, name, inside = place
        if key not in self._roots:
            folder, secret = Path(self._request["folder"]), base64.b64decode(self._request["key"])
            try:
                self._roots[key] = load(self._request["manifests"][key], folder, secret)
            except (Damaged, ImportError, AttributeError, OSError, KeyError):
                self._roots[key] = {}
        roots = self._roots[key]
        value: Any = roots.get(name, next(iter(roots.values())) if len(roots) == 1 else None)
        if inside is None:
            return value
        return value[inside] if _is_frame(value) and inside in value.columns else None


def answer(load: Load, request: dict[str, Any]) -> dict[str, Any]:
    """What came of the comparison."""
    truths, said = [load(place) for place in request["truth"]], [load(place) for place in request["said"]]
    read = [_column(each) for each in (*truths, *said)]
    if any(each is None for each in read):
        return {"error": "What was predicted, or what is true, is no column of numbers or words."}
    true, true_after, one, other = (each or [] for each in read)
    if len(true) != len(one) or len(true_after) != len(other) or not true:
        return {"error": "There are not as many predictions as examples."}
    labels = _index(truths[0], len(true))
    alone = 0
    if true != true_after:  # other examples: those that both have, by the index of their rows
        both = _in_both(labels, _index(truths[1], len(true_after)), true, true_after)
        if not both:
            return {"error": "The two were measured on other examples, and none can be found in both by its index."}
        alone = len(true_after) - len(both)
        labels = [(labels or [])[at] for at, _ in both]
        true, one, other = [true[i] for i, _ in both], [one[i] for i, _ in both], [other[j] for _, j in both]
    found = _scored(true, one, other, request["kind"]) | {"alone": alone}
    return found | _rows(found.pop("gains"), (true, one, other), labels, load, request)


def _column(value: Any) -> list[Any] | None:
    from mliter_tui.kernel.columns import column

    shape = getattr(value, "shape", None)
    if shape is not None and len(shape) == 2 and shape[1] == 1:
        value = value.iloc[:, 0] if _is_frame(value) else value.reshape(-1)
    return column(value)


def _is_frame(value: Any) -> bool:
    return type(value).__module__.startswith("pandas") and getattr(value, "ndim", 0) == 2


def _index(value: Any, count: int) -> list[Any] | None:
    """Labels of the rows of a pandas column that has any of its own; None where rows are only counted."""
    if not type(value).__module__.startswith("pandas"):
        return None
    index = value.index
    if type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1:
        return None
    labels = index.tolist()
    return labels if len(labels) == count and len(set(map(repr, labels))) == count else None


def _in_both(
    labels: list[Any] | None, later: list[Any] | None, true: Sequence[Any], true_after: Sequence[Any]
) -> list[tuple[int, int]]:
    """Places of each example that both have, of the same truth."""
    if labels is None or later is None:
        return []
    places = {repr(label): at for at, label in enumerate(later)}
    pairs = [(i, places[repr(label)]) for i, label in enumerate(labels) if repr(label) in places]
    return [(i, j) for i, j in pairs if true[i] == true_after[j]]


def _scored(true: list[Any], one: list[Any], other: list[Any], kind: str) -> dict[str, Any]:
    """Counts, and what each example gained: 1, 0 or -1 of labels, of numbers by how much its error fell."""
    if kind == "labels":
        before, after = ([float(t == s) for t, s in zip(true, said)] for said in (one, other))
        gains = [b - a for a, b in zip(before, after)]
        changed = Counter((t, a, b) for t, a, b in zip(true, one, other) if a != b)
        moves = [[_text(v) for v in key] + [n] for key, n in changed.most_common(_MOST_MOVES)]
    else:
        before, after = ([_error(t, s) for t, s in zip(true, said)] for said in (one, other))
        gains = [a - b if math.isfinite(a - b) else 0.0 for a, b in zip(before, after)]
        moves = []
    return {
        "kind": "labels" if kind == "labels" else "numbers", "count": len(true), "before": _mean(before),
        "after": _mean(after), "fixed": sum(g > 0 for g in gains), "broken": sum(g < 0 for g in gains),
        "changed": sum(a != b for a, b in zip(one, other)), "moves": moves, "gains": gains,
    }  # fmt: skip


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if math.isfinite(value)]
    return math.fsum(known) / len(known) if known else None


def _error(true: Any, said: Any) -> float:
    try:
        return abs(float(said) - float(true))
    except (TypeError, ValueError):
        return math.nan


def _rows(
    gains: list[float], columns: tuple[list[Any], list[Any], list[Any]], labels: list[Any] | None, load: Load,
    request: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Rows of the examples that gained and lost most, and slices, as far as a table is known that holds them."""
    names, values, name = _table(request["frames"], labels, len(gains), load)
    order = sorted(range(len(gains)), key=lambda at: -gains[at])
    best = [at for at in order if gains[at] > 0][: request["most"]]
    worst = [at for at in reversed(order) if gains[at] < 0][: request["most"]]
    told = {
        "table": name, "columns": names, "by": request["by"],
        "fixed_rows": [_row(at, columns, labels, values) for at in best],
        "broken_rows": [_row(at, columns, labels, values) for at in worst],
    }  # fmt: skip
    if request["by"] is None:
        told["slices"] = striking(values, gains)
    else:
        own = {"truth": columns[0], "before": columns[1], "after": columns[2]}
        wanted = values.get(request["by"], own.get(request["by"]))
        told["slices"] = by_column(request["by"], wanted, gains) if wanted is not None else None
    return told


def _row(
    at: int, columns: Iterable[Sequence[Any]], labels: list[Any] | None, values: dict[str, list[Any]]
) -> list[str]:
    """Index, truth, both predictions, then the values of the table."""
    first = labels[at] if labels is not None else at
    return [_text(first), *(_text(each[at]) for each in columns), *(_text(each[at]) for each in values.values())]


def _text(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


Table = tuple[list[str], dict[str, list[Any]], str]


def _table(frames: Sequence[Sequence[Any]], labels: list[Any] | None, count: int, load: Load) -> Table:
    """Columns, their values, and the name of the table with a row for each example, in their order; all empty for none.

    One of the same index counts at once; else the first one that holds all of the labels; without labels one that is
    just as long. An array without an index counts where models predict from it.
    """
    second: Table = ([], {}, "")
    for *place, predicted_from in frames:
        frame = load(place)
        if predicted_from and _is_matrix(frame) and len(frame) == count:
            columns = [str(at) for at in range(frame.shape[1])]
            return columns, {name: frame[:, at].tolist() for at, name in enumerate(columns)}, place[1]
        if not _is_frame(frame) or not len(frame.columns) or len(frame) < count:
            continue
        index = frame.index
        if labels is None:
            if len(frame) == count:
                return _columns(frame, place[1])
        elif len(frame) == count and index.tolist() == labels:
            return _columns(frame, place[1])
        elif not second[0] and index.is_unique and set(map(repr, labels)) <= set(map(repr, index.tolist())):
            second = _columns(frame.loc[labels], place[1])
    return second


def _columns(frame: Any, name: str) -> Table:
    names = [str(each) for each in frame.columns]
    return names, {each: frame.iloc[:, at].tolist() for at, each in enumerate(names)}, name


def _is_matrix(value: Any) -> bool:
    return type(value).__module__ == "numpy" and getattr(value, "ndim", 0) == 2 and value.shape[1] <= _MOST_COLUMNS
