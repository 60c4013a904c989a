"""A store on paper: what would be kept and what would leave, by the budget's own rules, without a byte on disk.

A manifest has the size of its value, {"nbytes": ...}, and no more. Each value stands for itself: buffers that several
have in common, which the store keeps once, count for each. Time is what `now` is set to, in seconds since the epoch.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from .budget import Held, choose_victims, worth
from .records import Artifact

__all__ = ["Paper"]


class Paper:
    """Artifacts by fingerprint. evictions: how many have left; most: the most bytes there were at once."""

    def __init__(self, budget: int) -> None:
        self.budget, self.now = budget, 0.0
        self.evictions = self.most = 0
        self._used = 0
        self._kept: dict[str, Artifact] = {}
        self._loaded: set[str] = set()
        self._metas: dict[str, Any] = {}

    def artifact(self, fp: str) -> Artifact | None:
        """The artifact, if it is kept."""
        return self._kept.get(fp)

    def meta(self, name: str) -> Any:
        """A small named value; None when it was never set."""
        return self._metas.get(name)

    def set_meta(self, name: str, value: Any) -> None:
        self._metas[name] = value

    def load_seconds(self) -> dict[str, float]:
        """What loading each takes, as far as is known by now."""
        return {fp: kept.load_seconds for fp, kept in self._kept.items()}

    def used_bytes(self) -> int:
        return self._used

    def add_artifact(
        self,
        fp: str,
        manifest: dict[str, Any],
        *,
        load_seconds: float,
        compute_seconds: float,
        label: str,
        keep: Collection[str] = (),
    ) -> bool:
        """Keep a value, and make room for it as the store does; False when it does not fit."""
        nbytes = int(manifest["nbytes"])
        need = self._used + nbytes - self.budget
        if need > 0:
            benefit = max(0.0, compute_seconds - load_seconds)
            density = benefit / nbytes if nbytes else math.inf
            victims = choose_victims(self._held(frozenset(keep)), need, density, benefit)
            if victims is None:
                return False
            for name in victims:
                self._used -= self._kept.pop(name).nbytes
                self._loaded.discard(name)
            self.evictions += len(victims)
        self._kept[fp] = Artifact(
            fp, manifest, nbytes, load_seconds, compute_seconds, False, self.now, self.now, 0, label
        )
        self._used += nbytes
        self.most = max(self.most, self._used)
        return True

    def _held(self, keep: frozenset[str]) -> list[Held]:
        return [
            Held(fp, ((fp, a.nbytes),), worth(a.compute_seconds - a.load_seconds, a.used, self.now), fp in keep)
            for fp, a in self._kept.items()
        ]

    def touch(self, fps: Iterable[str]) -> None:
        """These values were used now."""
        for fp in fps:
            kept = self._kept[fp]
            self._kept[fp] = replace(kept, used=self.now, uses=kept.uses + 1)

    def measured_load(self, fp: str, seconds: float) -> None:
        """Learn from a load: the first replaces the estimate, later ones are averaged in."""
        kept = self._kept[fp]
        load = (kept.load_seconds + seconds) / 2 if fp in self._loaded else seconds
        self._loaded.add(fp)
        self._kept[fp] = replace(kept, load_seconds=load)
