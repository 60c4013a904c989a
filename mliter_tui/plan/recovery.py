"""What it would take to have a value again: by computing what is not kept, from what is.

Each node's seconds count once, however many ways lead to it. A value that is kept costs its load, and what made it
nothing. Sets of nodes are integers, a bit per node in program order.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import compress

from mliter_tui.lean import dataclass


@dataclass(frozen=True, slots=True)
class _Way:
    """How a version came to be. everything: all nodes on the way; missing: those to run again; kept: what to load."""

    everything: int = 0
    missing: int = 0
    kept: frozenset[str] = frozenset()


_GIVEN = _Way()


class Recovery:
    """The ways to all versions of one run, told node by node. Versions are any strings; seconds are floats."""

    def __init__(self) -> None:
        self._ways: dict[str, _Way] = {}
        self._seconds: list[float] = []
        self._load: dict[str, float] = {}
        self._imports = 0

    def made(self, outputs: Iterable[str], inputs: Iterable[str], seconds: float, is_import: bool) -> None:
        """A node made these versions out of those, in so many seconds."""
        bit = 1 << len(self._seconds)
        self._seconds.append(seconds)
        if is_import:
            self._imports |= bit
        everything, missing, kept = bit, bit, set[str]()
        for version in inputs:
            way = self._ways.get(version, _GIVEN)
            everything |= way.everything
            missing |= way.missing
            kept |= way.kept
        way = _Way(everything, missing, frozenset(kept))
        for version in outputs:
            self._ways[version] = way

    def kept(self, version: str, load_seconds: float) -> None:
        """The version can be loaded."""
        way = self._ways.get(version, _GIVEN)
        self._load[version] = load_seconds
        self._ways[version] = _Way(way.everything, 0, frozenset((version,)))

    def seconds(self, version: str, imports: bool) -> tuple[float, float]:
        """(with what is kept, with nothing); `imports`: whether those count, as having the value needs none itself."""
        way = self._ways.get(version, _GIVEN)
        left_out = 0 if imports else self._imports
        loads = sum(self._load[v] for v in way.kept)
        return self._sum(way.missing & ~left_out) + loads, self._sum(way.everything & ~left_out)

    def _sum(self, nodes: int) -> float:
        return sum(compress(self._seconds, map("1".__eq__, reversed(f"{nodes:b}"))))
