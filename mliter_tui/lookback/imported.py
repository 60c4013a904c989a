"""How imported runs are shown: below the iterations in `mliter history`, and one in full by `mliter show`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from mliter_tui.history.imported import ImportedRun
from mliter_tui.history.metrics import Metric
from mliter_tui.lookback.opening import when_text
from mliter_tui.render.cells import clean, shorten
from mliter_tui.render.plain import human_seconds, table

_MOST_METRICS = 3
_LONGEST_NAME, _LONGEST_VALUE = 24, 60


def table_of(runs: Sequence[ImportedRun], cells: int) -> str:
    """The runs in a table of at most that many cells, with the measures that most of them have."""
    read = {run.number: {metric.name: metric for metric in run.read()} for run in runs}
    counts = Counter(name for metrics in read.values() for name, metric in metrics.items() if metric.measures)
    names = [name for name, _ in counts.most_common(_MOST_METRICS)]
    header = ("IMPORTED", "WHEN", "TIME", *(shorten(clean(name), _LONGEST_NAME, "…") for name in names), "NAME", "FROM")
    rows = [_row(run, names, read[run.number]) for run in runs]
    right = (2, *range(3, 3 + len(names)))
    return "".join(shorten(line, cells, "…") + "\n" for line in table(header, rows, right).splitlines())


def _row(run: ImportedRun, names: Sequence[str], metrics: dict[str, Metric]) -> tuple[str, ...]:
    values = (metrics[name].text if name in metrics else "-" for name in names)
    name = clean(run.name or run.run_id[:12]) + ("" if run.status == "ok" else f" ({run.status})")
    return (run.label, when_text(run.begun or math.nan), human_seconds(run.seconds), *values, name,
            f"{clean(run.experiment)} in {clean(run.source)}")  # fmt: skip


def lines_of(run: ImportedRun) -> Iterator[str]:
    """One in full, for people."""
    yield f"{run.label}: {clean(run.name or run.run_id)}, imported; of its code and values nothing is known"
    yield ""
    for name, value in (
        ("from", clean(run.source)), ("experiment", clean(run.experiment)), ("run", clean(run.run_id)),
        ("began", when_text(run.begun or math.nan, seconds=True)), ("took", human_seconds(run.seconds)),
        ("status", run.status), *((clean(name.removeprefix("mlflow.")), clean(v)) for name, v in run.tags.items()),
    ):  # fmt: skip
        yield f"{name:<12} {shorten(value, 200, '…')}"
    metrics = [(clean(metric.name), metric.text, _course(metric)) for metric in run.read()]
    given = [(clean(name), shorten(clean(value), _LONGEST_VALUE, "…"), "") for name, value in run.parameters.items()]
    for title, rows in (("metrics", metrics), ("parameters", given)):
        if rows:
            yield ""
            yield f"{title}:"
            yield from (f"  {line}" for line in table(("", "", ""), rows).splitlines()[1:])


def _course(metric: Metric) -> str:
    return f"last of {len(metric.series)} values" if metric.series else ""


def in_json(run: ImportedRun) -> dict[str, Any]:
    """All that is known of it."""
    return {
        "imported": run.label, "from": run.source, "experiment": run.experiment, "run": run.run_id, "name": run.name,
        "status": run.status, "when": run.begun, "ended": run.ended, "parameters": run.parameters,
        "metrics": {name: list(values) for name, values in run.metrics.items()}, "tags": run.tags,
    }  # fmt: skip
