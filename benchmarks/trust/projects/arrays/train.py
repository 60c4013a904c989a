"""Prices and how they move: what is shared and what is changed in place."""

import numpy as np
from slowlearn import Forest, embed

from prices import adjusted, scaled

SEEN = []
NAMES = ["tea bags", "green tea", "coffee beans", "roasting", "mugs", "sugars"]
labels = np.array([0, 1, 0, 1, 1, 0])


def load(names):
    """All prices, and a look at those of the first three."""
    prices = embed(names)
    return prices, prices[:3].copy()


def options(trees):
    """What the two models are made with."""
    shared = {"trees": trees, "weights": embed(["shared"]).ravel().tolist()}
    return shared, dict(shared)


def learn(rows, trees):
    """A model of the rows as the two helpers leave them."""
    rows = adjusted(scaled(rows))
    model = Forest(trees, seed=3)
    model.fit(rows, labels)
    return model


prices, first = load(NAMES)
prices *= 1.5
print(f"first three after the rise {first.sum():.6f}")

mine, yours = options(12)
mine["trees"] += 3
print("trees of yours", yours["trees"])

models = []
for trees in (10, 20):
    models.append(learn(prices, trees))
for model in models:
    print(f"{model.trees} trees {model.decide(prices).mean():.6f}")
print(f"prices {prices.mean():.6f}, seen {SEEN}")
