"""Reports on the model, as the last stage, which runs each time because of what it appends to."""

import json
import sys
from pathlib import Path

import numpy as np

rows, scores = np.load("rows.npy"), np.load("decided.npy")

Path("scores.json").write_text(json.dumps({"mean": round(float(scores.mean()), 6)}))
known = json.loads(Path("scores.json").read_text())
Path("scores.json").write_text(json.dumps(known | {"most": round(float(scores.max()), 6)}))
with open("runs.log", "a") as log:
    log.write(f"{len(rows)} rows\n")
with open("report.txt", "w") as report:
    print("scores", Path("scores.json").read_text(), file=report)
sys.exit(3 if known["mean"] > 100 else 0)
