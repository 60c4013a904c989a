"""A model that is fitted, reported on and written to files."""

import json
import sys
from pathlib import Path

import flow
from hamilton import driver

NAMES = ["tea bags", "green tea", "coffee beans", "roasting", "mugs", "sugars"]
graph = driver.Builder().with_modules(flow).with_cache().build()

made = graph.execute(["rows", "model"], inputs={"names": NAMES, "trees": 20})
rows, model = made["rows"], made["model"]
scores = model.decide(rows)

Path("scores.json").write_text(json.dumps({"mean": round(float(scores.mean()), 6)}))
known = json.loads(Path("scores.json").read_text())
Path("scores.json").write_text(json.dumps(known | {"most": round(float(scores.max()), 6)}))
with open("runs.log", "a") as log:
    log.write(f"{len(rows)} rows\n")
print("scores", Path("scores.json").read_text())
sys.exit(3 if known["mean"] > 100 else 0)
