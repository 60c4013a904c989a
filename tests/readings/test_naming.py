"""What names of numbers say."""

from __future__ import annotations

import pytest

from mliter_tui.readings import naming


@pytest.mark.parametrize("name", [
    "accuracy", "val_acc", "ROC AUC", "F1", "macro avg f1-score", "R^2", "r2_score", "neg_mean_squared_error", "BLEU",
    "Adjusted Rand Index", "silhouette", "recall@10", "explained variance", "mean_test_score", "IoU", "testAccuracy",
])  # fmt: skip
def test_more_is_better(name: str) -> None:
    assert naming.direction(name) == "higher"


@pytest.mark.parametrize("name", [
    "loss", "val_loss", "Test RMSE", "mean absolute error", "log loss", "log_loss", "perplexity", "training error",
    "median error", "MAE", "error rate", "AIC", "WER", "brier",
])  # fmt: skip
def test_less_is_better(name: str) -> None:
    assert naming.direction(name) == "lower"


@pytest.mark.parametrize("name", ["rows", "features", "positive rate", "C", "best", "ridge", "mean pixel", "threshold"])
def test_a_name_that_says_nothing_is_not_guessed_from(name: str) -> None:
    assert naming.direction(name) == "unknown"
    assert not naming.measures(name)


def test_time_is_no_measure() -> None:
    assert not naming.measures("error correction time")


@pytest.mark.parametrize(("one", "other"), [
    ("val acc", "validation accuracy"), ("Test RMSE", "RMSE on test"), ("train_loss", "training loss"),
])  # fmt: skip
def test_names_of_one_thing_are_alike(one: str, other: str) -> None:
    assert naming.likeness(one, other) == 1.0


def test_other_measures_are_told_apart() -> None:
    assert naming.measure("test accuracy") != naming.measure("test f1")
