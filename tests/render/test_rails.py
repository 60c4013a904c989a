"""Rails: whoever follows the glyphs from a node downwards gets to the nodes that read its value, and to no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.render.rails import Rails, rails

Edges = list[tuple[int, int]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Edges, set[int], int]:
    """How many nodes, edges in any direction and to nodes that do not exist, hidden nodes, a cap."""
    count = draw(st.integers(0, 25))
    node = st.integers(-1, count)
    edges = draw(st.lists(st.tuples(node, node), max_size=60))
    hidden = draw(st.sets(st.integers(0, max(0, count - 1)), max_size=3))
    return count, edges, hidden, draw(st.sampled_from((1, 2, 3, 5, 12)))


def followed(drawn: Rails, maker: int) -> set[int]:
    """The rows one gets to from the dot of a row, by its glyphs alone."""
    own = drawn.rows[maker].own
    if own is None or drawn.rows[maker].text[2 * own] in "◦o":
        return set()
    found = set()
    for row in range(maker + 1, len(drawn.rows)):
        text, dot = drawn.rows[row].text, drawn.rows[row].own
        glyph = text[2 * own]
        assert glyph not in " ─-", f"the lane of row {maker} breaks off at row {row}"
        if glyph in "│|":
            continue
        assert dot is not None, f"row {row} has {glyph!r} and no dot"
        bridge = text[2 * min(own, dot) + 1 : 2 * max(own, dot)]
        assert set(bridge[::2]) <= set("─-"), f"no bridge from lane {own} to {dot} in {text!r}"
        found.add(row)
        if glyph in "●◦╰╯┴*o'":
            return found
    raise AssertionError(f"the lane of row {maker} has no end")


@given(graphs(), st.booleans())
def test_what_is_drawn_can_be_followed(graph: tuple[int, Edges, set[int], int], ascii: bool) -> None:
    count, edges, hidden, cap = graph
    drawn = rails(range(count), edges, hidden=hidden, cap=cap, ascii=ascii)
    read = {
        (a, b) for a, b in edges if 0 <= a < b < count and not {a, b} & hidden
    }  # fmt: skip
    noted = {(maker, row) for row in range(count) for maker in drawn.rows[row].notes}
    lines = {(maker, reader) for maker in range(count) for reader in followed(drawn, maker)}
    assert lines | noted == read
    assert not lines & noted
    assert all(drawn.rows[maker].folded for maker, _ in noted)


@given(graphs())
def test_rows_are_equally_wide_and_no_wider_than_the_cap(graph: tuple[int, Edges, set[int], int]) -> None:
    count, edges, hidden, cap = graph
    drawn = rails(range(count), edges, hidden=hidden, cap=cap)
    assert {len(row.text) for row in drawn.rows} <= {drawn.width}
    assert drawn.width <= 2 * cap
    assert {len(row.lanes) for row in drawn.rows} <= {drawn.width // 2}


@given(graphs())
def test_no_lane_has_two_values_and_no_value_two_lanes(graph: tuple[int, Edges, set[int], int]) -> None:
    count, edges, hidden, cap = graph
    drawn = rails(range(count), edges, hidden=hidden, cap=cap)
    lanes: dict[int, set[int]] = {}
    for row in drawn.rows:
        held = [node for node in row.lanes if node is not None]
        assert len(held) == len(set(held))
        for lane, node in enumerate(row.lanes):
            if node is not None:
                lanes.setdefault(node, set()).add(lane)
    assert all(len(found) == 1 for found in lanes.values())


def texts(drawn: Rails) -> list[str]:
    return [row.text.rstrip() for row in drawn.rows]


def test_a_dying_input_hands_its_lane_on_and_one_still_needed_does_not() -> None:
    drawn = rails(range(5), [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)])
    assert texts(drawn) == ["●", "├─●", "● │", "●─╯", "◦"]


def test_a_line_passes_a_bridge_without_joining_it() -> None:
    drawn = rails(range(5), [(0, 3), (1, 4), (2, 3), (2, 4)])
    assert texts(drawn) == ["●", "│ ●", "│ │ ●", "◦─│─┤", "  ◦─╯"]


def test_dots_above_each_other_without_an_edge_look_different_from_those_with_one() -> None:
    assert texts(rails(range(2), [(0, 1)])) == ["●", "◦"]
    assert texts(rails(range(2), [])) == ["◦", "◦"]


def test_a_node_with_many_parents_bridges_all_of_them() -> None:
    drawn = rails(range(5), [(0, 3), (1, 3), (2, 3), (1, 4)])
    assert texts(drawn)[3:] == ["◦─┼─╯", "  ◦"]


def test_ascii_draws_the_same_with_plain_characters() -> None:
    drawn = rails(range(5), [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)], ascii=True)
    assert texts(drawn) == ["*", "+-*", "* |", "*-'", "o"]


def test_hidden_nodes_have_neither_dot_nor_lane() -> None:
    drawn = rails(range(3), [(0, 2), (1, 2)], hidden=[0])
    assert texts(drawn) == ["", "●", "◦"]
    assert drawn.rows[0].own is None
    assert drawn.rows[2].lanes == (2,)


def test_the_longest_lived_least_used_value_becomes_a_note() -> None:
    config, often = (0, 9), [(1, reader) for reader in range(2, 10)]
    drawn = rails(range(10), [config, *often, (2, 9)], cap=3)
    assert [row for row in range(10) if drawn.rows[row].folded] == [0]
    assert drawn.rows[9].notes == (0,)
    assert drawn.width == 6


def test_a_value_used_often_keeps_its_lane_though_it_lives_longer() -> None:
    drawn = rails(range(10), [*((0, reader) for reader in range(3, 10)), (1, 8), (2, 9)], cap=3)
    assert [row for row in range(10) if drawn.rows[row].folded] == [1]


@pytest.mark.parametrize("nodes", [[], [7]])
def test_few_nodes(nodes: list[int]) -> None:
    drawn = rails(nodes, [(7, 7), (1, 2)])
    assert texts(drawn) == ["◦"] * len(nodes)


def test_nodes_are_told_by_number_and_rows_by_place() -> None:
    drawn = rails([30, 10, 20], [(30, 20), (10, 30)])
    assert texts(drawn) == ["●", "│ ◦", "◦"]
    assert drawn.rows[1].lanes == (30, 10)
