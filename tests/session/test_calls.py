"""A call that was stepped into, in a session: told with its statements, and steered as one."""

from __future__ import annotations

from pathlib import Path

from session.driver import Engine
from session.test_steering import number, state, steer

TEXT = """
import time
def prepare(x):
    time.sleep(0.3)
    rows = [x + i for i in range(200_000)]
    total = sum(rows)
    return rows, total
def show(total):
    print("total", total)
rows, total = prepare(1)
show(total)
"""


def test_its_statements_are_told_as_inside_of_it(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        nodes = engine.of("version_read")[-1]["nodes"]
        inside = [n for n in nodes if n["calls"]]
        assert [n["depth"] for n in inside] == [1, 1, 1, 1, 1, 0]
        assert {tuple(n["calls"]) for n in inside} == {(inside[0]["node"],)}
        assert [n["lines"][0] for n in inside] == [10, 4, 5, 6, 7, 10]
        assert inside[-1]["binds"] == ["rows", "total"] and inside[0]["binds"] == ["x"]
        at = engine.save("total = sum(rows)", "total = sum(rows) + 1")
        engine.finished(at)
        done = [e for e in engine.events[at:] if e["type"] == "node_finished" and e["action"] == "compute"]
        assert not [e["label"] for e in done if e["seconds"] > 0.2], "nothing before the edit took its time again"
        assert engine.output(at) == f"total {sum(range(1, 200_001)) + 1}\n"


def test_forcing_it_forces_its_statements(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT, "--manual") as engine:
        engine.wait("plan_ready")
        engine.finished(engine.send("run_now"))
        steer(engine, "force", nodes=[number(engine, "rows, total")])
        at = engine.send("run_now")
        engine.finished(at)
        again = [e for e in engine.events[at:] if e["type"] == "node_finished" and e["lines"] == [5, 5]]
        assert again and again[-1]["action"] == "compute"
        at = engine.send("run_now")
        engine.finished(at)
        again = [e for e in engine.events[at:] if e["type"] == "node_finished" and e["lines"] == [5, 5]]
        assert again[-1]["action"] != "compute", "once"


def test_accepting_it_accepts_what_was_edited_inside(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT, "--manual") as engine:
        engine.wait("plan_ready")
        engine.finished(engine.send("run_now"))
        at = engine.save("rows = [x + i for i in", "rows = [i + x for i in")
        assert state(engine, "rows", at)["action"] == "compute"
        told = steer(engine, "accept", nodes=[number(engine, "rows, total")])
        assert told["text"] == "rows, total: what changed does not matter; its values are kept."
        plan = engine.of("plan_ready")[-1]["states"]
        assert {s["action"] for s in plan if s["lines"][0] in (4, 5, 6, 7, 10)} <= {"prune", "load"}
        steer(engine, "undo")
        plan = engine.of("plan_ready")[-1]["states"]
        assert any(s["action"] == "compute" for s in plan if s["lines"] == [5, 5])
