"""`mliter diff --examples`: which examples an edit fixed and which it broke, with their rows, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mliter_tui.engine.examples import MOST_ROWS, Compared, Slice, compare_examples
from mliter_tui.history.iterations import Past
from mliter_tui.lookback.differing import heading, two
from mliter_tui.lookback.document import Block, Heading, Paragraph, Table, print_blocks
from mliter_tui.lookback.opening import facts, opened, say_json, width, write_page
from mliter_tui.records import to_fields
from mliter_tui.render.cells import clean, shorten
from mliter_tui.render.cells import width as cells_of

if TYPE_CHECKING:
    from mliter_tui.options import Options

_MOST_IN_FULL = 1000
"""Rows of each sort in JSON and on a page."""
_MOST_ON_PAGE = 50
_MOST_SLICES = 20
_LONGEST = 22
_NARROWEST = 24


def examples_command(options: Options) -> int:
    """0; raises UsageError where no predictions of both are known, or no such column."""
    with opened(options) as (store, script):
        before, after = two(options, store, script)
        most = _MOST_IN_FULL if options.json else _MOST_ON_PAGE if options.html is not None else MOST_ROWS
        found = compare_examples(store, before, after, options.by, options.of, most)
    if options.json:
        say_json({"script": script, "before": facts(before), "after": facts(after), "examples": to_fields(found)})
    elif options.html is not None:
        from mliter_tui.lookback.report_page import block_html, page_of

        told = blocks(found, before, after, 10_000)
        write_page(options.html, page_of(f"Examples of {options.script_name}", map(block_html, told)))
        print(f"{options.html} shows the examples on which iterations {before.number} and {after.number} differ.")
    else:
        print_blocks(blocks(found, before, after, width()), width())
    return 0


def blocks(found: Compared, before: Past, after: Past, cells: int) -> Iterator[Block]:
    """What is told, for so many cells."""
    yield Heading(f"Examples: {found.said} against {found.truth}")
    for past in (before, after):
        yield Paragraph(heading(past), faint=True)
    yield Paragraph(_summary(found))
    if found.moves:
        yield Heading("Other predictions")
        moves = tuple((true, was, now, str(n), _word(true, was, now)) for true, was, now, n in found.moves)
        yield Table(("TRUTH", "BEFORE", "AFTER", "COUNT", ""), moves, right=(3,))
    slices = found.slices or ()
    if found.by is not None:
        yield Heading(f"By {found.by}")
        yield _slices(found, slices[:_MOST_SLICES], ("VALUE",))
        if len(slices) > _MOST_SLICES:
            yield Paragraph(f"... {len(slices) - _MOST_SLICES} more values; --json has all", faint=True)
    elif slices:
        yield Heading("Where it went another way than elsewhere")
        yield _slices(found, slices, ("COLUMN", "VALUE"))
    first = [found.by] if found.by is not None else [each.column for each in slices]
    words = ("Broken", "Fixed") if found.kind == "labels" else ("Farther off", "Nearer")
    for word, rows, count in ((words[0], found.broken_rows, found.broken), (words[1], found.fixed_rows, found.fixed)):
        if rows:
            of = f", rows of {found.table}" if found.table else ""
            yield Heading(f"{word}: {len(rows)} of {count}{of}" if len(rows) < count else f"{word}: {count}{of}")
            yield from _examples(found, rows, first, cells)
    if not found.table and (found.fixed or found.broken):
        yield Paragraph("The table that holds their rows is not kept in the cache; INDEX counts them, or is their own.",
                        faint=True)  # fmt: skip
    if found.others:
        yield Paragraph(f"Also measured: {', '.join(found.others)}; --of NAME compares these.", faint=True)


def _summary(found: Compared) -> str:
    alone = f" {found.alone} of the later iteration are not in the earlier one." if found.alone else ""
    if found.kind == "labels":
        net = found.fixed - found.broken
        moved = f"{found.fixed} fixed, {found.broken} broken" + (f", {net:+d} in all" if net else "")
        return (
            f"{found.count} examples: {_share(found.before)} right before, {_share(found.after)} after. {moved}; "
            f"{found.changed} are predicted otherwise.{alone}"
        )
    return (
        f"{found.count} examples: off by {_number(found.before)} in the mean before, {_number(found.after)} after. "
        f"{found.fixed} are nearer, {found.broken} farther off.{alone}"
    )


def _share(value: float | None) -> str:
    return "?" if value is None else f"{value:.2%}"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.4g}"


def _word(true: str, was: str, now: str) -> str:
    return "fixed" if now == true else "broken" if was == true else "still wrong"


def _slices(found: Compared, slices: Sequence[Slice], names: tuple[str, ...]) -> Table:
    """A slice a row; the gain is in points of the share of right ones, or in the error's own unit."""
    labels = found.kind == "labels"
    words = ("FIXED", "BROKEN", "GAIN") if labels else ("NEARER", "FARTHER", "GAIN")
    rows = tuple(
        (*((each.column,) if "COLUMN" in names else ()), each.value, str(each.count), str(each.fixed), str(each.broken),
         f"{each.gain * 100:+.2f} points" if labels else f"{each.gain:+.4g}")
        for each in slices
    )  # fmt: skip
    at = len(names)
    return Table((*names, "EXAMPLES", *words), rows, right=(at, at + 1, at + 2, at + 3))


def _examples(
    found: Compared, rows: Sequence[Sequence[str]], first: Sequence[str], cells: int
) -> Iterator[Block]:  # fmt: skip
    """The rows with as many of their columns as fit, those in question first."""
    header = ["INDEX", "TRUTH", "BEFORE", "AFTER", *found.columns]
    order = [*range(4), *(4 + at for at in _ordered(found.columns, first))]
    shown = [[shorten(clean(row[at]), _LONGEST, "…") for at in order] for row in rows]
    head = [shorten(clean(header[at]), _LONGEST, "…") for at in order]
    widths = [max(cells_of(line[at]) for line in (head, *shown)) for at in range(len(order))]
    fits = next((n for n in range(len(order), 0, -1) if sum(widths[:n]) + 2 * (n - 1) <= max(cells, _NARROWEST)), 1)
    yield Table(tuple(head[:fits]), tuple(tuple(row[:fits]) for row in shown))
    if fits < len(order):
        left = ", ".join(header[at] for at in order[fits:])
        yield Paragraph(f"and {left}; --json and --html have all", faint=True)


def _ordered(columns: Sequence[str], first: Sequence[str]) -> list[int]:
    wanted = [columns.index(name) for name in dict.fromkeys(first) if name in columns]
    return [*wanted, *(at for at in range(len(columns)) if at not in wanted)]
