"""Metrics of an iteration, from what it printed and told; and which is which in two iterations."""

from __future__ import annotations

import pytest

from mliter_tui import events
from mliter_tui.facts import Edge, NodeInfo
from mliter_tui.history.metrics import Metric, match, of_events, of_story

SCRIPT = """\
scores = cross_val_score(model, X, y, scoring="r2")
print("ridge:", scores.mean(), "+-", scores.std())
print("accuracy", accuracy_score(y, pred))
for epoch in range(3):
    print(epoch)
"""
NODES = (
    NodeInfo(0, "scores", (1, 1), binds=("scores",)),
    NodeInfo(1, "print", (2, 2)),
    NodeInfo(2, "print", (3, 3)),
    NodeInfo(3, "for", (4, 5), kind="loop", calls=(3,)),
    NodeInfo(4, "pass", (5, 5), kind="pass", depth=1, calls=(3, 4)),
    NodeInfo(5, "rest", (4, 5), kind="rest", depth=1, calls=(3,)),
)


def story(
    *printed: tuple[int, str], text: str = SCRIPT, told: tuple[tuple[str, float], ...] = ()
) -> list[events.Event]:
    read = events.VersionRead("/x/train.py", 1, text, NODES, (Edge(0, 1, ("scores",)),))
    outputs = (events.Output(node, "stdout", line) for node, line in printed)
    return [read, *outputs, *(events.MetricTold(2, name, value) for name, value in told)]


def names(metrics: list[Metric]) -> dict[str, float]:
    return {metric.name: metric.value for metric in metrics}


def test_a_metric_is_known_with_its_statement() -> None:
    (metric,) = of_events(story((2, "accuracy 0.87\n")))
    assert (metric.name, metric.value, metric.direction, metric.lines) == ("accuracy", 0.87, "higher", (3, 3))


def test_the_story_that_is_kept_is_read() -> None:
    encoded = [(0.0, events.encode(event)) for event in story((2, "accuracy 0.87\n"))]
    assert names(of_story(encoded)) == {"accuracy": 0.87}


def test_output_in_pieces_is_one_line() -> None:
    assert names(of_events(story((2, "accu"), (2, "racy 0.8"), (2, "7\nloss"), (2, " 0.5\n")))) == {
        "accuracy": 0.87, "loss": 0.5
    }  # fmt: skip


def test_what_source_says_of_a_nameless_score() -> None:
    (metric,) = of_events(story((1, "ridge: 0.85 +- 0.02\n")))
    assert (metric.direction, metric.measures, metric.spread, metric.repeats) == ("higher", True, 0.02, 5)


def test_twice_the_deviation_is_halved() -> None:
    text = SCRIPT.replace("scores.std()", "scores.std() * 2").replace('scoring="r2"', 'cv=10, scoring="r2"')
    (metric,) = of_events(story((1, "ridge: 0.85 +- 0.02\n"), text=text))
    assert (metric.spread, metric.repeats) == (0.01, 10)


def test_of_epochs_the_last_counts_and_all_are_kept_whatever_passes_are_nodes() -> None:
    lines = [(4, "epoch 1 loss 0.5\n"), (4, "epoch 2 loss 0.3\n"), (5, "epoch 3 loss 0.2\n")]
    (metric,) = of_events(story(*lines))
    assert (metric.value, metric.series) == (0.2, (0.5, 0.3, 0.2))


def test_of_folds_the_mean_counts() -> None:
    (metric,) = of_events(story((4, "fold 1: rmse 0.5\n"), (4, "fold 2: rmse 0.3\n")))
    assert (metric.value, metric.folds) == (pytest.approx(0.4), (0.5, 0.3))


def test_what_tells_several_apart_is_in_their_names() -> None:
    metrics = of_events(story((4, "k = 10 silhouette: 0.1\n"), (4, "k = 20 silhouette: 0.2\n")))
    assert names(metrics) == {"silhouette [k=10]": 0.1, "silhouette [k=20]": 0.2}


def test_what_stands_before_one_alone_is_not_in_its_name() -> None:
    assert names(of_events(story((4, "k = 10 silhouette: 0.1\n")))) == {"silhouette": 0.1}


def test_one_name_from_two_statements() -> None:
    assert names(of_events(story((1, "accuracy: 0.1\n"), (2, "accuracy: 0.2\n")))) == {
        "accuracy": 0.1, "accuracy #2": 0.2
    }  # fmt: skip


def test_told_metrics_come_first_and_keep_their_course() -> None:
    found = of_events(story((2, "accuracy: 0.1\n"), told=(("loss", 0.5), ("loss", 0.4), ("distance", 3.0))))
    assert [(m.name, m.value, m.series) for m in found[:2]] == [("loss", 0.4, (0.5, 0.4)), ("distance", 3.0, ())]
    assert all(m.measures for m in found)


def test_a_share_is_of_as_many_as_the_report_says() -> None:
    report = """\
              precision    recall  f1-score   support

           0       0.67      1.00      0.80       400
           1       1.00      0.67      0.80       600

    accuracy                           0.80      1000
"""
    found = of_events(story((1, report), (2, "test accuracy: 0.803\n")))
    assert found[-1].count == 1000
    other = of_events(story((1, report), (2, "test accuracy: 0.913\n")))
    assert other[-1].count is None


def test_the_user_is_right() -> None:
    said = {"rows": "lower", "accuracy": "ignore"}
    (metric,) = of_events(story((1, "rows: 100\n"), (2, "accuracy 0.87\n")), said)  # type: ignore[arg-type]
    assert (metric.name, metric.direction, metric.measures) == ("rows", "lower", True)


def pairs(before: list[events.Event], after: list[events.Event]) -> list[tuple[str | None, str | None]]:
    found = match(of_events(before), of_events(after))
    return [(old.name if old else None, new.name if new else None) for old, new in found]


def test_a_line_that_moved_is_the_same_metric() -> None:
    moved = SCRIPT.replace('print("accuracy"', '# more\nprint("accuracy"')
    assert pairs(story((2, "accuracy 0.8\n")), story((2, "accuracy 0.9\n"), text=moved)) == [("accuracy", "accuracy")]


def test_an_edited_label_is_the_same_metric_by_its_statement() -> None:
    edited = SCRIPT.replace('print("accuracy"', 'print("how often right, accuracy"')
    after = story((2, "how often right, accuracy 0.9\n"), text=edited)
    assert pairs(story((2, "accuracy 0.8\n")), after)[0][0] == "accuracy"


def test_an_edited_label_is_the_same_metric_by_its_words() -> None:
    edited = SCRIPT.replace('print("accuracy", accuracy_score(y, pred))', 'print("test acc", round(score, 3))')
    after = story((2, "test accuracy 0.9\n"), text=edited)
    assert pairs(story((2, "accuracy 0.8\n")), after) == [("accuracy", "test accuracy")]


def test_another_measure_is_another_metric() -> None:
    edited = SCRIPT.replace('print("accuracy", accuracy_score(y, pred))', 'print("f1", f1_score(y, pred))')
    assert pairs(story((2, "test accuracy 0.8\n")), story((2, "test f1 0.9\n"), text=edited)) == [
        (None, "test f1"), ("test accuracy", None)
    ]  # fmt: skip
