"""Cleans the texts."""

import json
from pathlib import Path

from cleaning import clean

Path("cleaned.json").write_text(json.dumps(clean(json.loads(Path("texts.json").read_text()))))
