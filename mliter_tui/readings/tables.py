"""The readings of blocks of several lines: classification reports, confusion matrices, tables of pandas, dicts.

Each reader is given the lines and where it stands; it answers with what it read and how many lines that took, or None.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from mliter_tui.readings import naming
from mliter_tui.readings.lines import last_digit, printable, read_line
from mliter_tui.readings.reading import Reading

MOST_CELLS = 40
"""Of a table without a measure in it; larger ones are data that someone looked at."""
_MOST_ROWS = 60
_DEEPEST = 200
"""Lines that a dict or a matrix may take."""
_REAL = re.compile(r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan|inf)%?$", re.IGNORECASE)
_ROW = re.compile(r"[\s|]*(?P<name>.*?)[\s|]{2,}(?P<cells>[-+\d.].*)$")
_REPORT = ("precision", "recall", "f1-score", "support")
Read = tuple[list[Reading], int]


def report(lines: Sequence[str], at: int) -> Read | None:
    """scikit-learn's classification_report; its accuracy knows of how many it is a share."""
    if tuple(lines[at].split()) != _REPORT:
        return None
    found: list[Reading] = []
    end = at + 1
    for end in range(at + 1, min(len(lines), at + 1 + _MOST_ROWS)):
        cells = lines[end].split()
        if not cells:
            continue
        numbers = [cell for cell in cells[-4:] if _REAL.match(cell)]
        if cells[0] == "accuracy" and len(cells) == 3:
            found.append(Reading("accuracy", float(cells[1]), count=int(cells[2]), step=last_digit(cells[1]), line=end))
        elif len(numbers) == 4 and len(cells) > 4:
            name = " ".join(cells[:-4])
            name = f"class {name}" if name.replace(".", "").isdigit() else name
            found += [
                Reading(column, float(cell), name, step=last_digit(cell), line=end)
                for column, cell in zip(_REPORT[:3], cells[-4:])
            ]
        else:
            return (found, end - at) if found else None
    return (found, end + 1 - at) if found else None


def matrix(lines: Sequence[str], at: int) -> Read | None:
    """A square matrix of counts: what is on its diagonal was right."""
    before, bracket, rest = lines[at].partition("[[")
    if not bracket or any(c.isdigit() for c in before):
        return None
    text, end = rest, at + 1
    while "]]" not in text and end < min(len(lines), at + _DEEPEST):
        text += "\n" + lines[end]
        end += 1
    written = (row.strip(" \n,[]") for row in text.partition("]]")[0].split("]"))
    rows = [cells for row in written if (cells := [cell for cell in re.split(r"[\s,]+", row) if cell])]
    square = len(rows) > 1 and all(len(row) == len(rows) for row in rows)
    if not square or not all(cell.isdecimal() for row in rows for cell in row):
        return ([], end - at) if end > at + 1 or "]]" in text else None
    count = sum(int(cell) for row in rows for cell in row)
    right = sum(int(row[i]) for i, row in enumerate(rows))
    name = before.strip(" :=([") or "confusion matrix"
    found = [Reading("accuracy", right / count, name, count=count, step=1 / count, line=at)] if count else []
    return found, end - at


def table(lines: Sequence[str], at: int) -> Read | None:
    """A table as pandas prints it, or with bars between the columns; cells are named by column and row."""
    header = _columns(lines[at])
    if header is None:
        return None
    if len({name for name, _ in header}) < len(header) and at > 0:
        header = _grouped(header, lines[at - 1])
    found: list[Reading] = []
    end, above = at + 1, ""
    while end < len(lines) and end <= at + _MOST_ROWS:
        line = lines[end]
        if re.fullmatch(r"[\s|+:=\-]+", line) and line.strip():
            end += 1
            continue
        cells = _cells(line, header)
        if cells is None:
            named = end == at + 1 and line.strip() and not any(c.isdigit() for c in line) and line[:1].strip()
            if not named:  # pandas puts the names of the index on a line of their own
                break
            end += 1
            continue
        name, numbers = cells
        if line[:1] == " " and above and name and len(name.split()) < len(above.split()):
            name = " ".join([*above.split()[: len(above.split()) - len(name.split())], name])
        above = name or above
        found += [_cell(column, name, text, end) for column, text in numbers]
        end += 1
    if not found:
        return None
    if not any(each.measures for each in found) and len(found) > MOST_CELLS:
        found = []
    return found, end - at


def _columns(line: str) -> list[tuple[str, int]] | None:
    """Names of columns and where each ends, if the line can be the head of a table."""
    if ":" in line or "=" in line or not line.strip() or len(line) > 400:
        return None
    bare = line.replace("|", " ")
    columns = [(m[0], m.end()) for m in re.finditer(r"\S+(?: (?=\S)\S+)*?(?=\s|$)", bare)]
    if not columns or any(_REAL.match(name) for name, _ in columns) or not any(c.isalpha() for c in bare):
        return None
    return columns


