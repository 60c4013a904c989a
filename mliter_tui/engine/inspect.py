"""`mliter plan` and `mliter why`: what would run now and for what reason; nothing runs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from mliter_tui import reasons
from mliter_tui.engine.behind import at_line, behind
from mliter_tui.engine.explaining import explained
from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.opening import opened
from mliter_tui.engine.repeating import repeated
from mliter_tui.engine.states import node_states
from mliter_tui.engine.version import Version
from mliter_tui.facts import Search
from mliter_tui.records import from_fields
from mliter_tui.render.cells import clean
from mliter_tui.render.matrix import plain
from mliter_tui.render.plain import human_bytes, human_seconds, plan_table
from mliter_tui.script.nodes import Node, Script
from mliter_tui.view.matrix import joined, of_search
from mliter_tui.wording import in_file

if TYPE_CHECKING:
    from mliter_tui.options import Options

_WIDTH, _MOST = 96, 20
"""Of a search in text: cells, and rows."""


def _rows(version: Version, forecast: Forecast) -> list[dict[str, Any]]:
    return [
        {
            "node": state.label, "id": state.node, "lines": [in_file(line) for line in state.lines],
            "module": version.script.by_number[state.node].module, "action": state.action,
            "seconds": state.seconds, "reason": state.reason.short(), "explanation": state.reason.explain(),
            "typed": state.reason.to_json(), "depth": version.script.depth(version.script.by_number[state.node]),
            "turn": _turn(version.script, version.script.by_number[state.node]),
        }
        for state in node_states(version, forecast)
    ]  # fmt: skip


def _turn(script: Script, node: Node) -> list[int]:
    """The outermost loop a node is in, by its first node, and which pass of it; empty for none."""
    for loop in script.loops:
        if loop.head in node.groups and loop.turns[0] <= node.id < loop.turns[-1]:
            return [loop.head, sum(turn <= node.id for turn in loop.turns)]
    return []


def plan_command(options: Options) -> int:
    with opened(options) as (version, _):
        forecast = version.plan()
        rows = _rows(version, forecast)
        predicted = sum(r["seconds"] or 0.0 for r in rows if r["action"] != "prune")
        before = repeated(version, forecast)
    if options.json:
        tried = {"iteration": before.past.number, "text": before.text} if before is not None else None
        data = {"script": version.path, "predicted_seconds": predicted, "tried": tried, "nodes": rows}
        print(json.dumps({"v": 1, **data}))
    else:
        sys.stdout.write(plan_table(rows))  # type: ignore[arg-type]
        if before is not None:
            print(clean(before.text))
    return 0


def why_command(options: Options) -> int:
    """The reason chain of one line's node, or of every node that would run."""
    with behind(options) as (version, module):
        forecast = version.plan()
        rows = {r["id"]: r for r in _rows(version, forecast)}
        nodes = [n for n in version.script.nodes if n.id in rows]
        supplies, used = 0, ""
        if options.line is not None:
            nodes, used = at_line(version, forecast, module, options.line, options.script_name)
        else:
            nodes = [n for n in nodes if rows[n.id]["action"] == "compute" and (not module or n.module == module)]
            if not options.json:  # for people: what runs for a reason of its own
                run, found = nodes, forecast.found
                nodes = [n for n in run if found[n.id].trace is None or found[n.id].must_run] or run
                supplies = len(run) - len(nodes)
        answers = [_answer(version, forecast, n, rows[n.id]) for n in nodes]
    if options.json:
        print(json.dumps({"v": 1, "script": version.path, "nodes": answers}))
    else:
        if used:
            print(f"{used} of {options.script_name} has no statements of its own in this workflow; what depends on it:")
        for answer in answers:
            _print(answer)
        if not answers:
            print("Everything is up to date: nothing would run.")
        elif supplies:
            others = f"{supplies} more statement{'s' if supplies > 1 else ''}"
            print(f"{others} would run only to supply these; `mliter plan` shows which.")
    return 0


def _answer(version: Version, forecast: Forecast, node: Node, row: dict[str, Any]) -> dict[str, Any]:
    told = explained(version, forecast, node, row["action"], reasons.from_json(row["typed"]))
    values = [
        {
            "name": v.name, "kept": v.kept, "bytes": v.nbytes, "load_seconds": v.load_seconds,
            "compute_seconds": v.compute_seconds, "pinned": v.pinned,
            "decision": v.reason.explain() if v.reason is not None else "",
        }
        for v in told.values
    ]  # fmt: skip
    return {
        **row, "explanation": told.reason.explain(), "chain": list(told.chain), "values": values, "source": node.source,
        "whole": told.whole, "searches": _searches(forecast, node),
    }


def _searches(forecast: Forecast, node: Node) -> list[dict[str, Any]]:
    """What the run that is known of a node made of its searches."""
    found = forecast.found.get(node.id)
    trace = found.trace if found is not None else None
    return list(trace.get("searches", [])) if trace is not None else []


def _print(answer: dict[str, Any]) -> None:
    begin, end = answer["lines"]
    where = f"line {begin}" if begin == end else f"lines {begin}-{end}"
    where += f" of {answer['module']}" if answer["module"] else ""
    print(f"{answer['node']}  ({where})  {answer['action']}: {answer['reason']}")
    for line in str(answer["explanation"]).splitlines():
        if line.strip() and line.strip() != answer["reason"]:
            print(f"    {line}")
    for step in answer["chain"]:
        print(f"    because {step}")
    if answer["whole"]:
        print(f"    one unit: {answer['whole']}")
    for search in joined(tuple(from_fields(Search, each, reasons.from_json) for each in answer["searches"])):
        for row in plain(of_search(search), _WIDTH, _MOST):
            print(f"    {row}")
    for v in answer["values"]:
        state = "kept" if v["kept"] else "not kept"
        load = ""
        if v["kept"]:
            load = f", load {human_seconds(v['load_seconds'])}, compute {human_seconds(v['compute_seconds'])}"
        print(f"    {v['name']}: {state}, {human_bytes(v['bytes'])}{load}{', pinned' if v['pinned'] else ''}")
        if v["decision"]:
            print(f"        {v['decision'].splitlines()[0]}")
