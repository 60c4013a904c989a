"""What a kernel is told of a node."""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from typing import Any

from mliter_tui.script.measuring import bound_measures
from mliter_tui.script.nodes import Node, Script


def nothing(script: Script, node: Node | None = None) -> dict[str, Any]:
    """A node that does nothing, where that node stands: to load values by."""
    frames = _stack(script, node.frame) if node is not None else []
    unit = {"kind": "nothing", "code": b"", "iterator": "", "frames": frames}
    return command("exit", [], {"unit": unit, "binds": [], "deletes": [], "rescan": [], "line": 0, "guarded": False})


def command(lineage: str, needs: list[str], node: dict[str, Any]) -> dict[str, Any]:
    """The command to run a node, as `node_message` describes it; nothing is loaded, dropped or shown before it."""
    return {
        "command": "node", "lineage": lineage, "needs": needs, "node": node, "order": [], "files": [],
        "replay": [], "left": [], "drop": [], "loads": [], "streams": {}, "packages": "",
        "context": "", "stale": [],
    }  # fmt: skip


def node_message(node: Node, script: Script, rescan: Iterable[str] = ()) -> dict[str, Any]:
    """`line`: of an import statement of the module, by which imports ahead are told; else 0.

    rescan: names that hold on to variables of a call which ends, or to what loses its name. measures: names that are
    bound to one. guarded: guards are around it, which see to an error that leaves it. called: as of `Node`.
    """
    unit = node.unit
    return {
        "unit": {
            "kind": unit.kind, "code": marshal.dumps(unit.code) if unit.code is not None else b"",
            "frames": _stack(script, node.frame), "parameters": list(unit.parameters),
            "iterator": unit.iterator,
            "callee": _call(script, unit.callee)[:3] if unit.callee >= 0 else [],
            "function": _function(script, unit.callee) if unit.kind == "enter" else [],
            "result": script.frames[unit.callee].result if unit.callee >= 0 else "",
            "guards": [_guard(script, number) for number in node.guards] if unit.kind == "unwind" else [],
        },
        "binds": sorted(node.binds),
        "deletes": sorted(node.binds - node.makes),
        "rescan": list(rescan), "line": node.lines[0] if node.kind == "import" else 0,
        "measures": _measures(node), "guarded": bool(node.guards) and unit.kind != "unwind",
        "called": node.called,
    }  # fmt: skip


def _guard(script: Script, number: int) -> dict[str, Any]:
    guard = script.guards[number]
    return {
        "number": number, "kind": guard.kind, "code": marshal.dumps(guard.code), "frames": _stack(script, guard.frame),
        "iterator": guard.name, "around": guard.around, "turn": guard.turn, "over": guard.iterator,
    }  # fmt: skip


def _measures(node: Node) -> list[str]:
    """Names it binds whose value is a measure, and is told as one though nothing prints it."""
    names = bound_measures(node.source) if node.kind in ("statement", "leave") else ()
    return sorted(name for name in node.makes if name.rpartition(".")[2] in names) if names else []


def _call(script: Script, number: int) -> list[Any]:
    frame = script.frames[number]
    return [frame.tag, number, list(frame.locals), marshal.dumps(frame.site), frame.module, frame.entry]


def _function(script: Script, number: int) -> list[Any]:
    """Of a function of a local module, a method, or one that a library calls: module, name, line; to see that it is
    that one.

    Behind that the library that is asked for the arguments, the class of the object, and whether the call makes it.
    """
    frame = script.frames[number]
    if not (frame.module or frame.entry or frame.receiver):
        return []
    return [frame.module, frame.name, frame.line, frame.entry, frame.receiver, frame.makes]


def _stack(script: Script, number: int) -> list[list[Any]]:
    """The calls a node is in, outermost first."""
    found: list[list[Any]] = []
    while number >= 0:
        found.insert(0, _call(script, number))
        number = script.frames[number].outer
    return found