def _grouped(header: list[tuple[str, int]], above: str) -> list[tuple[str, int]]:
    """Columns of one name, told apart by the group that the line above names."""
    groups = [(m.start(), m[0]) for m in re.finditer(r"\S+", above)]
    if not groups or any(_REAL.match(name) for _, name in groups):
        return header
    found = []
    for name, end in header:
        group = [label for start, label in groups if start < end]
        found.append((f"{group[-1]} {name}" if group else name, end))
    return found


def _cells(line: str, header: list[tuple[str, int]]) -> tuple[str, list[tuple[str, str]]] | None:
    """(name of the row, [(column, number)]) where the row's numbers stand under the header's columns."""
    bare = line.replace("|", " ")
    tokens = [(m[0], m.start(), m.end()) for m in re.finditer(r"\S+", bare)]
    ends = {end: name for name, end in header}
    barred = "|" in line
    starts = {end - len(name): name for name, end in header} if barred else {}
    numbers = []
    first = len(bare)
    for text, start, end in tokens:
        column = ends.get(end) or starts.get(start)
        if column is not None and _REAL.match(text):
            numbers.append((column, text))
            first = min(first, start)
    words = [text for text, start, _ in tokens if start < first or not _REAL.match(text)]
    if not numbers or len(numbers) + len(words) > len(header) + 4:
        return None
    if sum(1 for text, start, _ in tokens if start >= first and _REAL.match(text)) != len(numbers):
        return None
    return " ".join(words[1:] if len(words) > 1 and words[0].isdigit() else words), numbers


def _cell(column: str, row: str, text: str, line: int) -> Reading:
    name, subject = column, row
    if naming.measures(row) and not naming.measures(column):
        name, subject = row, column
    value = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    return Reading(name, value, subject, step=last_digit(text), percent=text.endswith("%"), line=line)


def series(lines: Sequence[str], at: int) -> Read | None:
    """A pandas Series: names and numbers, up to the line that tells its name and type."""
    end = next((i for i in range(at, min(len(lines), at + _MOST_ROWS)) if "dtype: " in lines[i]), None)
    if end is None:
        return None
    rows = [_ROW.match(line) for line in lines[at:end]]
    if not rows or not all(rows):
        return None
    told = re.search(r"Name: (.*?)(?:, Length: \d+)?, dtype: ", lines[end])
    title = told[1] if told is not None and not told[1].isdigit() else ""
    found = []
    for number, row in enumerate(rows):
        assert row is not None
        if not _REAL.match(row["cells"].strip()):
            return None
        name, subject = row["name"].strip(), title
        if title and not naming.measures(name):
            name, subject = title, name
        text = row["cells"].strip()
        found.append(Reading(name, float(text.rstrip("%")), subject, step=last_digit(text), line=at + number))
    keep = len(found) <= MOST_CELLS or any(each.measures for each in found)
    return (found if keep else []), end + 1 - at


def mapping(lines: Sequence[str], at: int) -> Read | None:
    """A dict or JSON object, over as many lines as it takes; what is nested is named by its way."""
    start = lines[at].find("{")
    if start < 0:
        return None
    pieces, end = [lines[at][start:]], at + 1
    depth = pieces[0].count("{") - pieces[0].count("}")
    while depth > 0 and end < min(len(lines), at + _DEEPEST):
        pieces.append(lines[end])
        depth += lines[end].count("{") - lines[end].count("}")
        end += 1
    if depth > 0:
        return None
    text = "\n".join(pieces)
    close = _closing(text)
    data = _parsed(text[: close + 1]) if close is not None else None
    if not isinstance(data, dict) or not data:
        return None
    before = lines[at][:start].strip(" :=-\t")
    at_of_all: tuple[tuple[str, str], ...] = ()
    found = list(_flat(data, before, at))
    passes = [each for each in found if naming.is_pass(each.name)]
    if passes and any(each.measures for each in found):
        at_of_all = tuple((each.name.lower(), f"{each.value:g}") for each in passes)
    found = [
        Reading(e.name, e.value, e.subject, at_of_all, e.folds, step=e.step, line=at)
        for e in found if e not in passes and not naming.is_time(e.name)
    ]  # fmt: skip
    if before and not any(each.measures for each in found):
        found = []  # parameters that were chosen, say; what stands behind them is read with the words before
    rest = text[close + 1 :] if close is not None else ""
    found += read_line(f"{before} {rest}".strip(), at) if rest.strip() else []
    return found, end - at


def _closing(text: str) -> int | None:
    depth = 0
    for at, c in enumerate(text):
        depth += (c == "{") - (c == "}")
        if depth == 0:
            return at
    return None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def _flat(data: dict[Any, Any], subject: str, line: int) -> Iterator[Reading]:
    for key, value in list(data.items())[:200]:
        name = " ".join(printable(str(key)).split())[:60]
        if not name:
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{subject} {name}".strip(), line)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield Reading(name, float(value), subject, step=last_digit(repr(value)), line=line)
        elif isinstance(value, list | tuple) and len(value) > 1 and all(type(v) in (int, float) for v in value):
            folds = tuple(float(v) for v in value)
            mean = math.fsum(folds) / len(folds)
            yield Reading(name, mean, subject, folds=folds, step=last_digit(repr(value[0])), line=line)
