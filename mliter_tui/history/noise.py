"""How much of the difference of two iterations is chance: intervals of metrics, and verdicts on two of them.

What is known of a metric's chance comes from what is at hand, the best first:
- the same folds in both: differences per fold, by the corrected resampled t-test (C. Nadeau, Y. Bengio, "Inference for
  the Generalization Error", 2003): training sets overlap, so the variance of the mean is s² (1/k + test/train), which
  for k folds is s² (1/k + 1/(k-1)). Assumed: fold i is of the same examples in both;
- other folds, or a printed spread of k of them: the same for each, without pairs;
- repetitions, iterations that differ by a seed alone: their standard deviation, with as many degrees of freedom less
  one. Assumed: the chance of this version is that of the one that was repeated last;
- a share of n examples: the score interval of E. B. Wilson (1927); two shares by the difference of such intervals (R.
  Newcombe, 1998), as if the test sets were different ones. That they mostly are the same makes it too careful;
- predictions: a bootstrap over examples, in pairs (`from_predictions`); other measures as of `engine/resampling`.
Where nothing is known a difference is a difference, and no verdict is given. All intervals are at 95 %.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Literal

from mliter_tui.history.metrics import Metric, value_text
from mliter_tui.lean import dataclass
from mliter_tui.readings import naming

Verdict = Literal["better", "worse", "no real change", "not to be told"]
LEVEL = 0.95
_RESAMPLES = 2000
_Z = 1.959963984540054  # the normal distribution's 97.5 % point


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and what it may be; `source` says by what that is known, in words."""

    value: float
    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A metric in two iterations. difference: later less earlier; low, high: what it may be, None where that is not
    known.

    evidence: sentences that say what the verdict rests on.
    """

    before: Metric
    after: Metric
    verdict: Verdict
    difference: float
    low: float | None = None
    high: float | None = None
    evidence: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The verdict in a word for people; with a question mark it is what the numbers say, and chance is unknown."""
        if self.verdict != "not to be told":
            return self.verdict
        if self.after.direction == "unknown" or not self.after.measures or not math.isfinite(self.difference):
            return "differs"
        return "better?" if (self.difference > 0) == (self.after.direction == "higher") else "worse?"

    @property
    def text(self) -> str:
        """In one line: 0.871 → 0.884, better (+0.013, 95 % +0.004 to +0.022)."""
        step, percent = max(self.before.step, self.after.step), self.after.percent
        moved = f"{self.before.text} → {self.after.text}" + (f", {self.word}" if self.after.measures else "")
        change = _signed(self.difference, step, percent)
        if self.low is None or self.high is None:
            return f"{moved} ({change})"
        finer = step / 10
        return f"{moved} ({change}, 95 % {_signed(self.low, finer, percent)} to {_signed(self.high, finer, percent)})"


def _signed(value: float, step: float, percent: bool) -> str:
    text = value_text(value, step, percent)
    return text if text.startswith("-") or not math.isfinite(value) else f"+{text}"


def interval(metric: Metric, repeats: Sequence[float] = ()) -> Interval | None:
    """What a metric may be; None where nothing is known of its chance. repeats: its values under other seeds."""
    error = _error(metric, repeats)
    if error is None:
        return _of_share(metric)
    half = _t(error.freedom) * error.size
    return Interval(metric.value, metric.value - half, metric.value + half, error.source)


@dataclass(frozen=True, slots=True)
class _Error:
    """Standard error of a value, its degrees of freedom, and by what it is known."""

    size: float
    freedom: float
    source: str


def _error(metric: Metric, repeats: Sequence[float]) -> _Error | None:
    folds = [value for value in metric.folds if math.isfinite(value)]
    if len(folds) > 1:
        return _of_folds(_deviation(folds), len(folds), f"{len(folds)} folds")
    if metric.spread is not None and metric.repeats is not None and metric.repeats > 1:
        k = metric.repeats
        # what scripts print is numpy's std, which divides by k
        deviation = metric.spread * math.sqrt(k / (k - 1))
        return _of_folds(deviation, k, f"the spread of {k} folds that was printed")
    known = [value for value in repeats if math.isfinite(value)]
    if len(known) > 1 and _deviation(known) > 0:  # one that no seed moves has another kind of chance
        return _Error(_deviation(known), len(known) - 1, f"{len(known)} runs that differ by a seed alone")
    return None


def _of_folds(deviation: float, k: int, source: str) -> _Error:
    return _Error(deviation * math.sqrt(1 / k + 1 / (k - 1)), k - 1, source)


def _of_share(metric: Metric) -> Interval | None:
    n, p = metric.count, metric.value
    if not n or not 0 <= p <= 1:
        return None
    low, high = _wilson(p, n)
    return Interval(p, low, high, f"a share of {n} examples")


