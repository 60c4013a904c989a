"""Learns from the features."""

import sys

import numpy as np
from slowlearn import Forest

DEPTH = int(sys.argv[1])
TREES = 20
X, y = np.load("features.npy"), np.load("labels.npy")
np.random.seed(7)
model = Forest(TREES, DEPTH)
model.fit(X, y)
np.save("sure.npy", model.decide(X))
