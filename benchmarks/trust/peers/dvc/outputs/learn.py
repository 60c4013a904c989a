"""Fits the model, and lets it decide."""

import numpy as np
from slowlearn import Forest

labels = np.array([0, 1, 0, 1, 1, 0])
rows = np.load("rows.npy")
model = Forest(20, seed=3)
model.fit(rows, labels)
np.save("decided.npy", model.decide(rows))
