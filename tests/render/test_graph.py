"""The Graph view: whoever follows the lines from a box gets to the boxes that read it, and to no others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_view import chain, halfway

from mliter_tui.facts import Edge, NodeInfo
from mliter_tui.render.graph import Graph, graph, graph_view, neighbourhood, overview
from mliter_tui.render.layers import layered
from mliter_tui.render.spans import row_text, row_width
from mliter_tui.view.iteration import IterationView, NodeView

LEFT, RIGHT, UP, DOWN = (-1, 0), (1, 0), (0, -1), (0, 1)
EXITS = {
    "─": {LEFT, RIGHT}, "│": {UP, DOWN}, "╭": {RIGHT, DOWN}, "╮": {LEFT, DOWN}, "╯": {LEFT, UP}, "╰": {RIGHT, UP},
    "├": {UP, DOWN, RIGHT}, "┤": {UP, DOWN, LEFT}, "┬": {LEFT, RIGHT, DOWN}, "┴": {LEFT, RIGHT, UP},
    "┼": {LEFT, RIGHT, UP, DOWN}, "▴": {UP}, "▾": {DOWN},
}  # fmt: skip


@st.composite
def graphs(draw: st.DrawFn) -> IterationView:
    count = draw(st.integers(1, 16))
    node = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(node, node), max_size=40))
    if draw(st.booleans()):  # in two layers or three, so that lines get in each other's way
        cuts = (count // 3, count // 2)
        pairs = [(a, b) for a, b in pairs if any((a < cut) != (b < cut) for cut in cuts)]
    return chain(count, [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]])


def reached(drawn: Graph, node: int) -> set[int]:
    """The nodes one gets to from a box by going right, up and down along the lines, over what interrupts them."""
    texts = [row_text(row) for row in drawn.rows]
    box = drawn.box_of(node)
    assert box is not None
    stack = [(box.x + box.cells, box.y + box.height // 2, RIGHT)]
    seen, found = set(stack), set()
    while stack:
        x, y, way = stack.pop()
        glyph = texts[y][x] if x < drawn.width else " "
        if glyph == "▸":
            found.add(drawn.node_at(x + 1, y))
            continue
        exits = EXITS.get(glyph, set())
        back = (-way[0], -way[1])
        if glyph in "│▴▾" and way == RIGHT:
            exits = {RIGHT}  # the line that is interrupted goes on behind it
        elif back not in exits and not (glyph in "▴▾" and way in exits):
            assert glyph in " ▴▾", f"a line runs into {glyph!r} at {x}, {y}"
            continue
        for step in exits - {back, LEFT}:
            after = (x + step[0], y + step[1], step)
            if after not in seen:
                seen.add(after)
                stack.append(after)
    assert None not in found
    return {each for each in found if each is not None}


@settings(max_examples=150)
@given(graphs(), st.booleans())
def test_lines_lead_to_the_readers_and_to_no_others(view: IterationView, boxed: bool) -> None:
    drawn = graph(view, view.nodes, boxed=boxed)
    assert {node: reached(drawn, node) for node in view.nodes} == {
        node: set(view.children(node)) for node in view.nodes
    }


@given(graphs(), st.booleans(), st.booleans())
def test_boxes_do_not_meet_and_rows_are_equally_wide(view: IterationView, boxed: bool, ascii: bool) -> None:
    drawn = graph(view, view.nodes, boxed=boxed, ascii=ascii)
    cells = [(x, y) for b in drawn.boxes for x in range(b.x, b.x + b.cells) for y in range(b.y, b.y + b.height)]
    assert len(cells) == len(set(cells))
    assert {row_width(row) for row in drawn.rows} == {drawn.width}
    for box in drawn.boxes:
        assert f"v{box.node}" in row_text(drawn.rows[box.y + box.height // 2])[box.x : box.x + box.cells]
        assert drawn.node_at(box.x + box.cells - 1, box.y) == box.node
    if ascii:
        assert all(row_text(row).isascii() for row in drawn.rows)


@given(graphs())
def test_readers_stand_right_of_what_they_read(view: IterationView) -> None:
    drawn = graph(view, view.nodes)
    for edge in view.edges:
        maker, reader = drawn.box_of(edge.maker), drawn.box_of(edge.reader)
        assert maker is not None and reader is not None
        assert maker.x + maker.cells < reader.x


def texts(drawn: Graph) -> list[str]:
    return [row_text(row).rstrip() for row in drawn.rows]


def test_a_value_two_nodes_read_parts_and_meets_again() -> None:
    drawn = graph(chain(4, [(0, 1), (0, 2), (1, 3), (2, 3)]), range(4))
    assert texts(drawn) == [
        " ?○ v0 ─┬─▸ ?○ v1 ─┬─▸ ?○ v3",
        "        │          │",
        "        ╰─▸ ?○ v2 ─╯",
    ]


def test_where_lines_go_round_in_a_circle_one_makes_a_detour() -> None:
    drawn = graph(chain(4, [(0, 2), (0, 3), (1, 2), (1, 3)]), range(4))
    assert texts(drawn) == [
        " ?○ v0 ─╮ ╭─┬─▸ ?○ v2",
        "        │ │ ▴",
        "        ╰─│─┤",
        "          │ ▾",
        " ?○ v1 ───┴─┴─▸ ?○ v3",
    ]


@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("side", [2, 3, 4, 5])
def test_all_of_a_layer_read_all_of_the_one_before(side: int, boxed: bool) -> None:
    view = chain(2 * side, [(a, b) for a in range(side) for b in range(side, 2 * side)])
    drawn = graph(view, view.nodes, boxed=boxed)
    assert {node: reached(drawn, node) for node in range(side)} == {n: {*range(side, 2 * side)} for n in range(side)}


def test_the_order_of_a_layer_avoids_crossings() -> None:
    layers = layered(range(6), [(0, 5), (1, 4), (2, 3)])
    assert [[layers.items[at].row for at in layer] for layer in layers.order] == [[0, 1, 2], [0, 1, 2]]
    assert all(layers.items[a].row == layers.items[b].row for a in range(3) for b in layers.items[a].below)


def test_what_reads_nothing_stands_just_before_its_first_reader() -> None:
    drawn = graph(chain(4, [(0, 1), (1, 3), (2, 3)]), range(4))
    before, late = drawn.box_of(1), drawn.box_of(2)
    assert before is not None and late is not None and before.x == late.x


def test_hops() -> None:
    view = chain(6, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 5)])
    assert neighbourhood(view, 2, 0) == [2]
    assert neighbourhood(view, 2, 1) == [1, 2, 3]
    assert neighbourhood(view, 2, 2) == [0, 1, 2, 3, 4]
    assert [box.node for box in graph_view(view, 2, 1, 80).boxes] == [1, 2, 3]


def test_the_selected_node_and_its_lines_stand_out_without_colour_too() -> None:
    drawn = graph(chain(3, [(0, 1), (1, 2)]), range(3), selected=1)
    assert texts(drawn) == [" ?○ v0 ───▸[?○ v1]───▸ ?○ v2"]
    assert [span.text for span in drawn.rows[0] if span.style == "selected"] == ["───▸[?○ v1]───▸"]


def test_a_long_line_to_the_selected_node_is_lit_all_the_way() -> None:
    drawn = graph(chain(4, [(0, 1), (1, 2), (2, 3), (0, 3)]), range(4), selected=3)
    lit = "".join(span.text for row in drawn.rows for span in row if span.style == "selected")
    other = "".join(span.text for row in drawn.rows for span in row if span.style == "rail")
    assert lit.count("▸") == 1
    assert other.count("▸") == 2


def test_labels_say_state_and_seconds() -> None:
    drawn = graph(halfway(), [3, 5], selected=5)
    assert texts(drawn) == [" L◆* X 0.5s ───▸[R⟳ clf 2.0s]"]


def test_imports_and_definitions_are_left_out_unless_asked_for() -> None:
    view = halfway()
    assert 0 not in {box.node for box in graph_view(view, None, None, 80).boxes}
    assert [box.node for box in graph_view(view, 0, 1, 80).boxes] == [0]


def test_many_nodes_become_a_strip() -> None:
    view = chain(200, [(n, n + 1) for n in range(199)])
    drawn = graph_view(view, 42, None, 80)
    assert drawn.strip
    assert len(drawn.rows) <= 9
    assert {row_width(row) for row in drawn.rows} == {80}
    box = drawn.box_of(42)
    assert box is not None
    assert drawn.node_at(box.x, box.y) == 42
    assert row_text(drawn.rows[box.y])[box.x - 1 : box.x + 2] == "[○]"
    assert "".join(texts(drawn)).count("○") == 200


@pytest.mark.parametrize("cells", [1, 21, 22, 45, 200])
def test_the_strip_takes_any_width(cells: int) -> None:
    drawn = overview(chain(30, []), cells, ascii=True)
    assert {row_width(row) for row in drawn.rows} == {cells}


def test_labels_of_wide_and_harmful_characters() -> None:
    infos = [NodeInfo(0, "データ", (1, 1)), NodeInfo(1, "\x1b[2Jx\ny", (2, 2))]
    view = IterationView(nodes={n.node: NodeView(n) for n in infos}, edges=(Edge(0, 1, ("a",)),))
    drawn = graph(view, [0, 1])
    assert texts(drawn) == [" ?○ データ ───▸ ?○ \\x1b[2Jx y"]
    assert {row_width(row) for row in drawn.rows} == {drawn.width}


def test_a_narrow_screen_gets_shorter_labels() -> None:
    infos = [NodeInfo(n, f"a_rather_long_name_of_node_{n}", (n + 1, n + 1)) for n in range(3)]
    view = IterationView(nodes={n.node: NodeView(n) for n in infos}, edges=(Edge(0, 1, ("a",)), Edge(1, 2, ("b",))))
    assert "a_rather_long_name_of_n…" in texts(graph_view(view, 1, 1, 120))[0]
    assert "a_rather_long_n…" in texts(graph_view(view, 1, 1, 80))[0]
    assert graph_view(view, 1, 1, 60).width <= 60


def test_nothing_to_draw() -> None:
    assert graph(chain(0, []), []).rows == ()
    assert overview(chain(0, []), 80).rows == ()
