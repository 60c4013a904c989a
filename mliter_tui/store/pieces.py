"""Pieces of the records of iterations: small bytes by content, in the catalog itself.

The rule of space: kept values and files make room for each other by what they save, and must stay within the budget;
what tells of an iteration never makes room for anything. So its pieces are rows, which no budget counts and nothing
evicts, and equal ones (the text of an unchanged script, the packages there are) are one row. They are compressed.
"""

from __future__ import annotations

import zlib

from .base import StoreBase
from .objects import digest

__all__ = ["Pieces"]

_LEVEL = 6


class Pieces(StoreBase):
    """Pieces by hash; the hash is that of a blob of the same bytes."""

    def keep_piece(self, data: bytes) -> str:
        """Keep bytes for good, in the place of a damaged row of theirs; their hash."""
        name = digest(data)
        if self._packed(name, "") is None:  # "": what is queued need not be written for this
            packed = zlib.compress(data, _LEVEL)
            row = name, packed, self._seal("piece", name, packed)
            self._catalog.later("piece", "INSERT OR REPLACE INTO piece VALUES (?, ?, ?)", row)
        return name

    def piece(self, name: str) -> bytes | None:
        """The bytes; None where they were never kept, or the row was altered."""
        packed = self._packed(name, "piece")
        return zlib.decompress(packed) if packed is not None else None

    def _packed(self, name: str, table: str) -> bytes | None:
        found = self._catalog.rows(table, "SELECT packed, seal FROM piece WHERE hash = ?", (name,))
        if not found or not self._seal.holds(found[0][1], "piece", name, found[0][0]):
            return None
        packed: bytes = found[0][0]
        return packed

    def altered_pieces(self) -> list[str]:
        """Hashes of those whose rows do not hold."""
        rows = self._catalog.rows("piece", "SELECT hash, packed, seal FROM piece")
        return [str(name) for name, packed, seal in rows if not self._seal.holds(seal, "piece", name, packed)]
