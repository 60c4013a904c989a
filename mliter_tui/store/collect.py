"""Collection of what nothing refers to any more, and verification of what is kept.

A collection removes rows first and the files with them in one transaction; files written in the last hour stay, as
their row may be on its way. A check reads: sizes always, every byte when it is full. What it finds damaged is dropped
(and so computed again).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from functools import partial
from typing import Any

from .artifacts import objects_of
from .aside import Asides
from .journal import Journal
from .objects import Entry
from .records import CheckReport, GcReport
from .schema import SUM_OF_BYTES
from .seal import decode

__all__ = ["Collection"]

GRACE_SECONDS = 3600.0
TRACES_PER_CODE = 600
KEPT_SECONDS = 30 * 86400.0
DAMAGED_SECONDS = 7 * 86400.0


class Collection(Journal, Asides):
    """The two operations over the whole store."""

    def gc(self, now: bool = False) -> GcReport:
        """Remove old traces, what no artifact, trace or iteration refers to, and leftovers of interrupted writes."""
        limit = time.time() + 1 if now else time.time() - GRACE_SECONDS
        self._catalog.flush()
        # Listed before the transaction: walking the folder is the long part, and a file written since is not in it.
        entries = list(self._objects.entries())
        report = self._catalog.attempt(lambda: self._collect(entries, limit), GcReport())
        if not self.writable:
            return report
        strays = [path for path, at in self._objects.strays() if at < limit] + self._old_catalogs(now)
        return GcReport(report.objects, report.bytes, report.traces, report.other_rows, sum(map(_remove_file, strays)))

    def _collect(self, entries: list[Entry], limit: float) -> GcReport:
        write, age = self._catalog.now, time.time() - KEPT_SECONDS
        traces = write(
            "DELETE FROM trace WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER"
            " (PARTITION BY code_key ORDER BY id DESC) AS place FROM trace) WHERE place > ?)",
            (TRACES_PER_CODE,),
        )
        others = write("DELETE FROM file_hash WHERE at < ?", (age,)) + write("DELETE FROM evicted WHERE at < ?", (age,))
        wanted, spoilt = self._wanted_blobs()
        times = {name: at for name, _, at in entries}
        count = freed = 0
        for name, used in self._catalog.rows("", "SELECT hash, used FROM object"):
            # Used late: put or about to be written by a process that has not yet said what for.
            if name not in wanted and max(used, times.get(name, 0.0), self._objects.time(name) or 0.0) < limit:
                freed += self._drop_blob(name)
                count += self._objects.time(name) is None
        # Files without a row: left by a process that was killed, or of a refused artifact.
        kept = wanted | {name for (name,) in self._catalog.rows("", "SELECT hash FROM object")}
        if not self._catalog.writable:
            return GcReport()  # something could not be read: what it would have named must not be deleted
        for name, _, at in entries:
            if name not in kept and at < limit and (self._objects.time(name) or limit) < limit:
                freed, count = freed + self._objects.remove(name), count + 1
        write(f"UPDATE used SET nbytes = ({SUM_OF_BYTES})")  # also right if somebody has altered rows by hand
        return GcReport(count, freed, traces + spoilt, others, 0)

    def _wanted_blobs(self) -> tuple[set[str], int]:
        """The blobs that payloads name, and how many spoilt traces were deleted on the way."""
        wanted: set[str] = set()
        spoilt = 0
        for id_, code_key, inputs_key, body, seal in self._catalog.rows(
            "", "SELECT id, code_key, inputs_key, payload, seal FROM trace"
        ):
            payload = self._opened(seal, "trace", (code_key, inputs_key), body)
            if payload is None:
                spoilt += self._catalog.now("DELETE FROM trace WHERE id = ?", (id_,))
            else:
                wanted.update(self._blobs_of(payload))
        for (body,) in self._catalog.rows("", "SELECT payload FROM iteration"):
            try:
                payload = decode(body)
            except ValueError:
                continue
            wanted.update(self._blobs_of(payload) if isinstance(payload, dict) else ())
        return wanted, spoilt

    def _blobs_of(self, payload: dict[str, Any]) -> list[str]:
        named = payload.get("blobs")
        if isinstance(named, str):
            data = self.piece(named)
            named = decode(data) if data is not None else None
        return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []

    def _old_catalogs(self, now: bool) -> list[str]:
        limit = time.time() + 1 if now else time.time() - DAMAGED_SECONDS
        found = [path for path in self.folder.glob("catalog.damaged-*") if path.lstat().st_mtime < limit]
        return [str(path) for path in found]

    def check(self, full: bool) -> CheckReport:
        """Look at every artifact and blob, with `full` at every byte; what is damaged is dropped and reported."""
        damaged: list[str] = []
        if not self._catalog.whole(full):
            damaged.append("the catalog is damaged; the next run starts with a fresh one")
        sizes = self._catalog.rows("object", "SELECT hash, nbytes FROM object")
        bad = {name for name, size in sizes if not self._intact(name, size, full)}
        users = self._catalog.rows("artifact_object", "SELECT fp, hash FROM artifact_object")
        hit = Counter(fp for fp, name in users if name in bad)
        rows = self._catalog.rows("artifact", "SELECT fp, body, label FROM artifact")
        for fp, body, label in rows:
            if hit[fp]:
                self._damaged(fp, body, f"{label or fp!r} was damaged")
                damaged.append(f"{label or fp}: its bytes are missing or changed")
            elif self.artifact(fp) is None or not self._listed(fp, body):
                damaged.append(f"{label or fp}: its row was altered")
        blobs = self._spoilt_blobs(bad - {name for _, name in users})
        damaged += [f"recorded output or file {name}: its bytes are missing or changed" for name in sorted(blobs)]
        damaged += [f"part {name} of the record of iterations: its row was altered" for name in self.altered_pieces()]
        for name in blobs.union(bad.intersection(name for _, name in users)):
            self._objects.remove(name)
            self._catalog.attempt(partial(self._drop_blob, name), 0)
        self.commit()
        return CheckReport(len(rows), len(sizes), sum(size for _, size in sizes), full, tuple(damaged))

    def _spoilt_blobs(self, bad: set[str]) -> set[str]:
        """Those that have wrong bytes, or none and are named by a trace or an iteration.

        The others are rows of a process that was killed, or is at work, between the row and the bytes.
        """
        nothing: tuple[set[str], int] = (set(), 0)
        wanted, _ = self._catalog.attempt(self._wanted_blobs, nothing) if bad else nothing
        return {name for name in bad if name in wanted or self._objects.size(name) is not None}

    def _intact(self, name: str, size: Any, full: bool) -> bool:
        return self._objects.size(name) == size and (not full or self._hash_object(name) == name)

    def _listed(self, fp: str, body: bytes) -> bool:
        """Whether the rows that guard an artifact's objects are all there; it is dropped when not."""
        rows = self._catalog.rows("artifact_object", "SELECT hash FROM artifact_object WHERE fp = ?", (fp,))
        if objects_of(decode(body)["manifest"]).keys() == {name for (name,) in rows}:
            return True
        self._damaged(fp, body, f"{fp!r} was damaged")
        return False


def _remove_file(path: str) -> bool:
    try:
        os.unlink(path)
    except OSError:
        return False
    return True
