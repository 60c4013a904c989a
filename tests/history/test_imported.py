"""Imported runs beside the iterations of a script: listed, shown and compared; they are none themselves."""

from __future__ import annotations

import json

import pytest
from lab import Lab

from mliter_tui.history.imported import ImportedRun, forget, imported, keep

RUN = ImportedRun(
    "sqlite:///a.db", "ours", "r1", "forest \x1b[31m", "ok", 1000.0, 1004.0, {"C": "0.5", "depth": "3"},
    {"accuracy": (0.5, 0.75), "loss": (0.25,)}, {"mlflow.user": "\x1b[2Jme"},
)  # fmt: skip
SCRIPT = "C = 1.0\nprint('held out accuracy:', 0.5 + C / 10)\n"


@pytest.fixture
def beside(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    lab.write(SCRIPT)
    lab.run()
    monkeypatch.setenv("XDG_STATE_HOME", lab.environment["XDG_STATE_HOME"])
    with lab.store() as store:
        assert keep(store, str(lab.script), [RUN]) == (1, 0)
    return lab


def test_an_imported_run_keeps_its_name(beside: Lab) -> None:
    with beside.store() as store:
        script = str(beside.script)
        other = ImportedRun("sqlite:///a.db", "ours", "r2", "", "failed", None, None)
        assert keep(store, script, [other, RUN]) == (1, 1)
        runs = imported(store, script)
        assert [(run.label, run.run_id) for run in runs] == [("m1", "r1"), ("m2", "r2")]
        assert runs[0].metrics == RUN.metrics and runs[0].parameters == RUN.parameters
        assert imported(store, "/elsewhere/train.py") == []
        forget(store, script, runs[:1])
        assert [run.label for run in imported(store, script)] == ["m2"]


def test_it_is_listed_below_the_iterations(beside: Lab) -> None:
    told = beside("history", "train.py").stdout
    line = next(line for line in told.splitlines() if line.startswith("m1"))
    assert "0.75" in line and "4.0 s" in line and "ours in sqlite:///a.db" in line and "\x1b" not in told
    data = json.loads(beside("history", "train.py", "--json").stdout)
    assert len(data["iterations"]) == 1 and data["imported"][0]["metrics"]["accuracy"] == [0.5, 0.75]


def test_it_is_shown_in_full(beside: Lab) -> None:
    told = beside("show", "train.py", "m1").stdout
    assert "of its code and values nothing is known" in told and "last of 2 values" in told and "\x1b" not in told
    assert json.loads(beside("show", "train.py", "m1", "--json").stdout)["parameters"] == {"C": "0.5", "depth": "3"}
    assert "no source is known" in beside("show", "train.py", "m1", "--source", status=2).stderr


def test_it_is_compared_with_iterations(beside: Lab) -> None:
    told = json.loads(beside("diff", "train.py", "1", "m1", "--json").stdout)
    assert [run.get("imported") for run in told["iterations"]] == [None, "m1"]
    assert {row["name"]: row["values"] for row in told["parameters"]} == {"C": ["1.0", "0.5"], "depth": [None, "3"]}
    metrics = {row["name"]: row["values"] for row in told["metrics"]}
    one, other = metrics["held out accuracy"]  # the only one that measures the same
    assert (one["value"], other["value"], other["series"]) == (0.6, 0.75, [0.5, 0.75])
    assert other["compared"]["verdict"] == "not to be told"
    assert metrics["loss"][0] is None


@pytest.mark.parametrize("command", ["checkout", "replay", "star", "label"])
def test_nothing_can_be_done_with_it_that_takes_an_iteration(beside: Lab, command: str) -> None:
    said = beside(command, "train.py", "m1", status=2).stderr
    assert "of m1, which was imported, only numbers are known" in said and said.count("\n") == 1


def test_it_can_be_dropped(beside: Lab) -> None:
    assert "1 imported runs of train.py are dropped" in beside("import", "train.py", "--remove").stdout
    assert "m1" not in beside("history", "train.py").stdout
