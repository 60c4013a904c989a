"""What iterations taught, as lines of text for a screen of any width: the course of the metric, shares, time, waste.

Shares stand beside the published ones, in a bar and in numbers. In a wide room what is short stands side by side.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence

from mliter_tui.answers import StudyMade
from mliter_tui.kinds import KINDS, WORDS
from mliter_tui.lean import dataclass
from mliter_tui.lessons import KindLesson, Lesson
from mliter_tui.render.bars import Bars
from mliter_tui.render.cells import clean, left, right, shorten
from mliter_tui.render.course import course, legend
from mliter_tui.render.spans import Row, Span, cut, fit
from mliter_tui.wording import seconds_text

_WIDEST = 132
_CELLS = (19, 10, 8, 14, 8, 11, 11)
"""Of the columns of kinds: name, number of changes, papers, running, work, gain, gain a minute; without their bars."""
_TWO = 96
"""Cells from which there are two columns."""
_RATIOS = (1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0)
_NO_CHART = Bars((), ())


@dataclass(frozen=True, slots=True)
class StudyPage:
    """The lines, and where in them the chart stands: from line `chart_at` on, with the iteration of each cell."""

    rows: tuple[Row, ...]
    chart_at: int = 0
    chart: Bars = _NO_CHART


def study_page(study: StudyMade, cells: int, height: int, *, ascii: bool = False) -> StudyPage:
    """All of it, in lines of at most `cells`; height: of what is seen at once, which the chart is made for."""
    width = min(cells, _WIDEST)
    if not study.iterations:
        return StudyPage(((Span("no iteration has come to its end yet", "dim"),),))
    rows: list[Row] = []
    if study.unread:
        told = f"These are the last {study.iterations}; {study.unread} before them are being read."
        rows += _wrapped(told, width, "note")
    for sentence in study.summary:
        rows += _wrapped(sentence, width)
    chart_at, chart = 0, _NO_CHART
    if any(lesson.value is not None for lesson in study.lessons):
        rows += [(), _title(f"{clean(study.metric)} by iteration", f"  {study.direction} is better")]
        chart_at = len(rows)
        chart = course(study.lessons, width, max(7, min(17, height - 25)), best=study.best, ascii=ascii)
        rows += [*chart.rows, legend(ascii, width)]
    if any(kind.count for kind in study.kinds):
        rows += [(), *_kinds(study, width, ascii)]
    rows += [(), *_rest(study, width, ascii)]
    return StudyPage(tuple(cut(row, width) for row in rows), chart_at, chart)


def _title(text: str, more: str = "") -> Row:
    return (Span(text, "title"), Span(more, "dim"))


def _wrapped(text: str, width: int, style: str = "") -> list[Row]:
    lines = textwrap.wrap(clean(text), max(20, width), break_long_words=True, break_on_hyphens=False)
    return [(Span(line, style),) for line in lines]


# -- kinds ---------------------------------------------------------------------------------------------------------
def _kinds(study: StudyMade, width: int, ascii: bool) -> list[Row]:
    """A line for each kind: its share of changes, in a bar with a mark where papers have it, and of running time."""
    bar = max(6, min(24, (width - sum(_CELLS)) // 2))
    spare = width < sum(_CELLS) + 12
    names, counts, papers, running, work, gain, per = _CELLS
    head = left("", names) + left("changes", bar + counts) + left("papers", papers) + left("of running", bar + running)
    head += "" if spare else right("work", work)
    head += right("gain", 9) if spare else right("gain", gain) + right("a minute", per)
    rows = [_title("What the changes were for"), (Span(shorten(head, width, "…"), "dim"),)]
    for kind in study.kinds:
        rows.append(fit(_kind(kind, bar, spare, ascii), width))
    count = sum(kind.count for kind in study.kinds)
    letters = ", ".join(f"{letter} {WORDS.get(letter, '?')} {n}" for letter, n in study.letters)
    mark = "!" if ascii else "┃"
    told = f"{count} change{'s' * (count != 1)}: {letters}. {mark} is the share in 105 papers (arXiv:1803.10311)."
    return rows + _wrapped(told, width, "dim")


def _kind(kind: KindLesson, bar: int, spare: bool, ascii: bool) -> Iterable[Span]:
    yield Span(left(f"{kind.kind} {WORDS[kind.kind]}", 18) + " ", "title")
    yield from share_bar(kind.share, bar, kind.published, ascii)
    yield Span(right(f"{kind.share:.0%}", 5) + right(str(kind.count), 4) + " ")
    yield Span(right(f"{kind.published:.0%}", 6) + "  ", "dim")
    yield from share_bar(kind.seconds_share, bar, None, ascii)
    yield Span(right(f"{kind.seconds_share:.0%}", 5) + right(seconds_text(kind.seconds), 8) + " ")
    if not spare:
        yield Span(right(f"{kind.minutes:.1f} min", 8), "dim")
    gain = clean(kind.gain)
    style = {"+": "good", "-": "bad"}.get(gain[:1], "dim") if len(gain) > 1 else "dim"
    yield Span(right(gain, 9 if spare else 11), style)
    if not spare:
        yield Span(right(clean(kind.gain_per_minute), 11), "dim")


def share_bar(share: float, cells: int, mark: float | None, ascii: bool) -> list[Span]:
    """A share as a bar, with a mark where another share would end."""
    full, empty, sign = ("#", ".", "!") if ascii else ("█", "░", "┃")
    filled = round(max(0.0, min(1.0, share)) * cells)
    at = min(cells - 1, round(max(0.0, min(1.0, mark)) * cells)) if mark is not None else -1
    found = []
    for cell in range(cells):
        if cell == at:
            found.append(Span(sign, "mark"))
        else:
            found.append(Span(full, "load") if cell < filled else Span(empty, "dim"))
    return found


# -- time, waste, order, promises ----------------------------------------------------------------------------------
def _rest(study: StudyMade, width: int, ascii: bool) -> list[Row]:
    """The smaller parts, in two columns where there is room."""
    room = (width - 4) // 2 if width >= _TWO else width
    parts = [part for part in (
        _time(study, room, ascii), _order(study), _waste(study, room), _promises(study, room)
    ) if part]  # fmt: skip
    if width < _TWO:
        return [row for part in parts for row in (*part, ())][:-1]
    # each where there is less so far, in this order
    columns: tuple[list[Row], list[Row]] = ([], [])
    for part in parts:
        column = columns[0] if len(columns[0]) <= len(columns[1]) else columns[1]
        column += [*([()] if column else []), *part]
    long = max(map(len, columns))
    for column in columns:
        column += [()] * (long - len(column))
    return [(*fit(one, room), Span("    "), *other) for one, other in zip(*columns)]


def _time(study: StudyMade, width: int, ascii: bool) -> list[Row]:
    """What running took, beside what it would have taken had nothing been reused."""
    own = max(0.0, study.seconds - study.cost_seconds)
    without = own + study.saved_seconds
    most = max(without, study.seconds)
    if most <= 0:
        return []
    bar = max(6, min(40, width - 26))
    full, cost = ("#", ":") if ascii else ("█", "░")

    def line(name: str, parts: Sequence[tuple[float, str, str]]) -> Row:
        spans = [Span(left(name, 16))]
        for seconds, block, style in parts:
            spans.append(Span(block * round(seconds / most * bar), style))
        total = sum(seconds for seconds, _, _ in parts)
        return (*spans, Span(f" {seconds_text(total)}"))

    net = study.saved_seconds - study.cost_seconds
    words = f"  {seconds_text(abs(net))} {'saved' if net >= 0 else 'lost'} net"
    spent = seconds_text(study.cost_seconds)
    return [
        _title("Reuse", words), line("without", [(without, full, "compute")]),
        line("as it went", [(own, full, "compute"), (study.seconds - own, cost, "overhead")]),
        (Span(shorten(f"{cost} {spent} of loading and of all else that mliter did", width, "…"), "dim"),),
    ]  # fmt: skip


def _order(study: StudyMade) -> list[Row]:
    """How often a change of one kind came after one of another."""
    if not study.transitions:
        return []
    found = {(first, then): count for first, then, count in study.transitions}
    most = max(found.values())
    rows: list[Row] = [_title("What came after what"),
                       (Span(left("", 12) + "".join(right(kind, 6) for kind in KINDS), "dim"),)]  # fmt: skip
    for first in KINDS:
        row = [Span(left(f"after {first}", 12), "dim")]
        for then in KINDS:
            count = found.get((first, then), 0)
            row.append(Span(right(str(count or "."), 6), "title" if count == most else "" if count else "dim"))
        rows.append(tuple(row))
    return rows


def _waste(study: StudyMade, width: int) -> list[Row]:
    rows: list[Row] = [_title("Wasted", "" if study.wasted else "  nothing")]
    for sentence in study.wasted:
        rows += _wrapped(sentence, width)
    return rows


def _promises(study: StudyMade, width: int) -> list[Row]:
    """How near plans came: how often it took so many times what was foretold."""
    if not study.foretold:
        return []
    rows: list[Row] = [_title("Predicted times")]
    ratios = [ratio for lesson in study.lessons if (ratio := _ratio(lesson)) is not None]
    if ratios:
        counts = [0] * len(_RATIOS)
        for ratio in ratios:
            nearest = min(range(len(_RATIOS)), key=lambda i: abs(math.log(ratio / _RATIOS[i])))
            counts[nearest] += 1
        names = ("<1/8", "1/4", "1/2", "as said", "x2", "x4", ">8")
        rows.append((Span("".join(right(name, 9 if name == "as said" else 6) for name in names), "dim"),))
        rows.append(tuple(
            Span(right(str(count or "."), 9 if name == "as said" else 6), "title" if count else "dim")
            for name, count in zip(names, counts)
        ))  # fmt: skip
    for sentence in study.foretold:
        rows += _wrapped(sentence, width, "dim")
    return rows


def _ratio(lesson: Lesson) -> float | None:
    """What it took, in parts of what was foretold; None where that says nothing."""
    if lesson.predicted is None or min(lesson.predicted, lesson.seconds) < 0.05:
        return None
    ratio = lesson.seconds / lesson.predicted
    return ratio if 0 < ratio < math.inf else None
