"""A matrix as rows of text: what each row's candidate or pass is, a sign for each cell, and what came of it.

A sign repeats its letter and not only its colour: ◆ loaded, ▶ computed, ○ not yet (L, C and ? in ASCII).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mliter_tui.render.cells import clean, left, right, shorten, width
from mliter_tui.render.spans import STATES, Row, Span, cut, row_text
from mliter_tui.view.iteration import GLYPHS, Letter
from mliter_tui.view.matrix import Matrix, MatrixRow
from mliter_tui.wording import seconds_text

_WIDEST_VALUE, _NARROWEST = 24, 3
_DONE = {"L": "loaded", "C": "computed", "P": "left out", "R": "running", "F": "failed", "?": "to come"}
_SPACE = 2
_COUNTS = 18
"""Cells for signs with their numbers, where there is no room for one of each."""
_ROOM = 60
"""Cells from which on there is a column of seconds."""


def summary(matrix: Matrix) -> str:
    """`200 candidates x 10 splits: 1850 loaded, 150 computed`."""
    sizes = f"{_many(len(matrix.rows), matrix.row)} x {_many(matrix.columns, matrix.column)}"
    counts = ", ".join(f"{n} {word}" for letter, word in _DONE.items() if (n := matrix.count(letter)))
    return f"{sizes}: {counts}" if counts else sizes


def _many(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "es" if word.endswith("s") else "s")


def matrix_head(matrix: Matrix, cells: int, *, ascii: bool = False) -> list[Row]:
    """Its title, what is in it, and what stands above the columns."""
    columns = _Columns(matrix, cells)
    texts = [left(name, wide, "." if ascii else "…") for name, wide in zip(columns.names, columns.values)]
    signs = f"{matrix.column}s 1-{matrix.columns}" if matrix.columns > 1 else matrix.column
    texts.append(left(signs if len(signs) <= columns.signs else f"{matrix.column}s", columns.signs))
    texts += [right(word, wide) for word, wide in columns.ends()]
    told = summary(matrix)
    parts = [told] if len(told) <= cells else told.split(": ")
    return [
        (Span(shorten(clean(matrix.title), cells, "…"), "title"),),
        *((Span(shorten(part, cells, "…")),) for part in parts),
        (Span(shorten((" " * _SPACE).join(texts), cells, ""), "dim"),),
    ]


def matrix_rows(
    matrix: Matrix, cells: int, *, ascii: bool = False, rows: Iterable[MatrixRow] | None = None
) -> list[Row]:
    """A line of at most `cells` for each row, or for each of those given."""
    columns = _Columns(matrix, cells)
    return [cut(columns.row(row, ascii), cells) for row in (matrix.rows if rows is None else rows)]


def legend(matrix: Matrix, *, ascii: bool = False) -> Row:
    """What the signs in it mean."""
    found: list[Span] = []
    for letter, word in _DONE.items():
        if matrix.count(letter):
            found += [Span(_sign(letter, ascii), STATES[_letter(letter)]), Span(f" {word}   ", "dim")]
    return tuple(found)


def plain(matrix: Matrix, cells: int, most: int | None = None) -> list[str]:
    """All of it as lines of text, in ASCII signs; of more than `most` rows the first ones, and the best."""
    shown = first_rows(matrix, most if most is not None else len(matrix.rows))
    hidden = len(matrix.rows) - len(shown)
    more = f"and {hidden} more" if hidden else ""
    lines = [*matrix_head(matrix, cells, ascii=True), *matrix_rows(matrix, cells, ascii=True, rows=shown)]
    return [row_text(line).rstrip() for line in lines] + ([more] if more else [])


def first_rows(matrix: Matrix, most: int) -> Sequence[MatrixRow]:
    """At most so many rows, the best one among them; of what is under way, those around where it is."""
    if len(matrix.rows) <= most:
        return matrix.rows
    at = under_way(matrix) or 0
    begin = max(0, min(at - most // 2, len(matrix.rows) - most))
    shown = list(matrix.rows[begin : begin + most])
    best = next((row for row in matrix.rows if row.best), None)
    return shown if best is None or best in shown else [*shown[:-1], best]


def under_way(matrix: Matrix) -> int | None:
    """The first row that is not whole, of one that has begun."""
    begun = matrix.count("CLR")
    return next((at for at, row in enumerate(matrix.rows) if "?" in row.letters), None) if begun else None


def short_names(names: Sequence[str]) -> list[str]:
    """Names of parameters without the steps they are of, `model__C`, where that leaves no two alike."""
    short = [clean(name.rpartition("__")[2] or name) for name in names]
    return short if len(set(short)) == len(short) else [clean(name) for name in names]


def _letter(letter: str) -> Letter:
    return next((each for each in GLYPHS if each == letter), "?")


def _sign(letter: str, ascii: bool) -> str:
    return letter if ascii else GLYPHS[_letter(letter)]


class _Columns:
    """How wide each column is in so many cells: values give way first, then the signs."""

    def __init__(self, matrix: Matrix, cells: int) -> None:
        self.names, self._matrix = short_names(matrix.names), matrix
        self.scores = any(row.score is not None for row in matrix.rows)
        self.times = cells >= _ROOM and any(row.seconds for row in matrix.rows)
        ends = sum(wide + _SPACE for _, wide in self.ends()) + 2 * any(row.best for row in matrix.rows)
        free = cells - ends - _SPACE - _NARROWEST * len(matrix.names)
        wide = matrix.columns if matrix.columns <= free else _COUNTS
        self.signs = min(max(wide, len(matrix.column) + 1), max(8, free))
        wanted = [
            min(_WIDEST_VALUE, max([width(name), *(width(clean(row.values[at])) for row in matrix.rows)]))
            for at, name in enumerate(self.names)
        ]
        room = cells - self.signs - ends - _SPACE * len(wanted)
        while wanted and sum(wanted) > room and max(wanted) > _NARROWEST:
            wanted[wanted.index(max(wanted))] -= 1
        while len(wanted) > 1 and sum(wanted) + _SPACE * len(wanted) > room + _SPACE * len(matrix.names):
            wanted.pop()
        self.values = wanted

    def ends(self) -> list[tuple[str, int]]:
        """What stands right of the signs, and how wide."""
        return [("score", 7)] * self.scores + [("took", 6)] * self.times

    def row(self, row: MatrixRow, ascii: bool) -> Row:
        gap = Span(" " * _SPACE)
        spans: list[Span] = []
        for value, wide in zip(row.values, self.values):
            spans += [Span(left(clean(value), wide, "." if ascii else "…")), gap]
        spans += self._signs(row, ascii)
        if self.scores:
            text = "" if row.score is None else f"{row.score:.4f}" if abs(row.score) < 10 else f"{row.score:.4g}"
            spans += [gap, Span(right(text, 7), "good" if row.best else "")]
        if self.times:
            spans += [gap, Span(right(seconds_text(row.seconds) if row.seconds else "", 6), "dim")]
        if row.best:
            spans.append(Span(" *" if ascii else " ★", "good"))
        return tuple(spans)

    def _signs(self, row: MatrixRow, ascii: bool) -> list[Span]:
        """A sign for each column; where there are too many of them, how many of each."""
        if len(row.letters) > self.signs or self._matrix.columns > self.signs:
            counts = [(letter, n) for letter in _DONE if (n := row.letters.count(letter))]
            spans = [Span(f"{_sign(letter, ascii)}{n} ", STATES[_letter(letter)]) for letter, n in counts]
            return [*spans, Span(" " * max(0, self.signs - sum(width(span.text) for span in spans)))]
        found: list[Span] = []
        for letter in row.letters:
            sign, style = _sign(letter, ascii), STATES[_letter(letter)]
            if found and found[-1].style == style:
                found[-1] = Span(found[-1].text + sign, style)
            else:
                found.append(Span(sign, style))
        return [*found, Span(" " * (self.signs - len(row.letters)))]
