"""What the user changed since the last iteration, as reasons for the nodes whose own source it is."""

from __future__ import annotations

import difflib

from mliter_tui import reasons
from mliter_tui.script.nodes import Script, read_script
from mliter_tui.store import Store
from mliter_tui.workflow.diff import NodeKey, diff


def _keys(script: Script) -> list[NodeKey]:
    return [NodeKey(n.key, n.source, n.label, n.reads, n.binds) for n in script.nodes]


def source_reasons(store: Store, script: Script) -> dict[int, reasons.Reason]:
    """SourceChanged for each node that was edited since the last iteration, with the diff of its lines."""
    past = store.iterations(script.filename, 1)
    data = store.blob(past[0]["text"]) if past else None
    if data is None:
        return {}
    try:
        old = read_script(
            data.decode("utf-8", "surrogatepass"), script.filename, keep_docstrings=script.keep_docstrings
        )
    except SyntaxError:
        return {}
    found: dict[int, reasons.Reason] = {}
    for change in diff(_keys(old), _keys(script)).changes:
        if change.kind != "edited" or change.before is None or change.after is None or change.new is None:
            continue
        lines = difflib.unified_diff(
            change.before.source.splitlines(), change.after.source.splitlines(), lineterm="", n=0
        )
        shown = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
        node = script.nodes[change.new]
        found[node.id] = reasons.SourceChanged(diff="\n".join(shown), line=node.lines[0])
    return found
