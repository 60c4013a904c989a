"""What the iterations of a script taught: how many of each kind, what they took, what they brought, what was wasted.

A gain is that of the main metric, the one that says how good the model is and that most iterations have (told ones
first), against the iteration it goes out from, in its better direction. Minutes run from the end of the iteration
before to the end of this one: editing and thinking included, pauses counted as at most LONGEST_PAUSE. Wasted is an
iteration that changed data or model and brought no real change, and one that repeats an earlier one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import pairwise

from mliter_tui.history import iterations, noise
from mliter_tui.history.corrections import labels_said, main_said, metrics_said, remember_main
from mliter_tui.history.edits import Version
from mliter_tui.history.gleaned import Gleaned
from mliter_tui.history.iterations import Past
from mliter_tui.history.labels import LAYOUT, RULES, Label, label
from mliter_tui.history.metrics import BOUND, Metric, match
from mliter_tui.history.noise import Comparison
from mliter_tui.history.repeats import Link, groups, seeds_apart, values_of
from mliter_tui.lean import dataclass
from mliter_tui.readings import naming
from mliter_tui.store import Store

LONGEST_PAUSE = 15 * 60.0
"""Seconds between two iterations that count as work on the later one."""
LOOKED_INTO = 40
"""Iterations whose predictions are compared."""
Paired = Callable[[Metric, Metric], tuple[float, float] | None]
Pairing = Callable[[Sequence[tuple[Past, Past]]], Iterable[Paired]]
_TRAINED = frozenset({"train", "training"})
_HELD_OUT = frozenset({"test", "held", "holdout", "validation", "valid", "val"})
_PARTS = frozenset({"class", "avg", "macro", "weighted", "micro"})
PUBLISHED: dict[str, tuple[int, int, int]] = {
    "all": (19, 41, 40), "social science": (28, 36, 36), "natural science": (18, 42, 40), "language": (19, 46, 36),
    "web": (25, 34, 41), "vision": (6, 47, 47),
}  # fmt: skip
"""Per cent of changes of each kind (dpr, li, ppr), by domain, as estimated from 105 papers by SOURCE."""
SOURCE = (
    "D. Xin, L. Ma, S. Song, A. Parameswaran: How Developers Iterate on Machine Learning Workflows. A Survey of the "
    "Applied Machine Learning Literature. 2018, arXiv:1803.10311 (estimated from 105 papers)"
)


@dataclass(frozen=True, slots=True)
class Studied:
    """One iteration with what it was and brought.

    compared: its measures beside those of its parent. minutes: of work on it. predicted: seconds that its plan
    promised, None where that was not kept. repeats: the earlier iteration it is exactly. within_noise: it changed data
    or model, and no measure shows a real change, or might; those beside one whose chance is known go with that.
    seed_only: it differs from its parent by seeds; arguments: by the script's arguments, too.
    """

    past: Past
    label: Label
    metrics: tuple[Metric, ...] = ()
    compared: tuple[Comparison, ...] = ()
    minutes: float = 0.0
    predicted: float | None = None
    repeats: int | None = None
    within_noise: bool = False
    seed_only: bool = False
    arguments: bool = False

    @property
    def number(self) -> int:
        return self.past.number

    @property
    def again(self) -> bool:
        """Whether nothing changed since the iteration it goes out from."""
        return self.label.kind is None and not self.arguments

    @property
    def wasted(self) -> bool:
        return self.within_noise or self.repeats is not None


@dataclass(frozen=True, slots=True)
class OfKind:
    """What the changes of one kind came to; seconds of running, minutes of work. gain: of the main metric, None where
    no iteration of the kind has it before and after."""

    kind: str
    count: int
    share: float
    seconds: float
    minutes: float
    gain: float | None
    gain_per_minute: float | None


@dataclass(frozen=True, slots=True)
class Study:
    """All iterations of a script. `main` is the key of the main metric, "" where there is none."""

    script: str
    rows: tuple[Studied, ...]
    main: str = ""

    def changes(self) -> list[Studied]:
        """The iterations that changed something, the first version apart."""
        return [row for row in self.rows if row.label.kind is not None and row.label.letter != "S"]

    def of_kinds(self) -> list[OfKind]:
        changes = self.changes()
        return [self._of_kind(kind, [row for row in changes if row.label.kind == kind], len(changes)) for kind in
                ("dpr", "li", "ppr")]  # fmt: skip

    def _of_kind(self, kind: str, rows: list[Studied], total: int) -> OfKind:
        gains = [gain for row in rows if (gain := self.gain(row)) is not None]
        minutes = sum(row.minutes for row in rows)
        gain = sum(gains) if gains else None
        seconds = sum(row.past.info.seconds for row in rows)
        return OfKind(
            kind, len(rows), len(rows) / total if total else 0.0, seconds, minutes, gain,
            gain / minutes if gain is not None and minutes > 0 else None,
        )  # fmt: skip

    def letters(self) -> Counter[str]:
        return Counter(row.label.letter for row in self.changes())

    def transitions(self) -> Counter[tuple[str, str]]:
        """How often a change of one kind came after one of another."""
        kinds = [str(row.label.kind) for row in self.changes()]
        return Counter(pairwise(kinds))

    @property
    def main_name(self) -> str:
        """The name of the main metric as it was last printed, "" where there is none."""
        return next((metric.name for row in reversed(self.rows) if (metric := self.main_of(row)) is not None), "")

    def main_of(self, row: Studied) -> Metric | None:
        """The main metric in an iteration."""
        return next((metric for metric in row.metrics if metric.key == self.main), None)

    def gain(self, row: Studied) -> float | None:
        """What an iteration brought in the main metric, in its better direction; what is no real change is 0."""
        found = next((each for each in row.compared if each.after.key == self.main), None)
        if found is None or found.after.direction == "unknown":
            return None
        if found.verdict == "no real change":
            return 0.0
        return found.difference if found.after.direction == "higher" else -found.difference

    def best(self) -> Studied | None:
        """The iteration with the best value of the main metric; the first of equal ones."""
        known = [(row, metric) for row in self.rows if (metric := self.main_of(row)) is not None]
        if not known or known[0][1].direction == "unknown":
            return None
        sign = 1 if known[0][1].direction == "higher" else -1
        return max(known, key=lambda each: sign * each[1].value)[0]

    def calibration(self) -> list[tuple[int, float, float]]:
        """(iteration, seconds predicted, seconds it took) where both are known and it ran to its end."""
        return [
            (row.number, row.predicted, row.past.info.seconds)
            for row in self.rows
            if row.predicted is not None and row.past.info.status == "ok"
        ]

    @property
    def saved_seconds(self) -> float:
        """Seconds that what was reused had taken when it was computed."""
        return sum(row.past.info.saved_seconds for row in self.rows)

    @property
    def cost_seconds(self) -> float:
        """Seconds of running that were not the script's own: loading, comparing, writing, planning."""
        known = (row.past.info for row in self.rows if not row.past.info.computed or row.past.info.compute_seconds)
        return sum(max(0.0, info.seconds - info.compute_seconds) for info in known)


