"""Predictions that the store still holds tell whether a metric changed for real."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab import Lab

SCRIPT = """\
import numpy as np
from sklearn.metrics import accuracy_score, mean_absolute_error
CUT = 0.5
rng = np.random.default_rng(0)
x = rng.random(400)
y = (x + rng.normal(0, 0.1, 400) > 0.5).astype(int)
pred = (x > CUT).astype(int)
print("accuracy:", round(accuracy_score(y, pred), 4))
error = mean_absolute_error(y, pred)
print("MAE:", round(error, 4))
print("half of it, accuracy:", round(accuracy_score(y, pred) / 2, 4))
"""


def sitting(lab: Lab, *edits: tuple[str, str]) -> Lab:
    lab.write(SCRIPT)
    lab("run", "--quiet", "--policy", "always", "train.py")
    for old, new in edits:
        lab.edit(old, new)
        lab("run", "--quiet", "--policy", "always", "train.py")
    return lab


def metrics(lab: Lab, *which: str) -> dict[str, dict[str, Any]]:
    found = json.loads(lab("diff", "train.py", *which, "--json").stdout)["metrics"]
    return {metric["name"]: metric for metric in found}


@pytest.mark.slow
def test_examples_are_compared_one_by_one(lab: Lab) -> None:
    sitting(lab, ("CUT = 0.5", "CUT = 0.501"), ("CUT = 0.501", "CUT = 0.9"))
    near, far = metrics(lab, "1", "2"), metrics(lab, "2", "3")
    assert "the predictions of both" in far["accuracy"]["evidence"][0]
    assert far["accuracy"]["verdict"] == far["MAE"]["verdict"] == "worse"
    assert near["accuracy"]["verdict"] == "no real change"
    # what was printed is not what comes out of the predictions
    assert far["half of it, accuracy"]["verdict"] == "not to be told"
    rows = json.loads(lab("report", "train.py", "--json").stdout)["iterations"]
    assert {each["name"]: each["verdict"] for each in rows[2]["compared"]}["accuracy"] == "worse"


@pytest.mark.slow
@pytest.mark.parametrize(
    "edit", [("default_rng(0)", "default_rng(3)"), pytest.param(("400", "300"), marks=pytest.mark.slow)]
)
def test_other_examples_are_not_paired(lab: Lab, edit: tuple[str, str]) -> None:
    lab.write(SCRIPT)
    lab("run", "--quiet", "--policy", "always", "train.py")
    lab.write(SCRIPT.replace(*edit))
    lab("run", "--quiet", "--policy", "always", "train.py")
    assert "predictions" not in str(metrics(lab)["accuracy"]["evidence"])


@pytest.mark.slow
def test_what_is_not_kept_is_not_known(lab: Lab) -> None:
    lab.write(SCRIPT)
    for text in (SCRIPT, SCRIPT.replace("CUT = 0.5", "CUT = 0.9")):
        lab.write(text)
        lab("run", "--quiet", "--policy", "never", "train.py")
    assert metrics(lab)["accuracy"]["verdict"] == "not to be told"


@pytest.mark.slow
def test_other_measures_go_by_predictions_too(lab: Lab) -> None:
    """F1 of labels and the area under a curve of scores, of which nothing else tells the chance."""
    script = SCRIPT.replace("accuracy_score, mean", "accuracy_score, f1_score, roc_auc_score, mean")
    script += "score = x * (1 if CUT == 0.5 else rng.random(400))\n"
    script += "print(f'F1 {f1_score(y, pred):.3f}  AUC {roc_auc_score(y, score):.3f}')\n"
    for text in (script, script.replace("CUT = 0.5", "CUT = 0.8")):
        lab.write(text)
        lab.run()  # the cache keeps them by itself
    found = metrics(lab)
    assert found["F1"]["verdict"] == found["AUC"]["verdict"] == "worse"
    assert "the predictions of both" in found["F1"]["evidence"][0]
