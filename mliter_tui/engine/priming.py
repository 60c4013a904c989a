"""What a waiting process does ahead of the next save: the imports a script begins with, and settings among them.

Beyond the very first imports (kernel/ahead), these are nodes as any other: executed by the kernel, observed, and their
replies kept. They count only for a version that begins with the very same nodes, and only as long as all that each was
seen to depend on still holds; else the process is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.lookup import Trace
from mliter_tui.engine.messages import command, node_message
from mliter_tui.engine.tracing import lineage
from mliter_tui.engine.version import Version
from mliter_tui.engine.written import FOLDER
from mliter_tui.errors import KernelDied
from mliter_tui.script.nodes import Node

_LONGEST = 0.5
"""Seconds of a node that is no import: what takes longer is work, and nobody has asked for it yet."""


class Primed(NamedTuple):
    """replies: what the kernel answered, by node. beginning: (code key, trace) of each node up to the last of them;
    the trace is None of nodes that were passed over.
    """

    replies: Mapping[int, dict[str, Any]]
    beginning: tuple[tuple[str, int | None], ...]

    def serves(self, version: Version, forecast: Forecast) -> bool:
        """Whether this version begins as the one did that this was made for, and finds things as they were."""
        nodes = version.script.nodes
        if len(nodes) < len(self.beginning):
            return False
        for node, (key, trace) in zip(nodes, self.beginning):
            found = forecast.found.get(node.id)
            if node.key != key or found is None or found.trace is None:
                return False
            if trace is not None and (found.trace["id"] != trace or found.must_run):
                return False
        return True


NOTHING_PRIMED = Primed({}, ())


def prime(process: KernelProcess, version: Version, forecast: Forecast) -> Primed | None:
    """Have a process that was told the script execute what it can ahead; None where it is spoiled."""
    todo = list(_ahead(version, forecast))
    if not todo:
        return NOTHING_PRIMED
    replies: dict[int, dict[str, Any]] = {}
    try:
        reply = process.ask(version.setup)
        if reply["spoiled"] or reply["stale"] or reply["spoke"]:
            return None
        for node, needs, line in todo:
            reply = replies[node.id] = process.ask(command(line, needs, node_message(node, version.script)))
            if reply["outcome"] != "next" or any(channel != "f" for channel, _ in reply["events"]):
                return None
    except KernelDied:
        return None
    last = todo[-1][0].id
    beginning = []
    for node in version.script.before(last + 1):
        trace = forecast.found[node.id].trace
        beginning.append((node.key, trace["id"] if trace is not None and node.id in replies else None))
    return Primed(replies, tuple(beginning))


def _ahead(version: Version, forecast: Forecast) -> Iterator[tuple[Node, list[str], str]]:
    """(node, needs, lineage) of the nodes to execute, in order."""
    env = version.beginning()
    there: set[str] = set()
    for node in version.script.nodes:
        found = forecast.found.get(node.id)
        if node.inner or node.groups or node.guards or found is None or found.trace is None or found.must_run:
            return
        trace = found.trace
        needs = env.needs(node)
        if _may_run_ahead(node, trace) and there.issuperset(n for n in needs if n in env.records):
            there |= trace["outputs"].keys()
            yield node, needs, lineage(node, env, needs)
        elif not _inert(node, trace):
            return
        env.apply(trace)


def _may_run_ahead(node: Node, trace: Trace) -> bool:
    """An import of installed packages, or a statement that only sets something in the process or in a package."""
    if trace["outcome"] != "next" or trace["external"] or trace["clock"] or trace["deleted"]:
        return False
    if trace["modules"] or trace["sources"] or trace["moved"] or any(channel != "f" for channel, *_ in trace["events"]):
        return False
    if node.kind == "import":  # a package may make a folder for its settings
        return all(content == FOLDER for _, _, content in trace["files"])
    sets = trace["hidden"] or trace["settings"] or trace["figures"] or trace["rng"]
    quiet = not trace["files"] and not trace["outputs"] and not trace["unseeded"]
    return bool(sets) and quiet and trace["seconds"] < _LONGEST


def _inert(node: Node, trace: Trace) -> bool:
    """A constant or a definition: it makes no difference to an import behind it."""
    effects = ("hidden", "settings", "rng", "figures", "files", "external", "clock", "unseeded")
    quiet = not any(trace[effect] for effect in effects)
    return quiet and not node.calls and trace["outcome"] == "next" and not trace["deleted"] and not node.sets

