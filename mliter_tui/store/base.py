"""What all parts of the store work on: the catalog, the objects, the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .catalog import Catalog
from .objects import Objects
from .seal import Sealer

__all__ = ["StoreBase"]


class StoreBase:
    """The fields of a store. `budget` is in bytes of objects; `notes` are sentences for the user."""

    def __init__(self, folder: Path, key: bytes, catalog: Catalog, objects: Objects, budget: int, kept: bool) -> None:
        self.folder = folder
        self.key = key
        self.budget = budget
        self.notes = catalog.notes
        self._catalog = catalog
        self._objects = objects
        self._seal = Sealer(key)
        self._kept = kept

    @property
    def writable(self) -> bool:
        """Whether what is added now will be there for the next run."""
        return self._kept and self._catalog.writable

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All catalog writes of the block, or none of them when it raises."""
        with self._catalog.transaction():
            yield

    def commit(self) -> None:
        """Make the writes so far last."""
        self._catalog.flush()
