"""What-if beside what was: a history that was recorded, simulated, and the decisions of both compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mliter_tui.engine.retracing import Recorded, Step, retrace
from mliter_tui.engine.simulation import Measured, Simulated, measured, scenario
from mliter_tui.events import Action
from mliter_tui.lookback.whatif import store_loads
from mliter_tui.store import Store

SCRIPT = """\
import time
import numpy as np
def costly(x, by):
    time.sleep(0.2)
    return x * by
def prepare(path):
    rows = np.loadtxt(path)
    wide = np.tile(rows, 20_000)
    return costly(wide, 2.0)
data = prepare("data.txt")
scaled = costly(data, 0.5)
scaled[0] = costly(3.0, 3.0)
scores = []
for by in (1.0, 2.0):
    scores.append(float(costly(scaled, by).mean()))
model = float(costly(scaled, 3.0).sum())
print("scores", scores)
print("model", round(model, 3))
"""
EDITS: tuple[tuple[str, str], ...] = (
    ("", ""),
    ('print("scores"', 'print("all scores"'),  # the end
    ("(1.0, 2.0)", "(1.0, 2.0, 4.0)"),  # one more pass
    ("costly(data, 0.5)", "costly(data, 0.25)"),  # the middle
    ("costly(data, 0.25)", "costly(data, 0.5)"),  # and back
    ("DATA", "1 2 3 5"),
    ("DATA", "1 2 3 4"),
    ("round(model, 3))", "round(model, 3) / 0)"),  # it fails
    ("round(model, 3) / 0)", "round(model, 2))"),
)


class Sitting:
    """The script and its edits, run under one policy."""

    def __init__(self, folder: Path, policy: str) -> None:
        self.folder, self.policy = folder, policy
        self.environment = os.environ | {"XDG_STATE_HOME": str(folder / "state")}
        text = SCRIPT
        (folder / "data.txt").write_text("1 2 3 4")
        for old, new in EDITS:
            if old == "DATA":
                (folder / "data.txt").write_text(new)
            text = text.replace(old, new) if old else text
            (folder / "train.py").write_text(text)
            done = self("run", "--quiet", "--policy", policy, "train.py")
            assert done.returncode == ("/ 0" in text), done.stderr

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mliter_tui", *words]
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)

    def past(self) -> tuple[list[Recorded], Measured]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_STATE_HOME", self.environment["XDG_STATE_HOME"])
            with Store.open(self.folder / ".mliter") as store:
                past = retrace(store, str(self.folder / "train.py"))
                return past, measured(store_loads(store), past)


@pytest.fixture(scope="module")
def sittings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sitting]:
    class Sittings(dict[str, Sitting]):
        def __missing__(self, policy: str) -> Sitting:
            self[policy] = Sitting(tmp_path_factory.mktemp(policy), policy)
            return self[policy]

    return Sittings()


Decided = list[dict[str, str]]


def matters(step: Step) -> bool:
    """Imports may be executed ahead, or not, as it happens; and `[]` may be loaded or made, as the clock has it.

    The costly ones take twice the limit, however busy the machine.
    """
    small = step.trace["seconds"] < 0.1 and is_small(step)
    return step.node.kind != "import" and not (small and step.trace["outputs"])


def is_small(step: Step) -> bool:
    return all(nbytes < 1000 for _, nbytes in sizes(step.trace))


def of(step: Step, action: Action) -> str:
    """Of values of some bytes any may be loaded from which the rest is made in no time."""
    return "not computed" if action != "compute" and is_small(step) else action


def was(past: list[Recorded]) -> Decided:
    """What was done with each statement, by iteration."""
    return [{f"{s.node.id} {s.node.label}": of(s, s.action) for s in each.steps if matters(s)} for each in past]


def would(past: list[Recorded], rows: tuple[Simulated, ...]) -> Decided:
    """What is told of each."""
    return [
        {f"{s.node.id} {s.node.label}": of(s, row.actions[s.node.id]) for s in each.steps if matters(s)}
        for each, row in zip(past, rows)
    ]


SLOWLY = [pytest.param(policy, marks=pytest.mark.slow) for policy in ("always", "never")]


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["auto", *SLOWLY])
def test_a_history_simulated_under_its_own_policy_is_that_history(sittings: dict[str, Sitting], policy: str) -> None:
    past, known = sittings[policy].past()
    assert [each.number for each in past if not each.followed] == [8], "only what failed has left no trace"
    assert would(past, scenario(past, policy, 10**10, known).rows) == was(past)


@pytest.mark.parametrize("policy", SLOWLY)
def test_what_is_foretold_of_another_policy_comes_so(sittings: dict[str, Sitting], policy: str) -> None:
    past, known = sittings["auto"].past()
    other, _ = sittings[policy].past()
    told, came = would(past, scenario(past, policy, 10**10, known).rows), was(other)
    both = [each.keys() & others.keys() for each, others in zip(told, came)]  # some may be in one only
    assert sum(map(len, both)) > 60
    for number, (each, others, names) in enumerate(zip(told, came, both), 1):
        assert {name: each[name] for name in names} == {name: others[name] for name in names}, number
    assert was(past) != was(sittings["never"].past()[0]), "else there would be nothing to foretell"


@pytest.mark.slow
def test_a_budget_too_small_for_any_value_is_as_keeping_none(sittings: dict[str, Sitting]) -> None:
    past, known = sittings["auto"].past()
    large = {fp for each in past for s in each.steps for fp, n in sizes(s.trace) if n > 1000}
    assert large
    tight, never = scenario(past, "auto", 1000, known), scenario(past, "never", 1000, known)
    assert tight.most <= 1000
    assert tight.seconds > scenario(past, "auto", 10**10, known).seconds
    assert never.hits == 0 and never.most == 0


def sizes(trace: dict[str, dict[str, dict[str, object]]]) -> list[tuple[str, int]]:
    return [(str(r["fp"]), int(str(r["size"]))) for r in trace["outputs"].values()]


@pytest.mark.slow
def test_the_command_tells_all_policies_beside_what_was(sittings: dict[str, Sitting]) -> None:
    text = sittings["auto"]("whatif", "train.py", "--budget", "1GB")
    assert text.returncode == 0, text.stderr
    lines = text.stdout.splitlines()
    assert lines[0] == "9 iterations of train.py under other policies and budgets"
    assert [line.split()[0] for line in lines[2:9]] == [
        "as", "auto", "helix", "always", "never", "break-even", "seconds-per-byte",
    ]  # fmt: skip
    assert "Of iteration 8 something is not known any more" in text.stdout
    told = sittings["auto"]("whatif", "train.py", "--json", "--policy", "never", "--budget", "1kB", "--budget", "2kB")
    data = json.loads(told.stdout)
    told_of = [(s["policy"], s["budget"], s["hits"]) for s in data["scenarios"]]
    assert told_of == [("never", 1000, 0), ("never", 2000, 0)]
    assert len(data["scenarios"][0]["iterations"]) == len(data["recorded"]["iterations"]) == 9
    total = sum(row["seconds"] for row in data["scenarios"][0]["iterations"])
    assert data["scenarios"][0]["seconds"] == pytest.approx(total)
    assert total > data["least_seconds"]


def test_only_the_last_iterations_are_told_where_so_many_are_asked_for(sittings: dict[str, Sitting]) -> None:
    words = ("whatif", "train.py", "-n", "3", "--policy", "auto", "--budget", "1GB")
    text = sittings["auto"](*words).stdout
    assert text.startswith("3 iterations of train.py")
    assert "From iteration 7 on" in text
    told = json.loads(sittings["auto"](*words, "--json").stdout)
    assert [row["iteration"] for row in told["recorded"]["iterations"]] == [7, 8, 9]


def test_a_script_that_was_never_run_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".mliter").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "mliter_tui", "whatif", "train.py"], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"XDG_STATE_HOME": str(tmp_path / "state")},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "No iteration of train.py is kept here; run it first, or name its cache with --cache.\n"
