"""A text of headings, paragraphs and tables, and how it looks in a terminal and in Markdown.

All texts are plain; what a terminal or a reader of Markdown would obey is taken out or escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mliter_tui.lean import dataclass
from mliter_tui.render.cells import clean, shorten
from mliter_tui.render.cells import width as cells

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """faint: of less weight, a source say."""

    text: str
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a header; columns in `right` are aligned there, `wide` is the one that may be shortened.

    spare: columns that a narrow terminal goes without.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    wide: int = -1
    spare: tuple[int, ...] = ()


Block = Heading | Paragraph | Table


def print_blocks(blocks: Iterable[Block], width: int) -> None:
    """On stdout, with the weights a terminal has."""
    from rich.console import Console
    from rich.text import Text

    console = Console(width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for at, block in enumerate(blocks):
        if isinstance(block, Heading):
            console.print(Text(("\n" if at else "") + clean(block.text), style="bold"))
        elif isinstance(block, Paragraph):
            for line in _wrapped(clean(block.text), min(width, 100)):
                console.print(Text(line, style="dim" if block.faint else ""))
        else:
            head, *rows = columns(block, width)
            console.print(Text(head, style="dim"))
            for row in rows:
                console.print(Text(row))


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(text, max(20, width), break_long_words=False, break_on_hyphens=False) or [""]


def columns(table: Table, width: int) -> list[str]:
    """The lines of a table, the header first, in at most that many cells."""
    lines = [[clean(cell) for cell in line] for line in (table.header, *table.rows)]
    widths = [max(cells(line[i]) for line in lines) for i in range(len(table.header))]
    over = sum(widths) + 2 * (len(widths) - 1) - width
    if over > 0 and table.spare:
        kept = [i for i in range(len(widths)) if i not in table.spare]
        narrow = [tuple(line[i] for i in kept) for line in (table.header, *table.rows)]
        right = tuple(at for at, i in enumerate(kept) if i in table.right)
        return columns(Table(narrow[0], tuple(narrow[1:]), right), width)
    if over > 0 and table.wide >= 0:
        widths[table.wide] = max(8, widths[table.wide] - over)
    found = []
    for line in lines:
        parts = []
        for i, cell in enumerate(line):
            cell = shorten(cell, widths[i], "…")
            space = " " * (widths[i] - cells(cell))
            parts.append(space + cell if i in table.right else cell + space)
        found.append(shorten("  ".join(parts).rstrip(), width, "…"))
    return found


def markdown(blocks: Iterable[Block]) -> str:
    """The same in Markdown."""
    parts = []
    for at, block in enumerate(blocks):
        if isinstance(block, Heading):
            parts.append(f"{'#' if at == 0 else '##'} {_escaped(block.text)}")
        elif isinstance(block, Paragraph):
            parts.append(f"*{_escaped(block.text)}*" if block.faint else _escaped(block.text))
        else:
            parts.append("\n".join(_rows(block)))
    return "\n\n".join(parts) + "\n"


def _rows(table: Table) -> Iterable[str]:
    yield _row(table.header)
    yield _row(["--:" if i in table.right else "---" for i in range(len(table.header))], False)
    yield from (_row(row) for row in table.rows)


def _row(row: Sequence[str], escape: bool = True) -> str:
    return f"| {' | '.join(_escaped(cell) if escape else cell for cell in row)} |"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", clean(text))
