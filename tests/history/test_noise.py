"""Intervals and verdicts: what is chance is called so, and what is not is not."""

from __future__ import annotations

import random
import statistics

import pytest

from mliter_tui.history import noise
from mliter_tui.history.metrics import Metric


def accuracy(value: float, **more: object) -> Metric:
    return Metric("accuracy", value, "higher", True, step=0.001, **more)  # type: ignore[arg-type]


def of_folds(*values: float) -> Metric:
    return accuracy(statistics.mean(values), folds=values)


def test_folds_in_pairs_tell_what_their_means_do_not() -> None:
    before, after = of_folds(0.80, 0.90, 0.70, 0.85, 0.75), of_folds(0.82, 0.921, 0.719, 0.871, 0.771)
    assert noise.compare(before, after).verdict == "better"
    others = of_folds(0.82, 0.921, 0.719)  # no pairs
    assert noise.compare(before, others).verdict == "no real change"


def test_the_correction_for_overlapping_training_sets() -> None:
    span = noise.interval(of_folds(0.8, 0.9))
    assert span is not None
    # s = 0.0707, two folds: s * sqrt(1/2 + 1/1) = 0.0866; the t distribution with one degree of freedom: 12.706
    assert span.high - span.value == pytest.approx(0.0866 * 12.706, rel=1e-3)


def test_less_is_better_turns_the_verdict() -> None:
    folds = ((3.0, 3.1, 2.9), (1.0, 1.1, 0.9))
    before, after = (Metric("rmse", statistics.mean(v), "lower", True, folds=v) for v in folds)
    assert noise.compare(before, after).verdict == "better"
    assert noise.compare(after, before).verdict == "worse"


def test_a_printed_spread_of_known_folds() -> None:
    before, after = (accuracy(value, spread=0.02, repeats=5) for value in (0.80, 0.81))
    assert noise.compare(before, after).verdict == "no real change"
    assert noise.compare(before, accuracy(0.95, spread=0.02, repeats=5)).verdict == "better"


def test_a_spread_of_nobody_knows_how_many_tells_nothing() -> None:
    assert noise.interval(accuracy(0.8, spread=0.02)) is None


def test_runs_under_other_seeds_tell_how_much_is_chance() -> None:
    seeds = (0.80, 0.82, 0.78, 0.81)
    assert noise.compare(accuracy(0.80), accuracy(0.82), (seeds, ())).verdict == "no real change"
    assert noise.compare(accuracy(0.80), accuracy(0.95), (seeds, ())).verdict == "better"


def test_a_metric_that_no_seed_moves_is_not_taken_for_exact() -> None:
    assert noise.compare(accuracy(0.80), accuracy(0.82), ((0.8, 0.8), ())).verdict == "not to be told"


def test_shares_of_many_examples() -> None:
    assert noise.compare(accuracy(0.80, count=100), accuracy(0.85, count=100)).verdict == "no real change"
    assert noise.compare(accuracy(0.80, count=5000), accuracy(0.85, count=5000)).verdict == "better"


def test_a_score_interval_stays_within_0_and_1() -> None:
    span = noise.interval(accuracy(1.0, count=20))
    assert span is not None
    assert 0.8 < span.low < 0.9  # 16.1 % may be wrong
    assert span.high == pytest.approx(1.0)


def test_nothing_known_is_no_verdict_and_says_what_would_tell() -> None:
    found = noise.compare(accuracy(0.9264), accuracy(0.9274))
    assert (found.verdict, found.low) == ("not to be told", None)
    assert "520,000" in found.evidence[1] or "530,000" in found.evidence[1]


def test_the_same_is_no_change_and_an_unknown_direction_no_verdict() -> None:
    assert noise.compare(accuracy(0.9), accuracy(0.9)).verdict == "no real change"
    ridge = [Metric("ridge", statistics.mean(v), folds=v) for v in ((0.1, 0.11, 0.12), (0.9, 0.91, 0.92))]
    assert noise.compare(*ridge).verdict == "not to be told"


def test_predictions_are_compared_example_by_example() -> None:
    rng = random.Random(0)
    truth = [rng.random() < 0.5 for _ in range(400)]
    before = [t if rng.random() < 0.8 else not t for t in truth]
    # one in ten of the wrong ones is right now, and none the other way round
    fixed = [t if b != t and rng.random() < 0.3 else b for t, b in zip(truth, before)]
    low, high = noise.from_predictions(truth, before, fixed)
    assert 0 < low < high
    low, high = noise.from_predictions(truth, before, [not b if rng.random() < 0.02 else b for b in before])
    assert low <= 0


def coverage(sample: object, runs: int = 400) -> float:
    """How often the verdict is `no real change` where nothing changed."""
    rng = random.Random(1)
    return sum(noise.compare(*sample(rng)).verdict == "no real change" for _ in range(runs)) / runs  # type: ignore[operator]


def test_where_nothing_changed_no_change_is_told_in_nineteen_of_twenty() -> None:
    def folds(rng: random.Random) -> tuple[Metric, Metric]:
        return of_folds(*(rng.gauss(0.8, 0.02) for _ in range(5))), of_folds(*(rng.gauss(0.8, 0.02) for _ in range(5)))

    def shares(rng: random.Random) -> tuple[Metric, Metric]:
        first, second = (sum(rng.random() < 0.8 for _ in range(300)) / 300 for _ in range(2))
        return accuracy(first, count=300), accuracy(second, count=300)

    assert coverage(folds) >= 0.94
    assert coverage(shares) >= 0.93


def test_a_comparison_in_one_line() -> None:
    found = noise.compare(accuracy(0.80, count=5000), accuracy(0.85, count=5000))
    assert found.text.startswith("0.800 → 0.850, better (+0.050, 95 % +0.035")


def test_where_chance_is_unknown_the_word_has_a_question_mark() -> None:
    assert noise.compare(accuracy(0.8), accuracy(0.9)).text == "0.800 → 0.900, better? (+0.100)"
    rows = Metric("rows", 10), Metric("rows", 12)
    assert (noise.compare(*rows).word, noise.compare(*rows).text) == ("differs", "10 → 12 (+2)")
