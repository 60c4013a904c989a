"""What the name of a number says: whether it measures how good a model is, and whether more of it is better.

Names are compared as words: "f1-score", "F1_score" and "f1 score" are one. A direction that the name does not tell is
"unknown", never guessed from values.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

Direction = Literal["higher", "lower", "unknown"]

_HIGHER = (
    "accuracy", "acc", "auc", "auroc", "roc", "auprc", "f1", "f2", "f beta", "fbeta", "f score", "f measure",
    "precision", "recall", "sensitivity", "specificity", "tpr", "tnr", "mcc", "kappa", "r2", "r 2", "r²", "r squared",
    "rsquared", "ap", "map", "average precision", "ndcg", "mrr", "iou", "miou", "jaccard", "dice", "silhouette",
    "calinski", "bleu", "rouge", "score", "oob", "ari", "nmi", "ami", "rand", "homogeneity", "completeness",
    "v measure", "hit rate", "hits", "top1", "top5", "psnr", "ssim", "reward", "elbo", "likelihood", "log likelihood",
    "loglikelihood", "explained variance", "evs", "gini", "lift", "youden", "purity", "coverage", "success rate",
    "correlation", "corr", "pearson", "spearman", "em", "exact match", "ks",
)  # fmt: skip
_LOWER = (
    "loss", "error", "errors", "err", "rmse", "mse", "mae", "mape", "smape", "wape", "rmsle", "msle", "logloss",
    "log loss", "nll", "perplexity", "ppl", "bce", "entropy", "cross entropy", "crossentropy", "brier", "ece",
    "hinge", "deviance", "pinball", "cer", "wer", "fid", "aic", "bic", "inertia", "davies", "hamming", "fpr", "fnr",
    "eer", "misclassified", "false positives", "false negatives", "mistakes", "wrong", "residual", "kl",
    "neg log likelihood", "negative log likelihood", "absolute deviation", "logloss", "binary logloss",
    "multi logloss", "regret",
)  # fmt: skip
_SETS = ("test", "train", "training", "val", "valid", "validation", "dev", "holdout", "oof", "cv", "eval", "final",
         "best")  # fmt: skip
_MODIFIERS = frozenset(
    (*_SETS, "mean", "avg", "average", "median", "max", "min", "macro", "micro", "weighted", "balanced", "roc", "pr",
     "log", "squared", "absolute", "root", "top", "held", "out", "of", "fold", "bag", "overall", "total", "running",
     "std", "cross", "explained", "k", "5", "1", "10", "class", "baseline", "positive", "negative")
)  # fmt: skip
_ALIKE = {
    "acc": "accuracy", "auroc": "auc", "err": "error", "errors": "error", "val": "validation", "valid": "validation",
    "dev": "validation", "training": "train", "avg": "mean", "average": "mean", "logloss": "log loss", "rsquared": "r2",
    "r²": "r2", "held": "test", "holdout": "test", "testing": "test", "crossentropy": "cross entropy",
}  # fmt: skip
_OF_TIME = frozenset(
    "time times seconds sec secs elapsed duration took minutes ms eta runtime latency hours s/it it/s speed timestamp"
    .split()
)  # fmt: skip
_PASS = frozenset("epoch epochs step steps iter iters iteration iterations round rounds batch it ep".split())
_REPEAT = frozenset("fold folds split splits cv repeat repeats seed run runs trial trials repetition bootstrap".split())
_ONE_OF_MANY = {"scores": "score", "losses": "loss", "accuracies": "accuracy", "aucs": "auc", "precisions": "precision",
                "recalls": "recall", "metrics": "metric"}  # fmt: skip
_WORD = re.compile(r"[a-z²]+\d*|\d+(?:\.\d+)?")


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case; CamelCase and under_scores part them."""
    parted = re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])", " ", name).lower().replace("'s", "")
    return tuple(_ONE_OF_MANY.get(word, word) for word in _WORD.findall(parted))


def _holds(found: tuple[str, ...], phrases: tuple[str, ...]) -> int:
    """How many words the longest phrase in it has; 0 where there is none."""
    text = f" {' '.join(found)} "
    return max((phrase.count(" ") + 1 for phrase in phrases if f" {phrase} " in text), default=0)


@cache
def direction(name: str) -> Direction:
    """Whether more of it is better, as far as its name tells."""
    found = words(name)
    higher, lower = _holds(found, _HIGHER), _holds(found, _LOWER)
    if found[:1] in (("neg",), ("negative",)) and lower and not higher:
        return "higher"  # scikit-learn's scores: neg_mean_squared_error
    if not higher and not lower:
        return "unknown"
    if "log" in found and "loss" in found:
        return "lower"
    if higher and lower:  # "error score", "loss of accuracy": the last word is what it is
        last = max((at for at, word in enumerate(found) if word in _LOWER or word in _HIGHER), default=0)
        return "lower" if found[last] in _LOWER or found[last] == "score" else "higher"
    return "higher" if higher else "lower"


def measures(name: str) -> bool:
    """Whether it says how good a model is."""
    return direction(name) != "unknown" and not is_time(name)


def is_time(name: str) -> bool:
    return any(word in _OF_TIME for word in words(name))


def is_pass(name: str) -> bool:
    """Whether a number of this name counts passes of training: of what comes with it the last is what counts."""
    return bool(found := words(name)) and found[-1] in _PASS and len(found) <= 2


def is_repeat(name: str) -> bool:
    """Whether a number of this name counts repetitions of a measurement: of what comes with it the mean counts."""
    return bool(found := words(name)) and found[-1] in _REPEAT and len(found) <= 2


def is_spread(name: str) -> bool:
    return words(name)[-1:] in (("std",), ("sd",), ("stdev",), ("stddev",), ("deviation",), ("sem",), ("se",))


def is_mean(name: str) -> bool:
    return words(name) in (("mean",), ("avg",), ("average",), ("cv", "mean"), ("mean", "score"))


def phrase(name: str) -> str:
    """Of a long name the part that names a measure, with the words beside it that belong to it; else the name."""
    parts = name.split()
    if len(parts) <= 4:
        return name
    at = next((i for i in range(len(parts) - 1, -1, -1) if measures(parts[i])), None)
    if at is None:
        return name
    first = last = at
    while first > 0 and (words(parts[first - 1])[-1:] or ("",))[0] in _MODIFIERS:
        first -= 1
    while last + 1 < len(parts) and measures(parts[last + 1]):
        last += 1
    return " ".join(parts[first : last + 1])


def likeness(one: str, other: str) -> float:
    """From 0 to 1, how much two names have in common (Dice, over words, what means the same being the same)."""
    a, b = _plain(one), _plain(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def measure(name: str) -> frozenset[str]:
    """The words of a name that say what is measured; names without a common one are of different things."""
    return frozenset(word for word in _plain(name) if word in _HIGHER or word in _LOWER)


@cache
def _plain(name: str) -> frozenset[str]:
    return frozenset(_ALIKE.get(word, word) for word in words(name)) - {"score", "the", "of", "on", "set", "a"} or (
        frozenset(words(name))
    )
