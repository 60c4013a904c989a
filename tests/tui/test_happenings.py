"""What comes from the engine: runs, failures, scripts that are not Python, late answers, an engine that ends."""

import asyncio
import os
from pathlib import Path

import pytest
from stage import Stage, played, stage
from stream import START, flood

from mliter_tui import commands, events
from mliter_tui.facts import Picture
from mliter_tui.reasons import SourceChanged


@played()
async def test_before_anything_came_the_frame_is_there(the: Stage) -> None:
    assert "1 Flow" in the.text() and "reading the script" in the.text()
    for key in "pxfAijklhnNwsymGg":
        await the.press(key)
    assert the.app.is_running


@played(iterations=6)
async def test_a_save_shows_the_plan_and_goes_to_what_was_edited(the: Stage) -> None:
    told = the.story.next_edit()  # household(), whose callers are all the rest
    await the.say(*(event for _, event in told))
    assert the.app.desk.node.info.label == "household"
    text = the.text()
    assert "will take ~" in the.line(0)
    assert "source changed, line 37" in text
    assert "≈2.4s" in text, "what the plan expects"


@played(iterations=6)
async def test_a_person_who_moved_a_moment_ago_is_not_taken_elsewhere(the: Stage) -> None:
    await the.press("G", "k")
    label = the.app.desk.node.info.label
    await the.say(*(event for _, event in the.story.next_edit()))
    assert the.app.desk.node.info.label == label
    the.clock[0] += 60
    await the.say(*(event for _, event in the.story.edit("SEED = 7", "SEED = 9")))
    assert the.app.desk.node.info.label == "SEED"


@played(iterations=6)
async def test_the_selected_node_stays_selected_when_lines_move(the: Stage) -> None:
    await the.press("n", "n", "n")
    label, line = the.app.desk.node.info.label, the.app.desk.node.info.lines[0]
    the.story.text = "# a comment\n# another\n" + the.story.text
    await the.say(*(event for _, event in the.story.edit("SEED = 7", "SEED = 9")))
    assert (the.app.desk.node.info.label, the.app.desk.node.info.lines[0]) == (label, line + 2)


@played(iterations=6)
async def test_a_run_counts_on_and_ends(the: Stage) -> None:
    await the.say(*(event for _, event in the.story.next_edit()))
    ran = [event for _, event in the.story.run()]
    at = next(i for i, e in enumerate(ran) if isinstance(e, events.NodeStarted) and e.label == "scores")
    await the.say(*ran[: at + 1])
    the.clock[0] += 2.0
    the.app._tick()
    await the.settled()
    assert "⟳ 2.0/6.2s" in the.text()
    assert "running" in the.line(0) and "left" in the.line(0)
    assert not the.app._ticking._active.is_set() or the.app.desk.running
    await the.say(*ran[at + 1 :], the.story.session())
    assert "watching" in the.line(0)
    assert not the.app.desk.running
    assert not the.app._ticking._active.is_set(), "no timer where nothing runs"


@played(iterations=4)
async def test_a_failure_is_selected_and_its_traceback_is_in_sight(the: Stage) -> None:
    text = the.text()
    assert "›F✗" in text
    assert "failed after" in the.line(0) and "F 1" in the.line(0)
    assert "NameError: name 'threshhold' is not defined" in text
    assert "pred" in the.app.main.query_one("#tail").border_title


@played(iterations=5)
async def test_a_script_that_is_not_python_leaves_the_last_good_version_on_screen(the: Stage) -> None:
    broken = events.VersionBroken(66, "'(' was never closed", the.story.text)
    await the.say(broken)
    lines = the.text().splitlines()
    assert "line 66: '(' was never closed; the last good version stays below" in lines[1]
    assert lines[2].startswith("   66  threshold = 0.4")
    assert "pred = (proba >= threshold)" in the.text()
    await the.say(*(event for _, event in the.story.next_edit() if not isinstance(event, events.VersionBroken)))
    assert "never closed" not in the.text()


def test_an_engine_that_ends_is_told_and_the_picture_stays(tmp_path) -> None:
    import asyncio

    async def scenario() -> None:
        async with stage(tmp_path, iterations=6) as the:
            the.story = None  # nobody answers any more
            os.close(the._in)
            await the.until(lambda: the.app.desk.ended)
            await the.settled()
            assert "the engine has ended unexpectedly" in the.line(1)
            assert "prepare = ColumnTransformer" in the.text()
            assert await the.press("p") == []
            assert "nothing can be steered any more" in the.text()
            await the.pilot.press("q")
            await the.until(lambda: not the.app.is_running)

    asyncio.run(scenario())


@played(iterations=6)
async def test_a_refusal_is_said_and_ends_the_question(the: Stage) -> None:
    the.story = None
    await the.press("x")
    await the.say(events.Refused("Nothing of prepare is in the store."))
    assert "Nothing of prepare is in the store." in the.text()
    assert the.app.question is None


@played(iterations=6)
async def test_the_last_pressed_iteration_is_shown_whatever_comes_first(the: Stage) -> None:
    story, the.story = the.story, None
    await the.press("[")
    await the.press("[")
    await the.say(*story.answer(commands.Recall(5)))
    assert "LIVE" in the.line(0)
    await the.say(*story.answer(commands.Recall(4)))
    assert "REPLAY 4/6" in the.line(0)


@played(iterations=6)
async def test_an_iteration_that_was_not_kept_says_so(the: Stage) -> None:
    the.story = None
    await the.press("[")
    await the.say(events.Recalled(5, ()))
    assert "was not recorded" in the.text() and "LIVE" in the.line(0)


