"""Predictions of two iterations that the store still holds, compared example by example: a bootstrap of a metric's
difference.

Which values a metric is of is told by the source that prints it: `accuracy_score(y_test, pred)`. They count only if
both iterations had the same truth, and if the metric that was printed is what comes out of them. They are loaded in a
process of its own, in which none of the user's code is.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mliter_tui.engine.resampling import of_errors, of_labels, of_scores
from mliter_tui.history import iterations
from mliter_tui.history.iterations import Past
from mliter_tui.history.metrics import Metric
from mliter_tui.history.noise import from_predictions
from mliter_tui.history.sources import Sources
from mliter_tui.readings import naming
from mliter_tui.store import Store

MOST_BYTES = 50_000_000
"""Values larger than this are not loaded for a comparison."""
_PATIENCE = 30.0
_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = (  # the current folder is not searched for it
    f"import sys; sys.path.pop(0); {_ROOT!r} in sys.path or sys.path.append({_ROOT!r}); "
    "from mliter_tui.kernel.columns import main; main()"
)
_ASKED = re.compile(
    r"\b(accuracy_score|classification_report|confusion_matrix|mean_absolute_error|mean_squared_error|f1_score|"
    r"precision_score|recall_score|roc_auc_score|r2_score|root_mean_squared_error)"
    r"\(\s*([A-Za-z_]\w*)\s*,\s*([A-Za-z_]\w*)\s*(?=[,)])"
)
_MEASURES = {
    "accuracy_score": ("accuracy",), "confusion_matrix": ("accuracy",),
    "classification_report": ("accuracy", "f1", "precision", "recall"), "mean_absolute_error": ("absolute",),
    "mean_squared_error": ("squared", "rmse"), "f1_score": ("f1",), "precision_score": ("precision",),
    "recall_score": ("recall",), "roc_auc_score": ("auc",), "r2_score": ("r2",), "root_mean_squared_error": ("rmse",),
}  # fmt: skip
_WORDS = {"accuracy": "accuracy", "acc": "accuracy", "mae": "absolute", "absolute": "absolute", "mse": "squared",
          "squared": "squared", "f1": "f1", "precision": "precision", "recall": "recall", "auc": "auc", "auroc": "auc",
          "r2": "r2", "r²": "r2", "rmse": "rmse"}  # fmt: skip


class Columns:
    """Columns that iterations ended with, as far as they are kept; those of one name are loaded at once."""

    def __init__(self, store: Store, pasts: Iterable[Past]) -> None:
        self._store = store
        self.values: dict[int, dict[str, str]] = {}
        self._modules: set[str] = set()
        for past in pasts:
            self.values[past.number] = iterations.values_of(store, past)
            self._modules |= {module.name for module in iterations.modules_of(store, past) or ()}
        self._loaded: dict[str, list[Any] | None] = {}

    def scoped(self, number: int, name: str) -> str:
        """A name as values go by, "" where there is none or several."""
        values = self.values.get(number, {})
        if name in values:
            return name
        found = [each for each in values if each.rpartition(".")[2] == name]
        return found[0] if len(found) == 1 else ""

    def of(self, asked: Iterable[tuple[int, str]]) -> list[list[Any]] | None:
        """The columns of these iterations and names; None where one is not kept, or is none."""
        fps = [self.values[number][name] for number, name in asked]
        if any(fp not in self._loaded for fp in fps):
            self._load({name for _, name in asked})
        found = [column for fp in fps if (column := self._loaded[fp]) is not None]
        return found if len(found) == len(fps) else None

    def _load(self, names: set[str]) -> None:
        fps = {values[name] for values in self.values.values() for name in names & values.keys()} - self._loaded.keys()
        kept = {fp: artifact for fp in fps if (artifact := self._store.artifact(fp)) is not None}
        manifests = {fp: artifact.manifest for fp, artifact in kept.items() if artifact.nbytes <= MOST_BYTES}
        self._loaded.update(dict.fromkeys(fps))
        if manifests:
            self._loaded.update(self._read(manifests))

    def _read(self, manifests: dict[str, Any]) -> dict[str, list[Any] | None]:
        request = {
            "folder": str(self._store.folder), "key": base64.b64encode(self._store.key).decode(),
            "modules": sorted(self._modules), "manifests": manifests,
        }  # fmt: skip
        command = [sys.executable, "-c", _BOOT]
        try:
            done = subprocess.run(command, input=json.dumps(request).encode(), capture_output=True, timeout=_PATIENCE)
            found = json.loads(done.stdout)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return {}
        return found if isinstance(found, dict) else {}


class Predictions:
    """Of two iterations. Called with a metric of each: where their difference may lie, None where that is not known."""

    def __init__(self, store: Store, before: Past, after: Past, columns: Columns | None = None) -> None:
        self._numbers = before.number, after.number
        self._columns = columns if columns is not None else Columns(store, (before, after))
        self._sources = [_source(store, past) for past in (before, after)]

    def __call__(self, before: Metric, after: Metric) -> tuple[float, float] | None:
        earlier, later = self._names(0, before), self._names(1, after)
        if earlier is None or later is None:
            return None
        (truth_name, one_name), (other_truth, other_name) = earlier, later
        first, second = self._numbers
        values = self._columns.values
        if values[first][truth_name] != values[second][other_truth]:
            return None  # other examples
        found = self._columns.of([(first, truth_name), (first, one_name), (second, other_name)])
        if found is None or len({len(each) for each in found}) > 1 or len(found[0]) < 2:
            return None
        truth, one, other = found
        kind = _kind(after)
        if kind in _RESAMPLED:
            return _RESAMPLED[kind](truth, one, other, lambda was, now: _is(before, was) and _is(after, now))
        for metric, said in ((before, one), (after, other)):
            value = sum(_score(kind, t, v) for t, v in zip(truth, said)) / len(truth)
            if not _is(metric, value):
                return None  # it is of something else
        return from_predictions(truth, one, other, lambda true, value: _score(kind, true, value))

    def _names(self, side: int, metric: Metric) -> tuple[str, str] | None:
        """What truth and predictions of a metric are called at the end of the script."""
        sources, kind = self._sources[side], _kind(metric)
        if sources is None or not kind or metric.folds or metric.series:
            return None
        found = {(truth, said) for function, truth, said in _ASKED.findall(sources.around(metric.lines))
                 if kind in _MEASURES[function]}  # fmt: skip
        if len(found) != 1:
            return None
        truth, said = (self._columns.scoped(self._numbers[side], name) for name in found.pop())
        return (truth, said) if truth and said else None


def of_pairs(store: Store, pairs: Sequence[tuple[Past, Past]]) -> list[Predictions]:
    """Of several pairs, whose columns are loaded once."""
    columns = Columns(store, {past.number: past for pair in pairs for past in pair}.values())
    return [Predictions(store, before, after, columns) for before, after in pairs]


def _source(store: Store, past: Past) -> Sources | None:
    read = iterations.read_of(store, past)
    if read is None:
        return None
    nodes = {node.node: node for node in read.nodes}
    return Sources(read.text, nodes, [(edge.maker, edge.reader) for edge in read.edges])


def _kind(metric: Metric) -> str:
    """Which of _WORDS' measures it is; "" for another one, or for several."""
    words = naming.words(metric.name)
    found = {_WORDS[word] for word in words if word in _WORDS}
    if "root" in words and found == {"squared"}:
        found = {"rmse"}
    return found.pop() if len(found) == 1 else ""


def _is(metric: Metric, value: float) -> bool:
    """Whether a value is the one that was printed."""
    return abs(value - metric.value) <= metric.step / 2 + 1e-9 * max(1.0, abs(value))


_RESAMPLED: dict[str, Callable[..., tuple[float, float] | None]] = {
    **{name: partial(of_labels, name) for name in ("f1", "precision", "recall")},
    **{name: partial(of_errors, name) for name in ("rmse", "r2")}, "auc": of_scores,
}  # fmt: skip


def _score(kind: str, true: Any, said: Any) -> float:
    if kind == "accuracy":
        return float(true == said)
    try:
        error = float(said) - float(true)
    except (TypeError, ValueError):
        return float("nan")
    return abs(error) if kind == "absolute" else error * error
