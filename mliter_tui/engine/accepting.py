"""Accepting a change: the user says that it does not matter, and a node's former values stay good (DESIGN, Words).

A node that talks to the outside or asks for the time is replayed from then on. One whose code, inputs or files changed
gets the trace it had before as one of what it is now; a further change makes it run again.
"""

from __future__ import annotations

from collections import deque

from mliter_tui.engine.environment import Environment
from mliter_tui.engine.lookup import Trace
from mliter_tui.engine.version import Version
from mliter_tui.errors import UsageError
from mliter_tui.script.nodes import Node, shown


def accept(version: Version, node: Node) -> list[tuple[Node, int | None]]:
    """Accept what makes this node run: nodes with the trace that was made for each, None where none was needed.

    Of a call that was stepped into, all that waits inside is accepted with it. Raises UsageError where there is nothing
    to accept.
    """
    made: list[tuple[Node, int | None]] = []
    for each, trace in accepted_with(version, node):
        if trace is None:
            version.store.accept(each.key, "accepted by the user")
            made.append((each, None))
        else:
            key = repr((sorted(trace["inputs"].items()), trace["obs"]))
            made.append((each, version.store.add_trace(each.key, key, trace)))
    version.store.commit()
    return made


def accepted_with(version: Version, node: Node) -> list[tuple[Node, Trace | None]]:
    """What would be accepted with a node, in order, as of `accepted`; nothing is done. Raises UsageError."""
    found: list[tuple[Node, Trace | None]] = []
    kept = dict(version.lookup.kept)
    try:
        goes_on = 0
        for each in version.script.inside(node):
            if each.id < goes_on:
                continue
            trace = version.lookup.find(each, _before(version, each)).trace
            if trace is None:
                trace = accepted(version, each)
                assert trace is not None
                found.append((each, trace))
                version.lookup.kept[each.key] = [{**trace, "id": -1}, *version.lookup.traces(each.key)]
            goes_on = version.script.goes_on(each, trace["outcome"])
        if not found or version.lookup.find(node, _before(version, node)).trace is None:
            found.append((node, accepted(version, node)))
    finally:
        version.lookup.kept = kept
    return found


def accepted(version: Version, node: Node) -> Trace | None:
    """The trace that would be made, None where none is needed; nothing is done. Raises UsageError as `accept` does."""
    env = _before(version, node)
    found = version.lookup.find(node, env)
    if found.trace is not None:
        if not found.must_run:
            raise UsageError(f"{node.label} is up to date: there is nothing to accept.")
        return None
    former = _former(version, node)
    if former is None:
        raise UsageError(f"{node.label} has never run: there is no value of it to keep.")
    inputs = {name: env.version(name) for name in former["inputs"]}
    unknown = sorted(shown(name) for name, v in inputs.items() if v.startswith("?"))
    if unknown:
        raise UsageError(f"{', '.join(unknown)} will be computed first; accept that, or run, before {node.label}.")
    obs = [[kind, what, version.evidence.now(kind, what, value, env)] for kind, what, value in former["obs"]]
    outlook = version.evidence.outlooks.key(env.outlook) if former["outlook"] else ""
    return {
        **{key: value for key, value in former.items() if key != "id"}, "inputs": inputs, "obs": obs,
        "group_inputs": env.group_inputs(inputs), "sharing": {name: env.sharers(name) for name in former["sharing"]},
        "outlook": outlook, "blobs": [*former["blobs"], *[outlook] * bool(outlook)], "place": "", "accepted": True,
    }  # fmt: skip


def _before(version: Version, node: Node) -> Environment:
    """The environment as the node will find it."""
    env = version.beginning()
    deque(version.reached(env, node.id), maxlen=0)
    return env


def _former(version: Version, node: Node) -> Trace | None:
    """The newest trace of the node, or else of what it was before the user edited it."""
    for key in (node.key, version.predecessors().get(node.id, "")):
        traces = version.store.traces(key) if key else []
        if traces:
            return traces[0]
    return None
