"""A row of a screen as pieces of text that each have a meaning; whoever shows them gives each meaning its colours.

Style words: the states "compute", "load", "prune", "running", "failed", "undecided"; "dim", "rail", "own" (the dot of a
row's own node), "selected", "changed", "mark", "key", "note", "title", "good", "overhead"; and for source text
"keyword", "string", "number", "comment", "name" (one that is defined). "" is plain text. The text says the same
without any colour.
"""

from __future__ import annotations

from collections.abc import Iterable

from mliter_tui.lean import dataclass
from mliter_tui.render.cells import head, width
from mliter_tui.view.iteration import WORDS, Letter

STATES: dict[Letter, str] = {letter: "undecided" if letter == "?" else word for letter, word in WORDS.items()}
"""The style word of each state."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line; printable text only."""

    text: str
    style: str = ""


Row = tuple[Span, ...]


def row_text(row: Row) -> str:
    """The row without its styles."""
    return "".join(span.text for span in row)


def row_width(row: Row) -> int:
    """Terminal cells of the row."""
    return sum(width(span.text) for span in row)


def cut(row: Iterable[Span], cells: int) -> Row:
    """At most that many cells of the start of the row; empty spans go."""
    kept, taken = [], 0
    for span in row:
        text = head(span.text, cells - taken)
        if text:
            kept.append(span if text == span.text else Span(text, span.style))
        taken += width(text)
        if text != span.text:
            break
    return tuple(kept)


def fit(row: Iterable[Span], cells: int) -> Row:
    """Exactly that many cells: cut at the end, or filled with spaces."""
    kept = cut(row, cells)
    free = cells - row_width(kept)
    return (*kept, Span(" " * free)) if free > 0 else kept
