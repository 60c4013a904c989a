"""Exact repeats are told before they run."""

from __future__ import annotations

import json
from pathlib import Path

from lab import Lab
from session.driver import Engine

SCRIPT = """\
import sys
C = 1.0
with open("data.txt") as file:
    data = [float(word) for word in file.read().split()]
print("test accuracy:", round(sum(data) * C, 3))
"""


def ready(lab: Lab) -> Lab:
    lab.script.write_text(SCRIPT)
    (lab.script.parent / "data.txt").write_text("0.1 0.2 0.5")
    lab.run()
    lab.edit("C = 1.0", "C = 0.5")
    lab.run()
    return lab


def plan(lab: Lab, *args: str) -> dict[str, object]:
    words = ["--", *args] if args else []
    return dict(json.loads(lab("plan", "train.py", "--json", *words).stdout))


def test_a_way_back_is_told_with_what_it_brought(lab: Lab) -> None:
    ready(lab)
    assert plan(lab)["tried"] is None  # as it just ran
    lab.edit("C = 0.5", "C = 1.0")
    assert plan(lab)["tried"] == {"iteration": 1, "text": "You tried this in iteration 1: test accuracy 0.8."}
    assert "You tried this in iteration 1: test accuracy 0.8." in lab("plan", "train.py").stdout


def test_the_metric_is_the_one_that_the_report_looks_at(lab: Lab) -> None:
    lab.script.write_text(SCRIPT)
    (lab.script.parent / "data.txt").write_text("0.1 0.2 0.5")
    lab.run()
    for C in ("0.5", "0.4"):  # most iterations have the accuracy alone
        lab.script.write_text(SCRIPT.replace("C = 1.0", f"C = {C}"))
        lab.run()
    lab.script.write_text(SCRIPT + "print('test AUC:', C)\n")
    lab.run()
    lab.script.write_text(SCRIPT)
    lab.run()
    lab.script.write_text(SCRIPT + "print('test AUC:', C)\n")
    assert "test AUC 1.0" in str(plan(lab)["tried"])
    lab("report", "train.py")
    assert "test accuracy 0.8" in str(plan(lab)["tried"])


def test_other_data_or_arguments_are_no_repeat(lab: Lab) -> None:
    ready(lab)
    lab.edit("C = 0.5", "C = 1.0")
    assert plan(lab, "more")["tried"] is None
    (lab.script.parent / "data.txt").write_text("0.1 0.2 0.6")
    assert plan(lab)["tried"] is None


def test_a_session_says_so_before_it_runs(tmp_path: Path) -> None:
    with Engine(tmp_path, "x = 1\nprint('accuracy:', x / 10)\n") as engine:
        engine.finished()
        at = engine.save("x = 1", "x = 2")
        engine.finished(at)
        at = engine.save("x = 2", "x = 1")
        told = engine.wait("tried_before", at)
        assert (told["iteration"], told["text"]) == (1, "You tried this in iteration 1: accuracy 0.1.")
        engine.finished(at)
        order = [event["type"] for event in engine.events[at:]]
        assert order.index("plan_ready") < order.index("tried_before") < order.index("iteration_started")
