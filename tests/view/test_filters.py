"""Filters: what a user types, and the nodes it leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_view import TEXT, chain, halfway

from mliter_tui.facts import NodeInfo
from mliter_tui.view.filters import parse
from mliter_tui.view.iteration import IterationView, NodeView


def left(text: str, view: IterationView | None = None) -> list[int]:
    """The nodes of a run that is halfway: 1 and 5 computed and running, 3 and 4 loaded, 0 and 2 pruned, 6 waits."""
    view = view if view is not None else halfway()
    accepts = parse(text)
    return [number for number, node in view.nodes.items() if accepts(node, view.source)]


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6]),
        ("   ", [0, 1, 2, 3, 4, 5, 6]),
        ("state:compute", [1, 6]),
        ("state:C", [1, 6]),
        ("state:l", [3, 4]),
        ("STATE:Load", [3, 4]),
        ("state:running", [5]),
        ("state:prune,load", [0, 2, 3, 4]),
        ("state:pr", [0, 2]),
        ("state:failed", []),
        ("-state:prune", [1, 3, 4, 5, 6]),
        ("cost>1", [0, 2, 3, 4, 5, 6]),
        ("cost<1", [1]),
        ("cost<500ms", []),
        ("cost<=500ms", [1]),
        ("cost>0.03m", [0, 2, 3, 4, 5, 6]),
        ("size>10MB", [3, 4]),
        ("size<10MB", []),
        ("size>=84mb", [3, 4]),
        ("-size>1B", [0, 1, 2, 5, 6]),
        ("kept:yes", [3, 4]),
        ("kept:no", [0, 1, 2, 5, 6]),
        ("mark:*", [3]),
        ("mark:pinned", [3]),
        ("mark:~", []),
        ("line:2-4", [1, 2, 3]),
        ("line:4-2", [1, 2, 3]),
        ("line:7", [5]),
        ("line:8-", [5, 6]),
        ("line:-1", [0]),
        ("name~clf", [5, 6]),
        ("logistic", [5]),
        ("NUMPY", [0]),
        ('"read_csv("', [2]),
        ('-"df = "', [0, 1, 3, 4, 5, 6]),
        ("state:load X", [3]),
        ("state:load -X", [4]),
        ("weird:thing", []),
        ("[", [4]),
    ],
)
def test_what_is_left(text: str, nodes: list[int]) -> None:
    assert left(text) == nodes


def test_a_node_that_failed_is_found() -> None:
    view = chain(3, [])
    view.nodes[1].failed = True
    assert left("state:failed", view) == [1]
    assert left("state:F", view) == [1]
    assert left("state:?", view) == [0, 2]
    assert left("state:unreached", view) == [0, 2]


def test_the_body_of_a_definition_is_not_its_text() -> None:
    view = IterationView(text=TEXT, nodes={0: NodeView(NodeInfo(0, "main", (6, 8), "def"))})
    assert left("LogisticRegression", view) == [0]
    assert left("C=C", view) == []


def test_an_empty_filter_is_none() -> None:
    assert not parse(" ")
    assert parse("x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("state:gone", "type one of compute, load, prune, running, failed, unreached, or its letter"),
        ("state:", "type one of"),
        ("cost>", "type cost>1"),
        ("cost>fast", "type cost>1"),
        ("cost:1", "type cost>1"),
        ("cost>1MB", "type cost>1"),
        ("size>1x", "type size>10MB"),
        ("line:a", "type line:12"),
        ("line:", "type line:12"),
        ("line:1-2-3", "type line:12"),
        ("kept:maybe", "type kept:yes"),
        ("mark:x", "type mark:*"),
        ('"open', "quote"),
        ("-state:gone", "type one of"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse(text)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value) and str(raised.value).endswith(".")


@given(st.text(alphabet=st.sampled_from('statecoszlinkpmr:<>=-~"\'*\\0123456789 .,ß'), max_size=20))
def test_any_text_is_a_filter_or_an_error_that_says_so(text: str) -> None:
    try:
        accepts = parse(text)
    except ValueError as error:
        assert str(error).endswith(".")
    else:
        accepts(NodeView(NodeInfo(0, "x", (1, 1))), ["x = 1"])
