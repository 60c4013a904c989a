"""The lines of a source diff for a narrow pane: where a line is longer, the part that changed is what is seen of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from mliter_tui.render.cells import shorten
from mliter_tui.render.cells import width as cells
from mliter_tui.render.spans import Span
from mliter_tui.wording import indented

AFTER = 12
"""Cells of the unchanged part that stay in sight after the changed one; what room there is beside is for the start."""


def diff_lines(diff: str, width: int) -> Iterator[list[Span]]:
    """Each line of a diff in at most `width` cells, what differs between a line taken out and the one put in bright."""
    removed: list[str] = []
    added: list[str] = []
    for line in [*diff.splitlines(), " "]:
        sign, text = line[:1], indented(line[1:]).strip()
        if sign == "-" and not added:
            removed.append(text)
        elif sign == "+":
            added.append(text)
        else:
            yield from _pairs(removed, added, width)
            removed, added = ([text], []) if sign == "-" else ([], [])
            if sign != "-" and text:
                yield [Span(shorten(f"  {text}", width, "…"), "dim")]


def _pairs(removed: list[str], added: list[str], width: int) -> Iterator[list[Span]]:
    pairs = list(zip_longest(removed, added))
    rows = [(_row("-", old, new, width), _row("+", new, old, width)) for old, new in pairs]
    for before, _ in rows:
        if before:
            yield before
    for _, after in rows:
        if after:
            yield after


def _row(sign: str, text: str | None, other: str | None, width: int) -> list[Span]:
    """One line, the part that the other one does not have in bold."""
    if text is None:
        return []
    style = "removed" if sign == "-" else "added"
    start = end = 0
    if other is not None:
        shortest = min(len(text), len(other))
        while start < shortest and text[start] == other[start]:
            start += 1
        while end < shortest - start and text[-1 - end] == other[-1 - end]:
            end += 1
        # whole words and numbers: 80 → 180 is not a 1 that was put in
        while start > 0 and text[start - 1 : start].isalnum():
            start -= 1
        while end > 0 and text[len(text) - end].isalnum():
            end -= 1
    head, middle, rest = text[:start], text[start : len(text) - end], text[len(text) - end :]
    room = width - 2
    if cells(text) > room and other is not None:
        kept = max(0, room - cells(middle) - min(cells(rest), AFTER) - 1)
        if len(head) > kept:
            head = "…" + head[len(head) - kept :]
    middle = shorten(middle, max(1, room - cells(head)), "…")
    rest = shorten(rest, max(0, room - cells(head) - cells(middle)), "…")
    return [Span(f"{sign} ", style), Span(head, style), Span(middle, f"{style}_part"), Span(rest, style)]
