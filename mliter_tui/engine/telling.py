"""A version of the script in the words of events: its nodes, the names that go between them, a loop taken apart."""

from __future__ import annotations

from collections.abc import Iterable

from mliter_tui.events import LoopUnrolled
from mliter_tui.facts import Edge, NodeInfo
from mliter_tui.script.loops import Loop
from mliter_tui.script.nodes import Node, Script, is_hidden, shown
from mliter_tui.workflow.dag import DagNode, edges


def nodes_and_edges(script: Script) -> tuple[tuple[NodeInfo, ...], tuple[Edge, ...]]:
    """What a screen shows of a version."""
    return tuple(_info(node, script) for node in script.nodes), tuple(_edges(script.nodes))


def loop_unrolled(script: Script, loop: Loop) -> LoopUnrolled:
    """What a screen shows of a loop of which another number of passes is taken one by one."""
    inside = range(loop.head, loop.end)
    infos = tuple(_info(node, script) for node in script.nodes if node.id in inside)
    between = (edge for edge in _edges(script.nodes) if edge.maker in inside or edge.reader in inside)
    return LoopUnrolled(loop.head, loop.end, infos, tuple(between))


def _info(node: Node, script: Script) -> NodeInfo:
    kind = node.kind if node.kind in ("import", "def", "class", "rest") else "statement"
    if any(loop.head == node.id for loop in script.loops):
        kind = "loop"
    elif node.kind in ("next", "test"):
        kind = "pass" if node.turn else "end"
    binds = sorted(shown(name) for name in node.makes if not is_hidden(name))
    return NodeInfo(node.id, node.label, node.lines, kind, script.depth(node), tuple(binds), node.key, node.groups)


def _edges(nodes: Iterable[Node]) -> Iterable[Edge]:
    """By the text alone, so that the picture does not move once a run has told more."""
    given = [DagNode(n.id, n.label, tuple(n.reads), tuple(n.binds | n.guess)) for n in nodes]
    for maker, reader, names in edges(given):
        yield Edge(maker, reader, tuple(shown(name) for name in names))
