"""Kept values: their rows, and the budget.

The bytes of an artifact are object files written by others; a row is made for them only when all are there and the
budget holds them, and it is read only while they still are, with their sizes. The committed state of the catalog is
never over budget, whatever other processes do: the sum and the insertion are one transaction.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable
from typing import Any

from .base import StoreBase
from .budget import Held, choose_victims, worth
from .catalog import Row
from .folder import free_bytes
from .objects import copy_hashed, is_hash
from .records import Artifact, Evicted, Kept
from .seal import decode, encode, plain

__all__ = ["Artifacts", "objects_of"]

BLOB = "blob:"
INLINE = "inline:"
SMALL_BLOB = 64 << 10
MOST_SECONDS = 1e9
_COUNTED = frozenset({"object", "artifact"})
COLUMNS = "fp, body, seal, nbytes, load_seconds, compute_seconds, pinned, created, used, uses, label"


def objects_of(manifest: dict[str, Any]) -> dict[str, int | None]:
    """The objects a manifest names (`hash` or `[hash, nbytes]`), each with its declared size or None."""
    found: dict[str, int | None] = {}
    for item in (manifest.get("pickle"), *(manifest.get("buffers") or ())):
        name, size = item if isinstance(item, (list, tuple)) and len(item) == 2 else (item, None)
        if is_hash(name):
            found[name] = size if size is not None else found.get(name)
    return found


def inline_bytes(manifest: dict[str, Any]) -> int:
    """Bytes of a payload that stands in the manifest itself and has no object."""
    payload = manifest.get("pickle")
    return len(payload) if isinstance(payload, str) and not is_hash(payload) else 0


class Artifacts(StoreBase):
    """Artifacts by fingerprint."""

    def artifact(self, fp: str) -> Artifact | None:
        """The artifact, if it is kept and its objects are in place."""
        found = self._catalog.rows("artifact", f"SELECT {COLUMNS} FROM artifact WHERE fp = ?", (plain(fp),))
        return self._sound(found[0]) if found else None

    def load_seconds(self) -> dict[str, float]:
        """What loading each kept value takes, by fingerprint, as far as the catalog knows."""
        rows = self._catalog.rows("artifact", "SELECT fp, load_seconds FROM artifact")
        return {str(fp): _seconds(seconds) for fp, seconds in rows}

    def kept(self) -> dict[str, Kept]:
        """The numbers of all artifacts, by fingerprint."""
        query = "SELECT fp, nbytes, load_seconds, compute_seconds, pinned FROM artifact"
        rows = self._catalog.rows("artifact", query)
        return {str(fp): Kept(int(n), _seconds(load), _seconds(c), bool(pin)) for fp, n, load, c, pin in rows}

    def artifacts(self) -> list[Artifact]:
        """All artifacts, the last used first."""
        found = self._catalog.rows("artifact", f"SELECT {COLUMNS} FROM artifact ORDER BY used DESC")
        return [artifact for row in found if (artifact := self._sound(row)) is not None]

    def _sound(self, row: Row) -> Artifact | None:
        fp, body, seal, nbytes, load, compute, pinned, created, used, uses, label = row
        try:
            if not self._seal.holds(seal, "artifact", fp, body):
                raise ValueError("its row was altered")
            content = decode(body)
            if self._missing(content["objects"]):
                raise ValueError("its objects are missing or cut short")
            return Artifact(fp, content["manifest"], int(nbytes), float(load), float(compute), bool(pinned),
                            float(created), float(used), int(uses), str(label))  # fmt: skip
        except (ValueError, TypeError, KeyError) as error:
            self._damaged(fp, body, f"{label or fp!r} was damaged ({error})")
            return None

    def _damaged(self, fp: str, body: object, what: str) -> None:
        def leave() -> bool:
            # Looked at again under the lock: it may have been evicted by another process between row and files.
            if (body,) not in self._catalog.rows("", "SELECT body FROM artifact WHERE fp = ?", (fp,)):
                return False
            self._leave(fp, "damaged")
            return True

        if self._catalog.attempt(leave, True):
            self._catalog.note(f"The kept value {what}; it is computed again.")

    def _missing(self, objects: list[list[Any]]) -> bool:
        return any(self._objects.size(name) != size for name, size in objects)

    def _hash_object(self, name: str) -> str | None:
        file = self._objects.open(name)
        if file is None:
            return None
        try:
            with file:
                return copy_hashed(file, None)[0]
        except OSError:
            return None

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
        """Keep a value whose objects are written; False (and its own objects deleted) when it does not fit.

        Room is made as by `make_room`, which also says what `keep` is.
        """
        fp, label = plain(fp), plain(label)
        declared = objects_of(manifest)
        seconds = _seconds(load_seconds), _seconds(compute_seconds)
        added = self._catalog.attempt(lambda: self._insert(fp, manifest, declared, seconds, label, keep), False)
        if not added:
            self._catalog.attempt(lambda: self._drop_unknown(declared), 0)
        return added

    def _insert(
        self,
        fp: str,
        manifest: dict[str, Any],
        declared: dict[str, int | None],
        seconds: tuple[float, float],
        label: str,
        keep: Collection[str],
    ) -> bool:
        # Under the lock: what is there now is there when the row is.
        objects = self._written(declared)
        if objects is None:
            return False
        rows, write, now = self._catalog.rows, self._catalog.now, time.time()
        load, compute = seconds
        write("SAVEPOINT artifact")
        former = [name for (name,) in rows("", "SELECT hash FROM artifact_object WHERE fp = ?", (fp,))]
        before = self.used_bytes()
        inline = inline_bytes(manifest)
        body = encode({"manifest": manifest, "objects": objects})
        write(
            "INSERT INTO artifact (fp, body, seal, nbytes, inline, load_seconds, compute_seconds, created, used, label)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fp) DO UPDATE SET body = excluded.body,"
            " seal = excluded.seal, nbytes = excluded.nbytes, inline = excluded.inline,"
            " load_seconds = excluded.load_seconds, loads = 0, compute_seconds = excluded.compute_seconds,"
            " created = excluded.created, used = excluded.used,"
            " label = excluded.label",
            (fp, body, self._seal("artifact", fp, body), inline + sum(size for _, size in objects), inline, load,
             compute, now, now, label),
        )  # fmt: skip
        write("DELETE FROM artifact_object WHERE fp = ?", (fp,))
        write("DELETE FROM evicted WHERE fp = ?", (fp,))
        for name, size in objects:
            write("INSERT INTO artifact_object VALUES (?, ?)", (fp, name))
            write("INSERT OR IGNORE INTO object VALUES (?, ?, 0, 0.0, ?)", (name, size, now))
        benefit = max(0.0, compute - load)
        fits = self._fit(0, _density(benefit, self.used_bytes() - before), benefit, (fp, *keep), label)
        if not fits:
            write("ROLLBACK TO artifact")
        write("RELEASE artifact")
        if fits:
            self._free(former)
        return fits

    def _written(self, declared: dict[str, int | None]) -> list[tuple[str, int]] | None:
        """The objects with their sizes; None, and wrong ones deleted, when they are not all there."""
        objects = []
        for name, size in declared.items():
            known = self._catalog.rows("", "SELECT nbytes FROM object WHERE hash = ?", (name,))
            actual = self._objects.size(name)
            if actual is None or size not in (None, actual) or (known and known[0][0] != actual):
                # A writer that finds a file of this name writes nothing: a truncated one would stay for ever.
                self._objects.remove(name)
                return None
            objects.append((name, actual))
        return objects

    def _drop_unknown(self, names: Iterable[str]) -> int:
        known = "SELECT 1 FROM object WHERE hash = ?"
        unknown = [name for name in names if not self._catalog.rows("", known, (name,))]
        # Not when the question could not be answered.
        return sum(map(self._objects.remove, unknown)) if self._catalog.writable else 0

    def touch(self, fps: Iterable[str]) -> None:
        """These values were used now."""
        now = time.time()
        update = "UPDATE artifact SET used = ?, uses = uses + 1 WHERE fp = ?"
        for fp in fps:
            self._catalog.later("artifact", update, (now, plain(fp)))

    def measured_load(self, fp: str, seconds: float) -> None:
        """Learn from a load: the first measurement replaces the estimate, later ones are averaged in."""
        seconds = _seconds(seconds)
        self._catalog.later(
            "artifact",
            "UPDATE artifact SET load_seconds = CASE loads WHEN 0 THEN ? ELSE (load_seconds + ?) / 2 END,"
            " loads = loads + 1 WHERE fp = ?",
            (seconds, seconds, plain(fp)),
        )

    def pin(self, fp: str) -> bool:
        """Never evict this value; False when it is not kept."""
        return self._set_pinned(fp, 1)

    def unpin(self, fp: str) -> bool:
        """Let the budget evict this value again; False when it is not kept."""
        return self._set_pinned(fp, 0)

    def _set_pinned(self, fp: str, pinned: int) -> bool:
        update = "UPDATE artifact SET pinned = ? WHERE fp = ?"
        return self._catalog.attempt(lambda: self._catalog.now(update, (pinned, plain(fp))), 0) > 0

    def evict(self, fp: str, by: str = "user") -> int:
        """Remove a value, pinned or not; the bytes freed (those that others share are not)."""
        return self._catalog.attempt(lambda: self._leave(plain(fp), by), 0)

    def evicted(self, fp: str) -> Evicted | None:
        """When and by whom a value was evicted that is not kept now."""
        found = self._catalog.rows("evicted", "SELECT at, by FROM evicted WHERE fp = ?", (plain(fp),))
        return Evicted(float(found[0][0]), str(found[0][1])) if found else None

    def _leave(self, fp: str, by: str) -> int:
        rows, write = self._catalog.rows, self._catalog.now
        names = [name for (name,) in rows("", "SELECT hash FROM artifact_object WHERE fp = ?", (fp,))]
        inline = sum(size for (size,) in rows("", "SELECT inline FROM artifact WHERE fp = ?", (fp,)))
        if write("DELETE FROM artifact WHERE fp = ?", (fp,)):
            write("INSERT OR REPLACE INTO evicted VALUES (?, ?, ?)", (fp, time.time(), plain(by)))
        write("DELETE FROM artifact_object WHERE fp = ?", (fp,))
        return self._free(names) + int(inline)

    def _free(self, names: Iterable[str]) -> int:
        """Delete the objects that nothing needs any more; inside a transaction."""
        freed = 0
        for name in names:
            row = (name,)
            if not self._catalog.rows("", "SELECT 1 FROM artifact_object WHERE hash = ?", row) and self._catalog.now(
                "DELETE FROM object WHERE hash = ? AND NOT blob", row
            ):
                # Before the commit: were it after, another process could have taken the name into use in between.
                freed += self._objects.remove(name)
        return freed

    def used_bytes(self) -> int:
        """Bytes of all objects in the catalog, each counted once, and of the payloads that stand in it themselves."""
        return self._catalog.remembered("used", _COUNTED, self._count)

    def _count(self) -> int:
        # what is queued of these tables is written first, so that it counts
        found = [self._catalog.rows(table, "SELECT nbytes FROM used") for table in sorted(_COUNTED)]
        return int(found[-1][0][0]) if found[-1] else 0

    def make_room(self, nbytes: int, benefit: float, *, keep: Collection[str] = (), by: str = "budget") -> bool:
        """Whether `nbytes` fit, after evicting what saves fewer seconds per byte than `benefit` / `nbytes`, and in all
        not more than `MOST_LOST` times `benefit`.

        Nothing is evicted when that would not suffice; pinned values and the fingerprints in `keep` (what the
        running plan is going to load) stay. `by` is remembered with what is evicted.
        """
        if not self.writable or not 0 <= nbytes <= min(self.budget, self._disk_free()):
            return False
        return self._catalog.attempt(lambda: self._fit(nbytes, _density(benefit, nbytes), benefit, keep, by), False)

    def _disk_free(self) -> int:
        try:
            return free_bytes(self.folder)
        except OSError:
            return 0

    def _fit(self, nbytes: int, density: float, benefit: float, keep: Collection[str], by: str) -> bool:
        """Make the catalog's bytes and `nbytes` more fit the budget, or change nothing; inside a transaction."""
        need = self.used_bytes() + nbytes - self.budget
        if need <= 0:
            return True
        victims = choose_victims(self._held(frozenset(keep)), need, density, benefit)
        for name in victims or ():
            if name.startswith(BLOB):
                self._drop_blob(name.removeprefix(BLOB))
            else:
                self._leave(name, by)
        return victims is not None

    def _held(self, keep: frozenset[str]) -> list[Held]:
        rows, now = self._catalog.rows, time.time()
        objects: dict[str, list[tuple[str, int]]] = {}
        for fp, name, size in rows("", "SELECT fp, hash, nbytes FROM artifact_object JOIN object USING (hash)"):
            objects.setdefault(fp, []).append((name, size))
        held = [
            Held(
                fp,
                (*objects.get(fp, ()), (INLINE + fp, inline)),
                worth(compute - load, used, now),
                bool(pinned) or fp in keep,
            )
            for fp, inline, compute, load, used, pinned in rows(
                "", "SELECT fp, inline, compute_seconds, load_seconds, used, pinned FROM artifact"
            )
        ]
        held += [
            Held(BLOB + name, ((name, size),), worth(saved, used, now), size < SMALL_BLOB or name in keep)
            for name, size, saved, used in rows("", "SELECT hash, nbytes, saved, used FROM object WHERE blob")
        ]
        return held

    def _drop_blob(self, name: str) -> int:
        self._catalog.now("UPDATE object SET blob = 0 WHERE hash = ?", (name,))
        return self._free([name])


def _density(seconds: float, nbytes: int) -> float:
    return seconds / nbytes if nbytes > 0 else math.inf


def _seconds(value: float) -> float:
    """A duration that can be stored and compared: not negative, not infinite, 0 for no number."""
    return min(max(0.0, float(value)), MOST_SECONDS) if not math.isnan(value) else 0.0
