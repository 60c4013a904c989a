"""A small project whose script is run as a user does; it has a local module and writes a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mliter_tui.history import iterations
from mliter_tui.history.iterations import Past
from mliter_tui.store import Store

SCRIPT = """\
import sys
import features
C = 1.0
words = sys.argv[1:]
value = features.scale(C)
other = features.shift(2)
print("value:", value, words)
with open("out.txt", "w") as file:
    file.write(str(value))
"""
MODULE = "def scale(x, by=10):\n    return x * by\n\n\ndef shift(x):\n    return x + 1\n"


class Lab:
    """A folder in which mliter runs as a command; `run` runs train.py."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder, self.script, self.module = folder, folder / "train.py", folder / "features.py"
        self.environment = os.environ | {"XDG_STATE_HOME": str(state), "TZ": "UTC"}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)  # modules leave compiled code behind, as with most users
        self.write(SCRIPT, MODULE)

    def write(self, script: str | None = None, module: str | None = None) -> None:
        for path, text in ((self.script, script), (self.module, module)):
            if text is not None:
                path.write_text(text)

    def edit(self, old: str, new: str, path: Path | None = None) -> None:
        path = path or self.script
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def __call__(self, *words: str, status: int = 0, **more: object) -> subprocess.CompletedProcess[str]:
        settings: dict[str, object] = {"capture_output": True, "text": True, "timeout": 120}
        settings |= {"cwd": self.folder, "env": self.environment, "stdin": subprocess.DEVNULL} | more
        done = subprocess.run([sys.executable, "-m", "mliter_tui", *words], **settings)  # type: ignore[call-overload]
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done  # type: ignore[no-any-return]

    def run(self, *args: str, status: int = 0) -> str:
        """What the script printed."""
        return self("run", "--quiet", "train.py", *args, status=status).stdout

    def store(self, budget: int | None = None) -> Store:
        return Store.open(self.folder / ".mliter", budget)

    def past(self, store: Store) -> list[Past]:
        return iterations.all_past(store, str(self.script))
