"""The page of a study: it fits its width, and says what the event says."""

from __future__ import annotations

import pytest
from tui.stream import story_until
from tui.taught import study_of

from mliter_tui.events import StudyMade
from mliter_tui.lessons import KindLesson, Lesson
from mliter_tui.render.spans import row_text, row_width
from mliter_tui.render.study import share_bar, study_page


@pytest.fixture(scope="module")
def study() -> StudyMade:
    story, _ = story_until(6)
    return study_of(story.history, {}, {}, "accuracy")


def text(study: StudyMade, cells: int, height: int = 40, *, ascii: bool = False) -> str:
    return "\n".join(row_text(row) for row in study_page(study, cells, height, ascii=ascii).rows)


@pytest.mark.parametrize("cells", [40, 74, 116, 196])
def test_no_line_is_wider_than_its_room(study: StudyMade, cells: int) -> None:
    assert max(row_width(row) for row in study_page(study, cells, 40).rows) <= cells
    told = " ".join(text(study, cells).split())
    if cells < 96:  # else it stands beside another
        assert "Iterations 3, 5 changed data or model, and brought no real change." in told, "wrapped, not cut"


@pytest.mark.parametrize("cells", [74, 116, 196])
def test_every_part_is_there_at_every_width(study: StudyMade, cells: int) -> None:
    told = text(study, cells)
    for words in ("accuracy by iteration", "li learning", "36%", "41%", "-0.0089", "What came after what", "Wasted",
                  "saved net", "as said"):  # fmt: skip
        assert words in told, words
    assert ("a minute" in told) == (cells > 100), "what is least needed gives way"


def test_a_share_has_a_bar_and_the_published_one_a_mark() -> None:
    bar = "".join(span.text for span in share_bar(0.5, 10, 0.8, False))
    assert bar == "█████░░░┃░"
    assert "".join(span.text for span in share_bar(1.0, 10, 1.0, True)) == "#########!"


def test_running_time_is_shared_out_beside_the_number_of_changes() -> None:
    kinds = (KindLesson("dpr", 1, 0.25, 0.19, 30.0, 0.75, 1.0, "-", "-"),
             KindLesson("li", 3, 0.75, 0.41, 10.0, 0.25, 1.0, "+0.1", "+0.1"))  # fmt: skip
    told = text(StudyMade(4, (Lesson(1, None, "dpr", "S", ""),), kinds=kinds), 116).splitlines()
    row = next(line for line in told if line.startswith("dpr"))
    assert "25%   1" in row and "19%" in row and "75%   30.0s" in row


def test_what_is_still_to_be_read_is_said() -> None:
    told = text(StudyMade(20, (Lesson(981, 980, "li", "H", ""),), unread=980), 74)
    assert "These are the last 20; 980 before them are being read." in told


def test_nothing_yet(study: StudyMade) -> None:
    assert "no iteration has come to its end yet" in text(StudyMade(0, ()), 74)


def test_ascii_is_ascii(study: StudyMade) -> None:
    assert text(study, 116, ascii=True).isascii()


def test_where_the_chart_stands(study: StudyMade) -> None:
    page = study_page(study, 116, 40)
    assert row_text(page.rows[page.chart_at]).strip() == row_text(page.chart.rows[0]).strip()
    assert 6 in page.chart.columns
