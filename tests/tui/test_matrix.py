"""The matrix of a search: opened by a key, drawn as it goes on, at every size."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from stage import Stage, played, stage
from test_keys import label

from mliter_tui import events
from mliter_tui.facts import Search
from mliter_tui.tui.matrix_sheet import MatrixSheet
from mliter_tui.tui.sheet import SheetRows


def search(candidates: int) -> Search:
    rows = tuple((str(at), "[b]x") for at in range(candidates))
    return Search("Pipeline: score of a split", ("model__depth", "model__leaf"), rows, 10)


def cells(count: int) -> tuple[tuple[int, int, int, str, float, float], ...]:
    return tuple((0, at // 10, at % 10, "L" if at % 3 else "C", 0.1, 0.9) for at in range(count))


async def at_work(the: Stage, candidates: int = 200) -> None:
    """A search is under way in the selected node."""
    node = the.app.desk.node
    assert node is not None
    await the.say(
        events.IterationStarted("train.py", 7, 3), events.NodeStarted(node.info.node, node.info.lines, node.info.label),
        events.SearchWent(node.info.node, (search(candidates),), cells(25)),
    )  # fmt: skip
    await the.press("g")
    the.app.select(node.info.node)
    await the.settled()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_it_goes_on_under_the_eyes(size: tuple[int, int], tmp_path: object) -> None:
    @played(iterations=6, size=size)
    async def scene(the: Stage) -> None:
        await at_work(the)
        await the.press("M")
        text = the.text()
        assert "200 candidates x 10 splits: 16 loaded, 9 computed, 1975 to come" in text
        assert "◆▶◆◆▶○○○○○" in text and "[b]x" in text
        node = the.app.desk.selected
        assert node is not None
        await the.say(events.SearchWent(node, (), cells(1500)))
        await the.until(lambda: "1000 loaded, 500 computed, 500 to come" in the.text())
        await the.until(lambda: " 150 " in the.text())  # what is under way stays in sight
        await the.press("g")
        await the.say(events.SearchWent(node, (), cells(1990)))
        await the.until(lambda: "10 to come" in the.text())
        assert " 199 " not in the.text(), "somebody has scrolled"
        assert "depth" in the.text(), "what the columns are stays in sight"
        await the.press("M")
        assert "200 candidates" not in the.text() or size[0] > 80

    scene(tmp_path)  # type: ignore[arg-type]


@pytest.mark.slow
@played(iterations=6, ascii=True)
async def test_it_is_letters_in_ascii(the: Stage) -> None:
    await at_work(the)
    await the.press("M")
    assert "LCLLC?????" in the.text()


@played(iterations=6)
async def test_the_pane_shows_its_first_rows(the: Stage) -> None:
    await at_work(the)
    assert "200 candidates x 10 splits" in the.text() and "16 loaded, 9 computed" in the.text()
    assert "M matrix" in the.text()


@played(iterations=6)
async def test_a_node_without_one_says_so(the: Stage) -> None:
    await the.press("M")
    assert f"{label(the)} has no search or loop to show as a matrix." in the.text()
    assert "M matrix" not in the.text()


@pytest.mark.slow
def test_timers_that_fire_while_the_app_goes_down_draw_nothing(tmp_path: Path) -> None:
    """They do on a busy machine: screens are taken down first, the app's own timers last."""

    async def run() -> None:
        async with stage(tmp_path, iterations=6) as the:
            await at_work(the)
            await the.press("M")
            sheet = the.app.screen
            assert isinstance(sheet, MatrixSheet)
            await sheet.query_one(SheetRows).remove()
            sheet._renew()
            sheet._follow()
        assert the.app.desk.running, "or a tick would have nothing to do"
        the.app._tick()
        the.app._restyled(None)
        the.app.say("too late")
        the.app.sync()

    asyncio.run(run())
