"""One iteration as a screen shows it: states, neighbours, slices, lines, and the time that is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_view import TEXT, begins, chain, ends, filled, finished, halfway, plan, read, started

from mliter_tui.facts import NodeInfo
from mliter_tui.view.iteration import IterationView, NodeView


def letters(view: IterationView) -> str:
    return "".join(node.letter for node in view.nodes.values())


def test_letters_of_a_run() -> None:
    assert letters(filled(read()).shown) == "???????"
    assert letters(filled(read(), plan()).shown) == "PCPLLCC"
    assert letters(halfway()) == "PCPLLRC"


def test_counts_have_an_entry_for_every_state() -> None:
    assert halfway().counts() == {"C": 2, "L": 2, "P": 2, "R": 1, "F": 0, "?": 0}
    assert sum(IterationView().counts().values()) == 0


def test_the_running_node() -> None:
    view = halfway()
    running = view.running
    assert running is not None and running.info.label == "clf"
    assert filled(read(), started(), plan()).shown.running is None


@pytest.mark.parametrize(("now", "left"), [(200.0, 4.0), (201.5, 2.5), (210.0, 2.0)])
def test_the_time_that_is_left_counts_what_runs_and_what_waits(now: float, left: float) -> None:
    assert halfway().remaining(now) == pytest.approx(left)


def test_nothing_is_known_of_the_time_left() -> None:
    assert filled(read()).shown.remaining(0.0) is None


@pytest.mark.parametrize(("line", "label"), [(1, "import numpy as np"), (7, "clf"), (9, "print(clf.score(X, y))")])
def test_the_node_at_a_line(line: int, label: str) -> None:
    node = halfway().at_line(line)
    assert node is not None and node.info.label == label


def test_no_node_at_a_line() -> None:
    assert halfway().at_line(99) is None


def test_the_innermost_node_at_a_line() -> None:
    infos = [NodeInfo(0, "main", (1, 9), "def"), NodeInfo(1, "a", (2, 2), depth=1)]
    view = IterationView(nodes={info.node: NodeView(info) for info in infos})
    assert [node.info.label for line in (1, 2, 3) if (node := view.at_line(line))] == ["main", "a", "main"]


def test_neighbours_are_in_program_order_and_named_once() -> None:
    view = halfway()
    assert view.parents(5) == [1, 3, 4]
    assert view.children(3) == [5, 6]
    assert (view.parents(0), view.children(0)) == ([], [])


def test_a_slice_goes_all_the_way_up_and_down_but_not_sideways() -> None:
    view = chain(6, [(0, 1), (1, 2), (2, 3), (0, 4), (5, 3)])
    assert view.reach([1]) == {0, 1, 2, 3}
    assert view.reach([]) == set()
    assert view.reach([4, 5]) == {0, 3, 4, 5}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.integers(0, 9))
def test_a_slice_is_the_nodes_a_path_leads_to_or_from(edges: list[tuple[int, int]], node: int) -> None:
    view = chain(10, edges)
    paths = {(n, n) for n in range(10)}
    while True:
        longer = paths | {(a, d) for a, b in paths for c, d in edges if b == c}
        if longer == paths:
            break
        paths = longer
    assert view.reach([node]) == {a for a, b in paths if b == node} | {b for a, b in paths if a == node}


def test_lines_are_counted_as_python_counts_them() -> None:
    assert IterationView(text="a = '\x0c'\r\nb\rc\u2028d\n").source == ["a = '\x0c'", "b", "c\u2028d", ""]
    assert halfway().source[1] == TEXT.splitlines()[1]


def test_what_a_node_takes() -> None:
    view = filled(read(), started(), plan(), begins(3), ends(3, 0.25)).shown
    node = view.nodes[3]
    assert (node.seconds, node.expected, node.last) == (0.25, 0.1, 2.0)
    assert (node.marks, node.nbytes, node.kept, node.done) == ("*", 84_000_000, True, True)
    assert node.reason is not None and node.reason.code == "LOAD_CHEAPER"
    assert view.nodes[5].kept is False


def test_after_the_end_nothing_runs() -> None:
    view = filled(read(), started(), plan(), begins(1), ends(1), begins(5), finished(status="cancelled")).shown
    assert letters(view) == "PCPLLCC"
    assert view.running is None
