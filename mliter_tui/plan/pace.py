"""How many times its estimate the writing of a value takes here: learnt, as disks and processors differ.

What computing takes is measured, so what is weighed against it must be of the same machine. The factor is what writes
took over what they were estimated at, all taken together, with a little weight on 1; the last second or so of estimates
counts, and half of it is forgotten with each iteration, so that a moment in which the machine was busy passes.
"""

from __future__ import annotations

from typing import Any

from mliter_tui.lean import dataclass

LEAST, MOST = 0.25, 16.0
"""What the factor is kept within, whatever was measured."""
_DOUBT = 0.02  # seconds of estimates that say 1
_WINDOW = 1.0  # seconds of estimates that are remembered


@dataclass(slots=True)
class Pace:
    """Seconds that were estimated, and that it took, as far as they are remembered."""

    estimated: float = 0.0
    took: float = 0.0

    @property
    def factor(self) -> float:
        return min(MOST, max(LEAST, (self.took + _DOUBT) / (self.estimated + _DOUBT)))

    def learn(self, estimated: float, took: float) -> None:
        """Something was written."""
        self.estimated, self.took = self.estimated + estimated, self.took + took
        if self.estimated > _WINDOW:
            self.took *= _WINDOW / self.estimated
            self.estimated = _WINDOW

    def fade(self) -> None:
        """An iteration that may write begins."""
        self.estimated, self.took = self.estimated / 2, self.took / 2

    def to_json(self) -> list[float]:
        return [self.estimated, self.took]

    @classmethod
    def from_json(cls, kept: Any) -> Pace:
        """What `to_json` gave; one that knows nothing where that cannot be read."""
        if isinstance(kept, list) and len(kept) == 2 and all(isinstance(n, float) and n >= 0 for n in kept):
            return cls(*kept)
        return cls()
