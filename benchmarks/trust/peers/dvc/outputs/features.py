"""Turns names into numbers."""

from pathlib import Path

import numpy as np
from slowlearn import embed

from helpers import *

NAMES = ["tea bags", "green tea", "coffee beans", "roasting", "mugs", "sugars"]
exec(Path("settings.txt").read_text())
np.save("rows.npy", centred(embed(NAMES)) + SHIFT)
