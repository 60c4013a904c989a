"""Runs that were imported from elsewhere, to be looked at and compared with a script's iterations; none of them is one.

Of an imported run its parameters, metrics, times and where it is from are known, and nothing else: it has no text, no
values, no place in the tree of iterations, and cannot be checked out or run again. It is called m1, m2, ... and keeps
that name when it is imported again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from typing import Any

from mliter_tui.history.corrections import metrics_said
from mliter_tui.history.metrics import Metric, corrected
from mliter_tui.history.several import Run
from mliter_tui.lean import dataclass
from mliter_tui.readings import naming
from mliter_tui.store import Store

MOST_STEPS = 2000
"""Values of one metric that are kept, the last ones."""


@dataclass(frozen=True, slots=True)
class ImportedRun:
    """One run. source: the tracking URI it was read from; begun, ended: seconds since the epoch, None where not known.

    status: ok, failed, cancelled or running, as of iterations. metrics: values in order of their steps. said: what the
    user of this store says of directions, by key of the metric.
    """

    source: str
    experiment: str
    run_id: str
    name: str
    status: str
    begun: float | None
    ended: float | None
    parameters: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, tuple[float, ...]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    number: int = 0
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How a user names it."""
        return f"m{self.number}"

    @property
    def seconds(self) -> float:
        """How long it took; not-a-number where that is not known."""
        return max(0.0, self.ended - self.begun) if self.begun is not None and self.ended is not None else float("nan")

    def read(self) -> tuple[Metric, ...]:
        """Its metrics as those of iterations are read: what they measure is told by their names."""
        found = []
        for name, values in self.metrics.items():
            series = values if len(values) > 1 else ()
            metric = Metric(name, values[-1], naming.direction(name), naming.measures(name), series)
            found.append(corrected(metric, self.said))
        return tuple(metric for metric in found if metric is not None)

    def run(self) -> Run:
        """As a column beside iterations."""
        return Run(self.label, self.begun if self.begun is not None else float("nan"), self.status,
                   self.seconds, self.read(), parameters=self.parameters,
                   about=f"imported: {self.name}" if self.name else "imported")  # fmt: skip


def _start(script: str) -> str:
    return f"imported on {script} "


def imported(store: Store, script: str) -> list[ImportedRun]:
    """All imported runs of a script (its absolute path), by number."""
    said: dict[str, Any] = {**metrics_said(store, script)}
    found = []
    for digits, kept in store.metas(_start(script)).items():
        if isinstance(kept, dict):
            metrics = {str(name): tuple(map(float, values)) for name, values in kept.pop("metrics").items()}
            found.append(ImportedRun(**kept, metrics=metrics, number=int(digits), said=said))
    return sorted(found, key=lambda run: run.number)


def keep(store: Store, script: str, runs: Iterable[ImportedRun]) -> tuple[int, int]:
    """Keep runs, each in the place of what was imported of it before; how many are new, and how many were known."""
    known = {(run.experiment, run.run_id): run.number for run in imported(store, script)}
    last = max(known.values(), default=0)
    new = again = 0
    for run in runs:
        number = known.get((run.experiment, run.run_id))
        if number is None:
            last += 1
            number, new = last, new + 1
        else:
            again += 1
        store.set_meta(_name(script, number), _fields(run))
    store.commit()
    return new, again


def forget(store: Store, script: str, runs: Sequence[ImportedRun]) -> None:
    """Drop imported runs."""
    for run in runs:
        store.set_meta(_name(script, run.number), None)
    store.commit()


def _name(script: str, number: int) -> str:
    return f"{_start(script)}{number:09}"


def _fields(run: ImportedRun) -> dict[str, Any]:
    run = replace(run, metrics={name: values[-MOST_STEPS:] for name, values in run.metrics.items() if values})
    names = ("source", "experiment", "run_id", "name", "status", "begun", "ended", "parameters", "metrics", "tags")
    return {name: getattr(run, name) for name in names}
