"""A model that is fitted, reported on and written to files."""

import json
import sys
from pathlib import Path

import numpy as np
from joblib import Memory
from slowlearn import Forest, embed

from helpers import *

memory = Memory("cache", verbose=0)
NAMES = ["tea bags", "green tea", "coffee beans", "roasting", "mugs", "sugars"]
labels = np.array([0, 1, 0, 1, 1, 0])
exec(Path("settings.txt").read_text())


@memory.cache
def features(names):
    rows = embed(names)
    return centred(rows) + SHIFT


@memory.cache
def learn(rows, trees):
    model = Forest(trees, seed=3)
    model.fit(rows, labels)
    return model


rows = features(NAMES)
model = learn(rows, 20)
scores = model.decide(rows)

Path("scores.json").write_text(json.dumps({"mean": round(float(scores.mean()), 6)}))
known = json.loads(Path("scores.json").read_text())
Path("scores.json").write_text(json.dumps(known | {"most": round(float(scores.max()), 6)}))
with open("runs.log", "a") as log:
    log.write(f"{len(rows)} rows\n")
print("scores", Path("scores.json").read_text())
sys.exit(3 if known["mean"] > 100 else 0)
