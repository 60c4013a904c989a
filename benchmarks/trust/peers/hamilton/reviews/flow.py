"""The nodes: each function is one, and its parameters name those it needs."""

from functools import wraps
from pathlib import Path

import numpy as np
import pandas as pd
from hamilton.function_modifiers import cache
from slowlearn import Forest, embed

from cleaning import clean
from toolkit.steps import Step
from toolkit.weights import column_weights

WIDTH = 2.0
CURVES = {"root": lambda rows: np.sqrt(np.abs(rows)), "flat": lambda rows: rows / 10}


class Settings:
    power = 2


class Shift(Step):
    def __call__(self, rows):
        return self.apply(rows)


def _rounded(function):
    @wraps(function)
    def inner(*args):
        return np.round(function(*args), 4)

    return inner


@_rounded
def _weigh(rows):
    return rows ** Settings.power * column_weights(rows.shape[1])


def _spread(rows, by=WIDTH):
    return rows * by


def _normed(rows):
    from toolkit.norms import length

    return rows / length(rows)[:, None]


@cache(behavior="recompute")
def reviews(limit: int) -> pd.DataFrame:
    """Read each time, as the documentation advises for data from outside."""
    return pd.concat([pd.read_csv(path) for path in sorted(Path("parts").glob("*.csv"))]).head(limit)


def labels(reviews: pd.DataFrame) -> np.ndarray:
    return reviews["label"].to_numpy()


def texts(reviews: pd.DataFrame) -> list:
    return reviews["text"].tolist()


def cleaned(texts: list) -> list:
    return clean(texts)


def features(cleaned: list) -> np.ndarray:
    rows = embed(cleaned)
    rows = _weigh(rows)
    rows = CURVES["root"](_spread(rows))
    return Shift()(_normed(rows))


def by_chance(labels: np.ndarray) -> np.ndarray:
    """What is learnt from the number of a row alone."""
    rows = np.arange(float(len(labels)))[:, None]
    model = Forest(10, seed=1)
    model.fit(rows, labels)
    return model.decide(rows)


def model(features: np.ndarray, labels: np.ndarray, trees: int, depth: int, seed: int) -> Forest:
    np.random.seed(seed)
    return Forest(trees, depth).fit(features, labels)


def sure(model: Forest, features: np.ndarray) -> np.ndarray:
    return model.decide(features)
