"""What of a store decides about values: which are kept, what they take, and whether one more fits.

`Store` is one, and so is `Paper`, a store without bytes: what plans and keeps on the one does so on the other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from .records import Artifact

__all__ = ["Shelf"]


class Shelf(Protocol):
    """The methods are those of `Store`. budget: bytes."""

    budget: int

    def artifact(self, fp: str) -> Artifact | None: ...

    def load_seconds(self) -> dict[str, float]: ...

    def used_bytes(self) -> int: ...

    def meta(self, name: str) -> Any: ...

    def set_meta(self, name: str, value: Any) -> None: ...

    def add_artifact(
        self,
        fp: str,
        manifest: dict[str, Any],
        *,
        load_seconds: float,
        compute_seconds: float,
        label: str,
        keep: Collection[str] = (),
    ) -> bool: ...
