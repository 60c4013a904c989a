"""Prices and how they move: what is shared and what is changed in place."""

import numpy as np
from redun import Scheduler, task
from redun.config import Config
from slowlearn import Forest, embed

from prices import adjusted, scaled

redun_namespace = "arrays"
SEEN = []
NAMES = ["tea bags", "green tea", "coffee beans", "roasting", "mugs", "sugars"]
labels = np.array([0, 1, 0, 1, 1, 0])


@task()
def load(names):
    """All prices, and a look at those of the first three."""
    prices = embed(names)
    return prices, prices[:3].copy()


@task()
def options(trees):
    """What the two models are made with."""
    shared = {"trees": trees, "weights": embed(["shared"]).ravel().tolist()}
    return shared, dict(shared)


@task(hash_includes=[adjusted, scaled])
def learn(rows, trees):
    """A model of the rows as the two helpers leave them."""
    rows = adjusted(scaled(rows))
    model = Forest(trees, seed=3)
    model.fit(rows, labels)
    return model


scheduler = Scheduler(config=Config({"backend": {"db_uri": "sqlite:///redun.db"}}))
scheduler.load()
prices, first = scheduler.run(load(NAMES))
prices *= 1.5
print(f"first three after the rise {first.sum():.6f}")

mine, yours = scheduler.run(options(12))
mine["trees"] += 3
print("trees of yours", yours["trees"])

models = []
for trees in (10, 20):
    models.append(scheduler.run(learn(prices, trees)))
for model in models:
    print(f"{model.trees} trees {model.decide(prices).mean():.6f}")
print(f"prices {prices.mean():.6f}, seen {SEEN}")
