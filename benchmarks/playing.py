"""A series of edits, played: each save of a script run once, in a folder of its own.

A series is a folder with series.toml and 00.py, 01.py, ... as saves of one script; `[modules]` of the toml are files
beside it, `files` of an iteration are saved with it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

SCRIPT = "train.py"


class Played:
    """One series in a folder of its own, with what each save printed. seconds: of commands, by their name."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.source, self.folder = source, folder
        self.toml = tomllib.loads((source / "series.toml").read_text("utf-8"))
        self.saves = [(source / f"{number:02}.py").read_bytes() for number in range(len(self.toml["iteration"]))]
        self.printed: list[bytes] = []
        self.seconds: dict[str, list[float]] = {}

    def mliter(self, *words: str) -> bytes:
        begin = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "mliter_tui", *words], cwd=self.folder, capture_output=True)
        self.seconds.setdefault(words[0], []).append(time.perf_counter() - begin)
        if done.returncode:
            why = done.stderr.decode(errors="replace")
            raise SystemExit(f"{self.source.name}: {' '.join(words)} ended with {done.returncode}:\n{why}")
        return done.stdout + (b"\0" + done.stderr if "--iteration" in words else b"")

    def play(self, *options: str) -> None:
        """Run each save; options: of `mliter run`."""
        for name, saved in self.toml.get("modules", {}).items():
            shutil.copy(self.source / saved, self.folder / name)
        for save, facts in zip(self.saves, self.toml["iteration"], strict=True):
            (self.folder / SCRIPT).write_bytes(save)
            for name, saved in facts.get("files", {}).items():
                shutil.copy(self.source / saved, self.folder / name)
            self.printed.append(self.mliter("run", "--quiet", *options, SCRIPT))


def series(folder: Path, names: Sequence[str] | None = None) -> Iterator[Path]:
    """The series in a folder, those of these names where any are given."""
    for toml in sorted(folder.glob("*/series.toml")):
        if not names or toml.parent.name in names:
            yield toml.parent
