"""The store of one project: opened, used by one engine at a time or by several, closed.

    Store
      Collection   gc, check
        Journal    traces, iterations, costs, accepted changes, named values
          Pieces     what tells of iterations, for good
        Asides     eviction that can be undone
          Blobs      recorded output, files and their hashes
            Artifacts   kept values and the budget

A store that cannot be written works in memory: what is added is found again by this process, and `writable` is False.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from .catalog import Catalog, open_catalog
from .collect import Collection
from .errors import StoreError
from .folder import FolderLock, default_budget, prepare
from .key import KEY_BYTES, user_key
from .objects import FileObjects, MemoryObjects
from .schema import Trouble, connect

__all__ = ["Store"]

MEMORY_BUDGET = 10 * 1000**3


class Store(Collection):
    """An open store. Not to be carried over a fork: the new process opens its own."""

    _lock: FolderLock | None = None

    @classmethod
    def open(cls, folder: Path, budget: int | None = None) -> Store:
        """The store in `folder`, made when it is not there.

        StoreError for a folder of another key or with other things in it, for a newer schema, for a budget that is
        not above 0. All else that is wrong becomes a note, and at worst a store in memory.
        """
        if budget is not None and budget <= 0:
            raise StoreError("The budget of the store must be above 0 bytes; give one such as --budget 2GB.")
        folder = Path(folder).absolute()
        notes: list[str] = []
        lock = None
        try:
            key = user_key()
            prepare(folder, key, notes)
            lock = FolderLock(folder)
            lock.share()
            catalog = open_catalog(folder, lock, notes)
        except (OSError, RuntimeError, *Trouble) as error:
            # RuntimeError: the user has no home folder.
            if lock is not None:
                lock.close()
            return cls._in_memory(folder, budget, notes, error)
        except BaseException:
            if lock is not None:
                lock.close()
            raise
        store = cls(folder, key, catalog, FileObjects(folder / "objects"), budget or 1, kept=True)
        store._lock = lock
        store._begin(budget)
        return store

    @classmethod
    def _in_memory(cls, folder: Path, budget: int | None, notes: list[str], error: Exception) -> Store:
        notes.append(f"The store {folder} cannot be used ({error}); this run keeps nothing for later ones.")
        catalog = Catalog(connect(None), None, notes)
        key = os.urandom(KEY_BYTES)
        return cls(folder, key, catalog, MemoryObjects(), budget or MEMORY_BUDGET, kept=False)

    def _begin(self, budget: int | None) -> None:
        if budget is None:
            self.budget = default_budget(self.folder, self.used_bytes())
        elif self.used_bytes() > budget and not self.make_room(0, float("inf")):
            self._catalog.note("The store holds more than its budget; unpin or evict values, or raise --budget.")

    def close(self) -> None:
        """Write what is queued and let go of the folder; a second call does nothing."""
        self._catalog.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()
