"""The workflow DAG: nodes of one version of a script, and edges that carry the names one makes and another needs.

Nodes come in program order; a need is met by the latest node before that makes the name, so the graph has no cycle and
the order of the nodes is a topological one. A name no node before makes (a builtin, an argument) has no edge. A node
that changes a value in place needs and makes the same name. Attributes: node `label`, edge `names` (a sorted tuple).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mliter_tui.lean import dataclass

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class DagNode:
    """One node: its number, what the screen calls it, and the names it needs before and makes."""

    id: int
    label: str
    needs: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()


def edges(nodes: Sequence[DagNode]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """(maker, reader, names that go from one to the other) of `nodes`, given in program order; by reader."""
    latest: dict[str, int] = {}
    for node in nodes:
        carried: dict[int, set[str]] = {}
        for name in node.needs:
            if name in latest:
                carried.setdefault(latest[name], set()).add(name)
        for maker, names in sorted(carried.items()):
            yield maker, node.id, tuple(sorted(names))
        latest.update(dict.fromkeys(node.makes, node.id))


def build(nodes: Sequence[DagNode]) -> nx.DiGraph[int]:
    """The DAG of `nodes`, given in program order. ValueError where an id occurs twice."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    for node in nodes:
        if node.id in graph:
            raise ValueError(f"two nodes have the id {node.id}")
        graph.add_node(node.id, label=node.label)
    for maker, reader, names in edges(nodes):
        graph.add_edge(maker, reader, names=names)
    return graph


def ancestors(graph: nx.DiGraph[int], nodes: Iterable[int]) -> set[int]:
    """The nodes some of `nodes` need, directly or not; without themselves unless one needs another."""
    return _reached(graph.pred, nodes)


def descendants(graph: nx.DiGraph[int], nodes: Iterable[int]) -> set[int]:
    """The nodes that need some of `nodes`, directly or not; without themselves unless one needs another."""
    return _reached(graph.succ, nodes)


def neighbourhood(graph: nx.DiGraph[int], node: int, hops: int = 1) -> set[int]:
    """The nodes at most `hops` edges away, either way, and the node itself."""
    near = {node}
    for _ in range(hops):
        near |= {other for each in near for other in (*graph.pred[each], *graph.succ[each])}
    return near


def path(graph: nx.DiGraph[int], upstream: int, downstream: int) -> list[int]:
    """A shortest way from one node down to another, both included; empty if there is none."""
    import networkx as nx

    try:
        found: list[int] = nx.shortest_path(graph, upstream, downstream)
    except nx.NetworkXNoPath:
        return []
    return found


def _reached(links: Any, nodes: Iterable[int]) -> set[int]:
    found: set[int] = set()
    stack = list(nodes)
    while stack:
        for other in links[stack.pop()]:
            if other not in found:
                found.add(other)
                stack.append(other)
    return found
