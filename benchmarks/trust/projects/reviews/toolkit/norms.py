"""Lengths of rows."""

import numpy as np


def length(rows):
    return np.sqrt((rows ** 2).sum(axis=1)) + 1.0
