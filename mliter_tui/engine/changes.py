"""What the user changed since the last iteration, as reasons for the nodes whose own source it is."""

from __future__ import annotations

import difflib

from mliter_tui import reasons
from mliter_tui.engine.entering import steps_for
from mliter_tui.history.iterations import head, modules_of, one_past, readable, text_of
from mliter_tui.script.nodes import Script
from mliter_tui.script.reading import read_script
from mliter_tui.store import Store
from mliter_tui.wording import in_file
from mliter_tui.workflow.diff import NodeKey, diff


def _keys(script: Script) -> list[NodeKey]:
    return [NodeKey(n.key, n.source, n.label, n.reads, n.binds) for n in script.nodes]


def former_version(store: Store, script: Script) -> Script | None:
    """The script as it was in the iteration that this one goes out from; None where that is not known."""
    number = head(store, script.filename)
    past = one_past(store, script.filename, number) if number else None
    text = text_of(store, past) if past is not None else None
    if past is None or text is None:
        return None
    modules = readable(modules_of(store, past) or ())
    try:
        return read_script(text, script.filename, modules, script.keep_docstrings, steps_for(store, script.filename))
    except SyntaxError:
        return None


def edited(store: Store, script: Script) -> dict[int, tuple[str, str, str]]:
    """Nodes that were edited since the last iteration: their former code key, source before and source now."""
    old = former_version(store, script)
    if old is None:
        return {}
    return {
        script.nodes[change.new].id: (change.before.key, change.before.source, change.after.source)
        for change in diff(_keys(old), _keys(script)).changes
        if change.kind == "edited" and change.before is not None and change.after is not None and change.new is not None
    }


def source_reasons(script: Script, changes: dict[int, tuple[str, str, str]]) -> dict[int, reasons.Reason]:
    """SourceChanged for each edited node, with the diff of its lines."""
    found: dict[int, reasons.Reason] = {}
    for node, (_, before, after) in changes.items():
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
        shown = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
        at = script.by_number[node]
        found[node] = reasons.SourceChanged("\n".join(shown), in_file(at.lines[0]), at.module)
    return found
