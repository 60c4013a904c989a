"""Reads the parts and puts texts and labels into files of their own."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

LIMIT = 6
reviews = pd.concat([pd.read_csv(path) for path in sorted(Path("parts").glob("*.csv"))])
reviews = reviews.head(LIMIT)
np.save("labels.npy", reviews["label"].to_numpy())
Path("texts.json").write_text(json.dumps(reviews["text"].tolist()))
