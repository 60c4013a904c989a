"""A reading: one named number that a text holds."""

from __future__ import annotations

from mliter_tui.lean import dataclass
from mliter_tui.readings import naming


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` of percentages is the share (91.2% is 0.912), of a list its mean.

    subject: what it is of, where the text says so: "random forest, held out", the row of a table. at: numbers that
    stand before it and tell it from others of its kind: (("k", "10"),). folds: the list. spread: what is printed behind
    ± or as std. count: of how many it is a share. step: what the last digit is worth. line: in the text, from 0.
    """

    name: str
    value: float
    subject: str = ""
    at: tuple[tuple[str, str], ...] = ()
    folds: tuple[float, ...] = ()
    spread: float | None = None
    count: int | None = None
    percent: bool = False
    step: float = 0.0
    line: int = 0

    @property
    def measures(self) -> bool:
        """Whether it says how good a model is; names of others say nothing of that."""
        return naming.measures(self.name) or naming.measures(self.subject)

    @property
    def title(self) -> str:
        """Its name with what it is of."""
        return f"{self.subject}: {self.name}" if self.subject else self.name
