"""The view model, event by event."""

from dataclasses import replace

import pytest
from sample_view import NODES, SCRIPT, TEXT, WHY, begins, ends, filled, finished, plan, read, started

from mliter_tui import events
from mliter_tui.facts import Edge, IterationInfo, NodeInfo, Picture
from mliter_tui.view.iteration import IterationView
from mliter_tui.view.model import MOST_ITERATIONS, View, apply, replay

RUN = (read(), started(), plan(), *(e for n in range(7) for e in (begins(n), ends(n))), finished())


def letters(view: IterationView) -> str:
    return "".join(node.letter for node in view.nodes.values())


def test_every_event_makes_a_new_version() -> None:
    view = View()
    for at, event in enumerate(RUN, 1):
        apply(view, event, float(at))
        assert view.version == at


def test_a_whole_run() -> None:
    view = filled(*RUN)
    assert letters(view.shown) == "PCPLLCC"
    assert (view.shown.iteration, view.shown.status, view.shown.script) == (1, "ok", SCRIPT)
    assert view.shown.predicted_seconds == 6.2
    assert view.history == [IterationInfo(1, 101.0, "ok", 3, 2, 2, 4.1, 41.2, 3.0, 0.2, 0, "line 2")]


def test_a_version_that_was_read_is_shown_before_it_runs() -> None:
    view = filled(read(), plan())
    assert view.next is view.shown
    assert (letters(view.shown), view.shown.status, view.shown.text) == ("PCPLLCC", "planned", TEXT)


def test_a_version_waits_while_the_one_before_still_runs() -> None:
    view = filled(read(1), started(1), plan(), begins(1), read(2, TEXT + "x = 1\n", changed=(10,)))
    waiting, running = view.next, view.current
    assert view.shown is waiting and waiting is not None
    apply(view, ends(1, 0.7), 200.0)
    apply(view, events.Output(1, "stdout", "of the first\n"), 201.0)
    apply(view, finished(1, "cancelled"), 202.0)
    assert running.nodes[1].seconds == 0.7
    assert [line.text for line in running.log.lines] == ["of the first"]
    assert running.status == "cancelled"
    assert (letters(waiting), waiting.log.lines, waiting.status) == ("???????", [], "planned")
    apply(view, started(2), 203.0)
    assert view.current is waiting and view.next is None
    assert (waiting.status, waiting.begun, waiting.iteration) == ("running", 203.0, 2)


def test_a_plan_is_for_the_version_that_waits() -> None:
    view = filled(read(1), started(1), plan(), read(2), plan(["compute"] * 7))
    assert letters(view.current) == "PCPLLCC"
    assert view.next is not None and letters(view.next) == "CCCCCCC"


def test_a_new_plan_that_does_nothing_leaves_the_run_on_screen_with_new_marks() -> None:
    view = filled(*RUN)
    shown = view.shown
    states = [replace(state, action="prune", marks="*~", nbytes=5) for state in plan().states]  # type: ignore[arg-type]
    filled(read(2, changed=()), events.PlanReady(tuple(states), 0.0), view=view)
    assert view.shown is shown
    assert (letters(shown), shown.iteration, shown.nodes[5].seconds) == ("PCPLLCC", 1, 0.5)
    assert (shown.nodes[5].marks, shown.nodes[5].nbytes) == ("*~", 5)
    filled(started(2), view=view)
    assert view.shown is not shown
    assert (letters(view.shown), view.shown.status, view.shown.settled) == ("PPPPPPP", "running", False)


def test_a_new_plan_that_does_something_is_shown() -> None:
    view = filled(*RUN, events.Output(6, "stdout", "0.9\n"), read(2), plan(["prune"] * 6 + ["compute"]))
    assert view.shown is view.next
    assert letters(view.shown) == "PPPPPPC"
    assert [line.text for line in view.log.lines] == ["0.9"]


def test_after_a_failure_what_is_left_to_do_is_nothing_new() -> None:
    failed = (read(), started(), plan(), begins(1), ends(1), begins(5), ends(5), finished(status="failed"))
    view = filled(*failed, read(2), plan(["prune"] * 5 + ["compute"] * 2))
    assert letters(view.shown) == "PCPPPFC"
    assert view.shown.status == "failed"


def test_another_text_is_shown_though_it_would_do_nothing() -> None:
    view = filled(*RUN, read(2, TEXT + "# a comment\n"), plan(["prune"] * 7))
    assert view.shown is view.next


