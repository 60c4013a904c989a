"""What one node was seen to do: files, folders, environment, the outside world (rules R2, R8)."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import field, fields
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.lean import dataclass

LOCAL = frozenset({"an open file", "atexit.register", "threads", "__del__"})
"""What a node does to its own process only: in a fresh process it is done again, and that does no harm."""

STDIN = "standard input"
Stat = tuple[int, int, int, int]  # inode, size, mtime_ns, ctime_ns


def stat_of(path: str) -> Stat | None:
    """By what a file's state is known for the time a node runs; None where there is none."""
    try:
        s = os.stat(path)
    except OSError:
        return None
    return s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns


@dataclass
class Observed:
    """What one node was seen to do."""

    reads: dict[str, tuple[str, Stat | None]] = field(default_factory=dict)  # absolute path -> (as given, stat)
    read_hashes: dict[str, str] = field(default_factory=dict)  # content before the node itself overwrote it
    writes: set[str] = field(default_factory=set)
    logged: set[str] = field(default_factory=set)  # those of `reads` that only a log was opened to be added to
    loading: set[str] = field(default_factory=set)  # those of `reads` that were read while something was imported
    before: dict[str, bytes | None] = field(default_factory=dict)  # content ahead of the run's first write
    made: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)  # of modules imported from outside the libraries
    exists: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)  # paths of `exists` and `stats` that the user's own code asked for
    stats: dict[str, str] = field(default_factory=dict)
    listings: dict[tuple[str, str], str] = field(default_factory=dict)  # (question, folder) -> answer
    terminals: dict[str, str] = field(default_factory=dict)  # descriptors of which it was asked whether they are one
    environment: dict[str, str] = field(default_factory=dict)
    environment_written: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    arguments: bool = False
    folder: bool = False
    relative: bool = False
    moved: bool = False
    forked: bool = False

    def plain(self) -> dict[str, Any]:
        """As it is told to the coordinator."""
        return {name: sorted(each) if isinstance(each, set) else each for name, each in vars(self).items()}


def lineage_of(lineage: str, seen: Observed) -> str:
    """The lineage of what a node makes, with all it observed; never the same again where the outside had a part."""
    known = (
        sorted((p, v) for p, v in seen.reads.items() if p not in seen.logged),
        sorted((p, v) for p, v in seen.read_hashes.items() if p not in seen.logged), sorted(seen.exists.items()),
        sorted(seen.stats.items()), sorted(seen.listings.items()), sorted(seen.environment.items()),
        sorted(seen.terminals.items()), list.copy(sys.argv) if seen.arguments else [],
        os.getcwd() if seen.folder else "",
        time.time_ns() if seen.outside - LOCAL or "threads" in seen.outside else 0,
    )  # fmt: skip
    return xxh3_128_hexdigest((lineage + repr(known)).encode("utf-8", "surrogatepass"))


def absorb(into: Observed, later: Observed) -> None:
    """Add what was observed behind it; where both looked, the first look counts."""
    for f in fields(Observed):
        mine, theirs = getattr(into, f.name), getattr(later, f.name)
        if isinstance(mine, dict):
            mine.update({key: value for key, value in theirs.items() if key not in mine})
        elif isinstance(mine, set):
            mine |= theirs
        else:
            setattr(into, f.name, mine or theirs)
