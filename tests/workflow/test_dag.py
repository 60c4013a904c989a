"""The DAG: which node's version of a name reaches which reader."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.workflow.dag import DagNode, ancestors, build, descendants, neighbourhood, path

SCRIPT = [
    DagNode(10, "df", (), ("df",)),
    DagNode(11, "df['x']", ("df",), ("df",)),
    DagNode(12, "X, y", ("df", "print"), ("X", "y")),
    DagNode(13, "clf", ("X", "y"), ("clf",)),
    DagNode(14, "note", (), ("note",)),
]


def test_edges_carry_names_from_the_latest_maker() -> None:
    graph = build(SCRIPT)
    assert list(graph.edges(data="names")) == [(10, 11, ("df",)), (11, 12, ("df",)), (12, 13, ("X", "y"))]
    assert graph.nodes[12]["label"] == "X, y"


def test_reach() -> None:
    graph = build(SCRIPT)
    assert ancestors(graph, [13]) == {10, 11, 12}
    assert descendants(graph, [11]) == {12, 13}
    assert descendants(graph, [11, 12]) == {12, 13}
    assert ancestors(graph, [14]) == descendants(graph, [14]) == set()
    assert neighbourhood(graph, 12) == {11, 12, 13}
    assert neighbourhood(graph, 12, 0) == {12}
    assert neighbourhood(graph, 13, 2) == {11, 12, 13}
    assert path(graph, 10, 13) == [10, 11, 12, 13] and path(graph, 13, 10) == path(graph, 14, 13) == []


def test_ids_are_unique() -> None:
    with pytest.raises(ValueError, match="10"):
        build([DagNode(10, "a"), DagNode(10, "b")])


NAMES = st.lists(st.sampled_from("abcd"), max_size=3).map(tuple)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=12))
def test_program_order_is_topological_and_reach_is_that_of_networkx(pairs: list[tuple[tuple[str, ...], ...]]) -> None:
    graph = build([DagNode(at, "", needs, makes) for at, (needs, makes) in enumerate(pairs)])
    assert all(maker < reader for maker, reader in graph.edges)
    for node in graph:
        assert ancestors(graph, [node]) == nx.ancestors(graph, node)
        assert descendants(graph, [node]) == nx.descendants(graph, node)
