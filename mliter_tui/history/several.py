"""Any number of iterations side by side: what differs of parameters and surroundings, metrics, and how much was edited.

The first one is what all others are compared with. Imported runs may be among them (`history/imported`): of these only
parameters, metrics and times are known.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from mliter_tui.history import iterations, noise
from mliter_tui.history.corrections import metrics_said
from mliter_tui.history.iterations import Past
from mliter_tui.history.metrics import Metric, match, of_story
from mliter_tui.history.noise import Comparison, Interval
from mliter_tui.history.study import version_of
from mliter_tui.history.varying import Row, rows_of
from mliter_tui.lean import dataclass
from mliter_tui.readings import naming
from mliter_tui.store import Store

Paired = Callable[[Metric, Metric], tuple[float, float] | None]
Pairing = Callable[[Sequence[tuple[Past, Past]]], Iterable[Paired]]


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of one column. name: "7", or "m2" of an imported one; past: None for that.

    versions: its texts by name, None where they are not known. parameters: of an imported run, by name.
    """

    name: str
    when: float
    status: str
    seconds: float
    metrics: tuple[Metric, ...] = ()
    past: Past | None = None
    versions: Mapping[str, str] | None = None
    parameters: Mapping[str, str] | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A metric in one iteration: what it may be by chance, and its comparison with the first that has it; None where
    that is not known, or it is that one."""

    metric: Metric
    interval: Interval | None = None
    compared: Comparison | None = None


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric in all of them; None where it was not told. direction: which is better, as far as that is known."""

    name: str
    direction: str
    measures: bool
    cells: tuple[Cell | None, ...]

    @property
    def differs(self) -> bool:
        values = {(cell.metric.value, cell.metric.folds) if cell is not None else None for cell in self.cells}
        return len(values) > 1


@dataclass(frozen=True, slots=True)
class Several:
    """The table. lines: of each, (added, taken away) against the first; None where that is not known.

    surroundings: name and values of what else differs; None where that is not known.
    """

    script: str
    runs: tuple[Run, ...]
    lines: tuple[tuple[int, int] | None, ...]
    parameters: tuple[Row, ...]
    metrics: tuple[MetricRow, ...]
    surroundings: tuple[tuple[str, tuple[str | None, ...]], ...]


def run_of(store: Store, past: Past) -> Run:
    """An iteration as a column."""
    info, story = past.info, iterations.story_of(store, past)
    metrics = tuple(of_story(story, metrics_said(store, past.script)))
    return Run(str(past.number), info.when, info.status, info.seconds, metrics, past, version_of(store, past),
               about=info.trigger)  # fmt: skip


def side_by_side(store: Store, script: str, runs: Sequence[Run], predictions: Pairing | None = None) -> Several:
    """The table of these runs. predictions: asked of pairs of iterations where the difference of a metric may lie."""
    parameters = rows_of([run.versions for run in runs])
    parameters = _with_imported(runs, parameters)
    return Several(
        script, tuple(runs), tuple(_edited(runs[0], run) for run in runs),
        tuple(row for row in parameters if row.differs),
        tuple(metric_rows(runs, _paired(runs, predictions))), tuple(_surroundings(store, runs)),
    )  # fmt: skip


def _with_imported(runs: Sequence[Run], rows: list[Row]) -> list[Row]:
    """The rows with the parameters of imported runs in those of the same name, and in rows of their own.

    A row in which only iterations differ stays; what they have alone, all with one value, is no difference of theirs.
    """
    imported = [at for at, run in enumerate(runs) if run.parameters is not None]
    if not imported:
        return rows
    own = [at for at in range(len(runs)) if at not in imported]
    by_name = {plain_name(row.name): row for row in rows}
    names = dict.fromkeys(name for at in imported for name in runs[at].parameters or ())
    found = [row for row in rows if len({row.values[at] for at in own}) > 1 and plain_name(row.name) not in names]
    for name in names:
        row = by_name.get(plain_name(name))
        values: list[str | None] = list(row.values) if row is not None else [None] * len(runs)
        for at in imported:
            values[at] = (runs[at].parameters or {}).get(name)
        found.append(Row(row.name if row is not None else name, tuple(map(_unquoted, values)), 0))
    return found


def plain_name(name: str) -> str:
    """The name of a parameter in words that other tools allow: `LogisticRegression(C=)` is `LogisticRegression.C`."""
    for pattern in (r"\(argument (\d+)\)", r"\s*\((\w*)=\)", r"\[['\"]?(.*?)['\"]?\]", r" #(\d+)"):
        name = re.sub(pattern, r".\1", name)
    return re.sub(r"[^\w./-]+", ".", name).strip(".")


