"""`mliter plan` and `mliter why`: what would run now and for what reason; nothing runs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from mliter_tui import reasons
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import Forecast, artifact_key
from mliter_tui.engine.opening import opened
from mliter_tui.engine.states import node_states
from mliter_tui.engine.version import Version
from mliter_tui.render.plain import human_bytes, human_seconds, plan_table
from mliter_tui.script.nodes import Node
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.options import Options


def _rows(version: Version, forecast: Forecast) -> list[dict[str, Any]]:
    scopes = {node.id: node.scope for node in version.script.nodes}
    return [
        {
            "node": state.label, "id": state.node, "lines": list(state.lines), "action": state.action,
            "seconds": state.seconds, "reason": state.reason.short(), "explanation": state.reason.explain(),
            "typed": state.reason.to_json(), "depth": 1 if scopes[state.node] else 0,
        }
        for state in node_states(version, forecast)
    ]  # fmt: skip


def plan_command(options: Options) -> int:
    with opened(options) as (version, _):
        forecast = version.plan()
        rows = _rows(version, forecast)
        predicted = sum(r["seconds"] or 0.0 for r in rows if r["action"] != "prune")
    if options.json:
        print(json.dumps({"v": 1, "script": version.path, "predicted_seconds": predicted, "nodes": rows}))
    else:
        sys.stdout.write(plan_table(rows))  # type: ignore[arg-type]
    return 0


def why_command(options: Options) -> int:
    """The reason chain of one line's node, or of every node that would run."""
    with opened(options) as (version, store):
        forecast = version.plan()
        rows = {r["id"]: r for r in _rows(version, forecast)}
        nodes = [n for n in version.script.nodes if n.id in rows]
        supplies = 0
        if options.line is not None:
            nodes = [n for n in nodes if n.lines[0] <= options.line <= n.lines[1]]
            inner = [n for n in nodes if n.scope or n.kind != "def"]
            nodes = inner or nodes
            if not nodes:
                from mliter_tui.errors import UsageError

                where = f"Line {options.line} of {options.script_name}"
                raise UsageError(f"{where} belongs to no statement; choose another.")
        else:
            nodes = [n for n in nodes if rows[n.id]["action"] == "compute"]
            if not options.json:  # for people: what runs for a reason of its own
                run, found = nodes, forecast.found
                nodes = [n for n in run if found[n.id].trace is None or found[n.id].must_run] or run
                supplies = len(run) - len(nodes)
        answers = [_answer(version, forecast, store, n, rows) for n in nodes]
    if options.json:
        print(json.dumps({"v": 1, "script": version.path, "nodes": answers}))
    else:
        for answer in answers:
            _print(answer)
        if not answers:
            print("Everything is up to date: nothing would run.")
        elif supplies:
            others = f"{supplies} more statement{'s' if supplies > 1 else ''}"
            print(f"{others} would run only to supply these; `mliter plan` shows which.")
    return 0


def _answer(
    version: Version, forecast: Forecast, store: Store, node: Node, rows: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    row = rows[node.id]
    env = forecast.final or Environment()
    values = []
    for name in sorted(node.binds):
        key = artifact_key(env, name) if name in env.records else None
        kept = store.artifact(key) if key else None
        values.append(
            {
                "name": name.removeprefix("main."),
                "kept": kept is not None,
                "bytes": kept.nbytes if kept else (env.records[name]["size"] if name in env.records else None),
                "load_seconds": kept.load_seconds if kept else None,
                "compute_seconds": kept.compute_seconds if kept else None,
                "pinned": bool(kept and kept.pinned),
            }
        )
    return {
        **row,
        "explanation": reasons.from_json(row["typed"]).explain(),
        "chain": _chain(version, forecast, node),
        "values": values,
        "source": node.source,
    }


def _chain(version: Version, forecast: Forecast, node: Node) -> list[str]:
    """Root cause last: the nodes whose own change made this one run."""
    chain, seen = [], {node.id}
    current = node
    while True:
        found = forecast.found.get(current.id)
        reason = found.reason if found is not None and found.trace is None else None
        if not isinstance(reason, reasons.UpstreamChanged):
            if reason is not None and current is not node:
                chain.append(f"{current.label}, line {current.lines[0]}: {reason.short()}")
            return chain
        makers = [
            n for n in version.script.nodes
            if n.id < current.id and n.id not in seen and forecast.found.get(n.id) is not None
            and forecast.found[n.id].trace is None
            and ({b.removeprefix("main.") for b in n.binds | n.guess} & set(reason.names))
        ]  # fmt: skip
        if not makers:
            return chain
        current = makers[-1]
        seen.add(current.id)


def _print(answer: dict[str, Any]) -> None:
    begin, end = answer["lines"]
    where = f"line {begin}" if begin == end else f"lines {begin}-{end}"
    print(f"{answer['node']}  ({where})  {answer['action']}: {answer['reason']}")
    for line in str(answer["explanation"]).splitlines():
        if line.strip() and line.strip() != answer["reason"]:
            print(f"    {line}")
    for step in answer["chain"]:
        print(f"    because {step}")
    for v in answer["values"]:
        state = "kept" if v["kept"] else "not kept"
        load = ""
        if v["kept"]:
            load = f", load {human_seconds(v['load_seconds'])}, compute {human_seconds(v['compute_seconds'])}"
        print(f"    {v['name']}: {state}, {human_bytes(v['bytes'])}{load}{', pinned' if v['pinned'] else ''}")
