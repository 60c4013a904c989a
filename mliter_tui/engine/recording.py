"""What is written down of a node that has run: its trace, what it cost, and every now and then the catalog."""

from __future__ import annotations

import functools
import time
from typing import Any

from mliter_tui import events
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.importing import local_imports
from mliter_tui.engine.keeping import Keeper
from mliter_tui.engine.later import Later
from mliter_tui.engine.listening import Emit
from mliter_tui.engine.lookup import Trace
from mliter_tui.engine.operators import told_searches
from mliter_tui.engine.tracing import Tracer
from mliter_tui.engine.unwinding import is_finished
from mliter_tui.engine.version import Version
from mliter_tui.records import to_fields
from mliter_tui.script.nodes import Node

_COMMIT_SECONDS, _LONG_SECONDS = 0.5, 0.05


class Recording:
    """For one iteration. later: when what is to be written is written."""

    def __init__(self, version: Version, emit: Emit, later: Later) -> None:
        self.store, self.lookup, self.table, self.emit = version.store, version.lookup, version.table, emit
        self._later = later
        self.tracer = Tracer(self.store, self.lookup, version.evidence, version.path)
        self._last_commit = time.monotonic()

    def trace(self, node: Node, env: Environment, needs: list[str], reply: dict[str, Any]) -> Trace:
        """The trace of a node, in the store unless what it read cannot be told for sure, or an error has left it."""
        lineage, finished = reply["lineage"], is_finished(node, reply["outcome"])
        if not finished:  # what it read may be what it has written
            reply = {**reply, "observed": {**reply["observed"], "reads": {}}}
        imports = local_imports(node, self.table)
        if reply.get("parts") is not None:
            needs = env.needs(node, reply["parts"])
        known = [to_fields(each) for each in told_searches(reply)]
        trace = self.tracer.trace(node, env, needs, reply, imports, lineage)
        if trace is None or reply["signal"]:
            if trace is None and reply["exit"] is not None:
                self.emit(events.Note(text=f"{node.label}: a file changed while it was read; not remembered."))
            reply = {**reply, "exit": reply["exit"] or 0}
            trace = self._trace_of_doings(node, env, needs, reply, imports)
        elif finished and not any(fp.startswith("?") for fp in trace["inputs"].values()):
            if known:
                trace["searches"] = known
            if reply.get("answered"):
                trace["calls"] = reply["answered"]
            trace["id"] = self.store.new_id()
            self.lookup.add(node.key, trace)
            self._later.add(functools.partial(self._write, node.key, trace))
        self._later.add(functools.partial(self.store.learn_cost, node.key, reply["seconds"]))
        return trace

    def _trace_of_doings(
        self, node: Node, env: Environment, needs: list[str], reply: dict[str, Any], imports: list[str]
    ) -> Trace:
        """Only what a node did, for those that come after it. Nothing is known of files that nobody can read."""
        seen = {**reply["observed"], "reads": {}, "read_hashes": {}}
        nothing: list[str] = []
        for written in ((seen["writes"], seen["made"]), (nothing, nothing)):
            seen["writes"], seen["made"] = written
            now = {**reply, "observed": seen}
            if (trace := self.tracer.trace(node, env, needs, now, imports, reply["lineage"])) is not None:
                return trace
            for path in (*seen["writes"], *seen["made"]):
                env.files.pop(path, None)
        raise AssertionError(f"{node.label}: without files nothing stands in the way of a trace")

    def _write(self, key: str, trace: Trace) -> None:
        self.store.add_trace(key, repr((sorted(trace["inputs"].items()), trace["obs"])), trace, trace["id"])

    def loaded(self, keeper: Keeper, loaded: dict[str, str], took: dict[str, float]) -> float:
        """Values were loaded: their fingerprints by name, and what each took; the seconds of all."""
        for fp, seconds in took.items():
            self.store.measured_load(fp, seconds)
        self.store.touch(set(loaded.values()))
        keeper.loaded.update(loaded.values())
        return sum(took.values())

    def commit(self, seconds: float) -> None:
        """Write to disk from time to time, and whenever a node took as long as this that must not be lost."""
        self._later.add(functools.partial(self._commit, seconds))

    def _commit(self, seconds: float) -> None:
        if time.monotonic() - self._last_commit > _COMMIT_SECONDS or seconds > _LONG_SECONDS:
            self.store.commit()
            self._last_commit = time.monotonic()
