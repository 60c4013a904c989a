"""What iterations taught, on screen: labels, metrics and verdicts in the history, the study, comparisons, repeats."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stage import Stage, played
from taught import study_of

from mliter_tui import commands, events
from mliter_tui.facts import IterationInfo
from mliter_tui.lessons import Lesson, Part
from mliter_tui.tui.label_sheet import LabelSheet
from mliter_tui.tui.metric_sheet import MetricSheet


def row(the: Stage, number: int) -> str:
    return next(line for line in the.text().splitlines() if line[4:].split()[:1] in ([str(number)], [f"*{number}"]))


@played(iterations=6)
async def test_a_row_tells_what_it_was_for_its_metric_and_the_verdict(the: Stage) -> None:
    assert await the.press("4") == [commands.ListHistory(500), commands.Study(500)]
    text = the.text()
    assert "accuracy" in text and "outcome" in text
    assert " li H " in row(the, 2) and "◆0.8634" in row(the, 2) and "no real change" in row(the, 2)
    assert "0.8512  worse" in row(the, 6) and "80 → 120" in row(the, 6)
    assert " failed " in row(the, 4) and "0.86" not in row(the, 4)
    assert await the.press("1", "4") == [commands.ListHistory(500)], "it is asked for once"


@played(iterations=6, size=(80, 24))
async def test_a_narrow_history_goes_without_counts_and_keeps_what_came_of_it(the: Stage) -> None:
    await the.press("4")
    text = the.text()
    assert "    C     L     P" not in text and "saved" not in text
    assert "0.8512" in row(the, 6) and "worse" in row(the, 6) and "dpr R" in row(the, 6) and "line" in row(the, 6)
    assert "failed" in row(the, 4)


@played(iterations=6)
async def test_the_chart_of_the_metric_points_at_the_row(the: Stage) -> None:
    await the.press("4")
    chart = the.app.main.query_one("#course")
    assert chart.looked() == 6
    await the.press("j", "j")
    assert chart.looked() == 4
    ground = next(line for line in the.text().splitlines() if "╰──" in line and "▲" in line)
    numbers = the.text().splitlines()[the.text().splitlines().index(ground) + 1]
    assert numbers[ground.index("▲")] == "4"
    chart.go(2)
    assert the.app.main.history.iteration() == 2


@played(iterations=6)
async def test_a_label_is_corrected_by_digit_and_letter(the: Stage) -> None:
    await the.press("4", "j")
    await the.press("K")
    assert isinstance(the.app.screen, LabelSheet)
    text = the.text()
    assert "Iteration 5: what was it for?" in text and "line 67: 80 → 120" in text and "enter keeps ppr N" in text
    assert await the.press("2", "m", "enter") == [commands.SetLabel(5, "li M")]
    assert " li M* " in row(the, 5)
    await the.press("K")
    assert "you said so" in the.text()
    assert await the.press("backspace") == [commands.SetLabel(5, "")]
    assert " ppr N " in row(the, 5)
    await the.press("K", "1")
    assert await the.press("escape") == [], "nothing is kept by leaving"


@played(iterations=6, size=(80, 24))
async def test_the_label_sheet_is_whole_on_a_small_screen(the: Stage) -> None:
    await the.press("4")
    await the.press("K")
    text = the.text()
    for words in ("told by", "data preprocessing", "postprocessing", "S  start", "N  none of these", "enter keeps"):
        assert words in text, words


@played(iterations=6)
async def test_the_metric_to_look_at_and_its_direction_are_chosen(the: Stage) -> None:
    await the.press("4")
    await the.press("b")
    assert isinstance(the.app.screen, MetricSheet)
    assert "held out: AUC" in the.text() and "by a share of" in the.text()
    assert await the.press("minus") == [commands.SetMetric("accuracy", "lower")], "it stands on the one looked at"
    assert "lower *" in the.text()
    assert await the.press("backspace") == [commands.SetMetric("accuracy", "infer")]
    assert await the.press("k", "enter") == [commands.SetMetric("held out auc", "", True)]
    assert await the.press("x") == [commands.SetMetric("held out auc", "ignore")]
    assert "ignored *" in the.text()
    await the.press("escape")
    assert "held out auc" in the.text(), "the column is that of the metric now"


@played(iterations=6)
async def test_labels_and_metrics_wait_for_the_study(the: Stage) -> None:
    the.story = None
    await the.press("4", "K")
    assert "still being read" in the.text()
    await the.press("1", "b")
    assert "4 goes there" in the.text()


@played(iterations=6)
async def test_the_study_shows_shares_course_order_and_waste(the: Stage) -> None:
    assert await the.press("6") == [commands.Study(500)]
    text = the.text()
    for words in ("accuracy by iteration", "li learning", "41%", "saved net", "What came after what", "after ppr"):
        assert words in text, words
    await the.press("G")
    assert "as said" in the.text() and "Of 5 plans" in the.text()


@played(iterations=6)
async def test_a_click_on_a_dot_of_the_study_looks_at_that_iteration(the: Stage) -> None:
    await the.press("6")
    view = the.app.main.query_one("#study")
    chart = view._page.chart
    column = chart.columns.index(3) + 2
    assert view.clicked(view._page.chart_at + 2, column)
    assert commands.Recall(3) in await the.answered()
    assert "REPLAY 3/6" in the.line(0)


@played(iterations=6)
async def test_a_new_study_is_drawn_when_it_comes(the: Stage) -> None:
    await the.press("6")
    study = the.story.studied()
    await the.say(replace(study, summary=("All is otherwise.",)))
    assert "All is otherwise." in the.text()


@pytest.mark.slow
@played(iterations=6)
async def test_foreign_words_are_neither_obeyed_nor_markup(the: Stage) -> None:
    await the.press("4")
    study = study_of(the.app.desk.view.history, {}, {}, "[b]a\x1b[2Jb")
    bad = replace(study.lessons[-1], changed="[red]\x1b[31mx\nline", metric="\x1b1", why=("[i]\x07",))
    await the.say(replace(study, lessons=(*study.lessons[:-1], bad), summary=("\x1b]0;t\x07 [b]said[/b]",)))
    for keys in (("g",), ("6",), ("4", "K"), ("escape", "b")):
        await the.press(*keys)
        assert "\x1b" not in the.text() and "\x07" not in the.text()
    await the.press("escape", "6")
    assert "[b]said[/b]" in the.text()


@played(iterations=6)
async def test_two_iterations_show_their_metrics_once_they_are_compared(the: Stage) -> None:
    story, the.story = the.story, None
    await the.press("4", "m")
    assert await the.press("j", "d") == [commands.Recall(5), commands.Recall(6), commands.Compare((5, 6))]
    await the.say(*story.answer(commands.Recall(5)), *story.answer(commands.Recall(6)))
    assert "are being compared" in the.text() and "Iterations 5 and 6" in the.text()
    await the.say(*story.answer(commands.Compare((5, 6))))
    text = the.text()
    assert "are being compared" not in text
    assert "accuracy  0.8601 → 0.8634, no real change" in text and "n_estimators=)  80 -> 120" in text
    assert "+accuracy 0.8634" in text
    await the.press("escape")
    await the.say(events.Compared((5, 6), (Part("metrics", ("late",)),)))
    assert "late" not in the.text(), "what comes for a sheet that was closed opens none"


@played(iterations=6)
async def test_more_than_two_marked_iterations_give_a_table(the: Stage) -> None:
    await the.press("4", "m", "j", "m")
    assert "Iterations 5, 6 are marked" in the.text()
    assert await the.press("j", "j", "d") == [commands.Compare((3, 5, 6))]
    text = the.text()
    assert "Iterations 3, 5, 6" in text and "0.8603" in text and "better" in text
    await the.press("escape", "k", "k", "m", "k", "m")
    assert "The mark is gone" in the.text()
    assert the.app.desk.compared == []


TRIED = events.TriedBefore(2, "You tried this in iteration 2: accuracy 0.8634.")


@pytest.mark.slow
@played(iterations=6)
async def test_a_version_that_was_tried_says_so_until_the_next_one(the: Stage) -> None:
    told = [event for _, event in the.story.edit("min_frequency=30", "min_frequency=20")]
    await the.say(*told, TRIED)
    for key in "123456":
        await the.press(key)
        assert "You tried this in iteration 2: accuracy 0.8634." in the.line(1)
    await the.press("1")
    ran = [event for _, event in the.story.run()]
    await the.say(*ran[:4])
    assert "You tried this" in the.line(1), "while it runs"
    await the.say(*ran[4:])
    assert "You tried this" in the.line(1)
    await the.press("[")
    assert "You tried this" not in the.text(), "a past iteration is another"
    await the.press("L")
    assert "You tried this" in the.line(1)
    await the.say(*[event for _, event in the.story.edit("min_frequency=20", "min_frequency=25")])
    assert "You tried this" not in the.text()


@played(iterations=6)
async def test_a_click_on_what_was_tried_looks_at_it(the: Stage) -> None:
    await the.say(*[event for _, event in the.story.edit("min_frequency=30", "min_frequency=20")], TRIED)
    await the.pilot.click("#banner", offset=(10, 0))
    assert commands.Recall(2) in await the.answered()


def many(count: int, first: int = 1) -> tuple[IterationInfo, ...]:
    return tuple(
        IterationInfo(n, 1_764_000_000.0 + n, "ok", 1, 2, 3, 1.5, 2.5, 1.0, 0.2, 0, f"line {n}")
        for n in range(first, first + count)
    )


def lessons(infos: tuple[IterationInfo, ...]) -> tuple[Lesson, ...]:
    return tuple(
        Lesson(i.iteration, i.iteration - 1, "li", "H", "x", metric=f"0.{i.iteration:04}", value=i.iteration / 1e4)
        for i in infos
    )


@played(iterations=1)
async def test_older_iterations_come_as_one_goes_down(the: Stage) -> None:
    the.story = None
    await the.press("4")
    await the.say(events.HistoryListed(many(500, 501)))
    assert await the.press("j") == []
    asked = await the.press("G")
    assert asked == [commands.ListHistory(1000), commands.Study(1000)]
    assert await the.press("k", "j") == [], "once"
    at = the.app.main.history.iteration()
    await the.say(events.HistoryListed(many(1000)), events.StudyMade(1000, lessons(many(1000)), "m", "m"))
    assert the.app.main.history.iteration() == at == 501
    assert await the.press("G") == []
    assert the.app.main.history.iteration() == 1 and "0.0001" in row(the, 1)
    await the.press("6")
    assert "m by iteration" in the.text()
