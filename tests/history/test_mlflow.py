"""MLflow itself reads what was exported, and its runs are imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lab import Lab

SCRIPT = """\
import mliter
C = 1.0
clf = dict(depth=3)
for epoch in range(3):
    mliter.metric("loss", 1 / (epoch + 1))
print("accuracy:", 0.5 + C / 10)
with open("out.txt", "w") as file:
    file.write("C = " + str(C))
"""
GUARD = """\
import socket
def refuse(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        with open({log!r}, "a") as file:
            print(address, file=file)
        raise OSError("no network here")
    return connect(self, address)
connect, socket.socket.connect = socket.socket.connect, refuse
"""

pytestmark = pytest.mark.slow  # importing MLflow, and making its tables, takes most of a minute


@pytest.fixture(scope="module")
def client_of() -> Any:
    """MLflow's own client for a tracking URI."""
    mlflow = pytest.importorskip("mlflow", reason="MLflow is an extra: pip install 'mliter[mlflow]'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        yield lambda uri: mlflow.MlflowClient(tracking_uri=uri)


@pytest.fixture
def tried(lab: Lab, client_of: Any) -> Lab:
    """Two iterations and one that failed; nothing of it may speak to a network."""
    lab.write(SCRIPT)
    lab.run()
    lab.edit("C = 1.0", "C = 2.0")
    lab.run()
    lab.write(SCRIPT.replace("C = 1.0", "C = None"))
    lab.run(status=1)
    guard = lab.folder.parent / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD.format(log=str(guard / "calls")))
    paths = filter(None, [str(guard), lab.environment.get("PYTHONPATH", "")])
    lab.environment["PYTHONPATH"] = ":".join(paths)
    lab.environment["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:9"  # not what the user named
    return lab


def runs_of(client: Any, experiment: str) -> dict[str, Any]:
    place = client.get_experiment_by_name(experiment)
    return {run.data.tags["mliter.iteration"]: run for run in client.search_runs([place.experiment_id])}


@pytest.mark.parametrize("to", ["sqlite:runs.db", "mlflow:mlruns"])
def test_iterations_are_runs(tried: Lab, client_of: Any, to: str) -> None:
    said = tried("export", "train.py", "--to", to, "--experiment", "mine").stdout
    assert said.startswith("3 iterations of train.py are new")
    place = tried.folder / to.partition(":")[2]
    client = client_of(f"sqlite:///{place}" if to.startswith("sqlite") else place.as_uri())
    runs = runs_of(client, "mine")
    first, second, third = (runs[str(number)] for number in (1, 2, 3))
    assert first.data.params["C"] == "1.0" and second.data.params["C"] == "2.0"
    assert (first.data.metrics["accuracy"], second.data.metrics["accuracy"]) == (0.6, 0.7)
    course = client.get_metric_history(first.info.run_id, "loss")
    assert [(each.step, each.value) for each in course] == [(1, 1.0), (2, 0.5), (3, 1 / 3)]
    assert [run.info.status for run in (first, second, third)] == ["FINISHED", "FINISHED", "FAILED"]
    history = json.loads(tried("history", "train.py", "--json").stdout)["iterations"]
    for row, run in zip(history, (first, second, third)):
        assert abs(run.info.start_time / 1000 - row["when"]) < 0.01
        assert abs((run.info.end_time - run.info.start_time) / 1000 - row["seconds"]) < 0.01
    tags = second.data.tags
    assert (tags["mliter.parent"], tags["mliter.parent_run"]) == ("1", first.info.run_id)
    assert (tags["mliter.changed"], tags["mlflow.source.name"]) == ("line 2", str(tried.script))
    where = Path(client.download_artifacts(second.info.run_id, "", str(tried.folder)))
    assert "C = 2.0" in (where / "source" / "train.py").read_text()
    assert (where / "source" / "features.py").exists() is False  # it is not imported by this script
    assert (where / "files" / "out.txt").read_text() == "C = 2.0" and "accuracy" in (where / "stdout.txt").read_text()
    assert not (tried.folder.parent / "guard" / "calls").exists()  # nothing was spoken to


@pytest.mark.parametrize("to", ["sqlite:runs.db", "mlflow:mlruns"])
def test_again_brings_up_to_date_and_doubles_nothing(tried: Lab, client_of: Any, to: str) -> None:
    tried("export", "train.py", "--to", to, "-n", "2")
    tried("note", "train.py", "1", "a good one")
    tried("star", "train.py", "3")
    tried("label", "train.py", "2", "dpr", "P")
    said = json.loads(tried("export", "train.py", "--to", to, "--json").stdout)
    assert (said["new"], said["updated"]) == (1, 2)
    place = tried.folder / to.partition(":")[2]
    client = client_of(f"sqlite:///{place}" if to.startswith("sqlite") else place.as_uri())
    runs = runs_of(client, "train")
    assert len(client.search_runs([client.get_experiment_by_name("train").experiment_id])) == 3
    assert runs["1"].data.tags["mlflow.note.content"] == "a good one" and runs["3"].data.tags["mliter.star"] == "true"
    assert (runs["2"].data.tags["mliter.kind"], runs["2"].data.tags["mliter.letter"]) == ("dpr", "P")
    assert len(client.get_metric_history(runs["2"].info.run_id, "loss")) == 3
    tried("note", "train.py", "1", "--remove")
    client.delete_run(runs["2"].info.run_id)
    said = json.loads(tried("export", "train.py", "--to", to, "--json").stdout)
    assert (said["new"], said["updated"], said["deleted_there"]) == (0, 2, 1)  # what the user deleted stays deleted
    assert "mlflow.note.content" not in runs_of(client, "train")["1"].data.tags


def test_runs_of_others_are_imported(tried: Lab, client_of: Any) -> None:
    client = client_of(f"sqlite:///{tried.folder / 'theirs.db'}")
    experiment = client.create_experiment("theirs", artifact_location=(tried.folder / "a").as_uri())
    for depth in (3, 5):
        run = client.create_run(experiment, start_time=1_000_000, run_name=f"depth {depth}")
        client.log_param(run.info.run_id, "depth", depth)
        for step in (2, 1, 0):  # they need not come in order
            client.log_metric(run.info.run_id, "accuracy", 0.5 + step * depth / 100, step=step)
        client.set_terminated(run.info.run_id, end_time=1_005_000)
    said = tried("import", "train.py", "--from", "sqlite:theirs.db", "--experiment", "theirs").stdout
    assert said.startswith("2 runs are new") and "mliter diff train.py last m2" in said
    shown = json.loads(tried("history", "train.py", "--json").stdout)["imported"]
    assert {(run["name"], run["status"], run["ended"] - run["when"]) for run in shown} == {
        ("depth 3", "ok", 5.0), ("depth 5", "ok", 5.0)}  # fmt: skip
    metrics = {run["name"]: run["metrics"]["accuracy"] for run in shown}
    assert metrics["depth 5"] == pytest.approx([0.5, 0.55, 0.6])
    assert "no experiment 'none'" in tried(
        "import", "train.py", "--from", "sqlite:theirs.db", "--experiment", "none", status=2).stderr  # fmt: skip


def test_its_own_iterations_do_not_come_back_as_imported(tried: Lab) -> None:
    tried("export", "train.py", "--to", "sqlite:runs.db")
    said = json.loads(tried("import", "train.py", "--from", "sqlite:runs.db", "--json").stdout)
    assert (said["new"], said["own"]) == (0, 3)


def test_a_server_is_only_spoken_to_where_the_user_names_it(tried: Lab) -> None:
    tried.environment |= {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "2"}
    said = tried("export", "train.py", "--to", "mlflow:http://127.0.0.1:9", status=2).stderr
    assert "http://127.0.0.1:9" in said and said.count("\n") == 1
    calls = (tried.folder.parent / "guard" / "calls").read_text().splitlines()
    assert set(calls) == {"('127.0.0.1', 9)"}
