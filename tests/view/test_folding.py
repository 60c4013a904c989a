"""Rows that are shown: every node is in one, or hidden by the filter."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from sample_view import chain, halfway

from mliter_tui import events, reasons
from mliter_tui.view.filters import parse
from mliter_tui.view.folding import ShownRow, shown_rows
from mliter_tui.view.iteration import IterationView


def states(letters: str) -> IterationView:
    """Nodes in these states: P pruned, C computed."""
    view = chain(len(letters), [])
    for number, letter in enumerate(letters):
        action = "prune" if letter == "P" else "compute"
        view.nodes[number].plan = events.NodeState(number, action, reasons.FirstRun())  # type: ignore[arg-type]
    return view


def shape(view: IterationView, **how: object) -> str:
    """A letter for each row: n a node, F a fold."""
    return "".join("F" if row.folded else "n" for row in shown_rows(view, **how).rows)  # type: ignore[arg-type]


def test_without_a_wish_every_node_has_its_row() -> None:
    assert shape(states("PPPPCPP")) == "nnnnnnn"


def test_runs_of_pruned_nodes_become_one_row() -> None:
    rows = shown_rows(states("CPPPPCPPP"), fold=True).rows
    assert rows == (ShownRow((0,)), ShownRow((1, 2, 3, 4), True), ShownRow((5,)), ShownRow((6, 7, 8), True))


def test_two_pruned_nodes_are_not_worth_a_fold() -> None:
    assert shape(states("PPCPPP"), fold=True) == "nnnF"


def test_an_unfolded_run_stays_open() -> None:
    assert shape(states("PPPCPPP"), fold=True, unfolded={1}) == "nnnnF"


def called(letters: str, calls: dict[int, tuple[int, ...]]) -> IterationView:
    """Nodes in these states, those named in calls that were stepped into."""
    view = states(letters)
    for number, inside in calls.items():
        view.nodes[number].info = replace(view.nodes[number].info, calls=inside)
    return view


def test_a_call_is_one_row_with_the_node_that_leaves_it() -> None:
    view = called("CCPPCCCCCC", {2: (0,), 3: (0,), 4: (0,)})
    rows = shown_rows(view, fold=True).rows
    assert rows[:4] == (ShownRow((0,)), ShownRow((1,)), ShownRow((2, 3, 4), True, True), ShownRow((5,)))
    assert rows[2].node == 4
    assert shape(view, fold=True, unfolded={3}) == "n" * 10
    assert shape(view) == "n" * 10


def test_calls_in_calls_open_one_by_one() -> None:
    view = called("C" * 12, {1: (0,), 2: (0, 1), 3: (0, 1), 4: (0,), 6: (2,), 7: (2,)})
    assert [row.nodes for row in shown_rows(view, fold=True).rows if row.call] == [(1, 2, 3, 4), (6, 7)]
    opened = shown_rows(view, fold=True, unfolded={1})
    assert [row.nodes for row in opened.rows if row.call] == [(2, 3), (6, 7)], "its own row opens what is inside"
    assert len(opened) == 12 - 1 - 1


def test_what_most_of_a_script_stands_in_is_no_fold() -> None:
    assert shape(called("C" * 6, {n: (0,) for n in range(1, 6)}), fold=True) == "nnnnnn"


def test_pruned_calls_count_as_one_line_of_a_run() -> None:
    view = called("CPPPPPPPCC", {2: (0,), 3: (0,), 4: (0,)})
    assert [row.nodes for row in shown_rows(view, fold=True).rows] == [(0,), (1, 2, 3, 4, 5, 6, 7), (8,), (9,)]
    alone = called("CCPPPCCCCC", {2: (0,), 3: (0,), 4: (0,)})
    assert shown_rows(alone, fold=True).rows[2] == ShownRow((2, 3, 4), True, True)


def test_a_filter_hides_and_is_not_folded() -> None:
    view = states("CPPPPC")
    shown = shown_rows(view, parse("state:prune"), fold=True)
    assert [row.node for row in shown.rows] == [1, 2, 3, 4]
    assert shown.hidden == 2
    assert (shown.index_of(1), shown.index_of(0)) == (0, None)


def test_rows_and_nodes_find_each_other() -> None:
    shown = shown_rows(states("CPPPC"), fold=True)
    assert [shown.index_of(node) for node in range(5)] == [0, 1, 1, 1, 2]
    assert [shown.node_at(index) for index in (-1, 0, 1, 2, 3)] == [None, 0, 1, 4, None]
    assert shown.index_of(None) is None


def test_the_row_nearest_to_a_hidden_node() -> None:
    shown = shown_rows(halfway(), parse("state:load"))
    assert [shown.nearest(node) for node in (None, 0, 3, 4, 6)] == [0, 0, 0, 1, 1]


def test_no_rows() -> None:
    shown = shown_rows(IterationView(), fold=True)
    assert (len(shown), shown.nearest(3), shown.node_at(0)) == (0, 0, None)


@given(st.text(alphabet="PC", max_size=20), st.sets(st.integers(0, 19), max_size=3), st.booleans())
def test_every_node_is_in_one_row_in_program_order(letters: str, unfolded: set[int], fold: bool) -> None:
    shown = shown_rows(states(letters), fold=fold, unfolded=unfolded)
    assert [node for row in shown.rows for node in row.nodes] == list(range(len(letters)))
    assert all(row.folded or len(row.nodes) == 1 for row in shown.rows)


def looped(passes: int, kept: int = 0) -> IterationView:
    """A loop of two statements behind two others: so many passes, the first `kept` of them pruned; then its end."""
    view = states("CC" + "C" + "".join("CPP" if n < kept else "CCC" for n in range(passes)) + "C" + "C" * 3)
    infos = {2: ("loop", (2,))}
    for n in range(passes):
        first = 3 + 3 * n
        infos[first] = "pass", (2, first)
        infos[first + 1] = infos[first + 2] = "statement", (2, first)
    infos[3 + 3 * passes] = ("end", (2, 3 + 3 * passes))
    for number, (kind, calls) in infos.items():
        line = 3 if kind != "statement" else 4 + (number % 3 == 2)
        view.nodes[number].info = replace(view.nodes[number].info, kind=kind, calls=calls, lines=(line, line))
    return view


def test_a_loop_is_one_row_with_its_first_node_and_opens_into_its_passes() -> None:
    view = looped(3)
    rows = shown_rows(view, fold=True).rows
    assert [row.nodes for row in rows if row.loop] == [tuple(range(2, 13))], "however many passes there are"
    assert rows[2].node == 2 and not rows[2].call
    opened = shown_rows(view, fold=True, unfolded={2}).rows
    assert [row.nodes for row in opened if row.loop] == [(3, 4, 5), (6, 7, 8), (9, 10, 11)]
    second = shown_rows(view, fold=True, unfolded={2, 6}).rows
    assert [row.nodes for row in second if row.loop] == [(3, 4, 5), (9, 10, 11)]


def test_what_is_left_of_a_loop_has_a_row_only_where_something_is_done_in_it() -> None:
    view = looped(1)
    view.nodes[6].info = replace(view.nodes[6].info, kind="rest")
    view.nodes[6].plan = None
    assert 6 not in [row.node for row in shown_rows(view).rows]
    view.nodes[6].begun = 1.0
    assert 6 in [row.node for row in shown_rows(view).rows]
