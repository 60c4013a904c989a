"""Rows of the flow: what they say at any width, with and without colour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_view import NODES, TEXT, begins, chain, ends, filled, finished, halfway, plan, read, started

from mliter_tui import events, reasons
from mliter_tui.facts import Edge, NodeInfo
from mliter_tui.render.flow import FlowLayout, Style, is_constant
from mliter_tui.render.source import highlighted
from mliter_tui.render.spans import row_text, row_width
from mliter_tui.view.filters import parse
from mliter_tui.view.folding import shown_rows
from mliter_tui.view.iteration import IterationView, NodeView


def texts(view: IterationView, cells: int = 78, now: float = 201.2, **how: object) -> list[str]:
    layout = FlowLayout(view, **how)  # type: ignore[arg-type]
    return [row_text(layout.row(index, cells, now)).rstrip() for index in range(len(layout))]


def test_a_run_at_eighty_columns() -> None:
    assert texts(halfway()) == [
        " P·   1       import numpy as np                                      ·   2.0s",
        " C▶   2+      C = 0.5                                              0.5s   2.0s",
        ' P·   3 ●     df = pd.read_csv("train.csv")                           ·   2.0s',
        ' L◆*  4 ├─●   X = df.drop(columns="y")                             0.5s   2.0s',
        ' L◆   5 ● │   y = df["y"]                                          0.5s   2.0s',
        " R⟳   6 ├─┼─● clf = LogisticRegression(…                            ⟳ 1.2/2.0s",
        " C▶   9 ◦─┴─╯ print(clf.score(X, y))                             queued   2.0s",
    ]


def test_ascii() -> None:
    rows = texts(halfway(), ascii=True)
    assert all(row.isascii() for row in rows)
    assert rows[5] == " R@   6 +-+-* clf = LogisticRegression(...                          @ 1.2/2.0s"


def test_a_narrow_screen_has_no_room_for_the_last_time() -> None:
    assert texts(halfway(), 48)[5:] == [
        " R⟳   6 ├─┼─● clf = LogisticRegres…   ⟳ 1.2/2.0s",
        " C▶   9 ◦─┴─╯ print(clf.score(X, y))      queued",
    ]


def test_a_wide_screen_has_room_for_the_reason() -> None:
    assert texts(halfway(), 130)[5].split("…")[1].strip().startswith("source changed, line 2 ")
    assert "source changed" not in "".join(texts(halfway(), 100))


@given(st.integers(1, 220), st.booleans(), st.booleans(), st.integers(0, 6))
def test_rows_fill_any_width_exactly(cells: int, ascii: bool, selected: bool, index: int) -> None:
    layout = FlowLayout(halfway(), ascii=ascii)
    assert row_width(layout.row(index, cells, 201.0, selected=selected)) == cells


def test_states_are_those_of_the_moment_it_is_drawn() -> None:
    view = filled(read(), started(), plan())
    layout = FlowLayout(view.shown)
    assert row_text(layout.row(1, 78, 110.0)).endswith(" queued   2.0s")
    for event, shows in ((begins(1), "⟳ 1.0/2.0s"), (ends(1, 0.5), "0.5s   2.0s")):
        filled(event, view=view, now=109.0)
        assert row_text(layout.row(1, 78, 110.0)).endswith(shows)


@pytest.mark.parametrize(
    ("spent", "expected", "shows"),
    [
        (1.23, 2.1, "⟳ 1.2/2.1s"), (0.0, 0.01, "⟳ 0.0/0.0s"), (30.0, 185.0, "⟳ 30.0s/3m05s"), (7.0, None, "⟳ 7.0s"),
        (90.0, 2.0, "⟳ 90.0/2.0s"), (7300.0, 9000.0, "⟳ 2h01m/2h30m"),
    ],
)  # fmt: skip
def test_progress(spent: float, expected: float | None, shows: str) -> None:
    state = events.NodeState(0, "compute", reasons.FirstRun(), seconds=expected)
    view = IterationView(nodes={0: NodeView(NodeInfo(0, "x", (1, 1)), state, begun=100.0)}, status="running")
    assert texts(view, now=100.0 + spent)[0].endswith(" " + shows)
    assert texts(view, 50, now=100.0 + spent)[0].endswith(shows)


def test_before_it_runs_the_expected_time_is_shown() -> None:
    assert texts(filled(read(), plan()).shown)[5].endswith("≈2.0s   2.0s")


def test_a_failed_node_says_so_by_letter_and_glyph() -> None:
    view = filled(read(), started(), plan(), begins(5), ends(5), finished(status="failed")).shown
    assert texts(view)[5].startswith(" F✗   6 ")
    row = FlowLayout(view).row(5, 78, 0.0)
    assert next(span.text for span in row if span.style == "failed") == "F✗"


def test_selection_shows_without_colour() -> None:
    layout = FlowLayout(halfway())
    assert row_text(layout.row(3, 78, 0.0, selected=True)).startswith("›L◆*  4")
    assert row_text(layout.row(3, 78, 0.0)).startswith(" L◆*  4")


def test_an_edited_line_shows_without_colour() -> None:
    assert [text[:9].strip() for text in texts(halfway()) if "+ " in text[:9]] == ["C▶   2+"]


def test_a_slice_leaves_the_text_and_dims_all_other_rows() -> None:
    view = halfway()
    layout = FlowLayout(view)
    style = Style(marked=view.reach([5]))
    inside, outside = layout.row(5, 78, 0.0, style=style), layout.row(0, 78, 0.0, style=style)
    assert {span.style for span in outside} == {"dim"}
    assert inside == layout.row(5, 78, 0.0)
    assert row_text(outside) == row_text(layout.row(0, 78, 0.0))


def test_a_fold_is_one_row_and_its_lines_go_on() -> None:
    view = chain(6, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 5), (4, 5)])
    for number, node in view.nodes.items():
        action = "prune" if 1 <= number <= 3 else "compute"
        node.plan = events.NodeState(number, action, reasons.FirstRun())  # type: ignore[arg-type]
    rows = texts(view, 60, rows=shown_rows(view, fold=True))
    assert [row[:24].rstrip() for row in rows] == [
        " C▶   1 ●   v0 = f0()",
        " P·     ├─● · 3 lines pr",
        " C▶   5 │ ● v4 = f4()",
        " C▶   6 ◦─╯ v5 = f5()",
    ]
    layout = FlowLayout(view, shown_rows(view, fold=True))
    assert row_text(layout.row(1, 60, 0.0)).rstrip().endswith("· 3 lines pruned, z to unfold")
    assert "f to unfold" in row_text(layout.row(1, 60, 0.0, style=Style(fold_key="f")))


def test_a_filter_leaves_lines_between_what_it_shows() -> None:
    view = halfway()
    rows = texts(view, rows=shown_rows(view, parse("clf")))
    assert [row[8:11] for row in rows] == ["● c", "◦ p"]  # what they read from rows that are hidden has no line


def test_constants_imports_and_definitions_have_no_rail() -> None:
    infos = [
        NodeInfo(0, "import os", (1, 1), "import"), NodeInfo(1, "f", (2, 2), "def"), NodeInfo(2, "A", (3, 3)),
        NodeInfo(3, "b", (4, 4)),
    ]  # fmt: skip
    text = "import os\ndef f(): pass\nA = [1, 2]\nb = f(A)\n"
    view = IterationView(text=text, nodes={i.node: NodeView(i) for i in infos}, edges=(Edge(2, 3, ("A",)),))
    assert [rail.own for rail in FlowLayout(view).rails.rows] == [None, None, None, 0]


@pytest.mark.parametrize("text", ["A = 1", "A: int = 1", "A = B = (1, 'x', [2])", "'''doc'''", "A = -1.5", "A: int"])
def test_constants(text: str) -> None:
    assert is_constant(text)


@pytest.mark.parametrize("text", ["A = B", "A = f(1)", "A.b = 1", "print(1)", "A +", "", "A = 1\nB = 2", "A += 1"])
def test_no_constants(text: str) -> None:
    assert not is_constant(text)


def test_a_value_without_a_lane_is_named_where_it_is_read() -> None:
    view = chain(5, [(0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (3, 4)])
    rows = texts(view, 60, cap=2)
    assert "v4 = f4()" in rows[4] and " ‹v0›" in rows[4]
    assert " <v0>" in texts(view, 60, cap=2, ascii=True)[4]
    assert not any("‹" in row for row in rows[:4])


def test_nothing_from_a_script_is_obeyed_by_a_terminal() -> None:
    infos = [NodeInfo(0, "\x1b[2J", (1, 1)), NodeInfo(1, "\x1b[31m\nlabel", (9, 9))]
    view = IterationView(text="x = '\x1b[2J\ta\x9b'\n", nodes={i.node: NodeView(i) for i in infos})
    rows = texts(view)
    assert all(row.isprintable() for row in rows)
    assert "x = '\ufffd[2J" in rows[0]
    assert "\\x1b[31m label" in rows[1]


def test_wide_characters_keep_the_columns() -> None:
    view = IterationView(text="x = '日本語日本語'\n", nodes={0: NodeView(NodeInfo(0, "x", (1, 1)))})
    layout = FlowLayout(view)
    for cells in range(1, 90):
        assert row_width(layout.row(0, cells, 0.0)) == cells


def test_a_body_is_indented_by_its_own_source() -> None:
    text = "def main():\n    a = load()\n"
    infos = [NodeInfo(0, "main", (1, 2), "def"), NodeInfo(1, "a", (2, 2), depth=1)]
    view = IterationView(text=text, nodes={i.node: NodeView(i) for i in infos})
    rows = texts(view)
    assert "def main(): …" in rows[0]
    assert rows[1].index("a = load()") == rows[0].index("def main") + 4


def test_all_lines_are_shown_whole_where_there_is_room() -> None:
    joined = "\n".join(texts(halfway(), 120))
    for line in (TEXT.splitlines()[node.lines[0] - 1] for node in NODES):
        assert line in joined


@pytest.mark.parametrize(
    ("line", "spans"),
    [
        ("x = 1", [("x = ", ""), ("1", "number")]),
        ("if x: # why", [("if", "keyword"), (" x: ", ""), ("# why", "comment")]),
        ("f('#', rb\"a\\\"b\")", [("f(", ""), ("'#'", "string"), (", ", ""), ('rb"a\\"b"', "string"), (")", "")]),
        ("def fit(self):", [("def", "keyword"), (" ", ""), ("fit", "name"), ("(self):", "")]),
        ("s = 'open", [("s = ", ""), ("'open", "string")]),
        ('"""doc', [('"""doc', "string")]),
        ("notes1.if_ = x2", [("notes1.if_ = x2", "")]),
    ],
)
def test_source(line: str, spans: list[tuple[str, str]]) -> None:
    assert [(span.text, span.style) for span in highlighted(line)] == spans


@given(st.text(max_size=60))
def test_highlighting_loses_no_character(line: str) -> None:
    shown = "".join(span.text for span in highlighted(line))
    assert shown.isprintable()
    assert line.isprintable() is False or shown == line
