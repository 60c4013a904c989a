"""Are these reviews good or bad? Words are cleaned, turned into numbers and learnt from."""

import os
import sys
from functools import wraps
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Memory
from slowlearn import Forest, embed

from cleaning import clean
from toolkit.steps import Step
from toolkit.weights import column_weights

memory = Memory("cache", verbose=0)
clean = memory.cache(clean)
LIMIT = int(os.environ.get("REVIEWS", "6"))
DEPTH = int(sys.argv[1])
TREES = 20
WIDTH = 2.0
CURVES = {"root": lambda rows: np.sqrt(np.abs(rows)), "flat": lambda rows: rows / 10}


class Settings:
    power = 2


class Shift(Step):
    def __call__(self, rows):
        return self.apply(rows)


def rounded(function):
    @wraps(function)
    def inner(*args):
        return np.round(function(*args), 4)

    return inner


@rounded
def weigh(rows):
    return rows ** Settings.power * column_weights(rows.shape[1])


def spread(rows, by=WIDTH):
    return rows * by


def normed(rows):
    from toolkit.norms import length

    return rows / length(rows)[:, None]


@memory.cache
def featurize(texts):
    rows = embed(texts)
    rows = weigh(rows)
    rows = CURVES["root"](spread(rows))
    return Shift()(normed(rows))


@memory.cache
def baseline(y):
    """What is learnt from the number of a row alone."""
    rows = np.arange(float(len(y)))[:, None]
    model = Forest(10, seed=1)
    model.fit(rows, y)
    return model.decide(rows)


@memory.cache
def fitted(X, y, trees, depth, seed):
    """A pure function, as joblib asks for: the seed is given, not set before."""
    np.random.seed(seed)
    return Forest(trees, depth).fit(X, y)


reviews = pd.concat([pd.read_csv(path) for path in sorted(Path("parts").glob("*.csv"))])
reviews = reviews.head(LIMIT)
y = reviews["label"].to_numpy()
X = featurize(clean(reviews["text"].tolist()))
by_chance = baseline(y)
model = fitted(X, y, TREES, DEPTH, seed=7)
sure = model.decide(X)
print(f"reviews {len(y)}, features {X.mean():.6f}")
print(f"by chance {by_chance.mean():.6f}, with words {sure.mean():.6f}")
