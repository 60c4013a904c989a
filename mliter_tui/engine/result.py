"""What came of an iteration."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from mliter_tui.engine.environment import Environment
from mliter_tui.lean import dataclass


@dataclass
class Result:
    """What came of an iteration. `status`: ok, failed or cancelled."""

    exit_status: int = 0
    status: Literal["ok", "failed", "cancelled"] = "ok"
    computed: int = 0
    loaded: int = 0
    pruned: int = 0
    seconds: float = 0.0
    saved_seconds: float = 0.0
    compute_seconds: float = 0.0
    load_seconds: float = 0.0
    environment: Environment = field(default_factory=Environment)
    took: dict[int, float] = field(default_factory=dict)  # what each node takes to compute
    reading: dict[int, float] = field(default_factory=dict)  # and then to read what it may have changed
    finals: dict[str, Any] | None = None

    @property
    def skipped(self) -> int:
        return self.loaded + self.pruned


class Restart(Exception):
    """Something needed cannot be had in this kernel any more; begin again with it forced."""


class Stopped(Exception):
    """The user wants no more of this iteration."""
