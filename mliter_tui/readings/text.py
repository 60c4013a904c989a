"""The readings of a whole text: blocks where there are some, else line by line."""

from __future__ import annotations

import re
from dataclasses import replace

from mliter_tui.readings import naming
from mliter_tui.readings.lines import plain, read_line
from mliter_tui.readings.reading import Reading
from mliter_tui.readings.tables import mapping, matrix, report, series, table

MOST_LINES = 20_000
"""Lines that are read: the first and the last of a text that has more."""
LONGEST_NAME = 60
_READERS = (report, matrix, mapping, series, table)
_WARNING = re.compile(r"\b\w*Warning: |^\s+warnings\.warn\(|^Traceback ")
_EPOCH = re.compile(r"^\s*(epoch|fold|step|round|iteration)\s*[:#]?\s*(\d+)\s*(?:/\s*\d+)?\s*[-:=]*\s*$", re.IGNORECASE)


def read_text(text: str) -> list[Reading]:
    """All readings, in the order they stand in."""
    lines = [plain(line) for line in text.split("\n")]
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines[half:-half] = [""] * (len(lines) - 2 * half)
    found: list[Reading] = []
    inside: tuple[tuple[str, str], ...] = ()
    at = 0
    while at < len(lines):
        if _WARNING.search(lines[at]):  # and what it goes on with
            at += 1
            while at < len(lines) and lines[at][:1] == " ":
                at += 1
            continue
        begun = _EPOCH.match(lines[at])
        if begun is not None:
            inside = ((begun[1].lower(), begun[2]),)
            at += 1
            continue
        readings, taken = _read(lines, at)
        for each in readings:
            outer = inside if not any(naming.is_pass(n) or naming.is_repeat(n) for n, _ in each.at) else ()
            name, subject = (" ".join(text.split())[:LONGEST_NAME] for text in (each.name, each.subject))
            if name:
                found.append(replace(each, name=name, subject=subject, at=(*outer, *each.at)))
        at += taken
    return found


def _read(lines: list[str], at: int) -> tuple[list[Reading], int]:
    if not lines[at].strip() or re.match(r"\[\d+ rows x \d+ columns\]|.*\bdtype: ", lines[at]):
        return [], 1
    for reader in _READERS:
        read = reader(lines, at)
        if read is not None:
            return read
    return read_line(lines[at], at), 1
