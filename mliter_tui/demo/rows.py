"""What each edit of a played series took, under mliter and under plain Python: a table, and the same as JSON."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from mliter_tui import __version__
from mliter_tui.lean import dataclass
from mliter_tui.wording import one_line, seconds_text

_BAR = 24
_PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Row:
    """One edit. seconds: from its save to the end of its run; python: of the whole process, None where it was not run.

    status: that of the iteration. wrong: what was other than under Python; None where that was not compared.
    """

    number: int
    what: str
    kind: str
    letter: str
    seconds: float
    computed: int
    loaded: int
    pruned: int
    status: str
    python: float | None = None
    wrong: tuple[str, ...] | None = None

    @property
    def verdict(self) -> str:
        if self.status != "ok":
            return self.status
        if self.wrong is None:
            return "-"
        return "differs: " + ", ".join(self.wrong) if self.wrong else "same"


@dataclass
class Rows:
    """The rows of a series, in order; notes are sentences to stand below them."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.rows.append(row)

    def compare(self, number: int, seconds: float, wrong: list[str] | None) -> None:
        """Plain Python has run that version."""
        found = None if wrong is None else tuple(wrong)
        self.rows = [replace(row, python=seconds, wrong=found) if row.number == number else row for row in self.rows]

    @property
    def last(self) -> Row | None:
        return self.rows[-1] if self.rows else None

    @property
    def right(self) -> bool:
        """Nothing that was compared was other than under Python."""
        return not any(row.wrong for row in self.rows)

    def both(self) -> tuple[float, float]:
        """Seconds of all rows that both have run."""
        rows = [row for row in self.rows if row.python is not None and row.status == "ok"]
        return sum(row.seconds for row in rows), sum(row.python or 0.0 for row in rows)

    def in_short(self) -> str:
        """The sum in one phrase."""
        mine, python = self.both()
        if not python:
            return f"{len(self.rows)} runs, {seconds_text(sum(row.seconds for row in self.rows))} with mliter"
        times = f"{python / mine:.1f} times as long"
        return f"{seconds_text(mine)} with mliter, {seconds_text(python)} with python: {times}"

    def lines(self, width: int = 80, ascii: bool = False) -> list[str]:
        """The table, at most so many columns wide."""
        longest = max([row.seconds for row in self.rows] + [row.python or 0.0 for row in self.rows], default=1.0)
        what = max(len(self.title), *(len(row.what) for row in self.rows)) if self.rows else len(self.title)
        what = max(16, min(what, width - 44))
        bar = min(_BAR, width - what - 40)
        found = [self._head(what)]
        for row in self.rows:
            line = f"{row.number:3}  {one_line(row.what, what):<{what}} {seconds_text(row.seconds):>7}  "
            line += f"{seconds_text(row.python) if row.python is not None else '-':>7}  {_times(row):>6}  {row.verdict}"
            if bar >= 8 and row.python is not None and not row.wrong:
                line = f"{line:<{what + 39}}{_bar(row, longest, bar, ascii)}"
            found.append(line.rstrip())
        mine, python = self.both()
        if python:
            ratio = f"{python / mine:.1f}x" if mine else ""
            found.append(f"{'':3}  {'together':<{what}} {seconds_text(mine):>7}  {seconds_text(python):>7}  {ratio:>6}")
        found = [line.replace("…", "~") for line in found] if ascii else found
        return [*found, "", *self._words(width)]

    def _head(self, what: int) -> str:
        return f"{'':3}  {one_line(self.title, what):<{what}} {'mliter':>7}  {'python':>7}  {'':>6}  output"

    def _words(self, width: int) -> Iterator[str]:
        import textwrap

        text = "mliter: from the save to the end of the run."
        if any(row.python is not None for row in self.rows):
            text += " python: `python train.py` with the same files, run on this machine right after it;"
            text += " same means that output, exit status and all files written are equal byte for byte."
        for each in (text, *self.notes):
            yield from textwrap.wrap(each, min(width, 100))

    def to_json(self) -> dict[str, Any]:
        """All of it, with machine, versions and date."""
        mine, python = self.both()
        rows = [{**asdict(row), "verdict": row.verdict} for row in self.rows]
        return {
            "series": self.name, "title": self.title, "rows": rows, "seconds": mine, "python_seconds": python,
            "right": self.right, "notes": self.notes, **surroundings(),
        }  # fmt: skip


def surroundings() -> dict[str, Any]:
    """Machine, versions and date of a measurement."""
    import os

    packages = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "mliter": __version__, "python": platform.python_version(), "packages": packages,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }  # fmt: skip


def _times(row: Row) -> str:
    if row.python is None or not row.seconds or row.status != "ok":
        return ""
    times = row.python / row.seconds
    return f"{times:.0f}x" if times >= 9.95 else f"{times:.1f}x"


def _bar(row: Row, longest: float, width: int, ascii: bool) -> str:
    """The two times as one bar: mliter's part full, what python took beyond it light."""
    full, light = ("#", ".") if ascii else ("█", "░")
    mine = max(1, round(width * row.seconds / longest))
    python = round(width * (row.python or 0.0) / longest)
    return full * mine + light * max(0, python - mine)
