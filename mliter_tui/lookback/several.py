"""Any number of iterations in one table, a column each: as text, as JSON and as a page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from mliter_tui.history.metrics import value_text
from mliter_tui.history.several import Cell, MetricRow, Run, Several
from mliter_tui.history.varying import NOT_GIVEN
from mliter_tui.lean import dataclass
from mliter_tui.lookback.opening import facts, when_text
from mliter_tui.records import to_fields
from mliter_tui.render.cells import clean, left, right, width
from mliter_tui.render.plain import human_seconds
from mliter_tui.wording import tail

MOST_ROWS = 16
"""Of each part, for people; --json and --html have all."""
_WIDEST_NAME, _WIDEST_CELL, _GAP = 36, 26, 2


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table. kind: "" or "sub", of what belongs to the row above it."""

    name: str
    cells: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows under a title. more: how many were left out."""

    title: str
    lines: tuple[Line, ...]
    more: int = 0


def parts_of(table: Several, most: int | None = None) -> Iterator[Part]:
    """The table in parts, each with at most so many rows; one with nothing in it is not there."""
    yield Part("", tuple(_heads(table)))
    # those whose value changed first; those that come and go with their statement
    parameters = sorted(table.parameters, key=lambda row: not row.changed)
    rows = [Line(row.name, tuple(map(_parameter, row.values))) for row in parameters]
    yield from _part("parameters", rows, most)
    metrics = [row for row in table.metrics if row.measures or row.differs]
    metrics.sort(key=lambda row: (not row.measures, not row.differs))
    shown = metrics[:most]
    lines = tuple(line for row in shown for line in _metric(row, table.runs))
    if lines:
        yield Part("metrics", lines, len(metrics) - len(shown))
    rows = [Line(name, tuple("-" if v is None else v or "none" for v in values)) for name, values in table.surroundings]
    yield from _part("surroundings", rows, most)


def _part(title: str, rows: Sequence[Line], most: int | None) -> Iterator[Part]:
    if rows:
        kept = tuple(rows[:most])
        yield Part(title, kept, len(rows) - len(kept))


def _heads(table: Several) -> Iterator[Line]:
    runs, pasts = table.runs, [run.past for run in table.runs]
    yield Line("when", tuple(when_text(run.when) for run in runs))
    yield Line("goes out from", tuple(str(past.parent or "-") if past is not None else "-" for past in pasts))
    yield Line("changed", tuple(run.about or "-" for run in runs))
    lines = ["-" if i == 0 or each is None else f"+{each[0]} -{each[1]}" for i, each in enumerate(table.lines)]
    yield Line(f"lines, against {runs[0].name}", tuple(lines))
    infos = [past.info if past is not None else None for past in pasts]
    yield Line("computed, loaded, left out", tuple(
        f"{info.computed} {info.loaded} {info.pruned}" if info is not None else "-" for info in infos))  # fmt: skip
    yield Line("time", tuple(human_seconds(run.seconds) for run in runs))
    if any(run.status != "ok" for run in runs):
        yield Line("status", tuple(run.status for run in runs))
    notes = [past.remark if past is not None else None for past in pasts]
    said = tuple(" ".join(filter(None, ["*" * note.star, note.note])) if note is not None else "" for note in notes)
    if any(said):
        yield Line("star, note", said)


def _parameter(value: str | None) -> str:
    return "-" if value is None else "default" if value == NOT_GIVEN else value


def _metric(row: MetricRow, runs: Sequence[Run]) -> Iterator[Line]:
    yield Line(row.name, tuple(cell.metric.text if cell else "-" for cell in row.cells))
    if not row.measures:
        return
    if row.differs and any(cell is not None and cell.compared is not None for cell in row.cells):
        first = next(run.name for run, cell in zip(runs, row.cells) if cell is not None)
        yield Line(f"against {first}", tuple(map(verdict, row.cells)), "sub")
    if any(cell is not None and cell.interval is not None for cell in row.cells):
        yield Line("95 %", tuple(map(span, row.cells)), "sub")


def verdict(cell: Cell | None) -> str:
    """What came of a metric, in a word."""
    if cell is None or cell.compared is None:
        return ""
    return "the same" if cell.compared.difference == 0 else cell.compared.word


def span(cell: Cell | None) -> str:
    """What a metric may be."""
    if cell is None or cell.interval is None:
        return ""
    metric, found = cell.metric, cell.interval
    low, high = (value_text(bound, metric.step, metric.percent) for bound in (found.low, found.high))
    return f"{low} to {high}"


def cells_of(table: Several, most: int | None = None) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The table as rows of text under a header, for a screen."""
    rows = tuple((_named(line), *line.cells) for part in parts_of(table, most) for line in part.lines)
    return ("iteration", *(run.name for run in table.runs)), rows


