"""What a script measured and printed nowhere is a metric all the same, and what it printed is none twice."""

from __future__ import annotations

from typing import Any

import pytest
from lab import Lab

from mliter_tui.engine.tracing import _visible
from mliter_tui.history import iterations
from mliter_tui.history.metrics import BOUND, Metric, of_story
from mliter_tui.history.study import main_metric
from mliter_tui.script.measuring import bound_measures
from mliter_tui.script.reading import read_script

SCRIPT = """\
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
X, y = load_iris(return_X_y=True)
search = GridSearchCV(LogisticRegression(max_iter=300), {"C": [0.001, 1.0]}, cv=3)
search.fit(X, y)
folds = cross_val_score(LogisticRegression(max_iter=300), X, y, cv=4)
acc = accuracy_score(y, search.predict(X))


def evaluate(model):
    rows = len(X)
    error = 1 - accuracy_score(y, model.predict(X))
    print("rows", rows)
    return error


err = evaluate(search)
name = str(err)
"""


def metrics(lab: Lab) -> list[dict[str, Metric]]:
    with lab.store() as store:
        stories = [iterations.story_of(store, past) for past in lab.past(store)]
    return [{metric.name: metric for metric in of_story(story) if metric.measures} for story in stories]


@pytest.fixture
def quick(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setenv("XDG_STATE_HOME", lab.environment["XDG_STATE_HOME"])
    lab.write(SCRIPT)
    return lab


@pytest.mark.slow
def test_bound_numbers_and_scores_of_searches(quick: Lab) -> None:
    quick.run()
    quick.run()  # all is skipped, and told again
    quick.edit("cv=4)", "cv=4)\nprint('accuracy:', round(folds.mean(), 4))")
    quick.edit("err = evaluate(search)", "err = evaluate(search)\nprint(f'error {err:.2f}')")
    quick.run()
    first, second, third = metrics(quick)
    assert first == second
    assert first.keys() == {"search best score", "folds", "acc", "err"}  # of error and err only what was given back
    best = first["search best score"]
    assert len(best.folds) == 3 and best.direction == "higher" and best.value > 0.9
    assert len(first["folds"].folds) == 4 and first["acc"].line == 9
    assert first["err"].direction == "lower" and first["err"].value == 1 - first["acc"].value
    # what is printed is left to what is printed
    assert third.keys() == {"search best score", "accuracy", "acc", "error"}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("acc = round(accuracy_score(y, p), 3)", ("acc",)), ("result = accuracy_score(y, p)", ("result",)),
        ("rmse: float = np.sqrt(mse(y, p))", ("rmse",)), ("acc, f1 = evaluate(m)", ("acc", "f1")),
        ("    score = model.score(X, y)", ("score",)), ("acc = (pred == y).mean()", ("acc",)),
        ("acc = 0.5", ()), ("acc == f(x)", ()), ("model = fit(error=3)", ()), ("x = f(y)", ()),
        ("elapsed = clock.score_time(x)", ()),
    ],
)  # fmt: skip
def test_names_that_measure(source: str, names: tuple[str, ...]) -> None:
    assert bound_measures(source) == names


def test_what_is_printed_is_the_one_to_look_at() -> None:
    printed = Metric("accuracy", 0.5, "higher", True, place="a/0")
    bound = Metric("test score", 0.5, "higher", True, place=f"b{BOUND}test score")
    trained = Metric("train score", 0.5, "higher", True, place=f"c{BOUND}train score")
    assert main_metric([[printed, bound]]) == "accuracy"
    assert main_metric([[bound, trained]]) == "test score"


def test_only_floats_count(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", lab.environment["XDG_STATE_HOME"])
    lab.write("def f(x):\n    return x\n\n\nacc = f(0.5)\nloss = f([1])\nerror = f(True)\nscore = f(float('nan'))\n")
    lab.run()
    (found,) = metrics(lab)
    assert found.keys() == {"acc", "score"} and found["score"].value != found["score"].value


def test_an_epoch_at_a_time_is_a_course(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", lab.environment["XDG_STATE_HOME"])
    lab.write("import time\nfor e in range(3):\n    time.sleep(0.05)\n    loss = float(1 / (e + 1))\n")
    lab.run()
    assert metrics(lab)[0]["loss"].series in ((1.0, 0.5, 1 / 3), ())


def test_being_told_of_is_no_effect() -> None:
    """What shows of a statement decides whether it is taken to have changed hidden state; this is seen by nobody."""
    (node,) = read_script("acc = f(0.5)\n", "/x/train.py").nodes
    reply: dict[str, Any] = {
        "outputs": {}, "deleted": [], "figures": False, "observed": {"made": []}, "outcome": "next",
        "events": [("b", b'["acc", 0.5]\n')],
    }  # fmt: skip
    assert not _visible(node, reply)
    assert _visible(node, reply | {"events": [("m", b'["acc", 0.5]\n')]})
