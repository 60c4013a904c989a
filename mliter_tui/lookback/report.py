"""The report on a script's iterations: what a study found, as blocks of text and as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator
from statistics import median
from typing import Any

from mliter_tui.history.metrics import value_text
from mliter_tui.history.study import PUBLISHED, SOURCE, OfKind, Studied, Study
from mliter_tui.kinds import KINDS, LETTERS, WORDS
from mliter_tui.lookback.document import Block, Heading, Paragraph, Table
from mliter_tui.render.plain import human_seconds
from mliter_tui.wording import one_line

SHOWN = 40
"""Iterations that are listed one by one."""
NEAR = 1.5
"""A prediction is near where neither it nor what came is more than this many times the other."""
_LEAST = 0.05
"""Seconds; predictions of less say nothing."""


def blocks(study: Study) -> Iterator[Block]:
    """The report, part by part; parts with nothing to say are left out."""
    yield Heading(f"What the iterations of {os.path.basename(study.script)} taught")
    yield from (Paragraph(text) for text in summary(study))
    changes = study.changes()
    if changes:
        yield Heading("Kinds of change")
        yield _kinds(study)
        yield Paragraph(_letters(study))
        yield Paragraph(
            f"PAPERS are published shares: {SOURCE}. They are of changes that papers report, not of runs. MIN is "
            "work in minutes, from the end of the iteration before. GAIN is of the main metric.", True,
        )  # fmt: skip
    if len(changes) > 1:
        yield Heading("What came after what")
        yield _transitions(study)
    yield Heading("Iterations")
    yield _rows(study)
    if any(verdict(study, row).endswith("?") for row in study.rows[-SHOWN:]):
        yield Paragraph("With a question mark: nothing the script prints tells how much of it is chance.", True)
    if told := list(wasted(study)):
        yield Heading("Wasted")
        yield from (Paragraph(text) for text in told)
    if told := list(calibrated(study)):
        yield Heading("Predicted times")
        yield from (Paragraph(text) for text in told)


def summary(study: Study) -> Iterator[str]:
    """How many, what they took, what was saved, and the best."""
    rows = study.rows
    seconds = sum(row.past.info.seconds for row in rows)
    failed = sum(row.past.info.status != "ok" for row in rows)
    ends = f", {failed} of them without a good end" if failed else ""
    saved, cost = study.saved_seconds, study.cost_seconds
    net = f"{human_seconds(saved - cost)} saved net" if saved >= cost else f"{human_seconds(cost - saved)} lost"
    yield (
        f"{len(rows)} iteration{'s' if len(rows) != 1 else ''}{ends}, {human_seconds(seconds)} of running. "
        f"What was reused takes {human_seconds(saved)}; loading it, and all else that mliter did, took "
        f"{human_seconds(cost)}: {net}."
    )
    best = study.best()
    metric = study.main_of(best) if best is not None else None
    if best is not None and metric is not None:
        first = next((m for row in rows if (m := study.main_of(row)) is not None), metric)
        since = "" if first is metric else f", from {first.text} at first"
        yield f"Best {metric.name}: {metric.text} in iteration {best.number}{since} ({metric.direction} is better)."
    elif not study.main:
        yield "No iteration printed a number that says how good the model is; print one, or tell it by mliter.metric."


def _kinds(study: Study) -> Table:
    rows = []
    published = dict[str, int](zip(KINDS, PUBLISHED["all"]))
    for each in study.of_kinds():
        rows.append((
            f"{each.kind} {WORDS[each.kind]}", str(each.count), f"{each.share:.0%}", f"{published[each.kind]}%",
            bar(each.share), human_seconds(each.seconds), f"{each.minutes:.1f}", *gain_texts(study, each),
        ))  # fmt: skip
    header = ("KIND", "COUNT", "SHARE", "PAPERS", "", "RUNNING", "MIN", "GAIN", "GAIN/MIN")
    return Table(header, tuple(rows), (1, 2, 3, 5, 6, 7, 8), spare=(4,))


def gain_texts(study: Study, kind: OfKind) -> tuple[str, str]:
    """What the changes of a kind brought in the main metric, and that per minute of work; "-" where none is known."""
    step = _step(study)
    gain, per = kind.gain, kind.gain_per_minute
    return (
        "-" if gain is None else _signed(gain, step),
        "-" if per is None else _signed(per, step / 10 if step else 0.0),
    )  # fmt: skip


def bar(share: float, width: int = 12) -> str:
    """A share as a bar of characters."""
    full = round(share * width)
    return "█" * full + "░" * (width - full)


def _step(study: Study) -> float:
    return max((m.step for row in study.rows if (m := study.main_of(row)) is not None), default=0.0)


def _signed(value: float, step: float) -> str:
    if value == 0 or step == 0:
        return f"{value:+.3g}" if value else "0"
    text = value_text(value, step)
    return text if text.startswith("-") else f"+{text}"


def _letters(study: Study) -> str:
    found = study.letters()
    named = [f"{letter} {WORDS[letter]} {found[letter]}" for letter in LETTERS if found[letter]]
    return f"By letter: {', '.join(named)}."


def _transitions(study: Study) -> Table:
    found = study.transitions()
    rows = tuple((f"after {first}", *(str(found[first, then] or ".") for then in KINDS)) for first in KINDS)
    return Table(("", *KINDS), rows, (1, 2, 3))


def _rows(study: Study) -> Table:
    shown = study.rows[-SHOWN:]
    rows = tuple(_row(study, row) for row in shown)
    name = one_line(study.main_name or "METRIC", 24)
    header = ("ITER", "LABEL", "CHANGED", name, "VERDICT", "TIME", "SAVED")
    return Table(header, rows, (0, 3, 5, 6), wide=2)


def _row(study: Study, row: Studied) -> tuple[str, ...]:
    info, metric = row.past.info, study.main_of(row)
    label = row.label.text + (" *" if row.label.by_hand else "")
    return (
        str(row.number), label, one_line(changed(row), 60), metric.text if metric is not None else "-",
        verdict(study, row), human_seconds(info.seconds), human_seconds(info.saved_seconds),
    )  # fmt: skip


def changed(row: Studied) -> str:
    """What an iteration changed, in words: the parts of the edit, or what set it off."""
    info = row.past.info
    words = [] if info.status == "ok" else [info.status]
    if row.repeats is not None:
        words.append(f"as in {row.repeats}")
    if row.arguments:
        words.append(f"arguments {' '.join(row.past.args or ()) or 'none'}")
    if row.again:
        words.append("nothing")
    elif row.label.kind is None:
        pass
    elif not row.label.by_hand:
        words += row.label.why[:3]
    else:
        words += [info.trigger] if info.trigger else []
    return "; ".join(words) or "-"


def verdict(study: Study, row: Studied) -> str:
    """Of the main metric; where that is none of its, of the measure that changed."""
    found = next((each for each in row.compared if each.after.key == study.main), None)
    return found.word if found is not None else "-"


def wasted(study: Study) -> Iterator[str]:
    """What brought no real change, and what was tried before; nothing where there is none."""
    noise = [row for row in study.rows if row.within_noise and row.repeats is None]
    repeats = [row for row in study.rows if row.repeats is not None]
    if noise:
        seconds = sum(row.past.info.seconds for row in noise)
        yield (
            f"{_numbers(noise)} changed data or model, and brought no real change: {human_seconds(seconds)} "
            f"of running, {sum(row.minutes for row in noise):.1f} minutes of work."
        )
    if repeats:
        same = ", ".join(f"{row.number} is {row.repeats}" for row in repeats)
        yield f"Exact repeats of earlier iterations: {same}."


def _numbers(rows: list[Studied]) -> str:
    numbers = ", ".join(str(row.number) for row in rows)
    return f"Iteration {numbers}" if len(rows) == 1 else f"Iterations {numbers}"


def calibrated(study: Study) -> Iterator[str]:
    """How near what plans foretold was to what came; nothing where none foretold anything."""
    known = [(number, before, took) for number, before, took in study.calibration() if min(before, took) >= _LEAST]
    if not known:
        return
    ratios = [took / before for _, before, took in known]
    near = sum(1 / NEAR <= ratio <= NEAR for ratio in ratios)
    yield (
        f"Of {len(known)} plans whose time was foretold, {near} came within a factor of {NEAR:g}; in the median it "
        f"took {median(ratios):.2f} times what was foretold."
    )


def in_json(study: Study) -> dict[str, Any]:
    """All that the report rests on, in types JSON has."""
    published = dict[str, int](zip(KINDS, PUBLISHED["all"]))
    return {
        "script": study.script, "main_metric": study.main or None, "saved_seconds": study.saved_seconds,
        "cost_seconds": study.cost_seconds,
        "kinds": [
            {"kind": k.kind, "changes": k.count, "share": k.share, "published": published[k.kind] / 100,
             "seconds": k.seconds, "minutes": k.minutes, "gain": k.gain, "gain_per_minute": k.gain_per_minute}
            for k in study.of_kinds()
        ],
        "published": {"source": SOURCE, "shares": {name: list(shares) for name, shares in PUBLISHED.items()}},
        "letters": dict(study.letters()),
        "transitions": [{"from": a, "to": b, "count": n} for (a, b), n in sorted(study.transitions().items())],
        "iterations": [_in_json(study, row) for row in study.rows],
    }  # fmt: skip


def _in_json(study: Study, row: Studied) -> dict[str, Any]:
    info = row.past.info
    return {
        "iteration": row.number, "parent": row.past.parent, "status": info.status, "kind": row.label.kind,
        "letter": row.label.letter, "by_hand": row.label.by_hand, "why": list(row.label.why),
        "seconds": info.seconds, "saved_seconds": info.saved_seconds, "predicted_seconds": row.predicted,
        "minutes": row.minutes, "repeats": row.repeats, "within_noise": row.within_noise, "wasted": row.wasted,
        "gain": study.gain(row),
        "metrics": [
            {"name": m.name, "value": m.value, "direction": m.direction, "measures": m.measures, "folds": list(m.folds),
             "series": list(m.series), "spread": m.spread, "count": m.count, "line": m.line}
            for m in row.metrics
        ],
        "compared": [
            {"name": c.after.name, "before": c.before.value, "after": c.after.value, "verdict": c.verdict,
             "difference": c.difference, "low": c.low, "high": c.high, "evidence": list(c.evidence)}
            for c in row.compared
        ],
    }  # fmt: skip
