"""What is written down of a node that has run: its trace, what it cost, and every now and then the catalog."""

from __future__ import annotations

import time
from typing import Any

from mliter_tui import events
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.importing import local_imports
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
    """For one iteration."""

    def __init__(self, version: Version, emit: Emit) -> None:
        self.store, self.lookup, self.table, self.emit = version.store, version.lookup, version.table, emit
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
            reply["observed"] = {**reply["observed"], "reads": {}, "writes": [], "read_hashes": {}}
            trace = self.tracer.trace(node, env, needs, reply, imports, lineage)
            assert trace is not None
        elif finished and not any(fp.startswith("?") for fp in trace["inputs"].values()):
            if known:
                trace["searches"] = known
            if reply.get("answered"):
                trace["calls"] = reply["answered"]
            key = repr((sorted(trace["inputs"].items()), trace["obs"]))
            trace["id"] = self.store.add_trace(node.key, key, trace)
            self.lookup.add(node.key, trace)
        self.store.learn_cost(node.key, reply["seconds"])
        return trace

    def commit(self, seconds: float) -> None:
        """Write to disk from time to time, and whenever a node took as long as this that must not be lost."""
        if time.monotonic() - self._last_commit > _COMMIT_SECONDS or seconds > _LONG_SECONDS:
            self.store.commit()
            self._last_commit = time.monotonic()
