"""Where the difference of two models' measure may lie, by their predictions of the same examples: F1 and its like, AUC,
R², root mean squared errors.

Each comes with a check: the measure is worked out as scikit-learn would, in all the ways it may have been called, and
counts only where it is what was printed. Labels are resampled in pairs (examples of equal truth and predictions are one
kind, so that a resample is a draw of their numbers); AUC goes by the covariance of E. R. DeLong, D. M. DeLong and D. L.
Clarke-Pearson (1988); errors by the normal distribution of their mean. 95 %.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

_RESAMPLES = 2000
_Z = 1.959963984540054
_MOST_CLASSES = 60
Is = Callable[[float, float], bool]
"""Whether two values of the measure, before and after, are those that were printed."""


def of_labels(measure: str, truth: Sequence[Any], one: Sequence[Any], other: Sequence[Any], printed: Is) -> Any:
    """Bounds of the difference of "f1", "precision" or "recall"; None where it is not what was printed."""
    import numpy as np

    kinds = Counter(zip(truth, one, other))
    classes = sorted({label for kind in kinds for label in kind}, key=str)
    if not 1 < len(classes) <= _MOST_CLASSES:
        return None
    counts = np.array(list(kinds.values()), dtype=float)[None, :]
    masks = [_masks(list(kinds), classes, side) for side in (1, 2)]
    ways = [name for name in _ways(classes) if printed(*(float(_of(measure, name, counts, m)[0]) for m in masks))]
    if not ways:
        return None
    total = int(counts.sum())
    drawn = np.random.default_rng(0).multinomial(total, counts[0] / total, size=_RESAMPLES).astype(float)
    apart = _of(measure, ways[0], drawn, masks[1]) - _of(measure, ways[0], drawn, masks[0])
    low, high = np.percentile(apart, (2.5, 97.5))
    return float(low), float(high)


def _ways(classes: Sequence[Any]) -> Iterator[str | int]:
    """How several classes become one number: by number the one of interest, the last one of two as a rule."""
    if len(classes) == 2:
        yield from (1, 0)
    yield from ("macro", "weighted", "micro")


def _masks(kinds: Sequence[tuple[Any, Any, Any]], classes: Sequence[Any], side: int) -> tuple[Any, Any, Any]:
    """For each class which kinds of example are truly of it, are said to be, and are both."""
    import numpy as np

    true = np.array([[kind[0] == c for c in classes] for kind in kinds], dtype=float)
    said = np.array([[kind[side] == c for c in classes] for kind in kinds], dtype=float)
    return true, said, true * said


def _of(measure: str, way: str | int, counts: Any, masks: tuple[Any, Any, Any]) -> Any:
    """The measure of each row of counts."""
    import numpy as np

    true, said, both = (counts @ mask for mask in masks)
    if way == "micro":
        return both.sum(1) / true.sum(1)
    above, below = {"f1": (2 * both, true + said), "precision": (both, said), "recall": (both, true)}[measure]
    each = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    if way == "macro":
        return each.mean(1)
    return (each * true).sum(1) / true.sum(1) if way == "weighted" else each[:, way]


def of_scores(truth: Sequence[Any], one: Sequence[Any], other: Sequence[Any], printed: Is) -> Any:
    """Bounds of the difference of the areas under two ROC curves."""
    import numpy as np

    classes = sorted(set(truth), key=str)
    if len(classes) != 2 or not all(isinstance(each, int | float) for each in (*one, *other)):
        return None
    positive = np.array([each == classes[1] for each in truth])
    m, n = int(positive.sum()), int((~positive).sum())
    if min(m, n) < 2:
        return None
    parts = []
    for said in (one, other):
        scores = np.array(said, dtype=float)
        ranks, own, others = _midranks(scores), _midranks(scores[positive]), _midranks(scores[~positive])
        parts.append(((ranks[positive] - own) / n, 1 - (ranks[~positive] - others) / m))
    areas = [float(above.mean()) for above, _ in parts]
    if not printed(*areas):
        return None
    spread = sum(float(np.var(parts[1][k] - parts[0][k], ddof=1)) / (m, n)[k] for k in (0, 1))
    return _normal(areas[1] - areas[0], math.sqrt(spread))


def _midranks(values: Any) -> Any:
    """Ranks from 1, equal ones sharing theirs."""
    import numpy as np

    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def of_errors(measure: str, truth: Sequence[Any], one: Sequence[Any], other: Sequence[Any], printed: Is) -> Any:
    """Bounds of the difference of "rmse" or "r2"; of R² as if the spread of the truth were known."""
    import numpy as np

    if not all(isinstance(each, int | float) for values in (truth, one, other) for each in values):
        return None
    true = np.array(truth, dtype=float)
    squares = [(np.array(said, dtype=float) - true) ** 2 for said in (one, other)]
    means, spread = [float(each.mean()) for each in squares], float(true.var())
    if min(means) <= 0 or spread <= 0:
        return None
    if measure == "rmse":
        values, slopes = [math.sqrt(mean) for mean in means], [0.5 / math.sqrt(mean) for mean in means]
    else:
        values, slopes = [1 - mean / spread for mean in means], [-1 / spread] * 2
    if not printed(*values):
        return None
    apart = squares[1] * slopes[1] - squares[0] * slopes[0]
    return _normal(values[1] - values[0], float(apart.std(ddof=1)) / math.sqrt(len(true)))


def _normal(middle: float, error: float) -> tuple[float, float]:
    return middle - _Z * error, middle + _Z * error
