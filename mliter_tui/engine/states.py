"""Each node's place in a plan with its reason and numbers, as `plan`, `why`, event files and the app show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mliter_tui import reasons
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import Forecast, artifact_key
from mliter_tui.engine.lookup import Found
from mliter_tui.events import Action, NodeState, PlanReady
from mliter_tui.lean import dataclass
from mliter_tui.script.nodes import Node

if TYPE_CHECKING:
    from mliter_tui.engine.version import Version
    from mliter_tui.store import Kept

PINNED, DOUBTFUL, FORCED = "*", "~", "!"


@dataclass(frozen=True, slots=True)
class _Values:
    """What the store has of a node's outputs. `exact`: each has content to be compared and kept."""

    kept: Mapping[str, Kept]
    exact: bool


def node_states(version: Version, forecast: Forecast) -> list[NodeState]:
    """The nodes that take part, in program order."""
    states = []
    env = Environment()
    kept = version.store.kept()
    for node in version.script.nodes:
        found = forecast.found.get(node.id)
        if found is None:
            continue
        if found.trace is not None:
            env.apply(found.trace)
            states.append(_known(version, forecast, node, env, kept))
        else:
            env.blur(node)
            states.append(_unknown(version, node, found.reason))
    return states


def plan_ready(version: Version, forecast: Forecast) -> PlanReady:
    """The plan as an event."""
    return PlanReady(tuple(node_states(version, forecast)), forecast.plan.seconds if forecast.plan is not None else 0.0)


def busy(version: Version, forecast: Forecast) -> PlanReady:
    """The plan without the nodes that are left out; costs nothing where that is all of them."""
    if not forecast.computed:
        return PlanReady((), 0.0)
    plan = plan_ready(version, forecast)
    return PlanReady(tuple(state for state in plan.states if state.action != "prune"), plan.predicted_seconds)


def _unknown(version: Version, node: Node, reason: reasons.Reason) -> NodeState:
    seconds = version.costs.get(node.key)
    marks = PINNED * (node.label in version.pins) + FORCED * (node.id in version.forced)
    return NodeState(node.id, "compute", reason, node.label, node.lines, seconds, seconds, marks=marks)


def _known(
    version: Version, forecast: Forecast, node: Node, env: Environment, kept: Mapping[str, Kept]
) -> NodeState:
    """One whose trace holds."""
    found = forecast.found[node.id]
    trace = found.trace
    assert trace is not None
    values = _values(trace, env, kept)
    seconds = float(trace["seconds"])
    load = sum(each.load_seconds for each in values.kept.values())
    action: Action = "compute" if node.id in forecast.computed else "prune"
    reason = found.reason
    forced = node.id in version.forced
    expected = seconds
    if action == "prune" and forecast.plan is not None:
        if {env.item(n) for n in trace["outputs"]} & forecast.plan.loaded:
            action, expected = "load", load
            reason = reasons.LoadCheaper(compute_seconds=seconds, load_seconds=load)
    else:
        reason = why_computed(node, found, forced)
    doubtful = trace["unseeded"] or bool(trace["external"] or trace["clock"]) or not values.exact
    pinned = node.label in version.pins or any(each.pinned for each in values.kept.values())
    marks = PINNED * pinned + DOUBTFUL * doubtful + FORCED * forced
    return NodeState(
        node.id, action, reason, node.label, node.lines, expected, seconds, load if values.kept else None,
        sum(each.nbytes for each in values.kept.values()) if values.kept else None, marks,
    )  # fmt: skip


def _values(trace: dict[str, Any], env: Environment, kept: Mapping[str, Kept]) -> _Values:
    keys = [artifact_key(env, name) for name in trace["outputs"] if name in env.records]
    return _Values({key: kept[key] for key in keys if key is not None and key in kept}, None not in keys)


def why_computed(node: Node, found: Found, forced: bool) -> reasons.Reason:
    """The reason of a node that is computed; `forced`: the user wants that."""
    if forced:
        return reasons.Forced(by="you")
    trace = found.trace
    if trace is None or found.must_run:
        return found.reason
    if trace["figures"]:
        return reasons.Redrawn()
    if node.kind == "import":
        return reasons.HiddenState(package=(node.label.split() + [""])[1], node="")
    if trace["hidden"]:
        return reasons.HiddenState(package="a package it calls", node="")
    return reasons.ComputeCheaper(compute_seconds=trace["seconds"], load_seconds=float("inf"))
