"""Statements of a module: arrays, views of them, changes in place, random draws."""

import random
import time

import numpy as np


def slow(value, seconds=0.5):
    time.sleep(seconds)
    return value


rng = np.random.RandomState(3)
random.seed(4)
raw = slow(rng.normal(size=(60_000, 8)))
names = [f"column {number}" for number in range(8)]
table = {name: raw[:, number] for number, name in enumerate(names)}
head = raw[:100]
centred = slow(raw - raw.mean(axis=0))
scale = slow(centred.std(axis=0), 0.2)
centred /= scale
picked = sorted(random.sample(range(60_000), 500))
sample = slow(centred[picked], 0.3)
weights = slow(np.linalg.lstsq(sample, sample[:, 0] * 2.0, rcond=None)[0], 0.8)
scores = slow(centred @ weights, 0.4)
order = np.argsort(scores)
best = {name: float(table[name][order[-1]]) for name in names}
total = float(scores.sum())
print("rows", len(raw), "head", round(float(head.sum()), 4))
print("best", round(best["column 0"], 4), "total", round(total, 4))
