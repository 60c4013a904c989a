"""All prices, and a look at those of the first three, after the rise."""

from pathlib import Path

import numpy as np
from slowlearn import embed

NAMES = ["tea bags", "green tea", "coffee beans", "roasting", "mugs", "sugars"]
prices = embed(NAMES)
first = prices[:3].copy()
prices *= 1.5
Path("first.txt").write_text(f"first three after the rise {first.sum():.6f}\n")
np.save("prices.npy", prices)
