"""Are these reviews good or bad? Words are cleaned, turned into numbers and learnt from."""

import os
import sys

import flow
from hamilton import driver

LIMIT = int(os.environ.get("REVIEWS", "6"))
DEPTH = int(sys.argv[1])
TREES = 20
given = {"limit": LIMIT, "depth": DEPTH, "trees": TREES, "seed": 7}
made = driver.Builder().with_modules(flow).with_cache().build().execute(
    ["labels", "features", "by_chance", "sure"], inputs=given
)
y, X, by_chance, sure = made["labels"], made["features"], made["by_chance"], made["sure"]
print(f"reviews {len(y)}, features {X.mean():.6f}")
print(f"by chance {by_chance.mean():.6f}, with words {sure.mean():.6f}")
