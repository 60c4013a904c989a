"""What the two models are made with."""

from pathlib import Path

from slowlearn import embed

mine = {"trees": 12, "weights": embed(["shared"]).ravel().tolist()}
yours = dict(mine)
mine["trees"] += 3
Path("options.txt").write_text(f"trees of yours {yours['trees']}\n")
