"""An error on its way out of the guards around the node that raised it, as a node of its own.

It is never skipped: what has raised once is computed again in each run, and so is what the guards do then.
"""

from __future__ import annotations

from xxhash import xxh3_128_hexdigest

from mliter_tui.hidden import manager
from mliter_tui.script.nodes import DYNAMIC, Node, Script, Unit

RAISED, UNWIND = "raised", "unwind"


def unwinding(script: Script, node: Node) -> Node:
    """What the guards of this node do about an error that has left it. Its number is that of the node."""
    around = [script.guards[number] for number in node.guards]
    reads = frozenset().union(*(guard.reads for guard in around))
    reads |= {name for guard in around if guard.name for name in (guard.name, manager(guard.name))}
    key, none = xxh3_128_hexdigest(f"{UNWIND} {node.key}".encode()), frozenset[str]()
    return Node(
        node.id, node.frame, UNWIND, node.lines, node.source, Unit(UNWIND, None), key, reads, none, none, none, none,
        True, bool(reads & DYNAMIC), none, none, node.groups, node.loop, place=node.place, module=node.module,
        guards=node.guards,
    )  # fmt: skip


def is_finished(node: Node, outcome: str) -> bool:
    """Whether a node has come to an end by itself: of no other is a trace kept."""
    return outcome != RAISED and node.kind != UNWIND
