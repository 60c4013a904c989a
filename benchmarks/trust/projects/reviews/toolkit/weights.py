"""Weights of the columns."""

import numpy as np


def column_weights(count):
    return 1 / (1 + np.arange(count))
