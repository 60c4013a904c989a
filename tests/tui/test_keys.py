"""Every key: what it does to what is seen, and what it tells the engine."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from stage import Stage, played, stage
from textual.widgets import Input

from mliter_tui import commands, events
from mliter_tui.tui import app
from mliter_tui.tui.acts import ACTS


def label(the: Stage) -> str:
    node = the.app.desk.node
    return node.info.label if node is not None else ""


def line_of(the: Stage) -> int:
    node = the.app.desk.node
    return node.info.lines[0] if node is not None else 0


@played(iterations=6)
async def test_j_and_k_move_by_rows_and_g_and_G_go_to_the_ends(the: Stage) -> None:
    start = line_of(the)
    await the.press("j")
    assert line_of(the) > start
    await the.press("k")
    assert line_of(the) == start
    await the.press("G")
    last = line_of(the)
    await the.press("g")
    assert line_of(the) == 1
    assert last > start
    await the.press("pagedown")
    assert line_of(the) > 1


@played(iterations=6)
async def test_h_and_l_follow_values_to_maker_and_reader(the: Stage) -> None:
    assert label(the) == "prepare"
    await the.press("l")
    assert label(the) == "baseline"
    await the.press("h")
    assert label(the) == "prepare"
    await the.press("h")
    assert label(the) == "categorical"


@pytest.mark.slow
@played(iterations=6)
async def test_n_goes_over_what_was_not_computed(the: Stage) -> None:
    await the.press("N")
    while label(the) != "proba":
        await the.press("n")
    await the.press("n")
    assert label(the) == "pred", "threshold was loaded"


@pytest.mark.parametrize(
    ("key", "title", "shown"),
    [
        ("1", "1 Flow", "prepare = ColumnTransformer"), ("2", "2 Graph", "all nodes"), ("3", "3 Cache", "saved/MB"),
        ("4", "4 History", "what changed"), ("5", "5 Output", "logistic regression, 3-fold AUC"),
        ("6", "6 Study", "What the changes were for"),
    ],
)  # fmt: skip
def test_digits_show_the_views(key: str, title: str, shown: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, iterations=6) as the:
            await the.press("3" if key == "1" else "1")
            await the.press(key)
            text = the.text()
            assert title in text and shown in text

    asyncio.run(scenario())


@played(iterations=6)
async def test_tab_goes_round_the_panes_and_keys_move_in_the_pane(the: Stage) -> None:
    seen = []
    for _ in range(4):
        seen.append(the.app.main.focused.id)
        await the.press("tab")
    assert seen == ["flow", "node", "chart", "tail"]
    assert the.app.main.focused.id == "flow"
    await the.press("shift+tab")
    assert the.app.main.focused.id == "tail"


@played(iterations=6, size=(80, 24))
async def test_enter_brings_the_node_in_front_on_a_narrow_screen_and_escape_takes_it_away(the: Stage) -> None:
    await the.explained()
    assert "╭─ Node" not in the.text()
    await the.press("enter")
    text = the.text()
    assert "╭─ Node" in text and "1 Flow" not in text
    assert "why  source changed, line 53" in text
    assert "min_frequency=30" in text
    assert "kept: recompute" in text and "policy auto" in text
    await the.press("escape")
    assert "1 Flow" in the.text()


@pytest.mark.slow
@played(iterations=6)
async def test_the_selected_node_is_explained_after_a_moment_once(the: Stage) -> None:
    await asyncio.sleep(0.2)
    assert await the.answered() == [commands.Explain(30)]
    with pytest.MonkeyPatch.context() as longer:  # however slowly the keys are served here
        longer.setattr(app, "ASK_AFTER", 2.0)
        await the.pilot.press("j", "j", "j")
        await asyncio.sleep(2.2)
        asked = await the.answered()
    assert asked == [commands.Explain(the.app.desk.selected)], "only the one it stays at"
    await the.press("k", "j")
    await asyncio.sleep(0.2)
    assert commands.Explain(the.app.desk.selected) not in await the.answered(), "it is known"


@played(iterations=6)
async def test_s_dims_what_is_neither_upstream_nor_downstream(the: Stage) -> None:
    await the.press("s")
    flow = the.app.main.flow
    styles = {}
    for index in range(flow.count()):
        spans = list(flow.spans(index, 80))
        styles["".join(s.text for s in spans)[6:40]] = {s.style for s in spans if s.text.strip()}
    dim = [text for text, used in styles.items() if used <= {"dim"}]
    assert any("fig, ax" in text for text in dim)
    assert not any("model.fit" in text for text in dim)
    await the.press("escape")
    assert not the.app.desk.sliced


@played(iterations=6)
async def test_p_pins_and_unpins(the: Stage) -> None:
    assert await the.press("p") == [commands.Pin((30,))]
    assert "pinned prepare" in the.text()
    assert "›C▶*" in the.text()
    assert await the.press("p") == [commands.Unpin((30,))]


@played(iterations=6)
async def test_x_shows_the_consequence_and_evicts_only_when_pressed_again(the: Stage) -> None:
    told = await the.press("x")
    assert told == [commands.Weigh(commands.encode(commands.Evict((30,))))]
    assert the.line(38).strip() == "evicting prepare frees 0 MB, next run +0.0 s"
    assert the.line(39).strip() == "x again to do it   esc to leave it"
    assert await the.press("x") == [commands.Evict((30,))]
    assert "evicted prepare" in the.text()
    assert await the.press("u") == [commands.Undo()]


@pytest.mark.slow
@played(iterations=6)
async def test_escape_or_moving_on_leaves_an_eviction(the: Stage) -> None:
    await the.press("x")
    await the.press("escape")
    assert "again to do it" not in the.text()
    await the.press("x")
    await the.press("j")
    assert "again to do it" not in the.text()
    assert not any(isinstance(command, commands.Evict) for command in await the.press("x"))


@played(iterations=6)
async def test_x_is_not_done_before_its_consequence_is_known(the: Stage) -> None:
    the.story = None
    await the.press("x")
    assert "weighing" in the.text()
    assert await the.press("x") == []


@pytest.mark.slow
@played(iterations=6)
async def test_f_forces_and_A_accepts_what_waits_after_a_question(the: Stage) -> None:
    assert await the.press("f") == [commands.Force((30,))]
    assert await the.press("A") == [], "it has been computed"
    assert "no change to accept" in the.text()
    story = the.story
    assert story is not None
    await the.say(*(event for _, event in story.next_edit()))  # planned, and not run yet
    node = the.app.desk.selected
    assert node is not None
    told = await the.press("A")
    assert told == [commands.Weigh(commands.encode(commands.Accept((node,))))]
    assert await the.press("A") == [commands.Accept((node,))]


@played(iterations=6)
async def test_r_runs_a_switches_auto_run_and_c_cancels_only_a_run(the: Stage) -> None:
    assert await the.press("r") == [commands.RunNow()]
    assert await the.press("a") == [commands.SetAuto(False)]
    assert "manual" in the.line(0)
    assert await the.press("a") == [commands.SetAuto(True)]
    assert await the.press("c") == []
    assert "Nothing runs" in the.text()
    await the.say(the.story.session("running"))
    assert await the.press("c") == [commands.Cancel()]


@played(iterations=6)
async def test_space_holds_the_picture_while_events_go_on(the: Stage) -> None:
    await the.explained()
    before = the.text().splitlines()[1:27]
    await the.press("space")
    await the.say(*(event for _, event in the.story.next_edit()))
    await the.say(*(event for _, event in the.story.run()))
    assert "FROZEN" in the.line(0) and "events since" in the.line(0)
    assert the.text().splitlines()[1:27] == before
    await the.press("space")
    assert "FROZEN" not in the.line(0)
    assert the.text().splitlines()[1:27] != before


@played(iterations=6)
async def test_space_holds_a_run_in_its_middle(the: Stage) -> None:
    await the.say(*(event for _, event in the.story.next_edit()))
    ran = [event for _, event in the.story.run()]
    at = next(i for i, e in enumerate(ran) if isinstance(e, events.NodeStarted) and e.label == "scores")
    await the.say(*ran[: at + 1])
    await the.press("space")
    before = [line[:74] for line in the.text().splitlines()[1:27]]
    await the.say(*ran[at + 1 :])
    assert [line[:74] for line in the.text().splitlines()[1:27]] == before
    assert any("R⟳" in line for line in before)
    await the.press("space")
    assert "R⟳" not in the.text()


@played(iterations=6)
async def test_brackets_step_through_iterations_and_L_comes_back(the: Stage) -> None:
    assert await the.press("[") == [commands.Recall(5)]
    assert "REPLAY 5/6" in the.line(0)
    assert await the.press("[") == [commands.Recall(4)]
    assert "REPLAY 4/6" in the.line(0)
    assert "›F✗" in the.text(), "what failed is looked at"
    assert "NameError" in the.text()
    assert await the.press("]") == [commands.Recall(5)]
    await the.press("L")
    assert "LIVE" in the.line(0)


@pytest.mark.slow
@played(iterations=6)
async def test_steering_is_off_in_replay_and_says_so(the: Stage) -> None:
    await the.press("[")
    for key in ("p", "x", "f", "A", "r", "u", "a"):
        assert await the.press(key) == []
        assert "cannot be steered; L goes back to live" in the.text(), key
        await the.press("j")
        the.app.say("")
    foot = the.line(39)
    assert "pin" not in foot and "evict" not in foot and "L live" in foot
    await the.press("escape")
    assert "LIVE" in the.line(0)


@played(iterations=6)
async def test_live_goes_on_behind_a_replay(the: Stage) -> None:
    await the.press("[")
    shown = the.text().splitlines()[1:20]
    ran = the.story.next_edit() + the.story.run()
    await the.say(*(event for _, event in ran))
    assert the.text().splitlines()[1:20] == shown
    assert "REPLAY 5/7" in the.line(0)
    await the.press("L")
    assert "iter 7 LIVE" in the.line(0)


@played(iterations=6)
async def test_comma_and_full_stop_step_events(the: Stage) -> None:
    await the.press("[")
    whole = len(the.app.desk.past.lines)
    await the.press(",", ",")
    assert f"REPLAY 5/6 event {whole - 2}/{whole}" in the.line(0)
    await the.press(".")
    assert f"event {whole - 1}/{whole}" in the.line(0)


@pytest.mark.slow
@played(iterations=6)
async def test_greater_plays_an_iteration_and_stops(the: Stage) -> None:
    await the.press("[", "[", "[", "[")
    await the.press(">")
    past = the.app.desk.past
    start = past.at
    assert the.app.playing and start < len(past.lines)
    await the.until(lambda: past.at > start)
    await the.press(">")
    assert not the.app.playing


@pytest.mark.slow
@played(iterations=6)
async def test_a_filter_works_while_it_is_typed_and_takes_every_key(the: Stage) -> None:
    await the.press("/")
    assert isinstance(the.app.screen.focused, Input)
    await the.pilot.press(*"state:q")
    await the.settled()
    assert "No state is called 'q'" in the.text(), "q did not quit"
    await the.pilot.press("backspace", *"compute cost>1")
    await the.settled()
    assert "2 of 47 nodes" in the.text()
    await the.press("enter")
    text = the.text()
    assert "cross_val_score" in text and "model.fit" in text and "threshold" not in text.split("Node")[0]
    assert "45 hidden" in text
    await the.press("escape")
    assert the.app.desk.filter == ""
    await the.press("/", *"state:failed", "enter")
    assert "no node is such; / changes the filter" in the.text()


@pytest.mark.slow
@played(iterations=6)
async def test_escape_in_a_filter_leaves_what_there_was(the: Stage) -> None:
    await the.press("/", *"name~model", "enter")
    await the.press("/", *" x", "escape")
    assert the.app.desk.filter == "name~model"
    assert the.app.main.focused.id == "flow"


@played(iterations=6)
async def test_folds_are_opened_by_enter_and_all_by_Z(the: Stage) -> None:
    assert "16 lines pruned" in the.text()
    await the.press("g", "enter")
    assert "16 lines pruned" not in the.text() and "import matplotlib" in the.text()
    await the.press("Z")
    assert "lines pruned" not in the.text()
    await the.press("Z")
    assert "16 lines pruned" in the.text()


@played(iterations=6)
async def test_z_shows_a_pane_alone(the: Stage) -> None:
    await the.press("z")
    assert "╭─ Node" not in the.text()
    await the.press("escape")
    assert "╭─ Node" in the.text()


@played(iterations=6)
async def test_i_looks_at_a_value_and_any_way_out_leaves_it(the: Stage) -> None:
    assert await the.press("i") == [commands.Preview(30, "prepare")]
    text = the.text()
    assert "DataFrame 45,175 x 14, 31 MB" in text and "how often" in text
    await the.press("q")
    assert "how often" not in the.text()
    assert the.app.is_running


@played(iterations=6)
async def test_help_lists_the_keys_of_the_view_first(the: Stage) -> None:
    await the.press("3", "?")
    text = the.text()
    assert "Help: cache" in text
    assert text.index("in this view") < text.index("mark the row, to pin or evict several") < text.index("views")
    await the.press("escape")
    assert "Help" not in the.text()


@played(iterations=6)
async def test_T_goes_through_the_themes_of_which_two_are_the_terminals_own(the: Stage) -> None:
    seen = [the.app.theme]
    for _ in range(4):
        await the.press("T")
        seen.append(the.app.theme)
    assert seen == ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "textual-dark"]


@played(iterations=6)
async def test_y_copies_and_Y_writes_the_node_its_reason_and_its_command(the: Stage) -> None:
    await the.explained()
    await the.press("y")
    copied = the.app.clipboard
    assert copied.startswith("train.py:53  prepare  compute  iteration 6\nsource changed, line 53\n")
    assert copied.endswith("mliter why train.py:53\n")
    await the.press("Y")
    (written,) = Path.cwd().glob("mliter-node-*.txt")
    assert written.read_text() == copied


@played(iterations=6)
async def test_S_writes_the_screen_as_svg(the: Stage) -> None:
    await the.press("S")
    (written,) = Path.cwd().glob("mliter-flow-*.svg")
    assert "<svg" in written.read_text()


@played(iterations=6)
async def test_q_quits_and_asks_first_while_a_run_is_going(the: Stage) -> None:
    await the.say(the.story.session("running"))
    assert await the.press("q") == []
    assert "q again quits" in the.text()
    await the.press("j")
    assert "q again quits" not in the.text()
    await the.press("q")
    await the.say(the.story.session("waiting"))
    assert "q again quits" not in the.text()
    await the.say(the.story.session("running"))
    await the.press("q")
    await the.pilot.press("q")
    assert commands.Leave() in await the.heard()


@played(iterations=6)
async def test_cache_rows_are_sorted_chosen_and_evicted_together(the: Stage) -> None:
    await the.press("3")
    cache = the.app.main.cache
    await the.press("<", "<", "<")
    assert cache.sorted_by == "size"
    assert [e.nbytes for e in cache.entries] == sorted((e.nbytes for e in cache.entries), reverse=True)
    first, second = cache.entries[0].key, cache.entries[1].key
    await the.press("v", "v")
    assert "2 chosen" in the.text()
    (weigh,) = await the.press("x")
    assert commands.decode(weigh.command) == commands.Evict((), tuple(sorted((first, second))))
    assert "frees 171 MB" in the.text()
    told = await the.press("x")
    assert told[0] == commands.Evict((), tuple(sorted((first, second))))
    await the.answered()
    assert first not in {e.key for e in cache.entries}


@played(iterations=6)
async def test_history_goes_to_an_iteration_and_marks_one(the: Stage) -> None:
    await the.press("4", "j")
    assert the.app.main.history.iteration() == 5
    await the.press("m")
    assert "Iteration 5 is marked" in the.text()
    assert await the.press("enter") == [commands.Recall(5)]
    assert "REPLAY 5/6" in the.line(0)


@played(iterations=6)
async def test_history_stars_and_notes_an_iteration(the: Stage) -> None:
    await the.press("4", "j")
    assert await the.press("*") == [commands.Remark(5, star=True)]
    told = the.app.desk.view.history
    kept = [replace(info, star=True, note="[b]x[/b]\x1b") if info.iteration == 5 else info for info in told]
    await the.say(events.HistoryListed(tuple(kept)))
    row = next(line for line in the.text().splitlines() if " *5 " in line)
    assert "[b]x[/b]\N{REPLACEMENT CHARACTER}" in row and "\x1b" not in row
    assert await the.press("*") == [commands.Remark(5, star=False)]
    await the.press("t", *"ctrl+a ctrl+k q".split())  # every printable key is the note's own
    assert await the.press("enter") == [commands.Remark(5, note="q")]
    assert await the.press("t", "escape") == []


@played(iterations=6)
async def test_graph_shows_more_hops_and_the_whole(the: Stage) -> None:
    await the.press("2")
    near = len(the.app.main.query_one("#graph")._graph.boxes)
    assert "1 hop " in the.text()
    await the.press("+")
    assert "2 hops" in the.text()
    await the.press("-", "0")
    assert "whole graph" in the.text()
    await the.press("0", "j")
    assert near and label(the) != "prepare"


@played(iterations=6)
async def test_output_lets_go_when_scrolled_and_follows_again(the: Stage) -> None:
    await the.press("5")
    many = [events.Output(None, "stdout", f"line {i}\n") for i in range(200)]
    await the.say(*many)
    assert "line 199" in the.text()
    await the.press("pageup")
    assert "line 199" not in the.text() and "F follows" in the.text()
    await the.say(events.Output(None, "stdout", "one more\n"))
    assert "one more" not in the.text()
    await the.press("F")
    assert "one more" in the.text()


@played(iterations=6)
async def test_every_act_is_in_the_palette(the: Stage) -> None:
    titles = {command.title.lower() for command in the.app.get_system_commands(the.app.screen)}
    missing = [act.name for act in ACTS if act.help.lower() not in titles and act.name not in ("down", "up", "escape")]
    assert missing == []


@played(iterations=6)
async def test_policy_and_budget_are_in_the_palette(the: Stage) -> None:
    by_title = {command.title: command.callback for command in the.app.get_system_commands(the.app.screen)}
    policy = next(run for title, run in by_title.items() if title.startswith("Policy helix"))
    policy()
    assert [told for told in await the.answered() if not isinstance(told, commands.Explain)] == [
        commands.SetPolicy("helix")
    ]
    await the.press("B", *"1.5gb", "enter")
    assert the.story.budget == 1_500_000_000
    await the.press("B", *"lots", "enter")
    assert "must be a size such as 500MB or 2GB" in the.text()


def test_keys_that_clash_are_meant_for_different_views() -> None:
    taken: dict[str, list[str]] = {}
    for act in ACTS:
        for key in filter(None, act.keys.split(",")):
            taken.setdefault(key, []).append(act.name)
    assert {key: names for key, names in taken.items() if len(names) > 1} == {
        "greater_than_sign": ["play", "sort_next"]
    }


@played(iterations=6, size=(80, 24))
async def test_a_long_consequence_shows_its_numbers_first_on_a_narrow_screen(the: Stage) -> None:
    the.story = None
    (weigh,) = await the.press("x")
    text = "Evicting baseline, categorical, model, prepare frees 7.9 MB; a run that needs it takes 3.2s longer."
    await the.say(events.Weighed(weigh.command, text, 3.2, 7_900_000))
    assert the.line(22).startswith(" frees 7.9 MB, next run +3.2s: Evicting baseline")


@played(iterations=6)
async def test_d_compares_with_the_marked_iteration(the: Stage) -> None:
    await the.press("4", "d")
    assert "First mark an iteration with m" in the.text()
    await the.press("m", "d")
    assert "is the marked one itself" in the.text()
    await the.press("j", "j", "j")
    assert await the.press("d") == [commands.Recall(3), commands.Recall(6), commands.Compare((3, 6))]
    text = the.text()
    assert "Iterations 3 and 6" in text
    assert "min_frequency=20" in text and "min_frequency=30" in text
    assert "model.fit(X_train, y_train)         P           → C     8.1s" in text
    await the.press("escape")
    assert "LIVE" in the.line(0) and "Iterations 3" not in the.text()