def test_a_new_plan_of_what_runs_does_not_go_to_a_version_it_does_not_fit() -> None:
    other = replace(read(2), nodes=(NodeInfo(0, "else", (1, 1)),), edges=())
    view = filled(read(1), started(1), plan(), begins(1), other, plan(["prune"] * 7))
    assert letters(view.current) == "PRPPPPP"
    assert view.next is not None and letters(view.next) == "?"


def test_a_node_passed_over_whose_values_are_loaded_counts_as_loaded() -> None:
    view = filled(read(), started(), plan(), begins(3), ends(3, 0.0, "prune"), ends(0, 0.0, "prune"))
    node = view.shown.nodes[3]
    assert (node.letter, node.seconds, node.expected, node.done) == ("L", None, 0.1, True)
    assert node.reason is not None and node.reason.code == "LOAD_CHEAPER"
    assert view.shown.nodes[0].letter == "P"


def test_a_later_plan_leaves_what_is_done() -> None:
    view = filled(read(), started(), plan(), begins(1), ends(1), plan(["prune"] * 7))
    assert letters(view.shown) == "PCPPPPP"
    done = view.shown.nodes[1].plan
    assert done is not None and done.action == "compute"


def test_the_same_version_runs_again_as_if_nothing_had_happened() -> None:
    view = filled(*RUN, events.Output(6, "stdout", "0.9\n"), started(2))
    assert (view.shown.iteration, view.shown.status, view.shown.finished) == (2, "running", None)
    assert view.shown.log.lines == []
    assert not any(node.done or node.begun for node in view.shown.nodes.values())
    assert view.shown.text == TEXT


def test_a_failure_is_that_of_the_node_that_began_last() -> None:
    view = filled(read(), started(), plan(), begins(1), ends(1), begins(5), ends(5), finished(status="failed"))
    assert letters(view.shown) == "PCPLLFC"
    assert view.shown.status == "failed"


def test_a_failure_after_a_restart_is_not_that_of_a_later_node() -> None:
    view = filled(
        read(), started(), plan(), begins(1), ends(1), begins(5), ends(5), begins(1), finished(status="failed")
    )
    assert letters(view.shown) == "PFPLLCC"


def test_a_node_that_died_without_a_word_failed() -> None:
    view = filled(read(), started(), plan(), begins(5), finished(status="failed"))
    assert letters(view.shown) == "PCPLLFC"


def test_a_failure_before_any_node() -> None:
    view = filled(read(), started(), finished(status="failed"))
    assert letters(view.shown) == "???????"


def test_a_node_that_begins_again_runs() -> None:
    view = filled(read(), started(), plan(), begins(1), ends(1), begins(1))
    assert view.shown.nodes[1].letter == "R"


def test_what_is_kept_in_this_run_is_known() -> None:
    kept = events.ValueKept(5, ("clf",), 14_000, 0.01, WHY["load"])
    view = filled(read(), started(), plan(), begins(5), kept)
    assert (view.shown.nodes[5].kept, view.shown.nodes[5].nbytes) == (True, 14_000)


def test_events_of_nodes_nobody_knows_are_passed_over() -> None:
    view = filled(read(), started(), events.NodeStarted(99, (1, 1), "?"), events.NodeFinished(
        99, "?", (1, 1), "compute", 1.0, WHY["compute"]))  # fmt: skip
    assert letters(view.shown) == "???????"


def test_a_recording_without_versions_has_the_nodes_of_its_plan() -> None:
    view = filled(started(), plan(), begins(1), ends(1))
    assert [(n.info.label, n.info.lines) for n in view.shown.nodes.values()] == [(n.label, n.lines) for n in NODES]
    assert letters(view.shown) == "PCPLLCC"
    states = plan().states[:2]
    apply(view, started(2), 300.0)
    apply(view, events.PlanReady(states, 0.0), 301.0)
    assert len(view.shown.nodes) == 2


def test_a_broken_version_leaves_the_one_before() -> None:
    broken = events.VersionBroken(3, "invalid syntax", "y =")
    view = filled(*RUN, broken)
    assert view.broken is broken
    assert view.shown.text == TEXT
    apply(view, read(2), 300.0)
    assert view.broken is None


