"""What stands in rows and columns: the candidates of a search by its splits, the passes of a loop by its statements."""

from __future__ import annotations

import math
from collections.abc import Iterable

from mliter_tui.facts import Search
from mliter_tui.lean import dataclass
from mliter_tui.view.iteration import IterationView, Letter, NodeView

_BY_RANK: tuple[Letter, ...] = ("F", "R", "C", "L", "P", "?")
"""Of several nodes in one cell, the letter that counts."""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """values: by the matrix's names. letters: one for each column, "?" for not yet. score: the mean of its splits.

    seconds: of all that was computed in it; score: None until all of it is known, and where there is none.
    """

    values: tuple[str, ...]
    letters: str
    seconds: float
    score: float | None = None
    best: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """title: of what. row, column: what a row and a column is, in one word. names: of the values of each row."""

    title: str
    row: str
    column: str
    names: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    columns: int

    def count(self, letters: str) -> int:
        """Cells with one of these letters."""
        return sum(row.letters.count(letter) for row in self.rows for letter in letters)


def matrices(view: IterationView, node: NodeView) -> list[Matrix]:
    """Those of a node: its searches, and the innermost loop it is in or begins."""
    found = [of_search(search) for search in joined(node.searches)]
    loop = _loop_of(view, node)
    return found + ([of_loop(view, loop)] if loop is not None else [])


def tabular(view: IterationView, node: NodeView) -> bool:
    """Whether a node has any."""
    return bool(node.searches) or _loop_of(view, node) is not None


def joined(searches: tuple[Search, ...]) -> list[Search]:
    """Searches of one candidate each that follow one another, such as the models of a comparison, as one."""
    found: list[Search] = []
    for search in searches:
        last = found[-1] if found else None
        alone = len(search.rows) == 1 and not search.parameters
        if last is not None and alone and last.parameters == ("model",) and last.splits == search.splits:
            found[-1] = Search(
                "", last.parameters, (*last.rows, (_model(search.name),)), last.splits, last.cells + search.cells,
                last.seconds + search.seconds, last.scores + search.scores,
            )  # fmt: skip
        elif alone:
            found.append(Search(search.name, ("model",), ((_model(search.name),),), search.splits, search.cells,
                                search.seconds, search.scores))  # fmt: skip
        else:
            found.append(search)
    return found


def _model(name: str) -> str:
    return name.partition(":")[0]


def of_search(search: Search) -> Matrix:
    """A search as it stands."""
    size = len(search.rows) * search.splits
    letters = search.cells.replace(".", "?").ljust(size, "?")
    rows = []
    for at, values in enumerate(search.rows):
        cells = slice(at * search.splits, (at + 1) * search.splits)
        spent = zip(letters[cells], search.seconds[cells])
        rows.append(MatrixRow(
            values, letters[cells], math.fsum(s for letter, s in spent if letter == "C" and math.isfinite(s)),
            _mean(search.scores[cells], search.splits),
        ))  # fmt: skip
    scores = [row.score for row in rows if row.score is not None]
    top = max(scores, default=None) if len(scores) > 1 else None
    best = next((at for at, row in enumerate(rows) if row.score == top), -1) if top is not None else -1
    if best >= 0:
        row = rows[best]
        rows[best] = MatrixRow(row.values, row.letters, row.seconds, row.score, True)
    title = _model(search.name) if search.name else "cross-validation"
    return Matrix(title, "candidate", "split", search.parameters, tuple(rows), search.splits)


def _mean(scores: tuple[float, ...], splits: int) -> float | None:
    known = [score for score in scores if math.isfinite(score)]
    return math.fsum(known) / len(known) if known and len(known) == splits else None


def of_loop(view: IterationView, head: int) -> Matrix:
    """A loop's passes by the lines of its body."""
    passes = [number for number, node in view.nodes.items()
              if node.info.kind == "pass" and _loop_of(view, node) == head]  # fmt: skip
    places = {number: at for at, number in enumerate(passes)}
    bodies: list[dict[int, list[NodeView]]] = [{} for _ in passes]
    for number, node in view.nodes.items():
        for call in node.info.calls:
            if call in places and call != number:
                bodies[places[call]].setdefault(node.info.lines[0], []).append(node)
    lines = sorted({line for body in bodies for line in body})
    rows = []
    for at, body in enumerate(bodies, 1):
        letters = "".join(_letter(body.get(line, ())) for line in lines)
        spent = math.fsum(n.seconds or 0.0 for nodes in body.values() for n in nodes if n.letter == "C")
        rows.append(MatrixRow((str(at),), letters, spent))
    return Matrix(view.nodes[head].info.label, "pass", "line", ("pass",), tuple(rows), len(lines))


def _loop_of(view: IterationView, node: NodeView) -> int | None:
    """The innermost loop that a node is in or begins."""
    return next((call for call in reversed(node.info.calls) if _is_loop(view, call)), None)


def _is_loop(view: IterationView, call: int) -> bool:
    node = view.nodes.get(call)
    return node is not None and node.info.kind == "loop"


def _letter(nodes: Iterable[NodeView]) -> Letter:
    letters = {node.letter for node in nodes}
    return next((letter for letter in _BY_RANK if letter in letters), "?")
