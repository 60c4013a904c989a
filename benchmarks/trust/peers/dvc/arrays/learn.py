"""Models of the prices as the two helpers leave them."""

from pathlib import Path

import numpy as np
from slowlearn import Forest

from prices import adjusted, scaled

SEEN = []
labels = np.array([0, 1, 0, 1, 1, 0])


def learn(rows, trees):
    """A model of the rows as the two helpers leave them."""
    rows = adjusted(scaled(rows))
    model = Forest(trees, seed=3)
    model.fit(rows, labels)
    return model


prices = np.load("prices.npy")
models = []
for trees in (10, 20):
    models.append(learn(prices, trees))
with Path("models.txt").open("w") as report:
    for model in models:
        print(f"{model.trees} trees {model.decide(prices).mean():.6f}", file=report)
    print(f"prices {prices.mean():.6f}, seen {SEEN}", file=report)
