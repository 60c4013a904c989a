"""Turns words into numbers."""

import json
from functools import wraps
from pathlib import Path

import numpy as np
from slowlearn import embed

from toolkit.steps import Step
from toolkit.weights import column_weights

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


def featurize(texts):
    rows = embed(texts)
    rows = weigh(rows)
    rows = CURVES["root"](spread(rows))
    return Shift()(normed(rows))


np.save("features.npy", featurize(json.loads(Path("cleaned.json").read_text())))