# -- for people ----------------------------------------------------------------------------------------------------
def lines_of(table: Several, cells: int = 500) -> Iterator[str]:
    """The table in at most that many cells; columns that do not fit stand below, beside the first one again."""
    parts = list(parts_of(table, MOST_ROWS))
    name = min(_WIDEST_NAME, max(width(_named(line)) for part in parts for line in part.lines))
    name = max(12, min(name, cells // 3))
    most = max(8, min(_WIDEST_CELL, (cells - name - 2 * _GAP) // 2))
    widths = [
        min(most, max(width(clean(t)) for t in (run.name, *(line.cells[at] for part in parts for line in part.lines))))
        for at, run in enumerate(table.runs)
    ]  # fmt: skip
    for number, columns in enumerate(_fitting(widths, cells - name)):
        if number:
            yield ""
        yield from _block(table, parts, columns, name, widths)
    more = sum(part.more for part in parts)
    if more:
        yield ""
        yield f"... {more} more row{'s' if more > 1 else ''}; --json and --html have all"


def _named(line: Line) -> str:
    return "  " * (line.kind == "sub") + clean(line.name)


def _fitting(widths: Sequence[int], cells: int) -> Iterator[list[int]]:
    """The columns of each block, by number; the first one is in all."""
    block, taken = [0], widths[0] + _GAP
    for at in range(1, len(widths)):
        if taken + widths[at] + _GAP > cells and len(block) > 1:
            yield block
            block, taken = [0], widths[0] + _GAP
        block.append(at)
        taken += widths[at] + _GAP
    yield block


def _block(
    table: Several, parts: Sequence[Part], columns: Sequence[int], name: int, widths: Sequence[int]
) -> Iterator[str]:  # fmt: skip
    def row(first: str, cells: Sequence[str]) -> str:
        rest = "".join(" " * _GAP + right(clean(cells[at]), widths[at]) for at in columns)
        return (left(first, name) + rest).rstrip()

    yield row("iteration", [run.name for run in table.runs])
    for part in parts:
        if part.title:
            yield ""
            yield f"{part.title}:"
        for line in part.lines:
            # of a name that is too long its end tells more
            yield row(tail(line.name, name) if line.kind == "" else _named(line), line.cells)


# -- for programs --------------------------------------------------------------------------------------------------
def in_json(table: Several) -> dict[str, Any]:
    """All of it in types JSON has; values stand in the order of `iterations`."""
    return {
        "script": table.script, "iterations": [_run(run, lines) for run, lines in zip(table.runs, table.lines)],
        "parameters": [{"name": row.name, "line": row.line or None, "values": list(row.values)}
                       for row in table.parameters],
        "metrics": [
            {"name": row.name, "direction": row.direction, "measures": row.measures,
             "values": list(map(_cell, row.cells))}
            for row in table.metrics
        ],
        "surroundings": [{"name": name, "values": list(values)} for name, values in table.surroundings],
    }  # fmt: skip


def _run(run: Run, lines: tuple[int, int] | None) -> dict[str, Any]:
    edited = {"added": lines[0], "removed": lines[1]} if lines is not None else None
    if run.past is not None:
        return {**facts(run.past), "against_first": edited}
    return {
        "iteration": None, "imported": run.name, "when": _known(run.when), "status": run.status,
        "seconds": _known(run.seconds),
        "changed": run.about, "against_first": edited,
    }  # fmt: skip


def _known(seconds: float) -> float | None:
    return None if math.isnan(seconds) else seconds


def _cell(cell: Cell | None) -> dict[str, Any] | None:
    if cell is None:
        return None
    metric, found = cell.metric, cell.interval
    told: dict[str, Any] = to_fields(metric)
    told = {key: told[key] for key in ("value", "folds", "series", "count", "lines")}
    told["interval"] = {**to_fields(found)} if found is not None else None
    told["compared"] = None
    if cell.compared is not None:
        each = to_fields(cell.compared)
        told["compared"] = {key: each[key] for key in ("verdict", "difference", "low", "high", "evidence")}
        told["compared"]["text"] = cell.compared.text
    return told