def version_of(store: Store, past: Past) -> Version | None:
    """The texts of an iteration, by name; None where they are not kept."""
    text = iterations.text_of(store, past)
    if text is None:
        return None
    modules = iterations.modules_of(store, past) or ()
    return {"": text, **{module.name: module.text for module in modules}}


def study(store: Store, script: str, limit: int | None = None, predictions: Pairing | None = None) -> Study:
    """Study the last iterations of a script (its absolute path).

    predictions: asked, of the last LOOKED_INTO iterations, where the difference of a metric may lie by what was
    predicted.
    """
    pasts = [past for past in iterations.all_past(store, script, limit) if past.again is None]
    there = {past.number for past in pasts}
    before = {past.parent for past in pasts if past.parent} - there
    known = [*filter(None, (iterations.one_past(store, script, number) for number in sorted(before))), *pasts]
    said, of_metrics = labels_said(store, script), metrics_said(store, script)
    gleaned, labels = Gleaned(store), Labels(store)
    metrics = {past.number: gleaned.metrics(past, of_metrics) for past in known}
    by_number = {past.number: past for past in known}
    exact: dict[str, int] = {}
    rows: list[Studied] = []
    for at, past in enumerate(pasts):
        earlier = exact.setdefault(_identity(past), past.number)
        parent = by_number.get(past.parent) if past.parent is not None else None
        of_edit = labels.of(past, parent)
        row = Studied(
            past, said.get(past.number, of_edit), metrics[past.number], minutes=_minutes(pasts, at),
            predicted=gleaned.predicted(past), seed_only=of_edit.seed_only,
            arguments=parent is not None and parent.args != past.args,
        )  # fmt: skip
        if parent is not None and row.arguments and of_edit.kind is None:
            row = replace(row, seed_only=seeds_apart(parent.args or (), past.args or ()))
        rows.append(replace(row, repeats=earlier if earlier != past.number and not row.again else None))
    labels.remember()
    gleaned.remember()
    seeds = groups((row.number, row.past.parent, _link(row)) for row in rows)
    inferred = main_metric(metrics.values())
    if limit is None:
        remember_main(store, script, inferred)
    main = main_said(store, script) or inferred
    paired = _paired(rows, by_number, predictions)
    compared = (_compared(row, metrics, seeds, paired.get(row.number)) for row in rows)
    return Study(script, tuple(replace(row, within_noise=_within_noise(row)) for row in compared), main)


def _link(row: Studied) -> Link:
    if row.seed_only:
        return "seed"
    same = row.again or row.repeats is not None or (row.label.letter == "N" and row.label.why == (LAYOUT,))
    return "same" if same and not row.arguments and row.repeats in (None, row.past.parent) else "other"


def _identity(past: Past) -> str:
    """Equal for iterations of the same texts and arguments."""
    return repr((past.pieces.get("text"), past.pieces.get("modules"), past.args))


