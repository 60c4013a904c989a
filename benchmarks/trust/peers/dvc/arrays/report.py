"""Puts the lines together."""

from pathlib import Path

Path("report.txt").write_text("".join(Path(f"{name}.txt").read_text() for name in ("first", "options", "models")))
