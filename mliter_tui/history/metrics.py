"""The metrics of an iteration: named numbers that its script printed, or told by `mliter.metric`, without any logging;
and what it measured and printed nowhere: numbers bound to a name, and the scores of searches (`history/unprinted`).

A metric has a name that stays: what the script printed before the number, with what it is of, and where there are
several of that name with what tells them apart: `accuracy [k=10]`. Of numbers that come once per epoch the last counts,
of those that come once per fold the mean; all of them are kept. Where names changed, `match` finds which is which by
the statement that prints it and by the words in its name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Literal

from mliter_tui import events
from mliter_tui.facts import Lines, NodeInfo
from mliter_tui.history.sources import Sources
from mliter_tui.lean import dataclass
from mliter_tui.readings import naming
from mliter_tui.readings.naming import Direction
from mliter_tui.readings.reading import Reading
from mliter_tui.readings.text import read_text

Correction = Literal["higher", "lower", "ignore"]
BOUND = "/bound "
"""In the place of a metric that is printed nowhere."""
ALIKE = 0.5
"""Likeness of names from which two metrics can be one."""
_KINDS_READ = ('"type":"output"', '"type":"metric_told"', '"type":"version_read"', '"type":"loop_unrolled"')


@dataclass(frozen=True, slots=True)
class Metric:
    """`value` of percentages is the share.

    measures: whether it says how good the model is; others are counts, parameters. series: one value per pass of
    training. folds: one per fold or repetition. spread: the standard deviation that was printed, over `repeats` values
    where that is known. count: of how many examples it is a share. step: what the last digit printed is worth. lines:
    the statement it comes from. place: names that statement by what it does, whatever its words.
    """

    name: str
    value: float
    direction: Direction = "unknown"
    measures: bool = False
    series: tuple[float, ...] = ()
    folds: tuple[float, ...] = ()
    spread: float | None = None
    repeats: int | None = None
    count: int | None = None
    step: float = 0.0
    percent: bool = False
    lines: Lines = (0, 0)
    place: str = ""

    @property
    def key(self) -> str:
        """Its name, however it is written."""
        return " ".join(naming.words(self.name)) or self.name

    @property
    def line(self) -> int | None:
        """Where the statement begins that it comes from; None where that is not known."""
        return self.lines[0] or None

    @property
    def text(self) -> str:
        """Its value as it was printed."""
        return value_text(self.value, self.step, self.percent)


def value_text(value: float, step: float = 0.0, percent: bool = False) -> str:
    """A number with as many digits as it was printed with."""
    if not math.isfinite(value):
        return str(value)
    if percent:
        value, step = value * 100, step * 100
    if not 0 < step < 1:
        text = f"{value:.6g}" if step == 0 else f"{value:.0f}"
    else:
        decimals = min(12, max(0, round(-math.log10(step))))
        text = f"{value:.{decimals}f}" if decimals <= 6 else f"{value:.6g}"
    return text + ("%" if percent else "")


@dataclass
class Heard:
    """What a story tells of metrics: the source, the lines printed with the statement of each, and what was told."""

    text: str = ""
    nodes: dict[int, NodeInfo] = field(default_factory=dict)
    edges: list[tuple[int, int]] = field(default_factory=list)
    printed: dict[str, list[tuple[int | None, str]]] = field(default_factory=dict)
    told: list[events.MetricTold] = field(default_factory=list)
    read: dict[tuple[int, str], set[int]] = field(default_factory=dict)  # who reads a name that a node makes

    def take(self, event: events.Event) -> None:
        match event:
            case events.VersionRead() | events.LoopUnrolled():
                if isinstance(event, events.VersionRead):
                    self.text, self.nodes, self.edges, self.read = event.text, {}, [], {}
                self.nodes.update((info.node, info) for info in event.nodes)
                self.edges += [(edge.maker, edge.reader) for edge in event.edges]
                for edge in event.edges:
                    for name in edge.names:
                        self.read.setdefault((edge.maker, name.rpartition(".")[2]), set()).add(edge.reader)
            case events.Output():
                self.printed.setdefault(event.channel, []).append((event.node, event.text))
            case events.MetricTold():
                self.told.append(event)

    def lines_of(self, node: int | None) -> Lines:
        """The statement a node is of; a loop is one, as how many of its passes are nodes differs from run to run."""
        info = self.nodes.get(node) if node is not None else None
        if info is None:
            return (0, 0)
        around = (self.nodes.get(call) for call in info.calls)
        return next((each.lines for each in around if each is not None and each.kind == "loop"), info.lines)


def of_story(
    story: Iterable[tuple[float, str]], corrections: Mapping[str, Correction] | None = None
) -> list[Metric]:
    """The metrics of an iteration, from its events as they are kept; in the order they were printed.

    corrections: what the user said of directions, by key of the metric. Raises JournalError where a line is no event.
    """
    wanted = (line for _, line in story if any(kind in line[:80] for kind in _KINDS_READ))
    return of_events(events.decode_all(wanted), corrections)


def of_events(found: Iterable[events.Event], corrections: Mapping[str, Correction] | None = None) -> list[Metric]:
    """The same from events."""
    heard = Heard()
    for event in found:
        heard.take(event)
    sources = Sources(heard.text, heard.nodes, heard.edges)
    metrics = [*_told(heard, sources)]
    for channel in ("stdout", "stderr"):
        metrics += _printed(heard, sources, channel)
    from mliter_tui.history.unprinted import unprinted  # which knows what a metric is

    metrics += unprinted(heard, sources, metrics)
    said = corrections or {}
    return [each for metric in _numbered(_counted(metrics)) if (each := corrected(metric, said)) is not None]


def _counted(metrics: Sequence[Metric]) -> list[Metric]:
    """A share that does not say of how many it is, and is printed elsewhere with that, is the same one."""
    known = [metric for metric in metrics if metric.count]
    return [metric if metric.count else replace(metric, count=_count_of(metric, known)) for metric in metrics]


_OTHER_EXAMPLES = frozenset({"cv", "fold", "train", "training", "validation", "valid", "val", "dev", "class"})


def _count_of(metric: Metric, known: Sequence[Metric]) -> int | None:
    if "[" in metric.name or _OTHER_EXAMPLES & set(naming.words(metric.name)):
        return None
    for other in known:
        count, tolerance = other.count or 0, (metric.step + other.step) / 2 + 1e-12
        whole = abs(metric.value * count - round(metric.value * count)) if math.isfinite(metric.value) else math.inf
        same = naming.measure(metric.name) == naming.measure(other.name) != frozenset()
        if same and abs(metric.value - other.value) <= tolerance and whole <= count * metric.step / 2 + 1e-6:
            return count
    return None


def corrected(metric: Metric, corrections: Mapping[str, Correction]) -> Metric | None:
    """A metric as the user wants it seen; None for one that is to be ignored."""
    said = corrections.get(metric.key)
    if said == "ignore":
        return None
    return metric if said is None else replace(metric, direction=said, measures=True)


def _told(heard: Heard, sources: Sources) -> list[Metric]:
    """What the script itself called a metric."""
    courses: dict[str, list[events.MetricTold]] = {}
    for each in heard.told:
        if each.bound:
            continue
        courses.setdefault(each.name, []).append(each)
    found = []
    for name, told in courses.items():
        series = tuple(each.value for each in told) if len(told) > 1 else ()
        lines = heard.lines_of(told[-1].node)
        place = f"{sources.skeleton(lines)}/told"
        found.append(Metric(name, told[-1].value, naming.direction(name), True, series, lines=lines, place=place))
    return found


def _printed(heard: Heard, sources: Sources, channel: str) -> list[Metric]:
    groups: dict[tuple[Lines, str], list[Reading]] = {}
    lines, owners = _owned(heard.printed.get(channel, ()))
    for reading in read_text("\n".join(lines)):
        groups.setdefault((heard.lines_of(owners[reading.line]), reading.title), []).append(reading)
    ordinals: dict[Lines, int] = {}
    found = []
    for (where, title), readings in groups.items():
        ordinal = ordinals[where] = ordinals.get(where, -1) + 1
        found += _of_one_name(title, readings, where, f"{sources.skeleton(where)}/{ordinal}", sources)
    return found


def _owned(pieces: Iterable[tuple[int | None, str]]) -> tuple[list[str], list[int | None]]:
    """Lines, and of each the node that began it."""
    lines: list[str] = []
    owners: list[int | None] = []
    begun: list[str] = []
    owner: int | None = None
    for node, piece in pieces:
        *whole, rest = piece.split("\n")
        for part in whole:
            lines.append("".join((*begun, part)))
            owners.append(owner if begun else node)
            begun = []
        if rest:
            owner = owner if begun else node
            begun.append(rest)
    return [*lines, "".join(begun)], [*owners, owner]


def _of_one_name(title: str, readings: list[Reading], lines: Lines, place: str, sources: Sources) -> list[Metric]:
    """What one statement printed under one name: several metrics where something before them tells them apart."""
    apart: dict[tuple[tuple[str, str], ...], list[Reading]] = {}
    for each in readings:
        which = tuple(pair for pair in each.at if not (naming.is_pass(pair[0]) or naming.is_repeat(pair[0])))
        apart.setdefault(which, []).append(each)
    found = []
    for which, own in apart.items():
        name = title
        if len(apart) > 1 and which:
            name = f"{title} [{', '.join(f'{what}={value}' for what, value in which)}]"
        found.append(_metric(name, own, lines, f"{place}/{which}" if len(apart) > 1 else place, sources))
    return found


def _metric(name: str, readings: list[Reading], lines: Lines, place: str, sources: Sources) -> Metric:
    last = readings[-1]
    series: tuple[float, ...] = ()
    folds, value = last.folds, last.value
    if len(readings) > 1:
        of_folds = {pair: each.value for each in readings for pair in each.at if naming.is_repeat(pair[0])}
        if len(of_folds) > 1 and all(map(math.isfinite, of_folds.values())):
            folds = tuple(of_folds.values())
            value = math.fsum(folds) / len(folds)
        else:
            series = tuple(each.value for each in readings)
    direction = naming.direction(last.name)
    if direction == "unknown":
        direction = naming.direction(last.subject)
    measures = last.measures and last.step < 1
    if direction == "unknown" and (last.step < 1 or folds) and not naming.is_time(name):
        direction = sources.direction(lines)
        measures = direction != "unknown"
    spread, repeats = last.spread, None
    if spread is not None:
        spread = spread / 2 if sources.doubled(lines) else spread
        repeats = sources.folds(lines)
    return Metric(name, value, direction, measures, series, folds, spread, repeats, last.count, last.step, last.percent,
                  lines, place)  # fmt: skip


def _numbered(metrics: Sequence[Metric]) -> list[Metric]:
    """Those of one name from several statements, told apart by a number."""
    seen: dict[str, int] = {}
    found = []
    for each in metrics:
        number = seen[each.key] = seen.get(each.key, 0) + 1
        found.append(each if number == 1 else replace(each, name=f"{each.name} #{number}"))
    return found


def match(before: Sequence[Metric], after: Sequence[Metric]) -> list[tuple[Metric | None, Metric | None]]:
    """Which metric of one iteration is which of another; in the order of the later one, those that are gone last.

    Of one name; else printed by the same statement at the same place; else of the most similar name that means the
    same.
    """
    left, right = list(before), list(after)
    pairs: dict[int, Metric] = {}

    def pair(old: Metric, new: Metric) -> None:
        pairs[id(new)] = old
        left[:] = [each for each in left if each is not old]
        right[:] = [each for each in right if each is not new]

    for new in list(right):
        if (old := next((each for each in left if each.key == new.key), None)) is not None:
            pair(old, new)
    for new in list(right):
        same = (each for each in left if each.place == new.place and each.place[0] != "/" and _may_be_one(each, new))
        if (old := next(same, None)) is not None:
            pair(old, new)
    likely = [(naming.likeness(old.name, new.name), i, j) for i, old in enumerate(left) for j, new in enumerate(right)]
    olds, news = list(left), list(right)
    for likeness, i, j in sorted(likely, key=lambda each: (-each[0], each[1:])):
        old, new = olds[i], news[j]
        if likeness >= ALIKE and id(new) not in pairs and any(each is old for each in left):
            if old.measures and new.measures and naming.measure(old.name) == naming.measure(new.name):
                pair(old, new)
    return [(pairs.get(id(new)), new) for new in after] + [(old, None) for old in left]


def _may_be_one(old: Metric, new: Metric) -> bool:
    one, other = naming.measure(old.name), naming.measure(new.name)
    return not one or not other or bool(one & other)
