"""The mouse: a click selects, a double click shows details, counts filter, bars and numbers go to iterations."""

from stage import Stage, played
from textual.events import MouseScrollDown

from mliter_tui import commands


def at(the: Stage, text: str) -> tuple[int, int]:
    """Where on the screen that text begins."""
    for y, line in enumerate(the.text().splitlines()):
        if text in line:
            return line.index(text), y
    raise AssertionError(f"{text!r} is not on screen")


async def click(the: Stage, text: str, *, times: int = 1, right: int = 0) -> list[commands.Command]:
    x, y = at(the, text)
    await the.pilot.click(offset=(x + right, y), times=times)
    await the.settled()
    return [told for told in await the.answered() if not isinstance(told, commands.Explain)]


@played(iterations=6)
async def test_a_click_selects_the_row(the: Stage) -> None:
    await click(the, "model.fit(X_train")
    assert the.app.desk.node.info.lines == (62, 62)


@played(iterations=6)
async def test_a_double_click_goes_to_the_details(the: Stage) -> None:
    await click(the, "model.fit(X_train", times=2)
    assert the.app.main.focused.id == "node"


@played(iterations=6)
async def test_a_click_on_a_count_shows_only_such_nodes_and_again_all(the: Stage) -> None:
    await click(the, "L 6")
    assert the.app.desk.filter == "state:load"
    assert "41 hidden" in the.text()
    await click(the, "L 6")
    assert the.app.desk.filter == ""


@played(iterations=6)
async def test_a_click_on_a_bar_goes_to_that_iteration(the: Stage) -> None:
    assert await click(the, "███", right=1) == [commands.Recall(1)]
    assert "REPLAY 1/6" in the.line(0)
    await click(the, "REPLAY")
    assert "LIVE" in the.line(0)


@played(iterations=6)
async def test_a_click_on_a_number_below_goes_to_that_iteration(the: Stage) -> None:
    assert await click(the, " 3  4  5", right=1) == [commands.Recall(3)]
    await click(the, " 5  6", right=4)
    assert "LIVE" in the.line(0)


@played(iterations=6)
async def test_a_click_on_a_key_below_does_it(the: Stage) -> None:
    assert await click(the, "p pin", right=3) == [commands.Pin((30,))]


@played(iterations=6)
async def test_a_click_on_a_title_sorts_the_cache(the: Stage) -> None:
    await the.press("3")
    await click(the, "compute")
    assert the.app.main.cache.sorted_by == "compute"
    assert "compute▾" in the.text()


@played(iterations=6)
async def test_the_wheel_scrolls_what_is_under_the_pointer(the: Stage) -> None:
    await the.press("Z")
    flow, node = the.app.main.flow, the.app.main.query_one("#node")
    await the.press("g")
    assert flow.scroll_offset.y == 0 and the.app.main.focused is flow
    await the.pilot._post_mouse_events([MouseScrollDown], "#flow", button=0)
    await the.settled()
    assert flow.scroll_offset.y > 0
    assert node.scroll_offset.y == 0


@played(iterations=6)
async def test_a_click_in_the_graph_selects_a_node_and_the_strip_too(the: Stage) -> None:
    await the.press("2")
    await click(the, "baseline", right=1)
    assert the.app.desk.node.info.label == "baseline"
    x, y = at(the, "all nodes")
    await the.pilot.click(offset=(x + 1, y + 1))
    await the.settled()
    assert the.app.desk.selected == 0


@played(iterations=6)
async def test_output_can_be_selected_and_copied(the: Stage) -> None:
    await the.press("5")
    x, y = at(the, "fold 2/3")
    await the.pilot.mouse_down(offset=(x, y))
    await the.pilot.hover(offset=(x + 8, y))
    await the.pilot.mouse_up(offset=(x + 8, y))
    await the.settled()
    assert (the.app.screen.get_selected_text() or "").startswith("fold 2/3")
