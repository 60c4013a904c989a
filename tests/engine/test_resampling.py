"""Bounds of differences by predictions: the measures are scikit-learn's, and the bounds those of a plain bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from mliter_tui.engine.resampling import of_errors, of_labels, of_scores

RNG = np.random.default_rng(5)
COUNT = 400
TRUTH = (RNG.random(COUNT) < 0.4).astype(int)
ONE = np.where(RNG.random(COUNT) < 0.75, TRUTH, 1 - TRUTH)
OTHER = np.where(RNG.random(COUNT) < 0.5, ONE, np.where(RNG.random(COUNT) < 0.9, TRUTH, 1 - TRUTH))
SCORES = TRUTH + RNG.normal(0, 1.0, COUNT), TRUTH + RNG.normal(0, 0.8, COUNT)
NUMBERS = RNG.normal(0, 2, COUNT)
SAID = NUMBERS + RNG.normal(0, 1.0, COUNT), NUMBERS + RNG.normal(0, 0.9, COUNT)


def plain(score: Callable[..., float], truth: Any, one: Any, other: Any) -> tuple[float, float]:
    """A bootstrap as one would write it."""
    rng = np.random.default_rng(1)
    apart = []
    for _ in range(200):  # scikit-learn takes its time
        at = rng.integers(0, len(truth), len(truth))
        apart.append(score(truth[at], other[at]) - score(truth[at], one[at]))
    low, high = np.percentile(apart, (2.5, 97.5))
    return float(low), float(high)


def exactly(score: Callable[..., float], truth: Any, one: Any, other: Any) -> Callable[[float, float], bool]:
    wanted = score(truth, one), score(truth, other)
    return lambda was, now: (was, now) == pytest.approx(wanted, abs=1e-12)


CASES: list[tuple[str, Callable[..., Any], Callable[..., float], Any, Any, Any]] = [
    ("f1", of_labels, metrics.f1_score, TRUTH, ONE, OTHER),
    ("precision", of_labels, metrics.precision_score, TRUTH, ONE, OTHER),
    ("recall", of_labels, lambda t, s: metrics.recall_score(t, s, pos_label=0), TRUTH, ONE, OTHER),
    ("f1", of_labels, lambda t, s: metrics.f1_score(t, s, average="macro"), TRUTH, ONE, OTHER),
    ("f1", of_labels, lambda t, s: metrics.f1_score(t, s, average="weighted"), TRUTH, ONE, OTHER),
    ("f1", of_labels, lambda t, s: metrics.f1_score(t, s, average="micro"), TRUTH, ONE, OTHER),
    ("auc", lambda _, *rest: of_scores(*rest), metrics.roc_auc_score, TRUTH, *SCORES),
    ("rmse", of_errors, metrics.root_mean_squared_error, NUMBERS, *SAID),
    ("r2", of_errors, metrics.r2_score, NUMBERS, *SAID),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[2].__name__}")
def test_bounds_are_those_of_a_plain_bootstrap(case: Any) -> None:
    name, bounds, score, truth, one, other = case
    found = bounds(name, truth.tolist(), one.tolist(), other.tolist(), exactly(score, truth, one, other))
    expected = plain(score, truth, one, other)
    assert found is not None
    size = expected[1] - expected[0]
    assert found == pytest.approx(expected, abs=0.25 * size)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[2].__name__}")
def test_what_was_printed_is_of_something_else(case: Any) -> None:
    name, bounds, _, truth, one, other = case
    assert bounds(name, truth.tolist(), one.tolist(), other.tolist(), lambda was, now: False) is None


def test_equal_scores_share_their_ranks() -> None:
    truth, one, other = [0, 1, 0, 1, 1, 0], [0.5, 0.5, 0.1, 0.9, 0.5, 0.5], [0.1, 0.5, 0.5, 0.5, 0.9, 0.2]
    seen = []
    of_scores(truth, one, other, lambda was, now: seen.append((was, now)) or True)
    assert seen == [pytest.approx((metrics.roc_auc_score(truth, one), metrics.roc_auc_score(truth, other)))]


def test_what_has_no_such_measure() -> None:
    always = lambda was, now: True  # noqa: E731
    assert of_labels("f1", [1, 1], [1, 1], [1, 1], always) is None
    assert of_scores([0, 1, 2], [0.1, 0.2, 0.3], [0.1, 0.2, 0.3], always) is None
    assert of_scores([0, 1, 0, 1], ["a"] * 4, ["b"] * 4, always) is None
    assert of_errors("r2", [1.0, 1.0], [1.0, 2.0], [1.0, 3.0], always) is None
    assert of_errors("rmse", ["a"], [1.0], [2.0], always) is None
