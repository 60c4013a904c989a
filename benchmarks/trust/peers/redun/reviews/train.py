"""Are these reviews good or bad? Words are cleaned, turned into numbers and learnt from."""

import os
import sys
from functools import wraps
from pathlib import Path

import numpy as np
import pandas as pd
from redun import File, Scheduler, task
from redun.config import Config
from slowlearn import Forest, embed

from cleaning import clean
from toolkit.steps import Step
from toolkit.weights import column_weights

redun_namespace = "reviews"
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


@task(hash_includes=[clean])
def cleaned(texts, stopwords):
    """The list of stop words is given as a file, as redun asks for, though `clean` reads it itself."""
    return clean(texts)


@task(hash_includes=[weigh, spread, normed, Shift, Settings])
def featurize(texts):
    rows = embed(texts)
    rows = weigh(rows)
    rows = CURVES["root"](spread(rows))
    return Shift()(normed(rows))


@task()
def baseline(y):
    """What is learnt from the number of a row alone."""
    rows = np.arange(float(len(y)))[:, None]
    model = Forest(10, seed=1)
    model.fit(rows, y)
    return model.decide(rows)


@task()
def fitted(X, y, trees, depth, seed):
    np.random.seed(seed)
    return Forest(trees, depth).fit(X, y)


@task()
def main(texts, y, trees, depth):
    X = featurize(cleaned(texts, File("stopwords.txt")))
    return X, baseline(y), fitted(X, y, trees, depth, seed=7)


reviews = pd.concat([pd.read_csv(path) for path in sorted(Path("parts").glob("*.csv"))])
reviews = reviews.head(LIMIT)
y = reviews["label"].to_numpy()
scheduler = Scheduler(config=Config({"backend": {"db_uri": "sqlite:///redun.db"}}))
scheduler.load()
X, by_chance, model = scheduler.run(main(reviews["text"].tolist(), y, TREES, DEPTH))
sure = model.decide(X)
print(f"reviews {len(y)}, features {X.mean():.6f}")
print(f"by chance {by_chance.mean():.6f}, with words {sure.mean():.6f}")
