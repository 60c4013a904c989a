"""A search and a loop in rows and columns: what is counted, how it is written, and that it goes into any width."""

from __future__ import annotations

import math

import pytest
from sample_view import begins, filled, plan, read, started

from mliter_tui import events
from mliter_tui.facts import NodeInfo, Search
from mliter_tui.reasons import NotNeeded
from mliter_tui.render.cells import width
from mliter_tui.render.lines import plain_line
from mliter_tui.render.matrix import first_rows, legend, matrix_head, matrix_rows, plain, short_names, summary
from mliter_tui.render.spans import row_text
from mliter_tui.searches import with_cells
from mliter_tui.view.iteration import IterationView, NodeView
from mliter_tui.view.matrix import joined, matrices, of_search
from mliter_tui.view.model import apply

NAN = math.nan


def grid(candidates: int, splits: int, cells: str = "", scores: tuple[float, ...] = ()) -> Search:
    rows = tuple((str(2**at), "gini" if at % 2 else "entropy") for at in range(candidates))
    size = candidates * splits
    seconds = tuple(0.5 for _ in range(size))
    found = scores or tuple(at / size if letter in "LC" else NAN for at, letter in enumerate(cells.ljust(size, ".")))
    names = "tree__max_depth", "tree__criterion"
    return Search("Pipeline: score of a split", names, rows, splits, cells, seconds, found)


def test_cells_enter_the_matrix_as_they_come() -> None:
    empty = (grid(2, 2), grid(1, 3))
    some = with_cells(empty, [(0, 1, 0, "C", 0.5, NAN), (1, 0, 2, "L", 0.1, 0.75), (0, 1, 0, ".", NAN, 0.5)])
    assert [each.cells for each in some] == ["..C.", "..L"]
    assert some[0].seconds[2] == 0.5, "a score that comes later leaves the rest as it was"
    assert some[0].scores[2] == 0.5 and some[1].scores[2] == 0.75
    assert with_cells(some, [(0, 5, 0, "C", 1.0, 1.0), (9, 0, 0, "C", 1.0, 1.0), (0, 0, 2, "C", 1.0, 1.0)]) == some


def test_its_best_row_and_its_mean_are_those_of_whole_rows() -> None:
    matrix = of_search(grid(3, 2, "LLCC.C", (0.5, 0.75, 0.25, 0.5, NAN, 0.99)))
    assert [row.score for row in matrix.rows] == [0.625, 0.375, None]
    assert [row.best for row in matrix.rows] == [True, False, False]
    assert [row.seconds for row in matrix.rows] == [0.0, 1.0, 0.5], "what was loaded took nothing"
    assert summary(matrix) == "3 candidates x 2 splits: 2 loaded, 3 computed, 1 to come"


def test_searches_of_one_candidate_are_one_matrix_of_models() -> None:
    one = Search("SVC: score of a split", (), ((),), 2, "LL", (0.1, 0.1), (0.5, 0.5))
    two = Search("Ridge: score of a split", (), ((),), 2, "CC", (0.1, 0.1), (0.75, 0.75))
    three = Search("Ridge: score of a split", (), ((),), 3, "CCC", (0.1,) * 3, (0.75,) * 3)
    both, alone = joined((one, two, three))
    assert (both.parameters, both.rows, both.cells) == (("model",), (("SVC",), ("Ridge",)), "LLCC")
    assert alone.rows == (("Ridge",),) and len(joined((grid(2, 2), one))) == 2


@pytest.mark.parametrize("cells", [30, 43, 74, 114, 200])
@pytest.mark.parametrize("splits", [1, 5, 10, 150])
def test_it_goes_into_any_width(cells: int, splits: int) -> None:
    matrix = of_search(grid(40, splits, "L" * splits * 20 + "C" * splits))
    for ascii in (False, True):
        lines = [*matrix_head(matrix, cells, ascii=ascii), *matrix_rows(matrix, cells, ascii=ascii)]
        assert 43 <= len(lines) <= 44
        assert max(width(row_text(line)) for line in lines) <= cells
        assert not ascii or all(row_text(line).isascii() for line in lines[4:])