def _unquoted(value: str | None) -> str | None:
    """A text without its quotes: other tools write none."""
    if value and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def _edited(first: Run, run: Run) -> tuple[int, int] | None:
    if first.versions is None or run.versions is None:
        return None
    added = removed = 0
    for name in first.versions.keys() | run.versions.keys():
        one, other = (each.versions.get(name, "").splitlines() for each in (first, run) if each.versions is not None)
        if one == other:
            continue
        for kind, i, i_end, j, j_end in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
            if kind != "equal":
                removed, added = removed + i_end - i, added + j_end - j
    return added, removed


def _paired(runs: Sequence[Run], predictions: Pairing | None) -> dict[tuple[int, int], Paired]:
    """What is asked of the predictions of two of the runs, by their places; the first of them is the first run."""
    pairs = {
        (0, at): (runs[0].past, run.past)
        for at, run in enumerate(runs) if at and runs[0].past is not None and run.past is not None
    }  # fmt: skip
    if predictions is None or not pairs:
        return {}
    asked = predictions([(one, other) for one, other in pairs.values() if one is not None and other is not None])
    return dict(zip(pairs, asked))


def metric_rows(runs: Sequence[Run], paired: Mapping[tuple[int, int], Paired] | None = None) -> Iterable[MetricRow]:
    """Each metric of any of the runs: those of the first in its order, then what the others have besides."""
    rows: list[list[Metric | None]] = []
    for at, run in enumerate(runs):
        last = {id(row): next(metric for metric in reversed(row) if metric is not None) for row in rows}
        owners = {id(metric): row for row in rows for metric in (last[id(row)],)}
        for row in rows:
            row.append(None)
        pairs = match([last[id(row)] for row in rows], run.metrics)
        for was, now in pairs if run.past is not None else _by_measure(pairs):
            if now is not None and was is not None:
                owners[id(was)][at] = now
            elif now is not None:
                rows.append([None] * at + [now])
    for row in rows:
        yield _row(row, paired or {})


Pairs = Sequence[tuple[Metric | None, Metric | None]]


def _by_measure(pairs: Pairs) -> Pairs:
    """Pairs of which an imported run's are the later ones: its short names are also those of the one metric that
    measures the same, `accuracy` of `held out: accuracy`."""
    left = [was for was, now in pairs if was is not None and now is None and was.measures]
    alone = [now for was, now in pairs if now is not None and was is None and now.measures]
    found = list(pairs)
    for now in alone:
        measure = naming.measure(now.name)
        same = [was for was in left if naming.measure(was.name) == measure]
        others = [each for each in alone if naming.measure(each.name) == measure]
        if measure and len(same) == len(others) == 1:
            found = [pair for pair in found if pair not in ((None, now), (same[0], None))] + [(same[0], now)]
    return found


def _row(row: Sequence[Metric | None], paired: Mapping[tuple[int, int], Paired]) -> MetricRow:
    first = next(at for at, metric in enumerate(row) if metric is not None)
    base = row[first]
    assert base is not None
    cells: list[Cell | None] = []
    for at, metric in enumerate(row):
        if metric is None:
            cells.append(None)
            continue
        compared = None
        if at > first:
            ask = paired.get((first, at))
            differs = metric.measures and metric.value != base.value
            compared = noise.compare(base, metric, paired=ask(base, metric) if ask is not None and differs else None)
        cells.append(Cell(metric, noise.interval(metric), compared))
    named = next(metric for metric in reversed(row) if metric is not None)
    direction = next((m.direction for m in row if m is not None and m.direction != "unknown"), "unknown")
    return MetricRow(base.name, direction, any(m.measures for m in row if m is not None) or named.measures,
                     tuple(cells))  # fmt: skip


def _surroundings(store: Store, runs: Sequence[Run]) -> Iterable[tuple[str, tuple[str | None, ...]]]:
    from mliter_tui.history.comparison import git_text

    pasts = [run.past for run in runs]
    rows: dict[str, list[str | None]] = {}
    for at, past in enumerate(pasts):
        for name, value in _around(store, past, git_text).items() if past is not None else ():
            rows.setdefault(name, [None] * len(runs))[at] = value
    known = [at for at, past in enumerate(pasts) if past is not None]
    for name, values in rows.items():
        if len({values[at] for at in known}) > 1:
            yield name, tuple(values)


def _around(store: Store, past: Past, git_text: Callable[[Past], str]) -> dict[str, str]:
    found = {"arguments": " ".join(past.args or ())}
    if past.git is not None:
        found["git"] = git_text(past)
    around = iterations.surroundings_of(store, past)
    packages = around.pop("packages", {})
    return {**found, **around, **packages}
