"""`mliter plan` and `mliter why`: what would run now and for what reason; nothing runs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from mliter_tui import reasons
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import Forecast, artifact_key
from mliter_tui.engine.iteration import Iteration
from mliter_tui.engine.opening import opened
from mliter_tui.render.plain import human_bytes, human_seconds, plan_table
from mliter_tui.script.nodes import Node
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.options import Options


def _rows(iteration: Iteration, forecast: Forecast) -> list[dict[str, Any]]:
    rows = []
    plan = forecast.plan
    env = Environment()
    for node in iteration.script.nodes:
        found = forecast.found.get(node.id)
        if found is None:
            continue
        action = "compute" if node.id in forecast.computed else "prune"
        reason: reasons.Reason = found.reason
        seconds = found.trace["seconds"] if found.trace else iteration.costs.get(node.key)
        if found.trace is not None:
            env.apply(found.trace)
            made = {env.item(n) for n in found.trace["outputs"]}
            if plan is not None and action == "prune" and made & plan.loaded:
                action = "load"
                kept = [iteration.store.artifact(k) for n in found.trace["outputs"] if (k := artifact_key(env, n))]
                load = sum(a.load_seconds for a in kept if a is not None)
                reason, seconds = reasons.LoadCheaper(compute_seconds=found.trace["seconds"], load_seconds=load), load
            elif action == "compute" and not found.must_run:
                reason = _supplies(node, found.trace)
        else:
            env.blur(node)
        rows.append(
            {
                "node": node.label, "id": node.id, "lines": list(node.lines), "action": action, "seconds": seconds,
                "reason": reason.short(), "explanation": reason.explain(), "typed": reason.to_json(),
                "depth": 1 if node.scope else 0,
            }
        )  # fmt: skip
    return rows


def _supplies(node: Node, trace: dict[str, Any]) -> reasons.Reason:
    """Why a node whose trace holds is computed all the same."""
    if trace["figures"]:
        return reasons.Redrawn()
    if node.kind == "import":
        return reasons.HiddenState(package=(node.label.split() + [""])[1], node="")
    if trace["hidden"]:
        return reasons.HiddenState(package="a package it calls", node="")
    return reasons.ComputeCheaper(compute_seconds=trace["seconds"], load_seconds=float("inf"))


def plan_command(options: Options) -> int:
    with opened(options) as (iteration, _):
        forecast = iteration.plan_only()
        rows = _rows(iteration, forecast)
        predicted = sum(r["seconds"] or 0.0 for r in rows if r["action"] != "prune")
    if options.json:
        print(json.dumps({"v": 1, "script": iteration.path, "predicted_seconds": predicted, "nodes": rows}))
    else:
        sys.stdout.write(plan_table(rows))  # type: ignore[arg-type]
    return 0


def why_command(options: Options) -> int:
    """The reason chain of one line's node, or of every node that would run."""
    with opened(options) as (iteration, store):
        forecast = iteration.plan_only()
        rows = {r["id"]: r for r in _rows(iteration, forecast)}
        nodes = [n for n in iteration.script.nodes if n.id in rows]
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
        answers = [_answer(iteration, forecast, store, n, rows) for n in nodes]
    if options.json:
        print(json.dumps({"v": 1, "script": iteration.path, "nodes": answers}))
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
    iteration: Iteration, forecast: Forecast, store: Store, node: Node, rows: dict[int, dict[str, Any]]
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
        "chain": _chain(iteration, forecast, node),
        "values": values,
        "source": node.source,
    }


def _chain(iteration: Iteration, forecast: Forecast, node: Node) -> list[str]:
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
            n for n in iteration.script.nodes
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
