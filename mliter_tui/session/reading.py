"""A version of the script as an event: its text, its nodes, and the names that go between them."""

from __future__ import annotations

from collections.abc import Iterable

from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.version import Version
from mliter_tui.events import LoopUnrolled, VersionRead
from mliter_tui.facts import Edge, NodeInfo
from mliter_tui.reasons import FirstRun
from mliter_tui.script.nodes import Node, is_hidden, shown
from mliter_tui.workflow.dag import DagNode, build


def version_read(version: Version, forecast: Forecast, iteration: int) -> VersionRead:
    """What a screen shows of a version before it runs; `iteration`: the number it will have."""
    nodes = version.script.nodes
    infos = tuple(_info(node, version) for node in nodes)
    return VersionRead(
        version.path, iteration, version.text, infos, tuple(_edges(nodes)),
        tuple(_changed(version, forecast)) if iteration > 1 else (),
    )  # fmt: skip


def _info(node: Node, version: Version) -> NodeInfo:
    script = version.script
    kind = node.kind if node.kind in ("import", "def", "class", "rest") else "statement"
    if any(loop.head == node.id for loop in script.loops):
        kind = "loop"
    elif node.kind in ("next", "test"):
        kind = "pass" if node.turn else "end"
    binds = sorted(shown(name) for name in node.makes if not is_hidden(name))
    return NodeInfo(
        node.id, node.label, node.lines, kind, script.depth(node), tuple(binds), node.key, node.groups,
        version.local.paths.get(node.module, ""), node.source.split("\n")[0] if node.module else "",
    )  # fmt: skip


def loop_unrolled(version: Version, head: int, end: int) -> LoopUnrolled:
    """What a screen shows of a loop of which another number of passes is taken one by one."""
    inside = range(head, end)
    infos = tuple(_info(node, version) for node in version.script.nodes if node.id in inside)
    edges = (edge for edge in _edges(version.script.nodes) if edge.maker in inside or edge.reader in inside)
    return LoopUnrolled(head, end, infos, tuple(edges))


def _edges(nodes: Iterable[Node]) -> Iterable[Edge]:
    """By the text alone, so that the picture does not move once a run has told more."""
    graph = build([DagNode(n.id, n.label, tuple(n.reads), tuple(n.binds | n.guess)) for n in nodes])
    for maker, reader, names in graph.edges(data="names"):
        yield Edge(maker, reader, tuple(shown(name) for name in names))


def _changed(version: Version, forecast: Forecast) -> list[int]:
    """First lines of nodes that were edited or added since the last iteration."""
    edited = version.lookup.changes()
    return [
        node.lines[0]
        for node in version.script.nodes
        if node.id in edited or ((found := forecast.found.get(node.id)) and isinstance(found.reason, FirstRun))
    ]