class Labels:
    """Labels of edits, each inferred once: the store remembers what was told, by the two versions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._versions: dict[str, Version | None] = {}
        self._fresh: dict[str, Label] = {}

    def version(self, past: Past) -> Version | None:
        """As of `version_of`."""
        key = _identity(past)
        if key not in self._versions:
            self._versions[key] = version_of(self._store, past)
        return self._versions[key]

    def of(self, past: Past, parent: Past | None) -> Label:
        """The label of what led to an iteration from the one it goes out from; that of the first is S."""
        name = f"told {RULES} {_short(parent)} {_short(past)}"
        if name in self._fresh:
            return self._fresh[name]
        kept = self._store.meta(name)
        if isinstance(kept, list) and len(kept) == 4:
            return Label(kept[0], kept[1], tuple(kept[2]), seed_only=kept[3])
        after = self.version(past)
        before = self.version(parent) if parent is not None else None
        if after is None or (parent is not None and before is None):
            return Label(None, "N", ("its text is not kept",))
        self._fresh[name] = told = label(before, after)
        return told

    def remember(self) -> None:
        """Keep what was inferred now."""
        for name, told in self._fresh.items():
            self._store.set_meta(name, [told.kind, told.letter, list(told.why), told.seed_only])
        if self._fresh:
            self._store.commit()
        self._fresh = {}


def _short(past: Past | None) -> str:
    """Names the texts of an iteration."""
    texts = repr((past.pieces.get("text"), past.pieces.get("modules"))) if past is not None else ""
    return blake2b(texts.encode(), digest_size=12).hexdigest()


def _minutes(pasts: Sequence[Past], at: int) -> float:
    """From the end of the iteration before to the end of this one: the edit, and the run that shows what came of it."""
    info = pasts[at].info
    if at == 0:
        return info.seconds / 60
    before = pasts[at - 1].info
    pause = max(0.0, info.when - (before.when + before.seconds))
    return (min(pause, LONGEST_PAUSE) + info.seconds) / 60


def main_metric(metrics: Iterable[Sequence[Metric]]) -> str:
    """The key of the metric to look at: a measure with a direction, of those told, else of those that most iterations
    have; rather one that is printed, none of a training set, rather of a test than of folds, rather of all than of a
    class, rather the last."""
    found: Counter[str] = Counter()
    rank: dict[str, tuple[int, ...]] = {}
    for of_one in metrics:
        for at, metric in enumerate(of_one):
            if metric.measures and metric.direction != "unknown":
                found[metric.key] += 1
                names = set(naming.words(metric.name))
                part = "[" in metric.name or bool(names & _PARTS)
                of_all = -1 if names & _TRAINED else 1 if names & _HELD_OUT else 0
                of_all -= 4 * (BOUND in metric.place)  # what is printed says more of what one looks at
                rank[metric.key] = (2 if metric.place.endswith("/told") else of_all, not part, at)
    return max(found, key=lambda key: (rank[key][0] // 2, found[key], *rank[key]), default="")


def _paired(
    rows: Sequence[Studied], by_number: Mapping[int, Past], predictions: Pairing | None
) -> dict[int, Paired]:  # fmt: skip
    """For the last iterations what is asked of their predictions, by number."""
    last = [(by_number.get(row.past.parent or 0), row.past) for row in rows[-LOOKED_INTO:]]
    pairs = [(before, after) for before, after in last if before is not None]
    if predictions is None or not pairs:
        return {}
    return {after.number: paired for (_, after), paired in zip(pairs, predictions(pairs))}


def _compared(
    row: Studied, metrics: Mapping[int, tuple[Metric, ...]], seeds: Mapping[int, tuple[int, ...]],
    paired: Paired | None = None,
) -> Studied:  # fmt: skip
    parent = row.past.parent
    if parent is None or parent not in metrics:
        return row
    found = [
        compare_in(old, new, (parent, row.number), metrics, seeds, paired)
        for old, new in match(metrics[parent], metrics[row.number])
        if old is not None and new is not None and new.measures
    ]
    return replace(row, compared=tuple(found))


def _within_noise(row: Studied) -> bool:
    if row.label.kind not in ("dpr", "li") or row.label.letter in ("N", "S") or row.past.info.status != "ok":
        return False
    if any(each.verdict in ("better", "worse") for each in row.compared):
        return False
    if len(row.compared) < sum(metric.measures for metric in row.metrics):
        return False  # something was measured for the first time
    known = {each.after.lines for each in row.compared if each.verdict == "no real change" and each.low is not None}
    perhaps = [each for each in row.compared if each.verdict == "not to be told" and each.after.lines not in known]
    return bool(row.compared) and not perhaps


def compare_in(
    old: Metric, new: Metric, numbers: tuple[int, int], metrics: Mapping[int, Sequence[Metric]],
    seeds: Mapping[int, tuple[int, ...]], paired: Paired | None = None,
) -> Comparison:  # fmt: skip
    """Two iterations' metric, with what their repetitions under other seeds tell."""
    repeats = [values_of(metric, seeds.get(number, ()), metrics) for metric, number in zip((old, new), numbers)]
    bounds = paired(old, new) if paired is not None and old.value != new.value else None
    return noise.compare(old, new, (repeats[0], repeats[1]), bounds)