def test_each_cell_has_a_sign_and_many_are_counted() -> None:
    matrix = of_search(grid(2, 4, "LLCC"))
    first, second = (row_text(row) for row in matrix_rows(matrix, 80))
    assert "◆◆▶▶" in first and "○○○○" in second
    assert "LLCC" in row_text(matrix_rows(matrix, 80, ascii=True)[0])
    assert row_text(legend(matrix)).split() == ["◆", "loaded", "▶", "computed", "○", "to", "come"]
    wide = of_search(grid(1, 300, "L" * 100 + "C" * 200))
    assert "L100 C200" in row_text(matrix_rows(wide, 60, ascii=True)[0])


def test_of_many_rows_the_best_and_those_under_way_are_shown() -> None:
    whole = of_search(grid(50, 2, "L" * 100, tuple(float(at == 90 or at == 91) for at in range(100))))
    shown = first_rows(whole, 5)
    assert [row.values for row in shown] == [whole.rows[at].values for at in (0, 1, 2, 3, 45)]
    half = of_search(grid(50, 2, "C" * 50))
    assert half.rows[25] in first_rows(half, 5) and len(first_rows(half, 5)) == 5
    assert plain(whole, 80, 5)[-1] == "and 45 more" and len(plain(whole, 80)) == 53


def test_names_are_short_where_they_stay_apart() -> None:
    assert short_names(("model__C", "scale__with_mean")) == ["C", "with_mean"]
    assert short_names(("a__C", "b__C")) == ["a__C", "b__C"]


def test_foreign_text_is_made_harmless() -> None:
    evil = Search("\x1b[31mP: score", ("\x1b]0;t\x07x",), (("\x1b[2J[b]",),), 1, "L", (0.1,), (0.5,))
    lines = plain(of_search(evil), 60)
    assert all(line.isprintable() for line in lines)
    assert any("[b]" in line for line in lines), "it is shown, and is no markup"


def test_a_view_has_them_while_it_runs_and_after() -> None:
    view = filled(read(), plan(), started())
    apply(view, begins(5), 1.0)
    apply(view, events.SearchWent(5, (grid(2, 2),), ((0, 0, 0, "L", 0.1, 0.5),)), 1.0)
    apply(view, events.SearchWent(5, (), ((0, 0, 1, "C", 0.1, 0.5),)), 1.0)
    assert [each.cells for each in view.current.nodes[5].searches] == ["LC.."]
    made = events.CallsMade(5, (), (grid(2, 2, "LCCC"),))
    apply(view, made, 1.0)
    assert [each.cells for each in view.current.nodes[5].searches] == ["LCCC"]
    line = plain_line(made, view)
    assert line is not None
    assert "Pipeline: 2 candidates x 2 splits: 1 loaded, 3 computed; best 0.625: max_depth=2" in line
    apply(view, begins(5), 1.0)
    assert view.current.nodes[5].searches == (), "another run of it begins anew"


def loop() -> IterationView:
    """A loop of three passes over two lines, the second with two nodes; the third pass has not begun its last line."""
    infos = [NodeInfo(0, "for k in ks:", (1, 1), "loop", 0, (), "", (0,))]
    for at in (1, 5, 9):
        infos.append(NodeInfo(at, f"pass {at} of for k in ks:", (1, 1), "pass", 1, (), "", (0, at)))
        for by, line in ((1, 2), (2, 3), (3, 3)):
            infos.append(NodeInfo(at + by, "x", (line, line), "statement", 2, (), "", (0, at)))
    view = IterationView(nodes={info.node: NodeView(info) for info in infos})
    for number in (2, 3, 4, 6, 7, 8, 10):
        info = view.nodes[number].info
        action: events.Action = "compute" if number in (8, 10) else "prune"
        view.nodes[number].finished = events.NodeFinished(number, info.label, info.lines, action, 0.5, NotNeeded())
    return view


def test_a_loop_is_its_passes_by_its_lines() -> None:
    view = loop()
    (matrix,) = matrices(view, view.nodes[7])
    assert matrix == matrices(view, view.nodes[0])[0]
    assert [row.letters for row in matrix.rows] == ["PP", "PC", "C?"]
    assert [row.seconds for row in matrix.rows] == [0.0, 0.5, 0.5]
    assert summary(matrix) == "3 passes x 2 lines: 2 computed, 3 left out, 1 to come"
