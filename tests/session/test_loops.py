"""A loop taken pass by pass, in a session: its passes are told as they come to be, and steered as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from session.driver import Engine
from session.test_steering import steer

from mliter_tui.view.model import replay

TEXT = """
import time
def slow(x):
    time.sleep(0.2)
    return x + 1
total = 0
for epoch in range(3):
    total = slow(total)
    print("epoch", epoch, total)
print("end", total)
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        yield engine


def steps(engine: Engine, at: int = 0) -> int:
    """How often the slow statement of the loop was computed."""
    done = [e for e in engine.events[at:] if e["type"] == "node_finished" and e["action"] == "compute"]
    return sum(e["lines"] == [8, 8] for e in done)


def test_its_passes_are_told_while_it_runs(engine: Engine) -> None:
    told = engine.of("loop_unrolled")
    passes = [sum(n["kind"] == "pass" for n in event["nodes"]) for event in (engine.of("version_read")[0], *told)]
    assert passes[0] == 1 and passes[-1] == 3
    known = {n["node"] for n in engine.of("version_read")[0]["nodes"]} | {n["node"] for t in told for n in t["nodes"]}
    assert {e["node"] for e in engine.of("node_finished")} <= known


def test_more_passes_resume_and_the_next_plan_knows_how_many_there_are(engine: Engine) -> None:
    at = engine.save("range(3)", "range(5)")
    engine.finished(at)
    assert steps(engine, at) == 2
    assert engine.output(at) == "".join(f"epoch {n} {n + 1}\n" for n in range(5)) + "end 5\n"
    at = engine.save('"end"', '"the end"')
    engine.finished(at)
    assert steps(engine, at) == 0
    read = engine.of("version_read")[-1]["nodes"]
    assert [n["label"] for n in read if n["kind"] == "pass"][-1].startswith("pass 5 of for epoch")


def test_its_story_is_played_again_with_all_its_passes(engine: Engine) -> None:
    at = engine.send("recall", iteration=1)
    lines = engine.wait("recalled", at)["lines"]
    view = replay(lines)
    kinds = [node.info.kind for node in view.nodes.values()]
    assert kinds.count("pass") == 3 and kinds.count("loop") == 1 and kinds.count("end") == 1
    assert list(view.nodes) == sorted(view.nodes)
    assert all(node.done for node in view.nodes.values() if node.info.kind != "rest")


def test_forcing_it_forces_its_passes(engine: Engine) -> None:
    head = next(n["node"] for n in engine.of("version_read")[0]["nodes"] if n["kind"] == "loop")
    at = len(engine.events)
    steer(engine, "force", nodes=[head])
    engine.send("run_now")
    engine.finished(at)
    assert steps(engine, at) == 3
