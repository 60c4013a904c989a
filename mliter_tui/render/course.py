"""The course of the main metric from iteration to iteration: a dot each, what it may be by chance, and the verdict.

Nothing is told by colour alone: under each dot stand its letter and a sign, + better, - worse, = no real change, ? not
to be told.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

from mliter_tui.lessons import Lesson
from mliter_tui.render.bars import Bars
from mliter_tui.render.spans import Row, Span, fit

SIGNS = {"better": "+", "worse": "-", "no real change": "=", "better?": "?", "worse?": "?", "differs": "?"}
"""The sign of each verdict."""
STYLES = {"better": "good", "worse": "bad", "no real change": "dim", "better?": "good", "worse?": "warn"}
_WIDEST = 8
_DOT, _BEST, _BAR = ("●", "o"), ("◆", "@"), ("│", ":")


def course(
    lessons: Sequence[Lesson], cells: int, height: int, *, best: int | None = None, selected: int | None = None,
    ascii: bool = False,
) -> Bars:  # fmt: skip
    """Exactly `height` rows of `cells`: the last iterations that fit, or those around `selected`; empty for none.

    Under the axis stand numbers, letters and signs; a chart lower than eight rows has no numbers, one lower than six
    the axis alone.
    """
    known = [lesson for lesson in lessons if _finite(lesson)]
    if not known or cells < 12 or height < 3:
        return Bars(tuple(fit((), cells) for _ in range(height)), (None,) * cells)
    under = 4 if height >= 8 else 3 if height >= 6 else 1
    tall = height - under
    shown, ticks, slot = _laid_out(lessons, known, cells, tall, selected)
    low, high = _bounds([lesson for lesson in shown if _finite(lesson)] or known)
    axis = max(len(text) for text in ticks.values())
    rows = []
    for level in range(tall - 1, -1, -1):
        mark = ("+" if level in ticks else "|") if ascii else ("┤" if level in ticks else "│")
        row = [Span(ticks.get(level, "").rjust(axis), "dim"), Span(mark, "dim")]
        for lesson in shown:
            row += _cell(lesson, level, tall, (low, high), slot, best, ascii)
        rows.append(fit(row, cells))
    below = _under(shown, axis, slot, selected, ascii, cells)
    if under > 3:
        below.insert(1, _numbers(shown, axis, slot, selected))
    rows += [fit(row, cells) for row in below[:under]]
    columns: list[int | None] = [None] * (axis + 1)
    for lesson in shown:
        columns += [lesson.iteration] * slot
    return Bars(tuple(rows), tuple((columns + [None] * cells)[:cells]))


def _finite(lesson: Lesson) -> bool:
    return lesson.value is not None and math.isfinite(lesson.value)


def _laid_out(
    lessons: Sequence[Lesson], known: Sequence[Lesson], cells: int, tall: int, selected: int | None
) -> tuple[Sequence[Lesson], dict[int, str], int]:
    """Which iterations are shown, the texts at the axis by level, and the cells that each iteration has."""
    shown: Sequence[Lesson] = lessons
    ticks: dict[int, str] = {}
    slot = 1
    for _ in range(2):  # what is shown decides the ticks, and the width of these how many fit
        ticks = _ticks(*_bounds([lesson for lesson in shown if _finite(lesson)] or known), tall)
        room = max(1, cells - max(map(len, ticks.values())) - 1)
        slot = max(1, min(_WIDEST, room // max(1, len(lessons))))
        shown = _window(lessons, max(1, room // slot), selected)
    return shown, ticks, slot


def _window(lessons: Sequence[Lesson], fits: int, selected: int | None) -> Sequence[Lesson]:
    first = max(0, len(lessons) - fits)
    at = next((i for i, lesson in enumerate(lessons) if lesson.iteration == selected), len(lessons))
    if at < first:
        first = max(0, at - fits // 4)
    return lessons[first : first + fits]


def _bounds(known: Sequence[Lesson]) -> tuple[float, float]:
    """The lowest and highest number that is to be in sight, with some room where all are one."""
    values = [lesson.value for lesson in known if lesson.value is not None]
    low, high = min(values), max(values)
    spread = high - low
    ends = [end for lesson in known for end in (lesson.low, lesson.high) if end is not None and math.isfinite(end)]
    # an interval much wider than all differences would make them invisible: it is cut at the edge
    low = max(min([low, *ends]), low - 1.5 * spread) if spread else min([low, *ends])
    high = min(max([high, *ends]), high + 1.5 * spread) if spread else max([high, *ends])
    if high > low:
        return low, high
    pad = abs(high) * 0.05 or 0.5
    return max(low - pad, -sys.float_info.max), min(high + pad, sys.float_info.max)


def _ticks(low: float, high: float, tall: int) -> dict[int, str]:
    levels = {tall - 1, 0} | ({(tall - 1) // 2} if tall >= 5 else set())
    step = (high - low) / max(1, tall - 1)
    decimals = max(0, min(8, 1 - math.floor(math.log10(step)))) if 0 < step < math.inf else 2

    def text(value: float) -> str:
        return f"{value:.{decimals}f}" if abs(value) < 1e6 else f"{value:.3g}"

    shares = {level: level / max(1, tall - 1) for level in levels}
    return {level: text(low * (1 - share) + high * share) for level, share in shares.items()}


def _level(value: float, tall: int, bounds: tuple[float, float]) -> int:
    """The row of a number, -1 for what is below the lowest and `tall` for what is above the highest."""
    low, high = bounds
    part = 1.0 if math.isfinite(high - low) and math.isfinite(value - low) else 0.25  # ends may be the largest floats
    level = (value * part - low * part) / (high * part - low * part) * (tall - 1)
    return round(max(-1, min(tall, level)))


def _cell(
    lesson: Lesson, level: int, tall: int, bounds: tuple[float, float], slot: int, best: int | None, ascii: bool
) -> list[Span]:
    before, after = (slot - 1) // 2, slot - 1 - (slot - 1) // 2
    mark = Span(" ")
    if lesson.value is not None and math.isfinite(lesson.value):
        if _level(lesson.value, tall, bounds) == level:
            kind = _BEST if lesson.iteration == best else _DOT
            mark = Span(kind[ascii], "good" if lesson.iteration == best else "load")
        elif lesson.low is not None and lesson.high is not None:
            if _level(lesson.low, tall, bounds) <= level <= _level(lesson.high, tall, bounds):
                mark = Span(_BAR[ascii], "dim")
    return [Span(" " * before), mark, Span(" " * after)]


def _under(
    shown: Sequence[Lesson], axis: int, slot: int, selected: int | None, ascii: bool, cells: int
) -> list[list[Span]]:
    line, corner, here = ("-", "+", "^") if ascii else ("─", "╰", "▲")
    before, after = (slot - 1) // 2, slot - 1 - (slot - 1) // 2
    ground = [Span(" " * axis + corner, "dim")]
    letters, signs = [Span(" " * (axis + 1))], [Span(" " * (axis + 1))]
    for lesson in shown:
        at = lesson.iteration == selected
        ground += [Span(line * before, "dim"), Span(here if at else line, "selected" if at else "dim"),
                   Span(line * after, "dim")]  # fmt: skip
        letter = lesson.letter if lesson.kind else " "
        letters += [Span(" " * before), Span(letter, "selected" if at else "title"), Span(" " * after)]
        sign = SIGNS.get(lesson.verdict, " ")
        signs += [Span(" " * before), Span(sign, STYLES.get(lesson.verdict, "dim")), Span(" " * after)]
    return [[*ground, Span(line * cells, "dim")], letters, signs]


def _numbers(shown: Sequence[Lesson], axis: int, slot: int, selected: int | None) -> list[Span]:
    """Numbers of iterations, each under its dot as far as they have room; that of the selected one always."""
    line = [" "] * (axis + 1 + slot * len(shown) + 8)
    order = sorted(range(len(shown)), key=lambda at: (shown[at].iteration != selected, at))
    styles: list[tuple[int, int, str]] = []
    for at in order:
        text = str(shown[at].iteration)
        start = max(0, axis + 1 + at * slot + (slot - 1) // 2 - (len(text) - 1) // 2)
        end = start + len(text)
        if any(char != " " for char in line[max(0, start - 1) : end + 1]):
            continue
        line[start:end] = text
        styles.append((start, end, "selected" if shown[at].iteration == selected else "dim"))
    spans, last = [], 0
    for start, end, style in sorted(styles):
        spans += [Span(" " * (start - last)), Span("".join(line[start:end]), style)]
        last = end
    return spans


def legend(ascii: bool, cells: int, title: str = "") -> Row:
    """What dots and signs mean, shorter where there is less room."""
    best, dot = _BEST[ascii], _DOT[ascii]
    full = f"{dot} {title}  {best} best  " if title else f"{best} best  "
    for words in (f"{full}+ better  - worse  = no real change  ? not to be told", "+ better  - worse  = no change  ?",
                  "+ better - worse = same"):  # fmt: skip
        if len(words) <= cells:
            return (Span(words, "dim"),)
    return ()
