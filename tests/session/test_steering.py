"""Steering: pins, evictions, forced and accepted nodes, undo, policy and budget; each told, written and lasting."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from session.driver import Engine

MLITER = [sys.executable, "-m", "mliter_tui"]
TEXT = """
import time
def slow(x):
    time.sleep(0.5)
    return bytes([x]) * 2_000_000
a = slow(1)
b = slow(a[0] + 1)
print(len(b))
"""


def number(engine: Engine, label: str) -> int:
    nodes = engine.of("version_read")[-1]["nodes"]
    found: int = next(n["node"] for n in nodes if n["label"] == label)
    return found


def steer(engine: Engine, type: str, **fields: Any) -> dict[str, Any]:
    """Do something; what was told of it, once the new plan is there."""
    at = engine.send(type, **fields)
    told = engine.wait("steered", at)
    engine.wait("plan_ready", engine.events.index(told))
    return told


def state(engine: Engine, label: str, since: int = 0) -> dict[str, Any]:
    plan = engine.wait("plan_ready", since)
    found: dict[str, Any] = next(s for s in plan["states"] if s["label"] == label)
    return found


def kept(engine: Engine) -> dict[str, dict[str, Any]]:
    at = engine.send("list_cache")
    return {e["name"]: e for e in engine.wait("cache_listed", at)["entries"]}


@pytest.mark.slow
def test_a_pin_is_marked_listed_and_still_there_in_the_next_session(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        at = engine.send("pin", nodes=[number(engine, "b")])
        told = engine.wait("steered", at)
        assert (told["act"], told["text"], told["undoable"]) == ("pin", "Pinned b.", True)
        assert state(engine, "b", at)["marks"] == "*"
        assert kept(engine)["b"]["pinned"] and not kept(engine)["a"]["pinned"]
    with Engine(tmp_path, "") as engine:
        assert state(engine, "b")["marks"] == "*"
        engine.finished()
        at = len(engine.events)
        steer(engine, "unpin", nodes=[number(engine, "b")])
        assert not kept(engine)["b"]["pinned"]
        at = len(engine.events)
        steer(engine, "undo")
        assert kept(engine)["b"]["pinned"]


@pytest.mark.slow
def test_a_pin_follows_the_node_to_its_next_value_and_holds_under_budget_pressure(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT, "--policy", "always") as engine:
        engine.finished()
        at = len(engine.events)
        steer(engine, "pin", nodes=[number(engine, "a")])
        at = engine.save("slow(1)", "slow(7)")
        engine.finished(at)
        pins = [e for e in engine.wait("cache_listed", at)["entries"] if e["pinned"]]
        assert [e["name"] for e in pins] == ["a"], "the value before is let go"
        at = engine.send("set_budget", nbytes=pins[0]["nbytes"] + 1_000_000)
        engine.wait("steered", at)
        left = kept(engine)
        assert left["a"]["pinned"] and "b" not in left, left


def test_a_pinned_node_is_kept_whatever_the_policy_says(tmp_path: Path) -> None:
    with Engine(tmp_path, "a = 1\nb = [a] * 10\nprint(b[0])\n", "--policy", "never") as engine:
        engine.finished()
        at = engine.send("pin", nodes=[1])
        assert "kept from the next time" in engine.wait("steered", at)["text"]
        at = engine.save("[a]", "[a, a]")
        engine.finished(at)
        assert list(kept(engine)) == ["b"] and kept(engine)["b"]["pinned"]


@pytest.mark.slow
def test_evicting_says_its_price_does_it_and_takes_it_back(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        key = kept(engine)["a"]["key"]
        at = engine.send("weigh", command=json.dumps({"v": 1, "type": "evict", "keys": [key]}))
        weighed = engine.wait("weighed", at)
        assert weighed["seconds"] > 0.4 and weighed["nbytes"] > 0 and "a run that needs it takes" in weighed["text"]
        assert "a" in kept(engine)
        at = engine.send("evict", keys=[key])
        told = engine.wait("steered", at)
        assert told["act"] == "evict" and told["keys"] == [key] and "freed" in told["text"]
        assert "a" not in kept(engine)
        at = engine.send("undo")
        assert engine.wait("steered", at)["text"].startswith("Undone: Evicted a")
        assert kept(engine)["a"]["key"] == key
        at = engine.save("a[0] + 1", "a[0] + 2")
        engine.finished(at)
        assert engine.actions(at)["a"] != "compute", "what was brought back can be loaded"


@pytest.mark.slow
def test_an_evicted_value_is_computed_again_when_it_is_needed(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        at = len(engine.events)
        steer(engine, "evict", nodes=[number(engine, "a")])
        at = engine.save("a[0] + 1", "a[0] + 2")
        engine.finished(at)
        assert engine.actions(at)["a"] == "compute"


@pytest.mark.slow
def test_a_forced_node_runs_once_and_says_so(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        at = engine.send("force", nodes=[number(engine, "a")])
        assert engine.wait("steered", at)["act"] == "force"
        planned = state(engine, "a", at)
        assert (planned["action"], planned["reason"]["code"], "!" in planned["marks"]) == ("compute", "FORCED", True)
        at = engine.send("run_now")
        engine.finished(at)
        assert engine.actions(at)["a"] == "compute"
        assert engine.actions(at)["b"] != "compute", "its value is the same, so what follows is reused"
        at = engine.send("run_now")
        engine.finished(at)
        assert engine.actions(at)["a"] != "compute"


def test_what_the_user_did_is_in_the_story_of_the_next_iteration(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        steer(engine, "pin", nodes=[number(engine, "a")])
        at = engine.send("run_now")
        engine.finished(at)
        at = engine.send("recall", iteration=2)
        events = [json.loads(line) for line in engine.wait("recalled", at)["lines"]]
        assert [e["act"] for e in events if e["type"] == "steered"] == ["pin", "run"]


def test_forcing_again_takes_it_back(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        for act, action in (("force", "compute"), ("unforce", "prune")):
            at = engine.send("force", nodes=[number(engine, "a")])
            assert engine.wait("steered", at)["act"] == act
            assert (state(engine, "a", at)["action"] == "compute") == (action == "compute")


def test_accepting_an_edit_keeps_the_value_until_the_next_one(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT, "--manual") as engine:
        engine.wait("plan_ready")
        at = engine.send("run_now")
        engine.finished(at)
        at = engine.save("b = slow(a[0] + 1)", "b = slow(1 + a[0])")
        assert state(engine, "b", at)["action"] == "compute"
        at = engine.send("accept", nodes=[number(engine, "b")])
        assert "does not matter" in engine.wait("steered", at)["text"]
        assert state(engine, "b", at)["action"] == "prune"
        at = engine.send("run_now")
        engine.finished(at)
        assert engine.actions(at)["b"] != "compute" and engine.output(at) == "2000000\n"
        at = engine.save("slow(1 + a[0])", "slow(2 + a[0])")
        assert state(engine, "b", at)["action"] == "compute", "another edit was not accepted"


def test_what_accepting_and_a_smaller_budget_would_change_is_told_before(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT, "--manual") as engine:
        engine.wait("plan_ready")
        at = engine.send("run_now")
        engine.finished(at)
        at = engine.save("b = slow(a[0] + 1)", "b = slow(1 + a[0])")
        engine.wait("plan_ready", at)
        accepting = json.dumps({"v": 1, "type": "accept", "nodes": [number(engine, "b")]})
        at = engine.send("weigh", command=accepting)
        assert "keeps what it had before" in engine.wait("weighed", at)["text"]
        assert engine.of("plan_ready")[-1]["states"][number(engine, "b")]["action"] == "compute", "nothing was done"
        at = engine.send("weigh", command=json.dumps({"v": 1, "type": "accept", "nodes": [number(engine, "a")]}))
        assert "nothing to accept" in engine.wait("refused", at)["text"]
        at = engine.send("weigh", command=json.dumps({"v": 1, "type": "set_budget", "nbytes": 1_000_000}))
        weighed = engine.wait("weighed", at)
        assert weighed["nbytes"] > 2_000_000 and "those that save least" in weighed["text"]


def test_an_accepted_edit_can_be_taken_back(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT, "--manual") as engine:
        engine.wait("plan_ready")
        at = engine.send("run_now")
        engine.finished(at)
        at = engine.save("b = slow(a[0] + 1)", "b = slow(1 + a[0])")
        engine.wait("plan_ready", at)
        at = len(engine.events)
        steer(engine, "accept", nodes=[number(engine, "b")])
        at = len(engine.events)
        steer(engine, "undo")
        assert state(engine, "b", at)["action"] == "compute"


def test_accepting_a_changed_file_holds_for_that_content_only(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text("5")
    text = "import time\ndef read():\n    time.sleep(0.4)\n    return int(open('d.txt').read())\nn = read()\nprint(n)\n"
    with Engine(tmp_path, text, "--manual") as engine:
        engine.wait("plan_ready")
        at = engine.send("run_now")
        engine.finished(at)
        at = engine.save("5", "6", tmp_path / "d.txt")
        assert state(engine, "n", at)["action"] == "compute"
        at = len(engine.events)
        steer(engine, "accept", nodes=[number(engine, "n")])
        at = engine.send("run_now")
        engine.finished(at)
        assert engine.output(at) == "5\n"
        at = engine.save("6", "7", tmp_path / "d.txt")
        assert state(engine, "n", at)["action"] == "compute"


def test_what_cannot_be_meant_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        for type, fields, words in (
            ("pin", {"nodes": [99]}, "no node 99"),
            ("evict", {"keys": ["nothing"]}, "evicted meanwhile"),
            ("accept", {"nodes": [3]}, "nothing to accept"),
            ("undo", {}, "nothing to undo"),
            ("cancel", {}, "Nothing runs"),
            ("set_policy", {"policy": "best"}, "no policy 'best'"),
            ("set_budget", {"nbytes": 0}, "above 0"),
            ("recall", {"iteration": 7}, "no iteration 7"),
            ("explain", {"node": -1}, "no node -1"),
            ("dance", {}, "Not a command"),
        ):
            at = engine.send(type, **fields)
            assert words in engine.wait("refused", at)["text"]
        at = engine.send("run_now")
        assert engine.finished(at)["status"] == "ok"


def test_what_the_script_does_not_come_to_can_be_looked_at_and_steered(tmp_path: Path) -> None:
    text = "def slow(x):\n    return [x + k for k in range(50_000)]\n"
    text += "if len(slow(1)) > 9:\n    a = slow(2)\nelse:\n    b = slow(3)\n"
    with Engine(tmp_path, text) as engine:
        engine.finished()
        nodes = engine.of("version_read")[-1]["nodes"]
        (missed,) = [node["node"] for node in nodes if node["label"] == "b"]
        at = engine.send("explain", node=missed)
        engine.send("force", nodes=[missed])
        assert "in the next run that comes to it" in engine.wait("steered", at)["text"]
        assert not engine.of("refused")


@pytest.mark.slow
def test_policy_and_budget_change_live(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT, "--policy", "never") as engine:
        engine.finished()
        assert kept(engine) == {}
        at = engine.send("set_policy", policy="always")
        assert engine.wait("session_state", at, lambda e: e["policy"] == "always")
        at = engine.save("slow(1)", "slow(2)")
        engine.finished(at)
        assert {"a", "b"} <= kept(engine).keys()
        at = engine.send("set_budget", nbytes=123_456_789)
        assert engine.wait("session_state", at, lambda e: e["budget"] == 123_456_789)


@pytest.mark.slow
def test_cancel_ends_the_run_and_keeps_what_is_finished(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT.replace("b = slow(a[0] + 1)", "b = [time.sleep(60), slow(a[0] + 1)][1]")) as engine:
        engine.wait("node_started", 0, lambda e: e["label"] == "b")
        at = engine.send("cancel")
        assert engine.finished(at)["status"] == "cancelled"
        at = engine.save("time.sleep(60)", "0")
        assert engine.finished(at)["status"] == "ok"
        assert engine.actions(at)["a"] != "compute"


def test_a_node_is_explained_up_to_the_root_with_the_numbers_of_the_policy(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT, "--manual") as engine:
        engine.wait("plan_ready")
        at = engine.send("run_now")
        engine.finished(at)
        at = engine.send("explain", node=number(engine, "a"))
        value = engine.wait("explained", at)["values"][0]
        assert value["kept"] and value["reason"]["code"] == "KEPT" and value["reason"]["cumulative_seconds"] > 0.4
        at = engine.save("slow(1)", "slow(4)")
        engine.wait("plan_ready", at)
        at = engine.send("explain", node=number(engine, "b"))
        told = engine.wait("explained", at)
        assert told["action"] == "compute" and told["chain"] == ["a, line 6: source changed, line 6"]


@pytest.mark.slow
def test_values_can_be_looked_at(tmp_path: Path) -> None:
    text = (
        "import numpy as np, pandas as pd\nclass Own:\n    def __init__(self):\n        self.size = 7\n"
        "df = pd.DataFrame({'age': range(50), 'name': ['x'] * 50})\nv = np.arange(1000.0)\nown = Own()\nk = 3\n"
    )
    with Engine(tmp_path, text, "--policy", "always") as engine:
        engine.finished()
        shown = {}
        for label in ("df", "v", "own"):
            at = engine.send("preview", node=number(engine, label))
            shown[label] = engine.wait("previewed", at)
        assert shown["df"]["title"] == "DataFrame 50 × 2" and "age" in shown["df"]["text"]
        assert shown["df"]["numbers"][:3] == [0.0, 1.0, 2.0]
        assert shown["v"]["title"] == "ndarray 1,000 float64" and "mean 499.5" in shown["v"]["text"]
        assert shown["own"]["title"] == "Own of the script" and shown["own"]["text"].split() == ["size", "7"]
        at = engine.send("preview", node=0)
        assert "not kept" in engine.wait("refused", at)["text"]


@pytest.mark.slow
def test_a_past_iteration_comes_back_event_by_event(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        at = engine.save("print(len(b))", "print(len(b) + 1)")
        engine.finished(at)
        at = engine.send("recall", iteration=1)
        told = engine.wait("recalled", at)
        events = [json.loads(line) for line in told["lines"]]
        assert [e["type"] for e in events][:3] == ["version_read", "plan_ready", "iteration_started"]
        assert events[-1]["type"] == "iteration_finished" and events[0]["text"] == TEXT
        assert "".join(e["text"] for e in events if e["type"] == "output") == "2000000\n"
        assert len(told["times"]) == len(told["lines"]) and list(told["times"]) == sorted(told["times"])
        at = engine.send("list_history")
        rows = engine.wait("history_listed", at)["iterations"]
        assert [(r["iteration"], r["status"]) for r in rows] == [(1, "ok"), (2, "ok")]
        assert rows[0]["compute_seconds"] > 0.9 and rows[1]["trigger"] == "line 8"


@pytest.mark.slow
def test_a_pin_made_while_a_run_keeps_another_pinned_value_is_not_lost(tmp_path: Path) -> None:
    text = TEXT.replace("b = slow(a[0] + 1)", "time.sleep(3 + 0 * len(a))\nb = slow(a[0] + 1)")
    with Engine(tmp_path, text, "--policy", "never", "--manual") as engine:
        engine.wait("plan_ready")
        engine.send("run_now")
        engine.finished()
        steer(engine, "pin", nodes=[number(engine, "b")])
        at = engine.save("slow(1)", "slow(3)")
        engine.wait("plan_ready", at)
        at = engine.send("run_now")
        engine.wait("node_started", at, lambda e: e["label"].startswith("time.sleep"))
        saved = engine.save("print(len(b))", "print(len(b) + 1)")  # read while the run goes on
        engine.wait("plan_ready", saved)
        engine.send("pin", nodes=[number(engine, "a")])  # before b is kept
        engine.finished(at)
        assert [e["name"] for e in kept(engine).values() if e["pinned"]] == ["b"]
    with Engine(tmp_path, "", "--manual") as engine:
        assert "*" in state(engine, "a")["marks"] and "*" in state(engine, "b")["marks"]


def test_a_note_and_a_star_are_in_the_history(tmp_path: Path) -> None:
    with Engine(tmp_path, "print(1)\n") as engine:
        engine.finished()
        at = engine.send("remark", iteration=1, star=True)
        (row,) = engine.wait("history_listed", at)["iterations"]
        assert (row["star"], row["note"]) == (True, "")
        at = engine.send("remark", iteration=1, note=" not \n bad ")
        (row,) = engine.wait("history_listed", at)["iterations"]
        assert (row["star"], row["note"]) == (True, "not bad")
        at = engine.send("remark", iteration=7, star=True)
        assert "There is no iteration 7" in engine.wait("refused", at)["text"]


def test_a_watched_run_goes_out_from_what_was_checked_out(tmp_path: Path) -> None:
    with Engine(tmp_path, "a = 1\nprint(a)\n") as engine:
        engine.finished()
        at = engine.save("a = 1", "a = 2")
        engine.finished(at)
        at = len(engine.events)
        subprocess.run([*MLITER, "checkout", "train.py", "1"], cwd=tmp_path, check=True, capture_output=True)
        engine.finished(at)
        assert engine.output(at) == "1\n" and engine.actions(at) == {"a": "prune", "print(a)": "prune"}
    told = subprocess.run([*MLITER, "history", "train.py", "--json"], cwd=tmp_path, check=True, capture_output=True)
    assert [row["parent"] for row in json.loads(told.stdout)["iterations"]] == [None, 1, 1]
