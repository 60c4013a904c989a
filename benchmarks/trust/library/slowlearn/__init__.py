"""A small learning library that takes its time, and tells a tally of each costly call.

Its results depend on all that it is given, so that a stale input shows in the last digits of whatever is printed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from slowlearn._tally import took_place

__version__ = "1.0"
SMOOTHING = 0.25


def _toil(rounds: int = 900_000) -> int:
    """What makes it slow: about a tenth of a second."""
    return sum(i * i % 7 for i in range(rounds))


def _number(text: str) -> float:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32


def lemmas(texts: Sequence[str]) -> list[str]:
    """The texts with the endings of their words taken off."""
    took_place("lemmas", __version__, list(texts))
    _toil()
    return [" ".join(word.removesuffix("s").removesuffix("ing") for word in text.split()) for text in texts]


def embed(texts: Sequence[str], size: int = 4) -> np.ndarray:
    """A row of `size` numbers for each text."""
    took_place("embed", __version__, list(texts), size)
    _toil()
    rows = [[sum(_number(f"{axis} {word}") for word in text.split()) for axis in range(size)] for text in texts]
    return np.array(rows, dtype=float)


class Forest:
    """Random stumps that vote; without a seed they are drawn from NumPy's global stream."""

    def __init__(self, trees: int = 20, depth: int = 3, seed: int | None = None, verbose: bool = False) -> None:
        self.trees, self.depth, self.seed, self.verbose = trees, depth, seed, verbose

    def fit(self, X: np.ndarray, y: np.ndarray) -> Forest:
        X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        draw = np.random if self.seed is None else np.random.RandomState(self.seed)
        weights = draw.normal(size=(self.trees, X.shape[1]))
        took_place("fit", __version__, self.trees, self.depth, weights, X, y)
        _toil()
        self.weights = np.tanh(weights * self.depth)
        votes = np.tanh(X @ self.weights.T)
        self.shares = (votes * (y[:, None] - y.mean())).mean(axis=0) + SMOOTHING
        if self.verbose:
            print(f"fitted {self.trees} trees, weight {abs(self.shares).sum():.6f}", flush=True)
        return self

    def decide(self, X: np.ndarray) -> np.ndarray:
        """A number for each row, the larger the surer."""
        return np.tanh(np.asarray(X, dtype=float) @ self.weights.T) @ self.shares
