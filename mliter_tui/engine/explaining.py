"""Why a node is in its state, up to the root cause, and what keeping its values is worth, with the policy's numbers."""

from __future__ import annotations

from mliter_tui import reasons
from mliter_tui.engine.entering import CHEAP_SECONDS
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import Forecast, artifact_key
from mliter_tui.engine.keeping import Keeper
from mliter_tui.engine.lookup import effort
from mliter_tui.engine.version import Version
from mliter_tui.events import Action, Explained
from mliter_tui.facts import ValueInfo
from mliter_tui.script.nodes import Node, is_hidden, shown


def explained(version: Version, forecast: Forecast, node: Node, action: Action, reason: reasons.Reason) -> Explained:
    """A node in full; `action` and `reason` are its place in the plan."""
    chain, values = _chain(version, forecast, node), _values(version, forecast, node)
    found = forecast.found.get(node.id)
    took = effort(found.trace) if found is not None and found.trace is not None else version.costs.get(node.key, 0.0)
    whole = node.whole if took >= CHEAP_SECONDS else ""
    return Explained(node.id, action, reason, tuple(chain), tuple(values), whole)


def _chain(version: Version, forecast: Forecast, node: Node) -> list[str]:
    """Root cause last: the nodes whose own change made this one run."""
    chain, seen = [], {node.id}
    current = node
    while True:
        found = forecast.found.get(current.id)
        reason = found.reason if found is not None and found.trace is None else None
        if not isinstance(reason, reasons.UpstreamChanged):
            if reason is not None and current is not node:
                chain.append(f"{current.label}, {current.where}: {reason.short()}")
            return chain
        makers = [
            n for n in version.script.nodes
            if n.id < current.id and n.id not in seen and forecast.found.get(n.id) is not None
            and forecast.found[n.id].trace is None
            and ({shown(b) for b in n.binds | n.guess} & set(reason.names))
        ]  # fmt: skip
        if not makers:
            return chain
        current = makers[-1]
        seen.add(current.id)


def _values(version: Version, forecast: Forecast, node: Node) -> list[ValueInfo]:
    """What the node makes, as far as it is known, with the decision to keep each or not."""
    env = version.beginning()
    keeper = Keeper(version.store, version.settings.policy, version.pins, lambda: version.measured)
    for each in version.script.nodes:
        found = forecast.found.get(each.id)
        if found is None:
            continue  # the script does not come to it
        if found.trace is None:
            env.blur(each)
            if each is node:
                return [ValueInfo(shown(name)) for name in sorted(node.binds) if not is_hidden(name)]
            continue
        keeper.apply(each, found.trace, env)
        if each is node:
            decided = keeper.decisions(node, found.trace, env)
            made = sorted({*node.binds, *found.trace["outputs"]} & env.records.keys())
            return [_value(version, env, name, decided) for name in made if not name.startswith("mod:")]
    return []


def _value(version: Version, env: Environment, name: str, decided: dict[str, reasons.Reason]) -> ValueInfo:
    key = artifact_key(env, name)
    kept = version.store.artifact(key) if key is not None else None
    record = env.records[name]
    why = decided.get(key or "") or (reasons.Uncacheable(what=_obstacle(record)) if key is None else None)
    name = shown(name)
    if kept is None:
        return ValueInfo(name, key or "", nbytes=record["size"], reason=why)
    return ValueInfo(
        name, kept.fp, True, kept.nbytes, kept.load_seconds, kept.compute_seconds, kept.pinned, why
    )


def _obstacle(record: dict[str, object]) -> str:
    """What of a value cannot go through the store."""
    opaque = record.get("opaque")
    if isinstance(opaque, (list, tuple, set)) and opaque:
        return ", ".join(sorted(map(str, opaque)))
    return "it has no content that can be written and compared"
