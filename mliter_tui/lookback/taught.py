"""A study as the event that carries it to a screen: lessons of iterations, shares of kinds, metrics, sentences."""

from __future__ import annotations

from collections.abc import Mapping

from mliter_tui.events import StudyMade
from mliter_tui.history import noise
from mliter_tui.history.corrections import main_said, metrics_said
from mliter_tui.history.iterations import all_past
from mliter_tui.history.metrics import Correction, Metric
from mliter_tui.history.study import PUBLISHED, Studied, Study
from mliter_tui.kinds import KINDS, LETTERS
from mliter_tui.lessons import KindLesson, Lesson, MetricLesson
from mliter_tui.lookback.correcting import chance_text
from mliter_tui.lookback.listing import tree
from mliter_tui.lookback.report import calibrated, changed, gain_texts, summary, verdict, wasted
from mliter_tui.store import Store

_LONGEST = 160
_MOST_PARTS = 8


def study_made(store: Store, study: Study, limit: int) -> StudyMade:
    """The event of a study; the last `limit` iterations one by one, with the repetitions among them left out."""
    pasts = all_past(store, study.script, None)
    lanes = {past.number: lane for past, lane in zip(pasts, tree(pasts))}
    shown = study.rows[-limit:] if limit > 0 else ()
    known = [metric for row in study.rows if (metric := study.main_of(row)) is not None]
    best = study.best()
    letters = study.letters()
    return StudyMade(
        len(study.rows), tuple(_lesson(study, row, lanes.get(row.number, "")) for row in shown), study.main,
        study.main_name, known[-1].direction if known else "unknown", best.number if best is not None else None,
        sum(row.past.info.seconds for row in study.rows), study.saved_seconds, study.cost_seconds,
        _kinds(study), tuple((letter, letters[letter]) for letter in LETTERS if letters[letter]),
        tuple((first, then, count) for (first, then), count in sorted(study.transitions().items())),
        _metrics(store, study), tuple(summary(study)), tuple(wasted(study)), tuple(calibrated(study)),
    )  # fmt: skip


def _lesson(study: Study, row: Studied, lane: str) -> Lesson:
    metric = study.main_of(row)
    span = noise.interval(metric) if metric is not None else None
    word = verdict(study, row)
    why = tuple(each[:_LONGEST] for each in row.label.why[:_MOST_PARTS])
    return Lesson(
        row.number, row.past.parent, row.label.kind or "", row.label.letter, changed(row)[:_LONGEST],
        row.label.by_hand, why, lane, metric.text if metric is not None else "",
        metric.value if metric is not None else None, span.low if span is not None else None,
        span.high if span is not None else None, "" if word == "-" else word, study.gain(row),
        row.past.info.seconds, row.minutes, row.predicted, row.repeats, row.wasted,
    )  # fmt: skip


def _kinds(study: Study) -> tuple[KindLesson, ...]:
    published = dict[str, int](zip(KINDS, PUBLISHED["all"]))
    found = study.of_kinds()
    total = sum(each.seconds for each in found)
    return tuple(
        KindLesson(each.kind, each.count, each.share, published[each.kind] / 100, each.seconds,
                   each.seconds / total if total > 0 else 0.0, each.minutes, *gain_texts(study, each))
        for each in found
    )  # fmt: skip


def _metrics(store: Store, study: Study) -> tuple[MetricLesson, ...]:
    said, main = metrics_said(store, study.script), main_said(store, study.script)
    last = next((row for row in reversed(study.rows) if row.metrics), None)
    found = [_metric(each, study.main, said, main) for each in (last.metrics if last is not None else ())]
    ignored = (key for key, word in said.items() if word == "ignore")
    return (*found, *(MetricLesson(key, key, "", "unknown", said="ignore") for key in ignored))


def _metric(metric: Metric, at: str, said: Mapping[str, Correction], main: str) -> MetricLesson:
    key = metric.key
    return MetricLesson(
        key, metric.name, metric.text, metric.direction, metric.measures, said.get(key, ""), key == at,
        key == at == main, chance_text(metric), metric.line,
    )  # fmt: skip
