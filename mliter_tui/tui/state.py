"""What the app remembers between sessions, in one JSON file of the user's state folder: theme, sizes, filters.

Remembering is a comfort: a file that is missing, damaged or of another version is as good as none, and one that cannot
be written is let be.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, field, fields
from pathlib import Path
from typing import Any

from mliter_tui.lean import dataclass


@dataclass
class Kept:
    """What is kept; `side` and `tail` are the cells of the side panes and the rows of the output pane."""

    theme: str = "textual-dark"
    side: int = 0
    tail: int = 6
    filters: list[str] = field(default_factory=list)
    sort: str = ""
    folded: bool = True


def state_file() -> Path:
    """Where it is kept."""
    from platformdirs import user_state_dir

    return Path(user_state_dir("mliter")) / "app.json"


def load(path: Path) -> Kept:
    """What was kept, each entry of a type that fits; the rest has its default."""
    kept = Kept()
    try:
        found: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return kept
    for each in fields(Kept):
        value = found.get(each.name) if isinstance(found, dict) else None
        if type(value) is type(getattr(kept, each.name)):
            setattr(kept, each.name, value)
    kept.filters = [text for text in kept.filters if isinstance(text, str)][:20]
    return kept


def save(kept: Kept, path: Path) -> None:
    """Keep it, in one step, so that two sessions that end together leave one whole file."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(kept), indent=1), "utf-8")
        part.replace(path)
    except (OSError, ValueError):
        pass
