"""Parameters of several iterations side by side: each is a row, with its value in every one.

A parameter keeps its row where the source around it changes: calls of one name, and assignments to it, are matched from
one iteration to the next, equal ones first and then in order. So a row is of one call, and not of the second of its
name, whatever stood before it.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from mliter_tui.history.parameters import Given, given, shown
from mliter_tui.lean import dataclass

NOT_GIVEN = ""
"""The value of an argument that a call does not pass: its default, whatever that is."""


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter in several iterations. values: as in the source, NOT_GIVEN, or None where there is no such call
    or name. line: where it stands in the last iteration that has it.
    """

    name: str
    values: tuple[str | None, ...]
    line: int

    @property
    def differs(self) -> bool:
        """Whether it is not the same in all of them."""
        return len(set(self.values)) > 1

    @property
    def changed(self) -> bool:
        """Whether it has several values, and does not only come and go with its statement."""
        return len(set(self.values) - {None}) > 1


Identity = tuple[str, int]
"""A call or an assigned name: what it is called, and a number of its own among those."""


class _Course:
    """One source (the script, or a module of its own) from iteration to iteration."""

    def __init__(self, prefix: str, count: int) -> None:
        self.prefix, self._count = prefix, count
        self.rows: dict[tuple[Identity | None, str], list[str | None]] = {}
        self.lines: dict[tuple[Identity | None, str], int] = {}
        self._there: dict[str, list[Identity]] = {}  # of the last version: what each occurrence of a name is
        self._last: Given | None = None
        self._made: dict[str, int] = {}
        self._calls: dict[Identity, set[int]] = {}

    def take(self, at: int, source: str) -> None:
        """The source in the iteration at this place; they come in order."""
        now = _given(source)
        if now is None:
            return
        if now is not self._last:
            self._there = {name: self._named(name, nodes) for name, nodes in now.nodes.items()}
            self._last = now
        for key, (value, line) in now.values.items():
            place = self._place(key)
            self.rows.setdefault(place, [None] * self._count)[at] = value
            self.lines[place] = line
        for call in now.calls:
            identity, _ = self._place(call)
            if identity is not None:
                self._calls.setdefault(identity, set()).add(at)

    def _place(self, key: str) -> tuple[Identity | None, str]:
        name, mark, rest = key.partition("\0")
        if not mark:
            return None, key
        digits = len(rest) - len(rest.lstrip("0123456789"))
        return self._there[name][int(rest[:digits]) - 1], rest[digits:]

    def _named(self, name: str, nodes: Sequence[ast.expr]) -> list[Identity]:
        """Which of the last version's each one is; new ones get a number of their own."""
        before = self._there.get(name, [])
        was = self._last.nodes.get(name, []) if self._last is not None and before else []
        if len(was) == len(nodes):
            return list(before)
        found: list[Identity | None] = [None] * len(nodes)
        texts = [ast.unparse(node) for node in was], [ast.unparse(node) for node in nodes]
        for _, i, i_end, j, j_end in difflib.SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
            for k in range(min(i_end - i, j_end - j)):
                found[j + k] = before[i + k]
        return [each if each is not None else self._new(name) for each in found]

    def _new(self, name: str) -> Identity:
        self._made[name] = self._made.get(name, 0) + 1
        return name, self._made[name]

    def told(self) -> Iterable[Row]:
        """All rows; those of one name have a number behind it where they are several."""
        counts: dict[str, int] = {}
        for (identity, suffix), values in self.rows.items():
            calls = self._calls.get(identity, set()) if identity is not None else set()
            if suffix.endswith(")"):
                values = [NOT_GIVEN if v is None and at in calls else v for at, v in enumerate(values)]
            name = shown(identity[0] + suffix if identity is not None else suffix)
            counts[name] = counts.get(name, 0) + 1
            number = f" #{counts[name]}" if counts[name] > 1 else ""
            yield Row(f"{self.prefix}{name}{number}", tuple(values), self.lines[identity, suffix])


@lru_cache(maxsize=64)  # the iterations of a script go to and fro between few texts
def _given(source: str) -> Given | None:
    try:
        return given(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def rows_of(versions: Sequence[Mapping[str, str] | None]) -> list[Row]:
    """Parameters of several versions, each its texts by name: "" for the script, else a module. In order of the source.

    A version that is not known (None) has none.
    """
    names = dict.fromkeys(name for version in versions for name in version or ())
    found: list[Row] = []
    for name in sorted(names, key=lambda name: (name != "", name)):
        course = _Course(f"{name}: " if name else "", len(versions))
        for at, version in enumerate(versions):
            if version is not None and name in version:
                course.take(at, version[name])
        found += sorted(course.told(), key=lambda row: row.line)
    return found
