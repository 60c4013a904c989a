"""Small charts of block characters: seconds per iteration, a line of numbers, a histogram, a budget.

What is shown differs by its character, not only by its colour: █ compute, ▒ load, ░ overhead (# = : in ASCII).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mliter_tui.facts import IterationInfo
from mliter_tui.lean import dataclass
from mliter_tui.render.spans import Row, Span, fit, row_width
from mliter_tui.wording import bytes_text, seconds_text

_KINDS = (("compute", "█", "#"), ("load", "▒", "="), ("overhead", "░", ":"))
_LEVELS, _ASCII_LEVELS = "▁▂▃▄▅▆▇█", "_.-=+*#@"
_WIDEST_BAR = 3


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of iterations; `columns` says for each cell of a row which iteration stands there, None for none."""

    rows: tuple[Row, ...]
    columns: tuple[int | None, ...]


def parts(info: IterationInfo) -> tuple[float, float, float]:
    """Seconds of an iteration spent on computing, on loading, and on all else."""
    compute, load = _number(info.compute_seconds), _number(info.load_seconds)
    return compute, load, max(0.0, _number(info.seconds) - compute - load)


def _number(seconds: float) -> float:
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def iteration_bars(
    history: Sequence[IterationInfo], cells: int, height: int, *, selected: int | None = None, ascii: bool = False
) -> Bars:
    """Stacked bars with an axis, exactly `height` rows of `cells`; the newest iterations that fit, or those around
    `selected`. Under it `▲` marks the selected iteration and `✗` those that failed; the last row has its numbers.
    """
    legend = height >= 4
    tall = max(1, height - 1 - legend)
    top = _nice(max((sum(parts(info)) for info in history), default=0.0))
    ticks = {tall - 1: seconds_text(top), (tall - 1) // 2: _tick(top, (tall - 1) // 2, tall)} if tall >= 4 else {}
    ticks = ticks or {tall - 1: seconds_text(top)}
    axis = max(len(text) for text in ticks.values())
    room = max(1, cells - axis - 1)
    slot = max(1, min(_WIDEST_BAR + 1, room // max(1, len(history))))
    shown = _window(history, max(1, room // slot), selected)
    bar = max(1, slot - 1)
    stacks = [_stack(info, tall, top) for info in shown]
    rows: list[Row] = []
    for level in range(tall - 1, -1, -1):
        row = [Span(ticks.get(level, "").rjust(axis) + ("|" if ascii else "┤" if level in ticks else "│"), "dim")]
        for stack in stacks:
            kind = _KINDS[stack[level]] if level < len(stack) else None
            row.append(Span(kind[2 if ascii else 1] * bar, kind[0]) if kind else Span(" " * bar))
            row.append(Span(" " * (slot - bar)))
        rows.append(fit(row, cells))
    rows.append(fit(_under(shown, axis, bar, slot, cells, selected, ascii), cells))
    if legend:
        rows.append(fit(_legend(history, selected, ascii, cells), cells))
    columns: list[int | None] = [None] * (axis + 1)
    for info in shown:
        columns += [info.iteration] * slot
    return Bars(tuple(rows), tuple((columns + [None] * cells)[:cells]))


def _tick(top: float, level: int, tall: int) -> str:
    return seconds_text(top * (level + 1) / tall)


def _nice(most: float) -> float:
    """The next of 1, 2, 3, 5 times a power of ten."""
    if most <= 0:
        return 1.0
    most = max(most, 1e-6)
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 20) if step * power >= most * (1 - 1e-9))


def _window(history: Sequence[IterationInfo], fits: int, selected: int | None) -> Sequence[IterationInfo]:
    """The last ones that fit; from earlier on where that would leave out the selected one."""
    first = max(0, len(history) - fits)
    at = next((i for i, info in enumerate(history) if info.iteration == selected), len(history))
    if at < first:
        first = max(0, at - fits // 4)
    return history[first : first + fits]


def _stack(info: IterationInfo, tall: int, top: float) -> list[int]:
    """The kind in each cell of a bar, from below; an iteration that took any time has one cell."""
    seconds = parts(info)
    total = sum(seconds)
    cells = min(tall, max(1, round(total / top * tall))) if total > 0 else 0
    stack = []
    for cell in range(cells):
        middle, kind = (cell + 0.5) / cells * total, 0
        while kind < 2 and middle > sum(seconds[: kind + 1]):
            kind += 1
        stack.append(kind)
    return stack


def _under(
    shown: Sequence[IterationInfo], axis: int, bar: int, slot: int, cells: int, selected: int | None, ascii: bool
) -> list[Span]:
    line, corner, here, failed = ("-", "+", "^", "x") if ascii else ("─", "╰", "▲", "✗")
    row = [Span(" " * axis + corner, "dim")]
    for info in shown:
        if info.iteration == selected:
            mark = Span(here, "selected")
        elif info.status != "ok":
            mark = Span(failed, "failed")
        else:
            mark = Span(line, "dim")
        before = (bar - 1) // 2
        row += [Span(line * before, "dim"), mark, Span(line * (slot - before - 1), "dim")]
    return [*row, Span(line * cells, "dim")]


def _legend(history: Sequence[IterationInfo], selected: int | None, ascii: bool, cells: int) -> list[Span]:
    """What the characters mean, with the seconds of the selected iteration; without words where they do not fit."""
    info = next((info for info in history if info.iteration == selected), None)
    for words in (True, False):
        row = [Span(f"iter {info.iteration} ", "title")] if info is not None else []
        for at, (kind, block, plain) in enumerate(_KINDS):
            number = seconds_text(parts(info)[at]) if info is not None else ""
            row += [Span(" "), Span(plain if ascii else block, kind)]
            meaning = (kind if words or not number else "", number)
            row.append(Span("".join(f" {word}" for word in meaning if word) + " ", "dim"))
        if row_width(tuple(row)) <= cells:
            break
    return row


def iteration_sparkline(
    history: Sequence[IterationInfo], cells: int, *, selected: int | None = None, ascii: bool = False
) -> Bars:
    """One row, one cell an iteration, by its seconds: `▁▁█▁▁▃▁▂ [12]`; failed ones are ✗."""
    number = selected if selected is not None else history[-1].iteration if history else None
    end = f" [{number}]" if number is not None else ""
    shown = _window(history, max(1, cells - len(end)), selected)
    levels = sparkline([sum(parts(info)) for info in shown], len(shown), ascii=ascii, zero=True)
    row, columns = [], []
    for info, level in zip(shown, levels):
        failed = info.status != "ok"
        style = "selected" if info.iteration == selected else "failed" if failed else "compute"
        row.append(Span(("x" if ascii else "✗") if failed else level, style))
        columns.append(info.iteration)
    return Bars((fit([*row, Span(end, "title")], cells),), tuple((columns + [None] * cells)[:cells]))


def sparkline(numbers: Sequence[float], cells: int, *, ascii: bool = False, zero: bool = False) -> str:
    """The numbers as a line of at most `cells`; several share a cell by their mean. Not-a-number is a space.

    zero: the lowest level stands for 0, not for the smallest number.
    """
    levels = _ASCII_LEVELS if ascii else _LEVELS
    if not numbers or cells <= 0:
        return ""
    count = min(cells, len(numbers))
    groups = [numbers[i * len(numbers) // count : (i + 1) * len(numbers) // count] for i in range(count)]
    means = [_mean(group) for group in groups]
    known = [mean for mean in means if mean is not None]
    low, high = (0.0 if zero else min(known, default=0.0)), max(known, default=0.0)
    return "".join(" " if mean is None else levels[_level(mean, low, high, len(levels))] for mean in means)


def _mean(numbers: Sequence[float]) -> float | None:
    known = [number for number in numbers if math.isfinite(number)]
    return math.fsum(number / len(known) for number in known) if known else None


def _level(number: float, low: float, high: float, levels: int) -> int:
    # halves, as the difference of two large numbers can be more than a float holds
    spread = high / 2 - low / 2
    return 0 if spread <= 0 else max(0, min(levels - 1, int((number / 2 - low / 2) / spread * levels)))


def histogram(numbers: Sequence[float], cells: int, *, ascii: bool = False) -> str:
    """How often the numbers fall into each of `cells` equal bins between the least and the greatest of them.

    A bin nothing falls into is a space. Infinite and not-a-number are left out.
    """
    known = [number for number in numbers if math.isfinite(number)]
    if not known or cells <= 0:
        return ""
    low, high = min(known), max(known)
    counts = [0] * cells
    for number in known:
        counts[_level(number, low, high, cells)] += 1
    levels, most = _ASCII_LEVELS if ascii else _LEVELS, max(counts)
    return "".join(levels[_level(n, 0, most, len(levels))] if n else " " for n in counts)


def budget_bar(used: int, budget: int, cells: int = 6, *, ascii: bool = False) -> Row:
    """`1.3/4.0 GB ▓▓▓░░░`: bytes of the store, and how full it is; above nine tenths it says `full`."""
    full, empty = ("#", ".") if ascii else ("▓", "░")
    if budget <= 0:
        return (Span(bytes_text(max(0, used))),)
    share = min(1.0, max(0.0, used / budget))
    filled = math.ceil(share * cells) if used > 0 else 0
    amount, limit = bytes_text(max(0, used)), bytes_text(budget)
    if amount.partition(" ")[2] == limit.partition(" ")[2]:
        amount = amount.partition(" ")[0]
    row = (Span(f"{amount}/{limit} "), Span(full * filled, "load"), Span(empty * (cells - filled), "dim"))
    return (*row, Span(" full", "failed")) if share > 0.9 else row
