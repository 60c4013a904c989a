"""Prices and how they move: what is shared and what is changed in place."""

import flow
from hamilton import driver

NAMES = ["tea bags", "green tea", "coffee beans", "roasting", "mugs", "sugars"]
graph = driver.Builder().with_modules(flow).with_cache().build()

made = graph.execute(["prices", "first", "mine", "yours"], inputs={"names": NAMES, "trees_shared": 12})
prices, first, mine, yours = made["prices"], made["first"], made["mine"], made["yours"]
prices *= 1.5
print(f"first three after the rise {first.sum():.6f}")

mine["trees"] += 3
print("trees of yours", yours["trees"])

models = []
for trees in (10, 20):
    models.append(graph.execute(["learn"], inputs={"rows": prices, "trees": trees})["learn"])
for model in models:
    print(f"{model.trees} trees {model.decide(prices).mean():.6f}")
print(f"prices {prices.mean():.6f}, seen {flow.SEEN}")
