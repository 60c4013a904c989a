"""Plain mode: what a pipe, a CI log and a screen reader get."""

import pytest
from sample_view import SCRIPT, begins, ends, filled, finished, plan, read, started

from mliter_tui import events, reasons
from mliter_tui.facts import Picture
from mliter_tui.render.lines import plain_line
from mliter_tui.view.model import View, apply


def told(*happened: events.Event) -> list[str]:
    """The lines of these events, each applied before it is told."""
    view, lines = View(), []
    for at, event in enumerate(happened):
        apply(view, event, 100.0 + at)
        line = plain_line(event, view)
        lines += line.split("\n") if line is not None else []
    return lines


def test_an_iteration() -> None:
    run = [event for node in range(7) for event in (begins(node), ends(node))]
    assert told(events.Saved((SCRIPT,), 1.0), read(12), started(12), plan(), *run, finished(12)) == [
        "saved train.py",
        "iter 12  train.py, 7 nodes",
        "iter 12  plan: 3 compute, 2 load, 2 prune  about 6.2s",
        "iter 12  C C (2)  source changed, line 2  0.5s",
        "iter 12  L X (4)  load 0.1s < compute 2.0s  0.5s",
        "iter 12  L y (5)  load 0.1s < compute 2.0s  0.5s",
        "iter 12  C clf (6-8)  source changed, line 2  0.5s",
        "iter 12  C print(clf.score(X, y)) (9)  source changed, line 2  0.5s",
        "iter 12  P 2 pruned: import numpy as np, df",
        "mliter: iteration 12: 3 computed, 2 loaded, 2 pruned in 4.1 s, saved 41.2 s",
    ]


def test_a_failure_names_its_node() -> None:
    lines = told(read(3), started(3), plan(), begins(5), ends(5), finished(3, "failed"))
    assert lines[-2] == "iter 3  F clf (6-8)  failed  0.5s"
    assert lines[-1].startswith("mliter: iteration 3 failed: ")


def test_a_node_that_died_has_no_time() -> None:
    assert told(read(3), started(3), begins(5), finished(3, "failed"))[-2] == "iter 3  F clf (6-8)  failed"


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (events.Saved(("/w/a.py", "/w/b/"), 0.0), "saved a.py, /w/b/"),
        (events.VersionBroken(3, "invalid syntax", "y ="), "not run: line 3: invalid syntax"),
        (events.Note("The disk is full."), "note: The disk is full."),
        (events.Steered("pin", "clf is pinned.", 0.0), "clf is pinned."),
        (events.Refused("Nothing to undo."), "Nothing to undo."),
        (events.PictureKept(Picture("/w/roc.png", 84_000)), "iter 0  figure /w/roc.png  84 kB"),
        (events.Output(1, "stdout", "the script's own\n"), None),
        (events.PlanReady((), 0.0), None),
        (events.CacheListed((), 0, 0), None),
        (events.SessionState(SCRIPT, "waiting", True, "auto", 0, 0), None),
        (events.Unrecognized(2, "new", "{}"), None),
    ],
)
def test_other_events(event: events.Event, line: str | None) -> None:
    assert plain_line(event, filled(event)) == line


def test_a_plan_of_unknown_cost_promises_nothing() -> None:
    state = events.NodeState(0, "compute", reasons.FirstRun())
    event = events.PlanReady((state,), 0.0)
    assert plain_line(event, filled(read(2), event)) == "iter 2  plan: 1 compute"


def test_a_plan_is_told_of_the_version_it_is_for() -> None:
    assert told(read(1), started(1), plan(), read(2), plan())[-1].startswith("iter 2  plan: ")


def test_no_line_can_move_the_cursor() -> None:
    evil = "\x1b[2J\r\n"
    for event in (
        events.Note(evil), events.Saved((evil,), 0.0), events.VersionBroken(1, evil, evil), events.Refused(evil),
        events.NodeFinished(0, evil, (1, 1), "compute", 1.0, reasons.Uncacheable(evil)),
        events.PictureKept(Picture(evil, 1)), events.Steered("pin", evil, 0.0), events.IterationStarted(evil, 1, 1),
    ):  # fmt: skip
        line = plain_line(event, filled(event))
        assert line is not None and line.isprintable()


def test_reasons_have_one_line() -> None:
    reason = reasons.SourceChanged("- a\n+ b", 2)
    event = events.NodeFinished(0, "x", (1, 1), "compute", 1.0, reason)
    assert plain_line(event, filled(read(), event)) == "iter 0  C x (1)  source changed, line 2  1.0s"
