"""What the store hands out: frozen records, without behaviour."""

from __future__ import annotations

from typing import Any

from mliter_tui.lean import dataclass

__all__ = ["Artifact", "CheckReport", "Evicted", "GcReport", "Kept"]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A kept value: where its bytes are, and the numbers by which it is kept or evicted.

    `compute_seconds` is cumulative (the value's own and all its ancestors'). Times are seconds since the epoch.
    `nbytes` counts each of its objects once, shared with other artifacts or not.
    """

    fp: str
    manifest: dict[str, Any]
    nbytes: int
    load_seconds: float
    compute_seconds: float
    pinned: bool
    created: float
    used: float
    uses: int
    label: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The numbers of an artifact, as the catalog has them: not looked at whether its objects are in place."""

    nbytes: int
    load_seconds: float
    compute_seconds: float
    pinned: bool


@dataclass(frozen=True, slots=True)
class Evicted:
    """When an artifact left the store, and who removed it: `user`, `budget`, `damaged`, or a newcomer's name."""

    when: float
    by: str


@dataclass(frozen=True, slots=True)
class GcReport:
    """What a collection removed."""

    objects: int = 0
    bytes: int = 0
    traces: int = 0
    other_rows: int = 0
    temporary_files: int = 0


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check looked at and what it dropped; `damaged` has one line for each thing found wrong."""

    artifacts: int = 0
    objects: int = 0
    bytes: int = 0
    full: bool = False
    damaged: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True when nothing was wrong."""
        return not self.damaged
