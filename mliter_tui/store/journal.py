"""The small rows of the store: traces, iterations, costs, accepted changes, named values.

Payloads are JSON objects. Those of traces and iterations may name the blobs they need (`"blobs": [hash, …]`, or the
hash of a piece that is such a list); a collection keeps these. A row whose digest does not hold is a miss, and is
dropped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from .catalog import Row
from .pieces import Pieces
from .seal import decode, encode, plain

__all__ = ["Journal"]

COST_SAMPLES = 5
_PARAMETERS = 500


def batched(keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """As many keys at a time as a query may have parameters."""
    rest = iter(keys)
    while some := tuple(islice(rest, _PARAMETERS)):
        yield some


def marks(some: tuple[str, ...]) -> str:
    return ",".join("?" * len(some))


def median(seconds: list[float]) -> float:
    ranked, half = sorted(seconds), len(seconds) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2


class Journal(Pieces):
    """Traces by code key, iterations by script, and what was learnt or said about code keys."""

    _last_id = 0

    def traces(self, code_key: str) -> list[dict[str, Any]]:
        """Payloads of all traces of a code key, newest first, each with its `"id"`."""
        return self.traces_of((code_key,))[code_key]

    def traces_of(self, code_keys: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """The same for many code keys at once."""
        keys = {plain(key): key for key in code_keys}
        found: dict[str, list[dict[str, Any]]] = {key: [] for key in keys.values()}
        for some in batched(keys):
            for id_, key, inputs_key, body, seal in self._catalog.rows(
                "trace",
                "SELECT id, code_key, inputs_key, payload, seal FROM trace"
                f" WHERE code_key IN ({marks(some)}) ORDER BY id DESC",
                some,
            ):
                payload = self._opened(seal, "trace", (key, inputs_key), body) if key in keys else None
                if payload is None:
                    self.drop_trace(id_)
                else:
                    found[keys[key]].append({**payload, "id": id_})
        return found

    def new_id(self) -> int:
        """An id for a trace that is made now."""
        # Ids are times, so that they order traces without asking the catalog; nanoseconds keep processes apart.
        self._last_id = max(self._last_id + 1, time.time_ns())
        return self._last_id

    def add_trace(self, code_key: str, inputs_key: str, payload: dict[str, Any], id: int | None = None) -> int:
        """Keep a trace in place of an older one of both keys; its id, a new one if none is given.

        TypeError when it is not JSON.
        """
        code_key, inputs_key, body = plain(code_key), plain(inputs_key), encode(payload)
        id = id if id is not None else self.new_id()
        self._catalog.later(
            "trace",
            "INSERT OR REPLACE INTO trace (id, code_key, inputs_key, payload, seal) VALUES (?, ?, ?, ?, ?)",
            (id, code_key, inputs_key, body, self._seal("trace", code_key, inputs_key, body)),
        )
        return id

    def drop_trace(self, id: int) -> None:
        """Forget a trace."""
        self._catalog.later("trace", "DELETE FROM trace WHERE id = ?", (id,))

    def _opened(self, seal: object, kind: str, keys: Row, body: object) -> dict[str, Any] | None:
        if not self._seal.holds(seal, kind, *keys, body):
            return None
        try:
            payload = decode(body)
        except ValueError:
            return None
        return payload if isinstance(payload, dict) else None

    def add_iteration(self, script: str, payload: dict[str, Any]) -> int:
        """Keep an iteration of a script, at once; its number, from 1."""
        script, body = plain(script), encode(payload)

        def add() -> int:
            number = self.last_iteration(script) + 1
            seal = self._seal("iteration", script, str(number), body)
            self._catalog.now("INSERT INTO iteration VALUES (?, ?, ?, ?)", (script, number, body, seal))
            return number

        return self._catalog.attempt(add, 0) or self.last_iteration(script) + 1

    def last_iteration(self, script: str) -> int:
        """The number of a script's newest iteration; 0 where there is none."""
        found = self._catalog.rows("iteration", "SELECT max(number) FROM iteration WHERE script = ?", (script,))
        return int(found[0][0] or 0) if found else 0

    def iterations(self, script: str, limit: int | None = None) -> list[dict[str, Any]]:
        """Payloads of a script's iterations, newest first, at most `limit`, each with its number as `"id"`."""
        order = "ORDER BY number DESC LIMIT ?"
        return self._iterations(plain(script), order, -1 if limit is None else limit)

    def iteration(self, script: str, number: int) -> dict[str, Any] | None:
        """The payload of one iteration, with its number as `"id"`."""
        found = self._iterations(plain(script), "AND number = ?", number)
        return found[0] if found else None

    def _iterations(self, script: str, which: str, number: int) -> list[dict[str, Any]]:
        found = []
        query = f"SELECT number, payload, seal FROM iteration WHERE script = ? {which}"
        for at, body, seal in self._catalog.rows("iteration", query, (script, number)):
            payload = self._opened(seal, "iteration", (script, str(at)), body)
            if payload is not None:
                found.append({**payload, "id": at})
        return found

    def scripts(self) -> list[str]:
        """Scripts that have iterations."""
        return [str(row[0]) for row in self._catalog.rows("iteration", "SELECT DISTINCT script FROM iteration")]

    def cost(self, code_key: str) -> float | None:
        """Seconds that a node of this code takes; None when it never ran."""
        return self.costs((code_key,)).get(code_key)

    def costs(self, code_keys: Iterable[str]) -> dict[str, float]:
        """Seconds that a node of each code takes: the median of its last runs; no entry where it never ran."""
        keys = {plain(key): key for key in code_keys}
        samples: dict[str, list[float]] = {}
        for some in batched(keys):
            for key, seconds in self._catalog.rows(
                "cost", f"SELECT code_key, seconds FROM cost WHERE code_key IN ({marks(some)}) ORDER BY id DESC", some
            ):
                if isinstance(seconds, float) and key in keys:
                    samples.setdefault(keys[key], []).append(seconds)
        return {key: median(seconds[:COST_SAMPLES]) for key, seconds in samples.items()}

    def learn_cost(self, code_key: str, seconds: float) -> None:
        """Remember what a run of this code took; no number, or a negative one, is not remembered."""
        if not (math.isfinite(seconds) and seconds >= 0):
            return
        code_key = plain(code_key)
        self._catalog.later("cost", "INSERT INTO cost (code_key, seconds) VALUES (?, ?)", (code_key, float(seconds)))
        self._catalog.later(
            "cost",
            "DELETE FROM cost WHERE code_key = ? AND id <= "
            "(SELECT id FROM cost WHERE code_key = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (code_key, code_key, COST_SAMPLES),
        )

    def accept(self, code_key: str, note: str) -> None:
        """The user says that what makes this code run again does not matter."""
        code_key, note = plain(code_key), plain(note)
        self._catalog.later(
            "accepted",
            "INSERT OR REPLACE INTO accepted VALUES (?, ?, ?, ?)",
            (code_key, note, time.time(), self._seal("accepted", code_key, note)),
        )

    def unaccept(self, code_key: str) -> None:
        """The user takes `accept` back."""
        self._catalog.later("accepted", "DELETE FROM accepted WHERE code_key = ?", (plain(code_key),))

    def accepted(self, code_key: str) -> bool:
        """Whether the user accepted this code."""
        code_key = plain(code_key)
        found = self._catalog.rows("accepted", "SELECT note, seal FROM accepted WHERE code_key = ?", (code_key,))
        return bool(found) and self._seal.holds(found[0][1], "accepted", code_key, found[0][0])

    def meta(self, name: str) -> Any:
        """A small named JSON value; None when it was never set."""
        found = self._catalog.rows("meta", "SELECT body, seal FROM meta WHERE name = ?", (plain(name),))
        if not found or not self._seal.holds(found[0][1], "meta", plain(name), found[0][0]):
            return None
        return decode(found[0][0])

    def metas(self, start: str) -> dict[str, Any]:
        """All small values whose names begin so, by the rest of their names."""
        start = plain(start)
        found = {}
        rows = self._catalog.rows(
            "meta", "SELECT name, body, seal FROM meta WHERE name >= ? AND name < ?", (start, start + "\U0010ffff")
        )
        for name, body, seal in rows:
            if self._seal.holds(seal, "meta", name, body):
                found[name[len(start) :]] = decode(body)
        return found

    def set_meta(self, name: str, value: Any) -> None:
        """Keep a small JSON value under a name."""
        name, body = plain(name), encode(value)
        self._catalog.later(
            "meta", "INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", (name, body, self._seal("meta", name, body))
        )