@pytest.mark.slow
@played(iterations=1)
async def test_nothing_of_a_script_reaches_the_terminal_or_is_taken_for_markup(the: Stage) -> None:
    evil = "\x1b[31m\x1b]0;title\x07[bold]x[/bold]\x00\udcff[/] \x9b1m"
    await the.say(
        events.Output(None, "stdout", evil + "\n"), events.Note(evil),
        events.VersionBroken(1, evil, evil), events.SessionState(evil, "waiting", True, evil, 0, 1),
        events.Steered("pin", evil, START), events.Weighed("{}", evil), events.Refused(evil),
    )  # fmt: skip
    for key in ("5", "4", "3", "2", "1", "enter", "escape", "?"):
        await the.press(key)
        text = the.text().replace("\n", "")
        assert text.isprintable(), [c for c in text if not c.isprintable()]
    await the.press("escape", "5")
    assert "[bold]x[/bold]" in the.text()


@played(iterations=1)
async def test_values_and_reasons_are_no_markup_either(the: Stage) -> None:
    evil = "[red]\x1b[2Jx"
    node = the.app.desk.selected
    await the.press("i")
    await the.say(
        events.Previewed(node, evil, evil, evil, (1.0, float("nan"), 2.0)),
        events.Explained(node, "compute", SourceChanged(f"-{evil}\n+{evil}y", 1), (evil, evil)),
        events.CacheListed((), 0, 0),
    )
    assert the.text().replace("\n", "").isprintable()


@pytest.mark.slow
@played(iterations=1)
async def test_a_flood_of_output_ends_with_its_last_lines(the: Stage) -> None:
    await the.press("5")
    await the.say(*flood(20_000))
    await the.until(lambda: the.app.desk.picture.log.lines[-1].text.startswith("epoch 1999 step 9"))
    await the.settled()
    assert "epoch 1999 step 9" in the.text()
    assert "lines before" in the.app.main.query_one("#output").border_title


@played(iterations=1)
async def test_a_line_that_is_no_event_is_a_note(the: Stage) -> None:
    os.write(the._in, b"what?\n")
    await the.until(lambda: "Not a JSON line" in the.app.word)
    assert the.app.is_running


def test_what_was_said_before_the_screen_was_there_is_shown(tmp_path) -> None:
    import asyncio

    from stream import story_until

    from mliter_tui.tui.app import WatchApp

    async def scenario() -> None:
        out, into = os.pipe()
        answers, asked = os.pipe()
        _, told = story_until(1)
        os.write(into, "".join(f"{events.encode(event)}\n" for event in told[:3]).encode())
        app = WatchApp(out, asked, script="train.py", settings=tmp_path / "none", memory=tmp_path / "state.json")
        async with app.run_test(size=(120, 40)) as pilot:
            for _ in range(100):
                await pilot.pause(0.02)
                if app.desk.picture.nodes:
                    break
            strips = app.screen._compositor.render_strips()
            assert "SEED = 7" in "\n".join(strip.text for strip in strips)
        for fd in (out, into, answers, asked):
            os.close(fd)

    asyncio.run(scenario())


def test_an_engine_that_said_all_and_left_at_once_is_shown_whole(tmp_path) -> None:
    import asyncio

    async def scenario() -> None:
        async with stage(tmp_path) as the:
            from stream import story_until

            _, told = story_until(3)
            for event in told:
                os.write(the._in, f"{events.encode(event)}\n".encode())
            the.story = None  # nobody answers any more
            os.close(the._in)
            await the.until(lambda: the.app.desk.ended)
            assert the.app.desk.view.current.iteration == 3

    asyncio.run(scenario())


@played(iterations=3)
async def test_a_script_of_which_all_is_pruned_is_not_folded_away(the: Stage) -> None:
    story = the.story
    await the.say(*(event for _, event in story.version([])), *(event for _, event in story.run()))
    assert the.app.desk.picture.counts()["P"] == 47
    assert "lines pruned" not in the.text() and "COLUMNS = [" in the.text()


@played(iterations=1)
async def test_imports_are_one_row_but_an_edited_one_has_its_own(the: Stage) -> None:
    assert "11 imports 0.4s, Z to unfold" in the.text()
    await the.say(*(event for _, event in the.story.edit("import pandas as pd", "import pandas  as pd, io")))
    assert "import pandas  as pd, io" in the.text()
    assert "›C▶   10+" in the.text()


@played(iterations=6)
async def test_o_opens_one_figure_after_the_other(the: Stage) -> None:
    folder = Path.cwd()
    opener, opened = folder / "xdg-open", folder / "opened"
    opener.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    opener.chmod(0o755)
    opener.with_name("open").symlink_to(opener)  # its name elsewhere
    for number in (1, 2):
        path = folder / f"f{number}.png"
        path.write_bytes(b"x")
        await the.say(events.PictureKept(Picture(str(path), 1, 30, f"figure {number}")))
    the.app.select(30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder), prepend=os.pathsep)
        for number in (1, 2, 1):
            await the.press("o")
            assert f"opening figure {number}, {number} of 2; again for the next" in the.text()
    await the.press("5")
    assert "figure 2, left open  1 B  o opens it" in the.text()
    (folder / "f2.png").unlink()
    await the.press("o")
    assert "is not there any more; run the script again to draw it" in the.app.word
    for _ in range(100):
        if opened.exists() and opened.read_text().count("\n") == 3:
            break
        await asyncio.sleep(0.05)
    assert sorted(opened.read_text().split()) == sorted(str(folder / f"f{n}.png") for n in (1, 1, 2))


@played(iterations=1)
async def test_o_is_not_offered_where_nothing_was_drawn(the: Stage) -> None:
    the.app.desk.picture.pictures.clear()
    await the.press("o")
    assert "drew no figure" in the.text()