def _wilson(p: float, n: int) -> tuple[float, float]:
    z = _Z
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def compare(
    before: Metric, after: Metric, repeats: tuple[Sequence[float], Sequence[float]] = ((), ()),
    paired: tuple[float, float] | None = None,
) -> Comparison:  # fmt: skip
    """The verdict on one metric in two iterations.

    repeats: its values in runs of either version under other seeds. paired: what the predictions of both say of
    the difference, as of `from_predictions`.
    """
    difference = after.value - before.value
    if not (math.isfinite(before.value) and math.isfinite(after.value)):
        told = "It became a number." if math.isfinite(after.value) else "It is no number any more."
        same = math.isfinite(before.value) == math.isfinite(after.value)
        return Comparison(before, after, "no real change" if same else "not to be told", difference, evidence=(told,))
    if before.value == after.value and before.folds == after.folds:
        return Comparison(before, after, "no real change", 0.0, evidence=("The same to the last digit printed.",))
    if paired is not None:
        bounds = (*paired, "the predictions of both, example by example")
    else:
        found = _bounds(before, after, repeats)
        if found is None:
            return _unknown(before, after, difference)
        bounds = found
    low, high, source = bounds
    evidence = [f"Known from {source}."]
    rounding = (before.step + after.step) / 2
    if 0 < abs(difference) <= rounding and min(before.step, after.step) > 0:
        evidence.append("The difference is no larger than rounding makes it.")
    if low <= 0 <= high:
        evidence.append("0 is within what chance alone does.")
        return Comparison(before, after, "no real change", difference, low, high, tuple(evidence))
    evidence.append("Chance alone seldom does as much.")
    verdict: Verdict = "not to be told"
    if after.direction == "unknown":
        evidence.append("Whether more is better is not known; say it with mliter metric.")
    else:
        verdict = "better" if (difference > 0) == (after.direction == "higher") else "worse"
    return Comparison(before, after, verdict, difference, low, high, tuple(evidence))


def _unknown(before: Metric, after: Metric, difference: float) -> Comparison:
    evidence = ["Nothing tells how much of it is chance; folds, a second seed or the number of examples would."]
    if (count := examples_to_tell(before, after)) is not None:
        evidence.append(f"As shares of other examples, it would take some {count:,} of them to tell it from chance.")
    return Comparison(before, after, "not to be told", difference, evidence=tuple(evidence))


def examples_to_tell(before: Metric, after: Metric) -> int | None:
    """How many examples two shares have to be of for their difference to be beyond chance, in two figures; None where
    they are no shares."""
    p, q = before.value, after.value
    shares = {"accuracy", "acc", "recall", "sensitivity", "specificity", "top1", "top5"}
    if p == q or not (0 <= p <= 1 and 0 <= q <= 1 and all(naming.measure(m.name) & shares for m in (before, after))):
        return None
    count = _Z**2 * (p * (1 - p) + q * (1 - q)) / (q - p) ** 2
    size = int(10 ** max(0, math.floor(math.log10(max(count, 10))) - 1))
    return max(10, round(count / size) * size)


def _bounds(
    before: Metric, after: Metric, repeats: tuple[Sequence[float], Sequence[float]]
) -> tuple[float, float, str] | None:
    """Where the true difference probably lies, and by what that is known."""
    difference = after.value - before.value
    if len(before.folds) == len(after.folds) > 1:
        apart = [new - old for old, new in zip(before.folds, after.folds)]
        error = _of_folds(_deviation(apart), len(apart), "")
        half = _t(error.freedom) * error.size
        return difference - half, difference + half, f"the differences in {len(apart)} folds, taken to be the same ones"
    one, other = (_error(metric, own) for metric, own in zip((before, after), repeats))
    if one is None and other is None:
        return _of_shares(before, after)
    one, other = one or other, other or one  # a version that was never repeated is taken to vary like the other
    assert one is not None and other is not None
    size = math.hypot(one.size, other.size)
    if size == 0:
        return difference, difference, one.source
    # the degrees of freedom by B. L. Welch (1947)
    freedom = size**4 / sum(e.size**4 / e.freedom for e in (one, other) if e.size)
    if one is other:
        freedom = one.freedom  # one estimate, not two
    half = _t(freedom) * size
    source = one.source if one.source == other.source else f"{one.source} and {other.source}"
    return difference - half, difference + half, source


def _of_shares(before: Metric, after: Metric) -> tuple[float, float, str] | None:
    if not before.count or not after.count or not all(0 <= metric.value <= 1 for metric in (before, after)):
        return None
    p, q = before.value, after.value
    (p_low, p_high), (q_low, q_high) = _wilson(p, before.count), _wilson(q, after.count)
    low = q - p - math.hypot(q - q_low, p_high - p)
    high = q - p + math.hypot(q_high - q, p - p_low)
    source = f"shares of {before.count} and {after.count} examples" if before.count != after.count else (
        f"shares of {after.count} examples")  # fmt: skip
    return low, high, source


def from_predictions(
    truth: Sequence[object], before: Sequence[object], after: Sequence[object],
    score: Callable[[object, object], float] = lambda true, said: float(true == said), seed: int = 0,
) -> tuple[float, float]:  # fmt: skip
    """Bounds of the difference of a mean score between two models' predictions of the same examples, by bootstrap in
    pairs.

    score: of one example; accuracy by default. Percentiles of 2,000 resamples, always the same ones; of more than 500
    examples by the normal distribution.
    """
    apart = [score(t, b) - score(t, a) for t, a, b in zip(truth, before, after)]
    if not apart:
        return -math.inf, math.inf
    return _resampled(apart, seed)


def _resampled(apart: list[float], seed: int) -> tuple[float, float]:
    rng, n = random.Random(seed), len(apart)
    if n > 500:  # the mean of so many is normal
        half = _Z * _deviation(apart) / math.sqrt(n)
        mean = math.fsum(apart) / n
        return mean - half, mean + half
    means = sorted(math.fsum(rng.choices(apart, k=n)) / n for _ in range(_RESAMPLES))
    cut = round(_RESAMPLES * (1 - LEVEL) / 2)
    return means[cut], means[-1 - cut]


def _deviation(values: Sequence[float]) -> float:
    """The standard deviation of a sample."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _t(freedom: float) -> float:
    """The 97.5 % point of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + LEVEL) / 2))
