"""What a kernel is told of a node."""

from __future__ import annotations

import marshal
from typing import Any

from mliter_tui.script.nodes import Node, Script

NOTHING: dict[str, Any] = {
    "command": "node", "lineage": "exit", "needs": [], "order": [], "files": [],
    "node": {"unit": {"kind": "nothing", "code": b""}, "binds": [], "deletes": [], "line": 0},
}  # fmt: skip
"""What is common to all commands to run a node; the node is one that does nothing: to load values by."""


def node_message(node: Node, script: Script) -> dict[str, Any]:
    """`line`: of an import statement of the module, by which imports ahead are told; else 0."""
    unit = node.unit
    return {
        "unit": {
            "kind": unit.kind,
            "code": marshal.dumps(unit.code) if unit.code is not None else b"",
            "site": marshal.dumps(unit.site) if unit.site is not None else b"",
            "parameters": list(unit.parameters),
            "locals": sorted(script.frame_names) if node.scope else [],
        },
        "binds": sorted(node.binds), "deletes": [], "line": node.lines[0] if node.kind == "import" else 0,
    }  # fmt: skip