def test_pictures_notes_and_saves() -> None:
    picture, saved = Picture("/w/a.png", 10, 5), events.Saved((SCRIPT,), 99.0)
    view = filled(saved, read(), started(), events.PictureKept(picture), events.Note("The disk is full."))
    assert view.saved is saved
    assert view.shown.pictures == [picture]
    assert view.shown.notes == ["The disk is full."] == list(view.words)


def test_answers_are_there_until_they_are_out_of_date() -> None:
    explained = events.Explained(5, "compute", WHY["compute"])
    view = filled(read(), explained, events.Refused("Nothing to undo."))
    assert (view.explained, list(view.words)) == ({5: explained}, ["Nothing to undo."])
    apply(view, events.Steered("pin", "clf is pinned.", 1.0, (5,)), 200.0)
    assert view.explained == {}
    assert list(view.words)[-1] == "clf is pinned."


def test_session_and_cache() -> None:
    session = events.SessionState(SCRIPT, "waiting", True, "auto", 1, 2)
    cache = events.CacheListed((), 0, 1)
    view = filled(session, cache)
    assert (view.session, view.cache) == (session, cache)


def test_a_later_version_of_mliter_says_what_nobody_knows() -> None:
    view = filled(events.Unrecognized(9, "new", "{}"))
    assert view.version == 1


def test_history_has_each_iteration_once_and_not_too_many() -> None:
    rows = tuple(IterationInfo(n, float(n), "ok", 0, 0, 0, 0.0, 0.0) for n in range(1, MOST_ITERATIONS + 1))
    view = filled(*RUN, events.HistoryListed(rows))
    assert len(view.history) == MOST_ITERATIONS
    for number in (MOST_ITERATIONS, MOST_ITERATIONS + 1):
        for event in (read(number), started(number), finished(number)):
            apply(view, event, 500.0)
    assert [row.iteration for row in view.history] == list(range(2, MOST_ITERATIONS + 2))


def test_when_an_iteration_began_at_zero_it_began_at_zero() -> None:
    view = View()
    for event, now in ((read(), 0.0), (started(), 0.0), (finished(), 9.0)):
        apply(view, event, now)
    assert view.history[0].when == 0.0


def recorded(*happened: events.Event) -> tuple[str, ...]:
    return tuple(events.encode(event) for event in happened)


def test_replay_gives_what_was_there() -> None:
    past = replay(recorded(*RUN), [float(n) for n in range(len(RUN))])
    assert letters(past) == "PCPLLCC"
    assert (past.iteration, past.status, past.begun) == (1, "ok", 1.0)


@pytest.mark.parametrize(
    ("until", "expected"), [(0, ""), (1, "???????"), (3, "PCPLLCC"), (6, "PRPLLCC"), (99, "PCPLLCC")]
)
def test_replay_stops_where_it_is_told(until: int, expected: str) -> None:
    assert letters(replay(recorded(*RUN), until=until)) == expected


def test_replay_counts_time_by_the_clock_of_the_recording() -> None:
    past = replay(recorded(*RUN), [50.0, 60.0], until=6)
    assert past.nodes[1].begun == 60.0


def test_a_past_iteration_is_looked_at_while_the_live_one_goes_on() -> None:
    view = filled(read(12), started(12), plan(), events.Recalled(9, recorded(*RUN)))
    assert (view.shown.iteration, letters(view.shown)) == (9, "PCPLLCC")
    apply(view, begins(1), 300.0)
    assert (letters(view.live), letters(view.shown)) == ("PRPLLCC", "PCPLLCC")
    view.recalled = None
    assert view.shown is view.live


def test_half_a_line_at_the_end_of_a_recording_is_forgiven() -> None:
    view = filled(events.Recalled(9, (*recorded(*RUN[:3]), '{"v":1,"ty')))
    assert letters(view.shown) == "PCPLLCC"


def test_a_damaged_recording_is_told_and_not_shown() -> None:
    view = filled(read(), events.Recalled(9, ("damaged", *recorded(*RUN))))
    assert view.recalled is None
    assert view.words[-1].startswith("Iteration 9 cannot be shown. ")


def test_edges_of_a_version_are_its_own() -> None:
    view = filled(read(1), started(1), replace(read(2), edges=(Edge(0, 1, ("np",)),)))
    assert view.shown.children(0) == [1]
    assert view.current.children(0) == []


def test_what_the_script_passes_by_has_no_plan_any_more() -> None:
    assert letters(filled(read(), plan(), started(), events.NotReached((2, 3, 99))).shown) == "PC??LCC"
