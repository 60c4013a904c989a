"""Looking back on whole series of edits: every pair compared, every iteration replayed, gone back to, and repeated.

    python benchmarks/iterations.py FOLDER [--series NAME] [--json FILE]

FOLDER holds NAME/series.toml and NAME/00.py, 01.py, ... as saves of one script; `[modules]` of the toml are files
beside it, `files` of an iteration are saved with it. Each save is run once. Right is: a checkout puts the bytes of that
save back, the run behind it and `run --iteration` print what that save printed, and the latter says it came out as
recorded. Also told: seconds of the commands, and bytes of the catalog per iteration that changed nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Any

SCRIPT = "train.py"


class Played:
    """One series in a folder of its own, with what each save printed."""

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

    def play(self) -> None:
        for name, saved in self.toml.get("modules", {}).items():
            shutil.copy(self.source / saved, self.folder / name)
        for save, facts in zip(self.saves, self.toml["iteration"], strict=True):
            (self.folder / SCRIPT).write_bytes(save)
            for name, saved in facts.get("files", {}).items():
                shutil.copy(self.source / saved, self.folder / name)
            self.printed.append(self.mliter("run", "--quiet", SCRIPT))
        self.seconds.clear()  # those were the script's own

    def catalog(self) -> int:
        con = sqlite3.connect(self.folder / ".mliter" / "catalog.sqlite")
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = con.execute("PRAGMA page_count").fetchone()[0] - con.execute("PRAGMA freelist_count").fetchone()[0]
        size: int = pages * con.execute("PRAGMA page_size").fetchone()[0]
        con.close()
        return size

    def look_back(self) -> dict[str, Any]:
        """How many of each were right."""
        count = len(self.saves)
        for one in range(1, count + 1):
            self.mliter("replay", SCRIPT, str(one))
            for other in range(1, count + 1):
                json.loads(self.mliter("diff", SCRIPT, str(one), str(other), "--json"))
        right = {"checkout": 0, "run": 0, "again": 0}
        before = self.catalog()
        for number in range(count, 0, -1):
            self.mliter("checkout", SCRIPT, str(number))
            right["checkout"] += (self.folder / SCRIPT).read_bytes() == self.saves[number - 1]
            right["run"] += self.mliter("run", "--quiet", SCRIPT) == self.printed[number - 1]
            printed, _, said = self.mliter("run", "--iteration", str(number), SCRIPT).partition(b"\0")
            right["again"] += printed == self.printed[number - 1] and b"came out as it was recorded" in said
        nbytes = (self.catalog() - before) / (2 * count)
        seconds = {word: round(statistics.median(times), 2) for word, times in self.seconds.items()}
        return {"series": self.source.name, "iterations": count, **right, "bytes": round(nbytes), "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--series", action="append")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = []
    for toml in sorted(options.folder.glob("*/series.toml")):
        if options.series and toml.parent.name not in options.series:
            continue
        with tempfile.TemporaryDirectory(prefix="mliter-iterations-") as folder:
            played = Played(toml.parent, Path(folder))
            played.play()
            row = played.look_back()
        found.append(row)
        words = "  ".join(f"{word} {seconds} s" for word, seconds in row["seconds"].items())
        print(
            f"{row['series']:<12}{row['iterations']} iterations; right: checkout {row['checkout']}, run {row['run']}, "
            f"again {row['again']}; {row['bytes']} bytes each; {words}", flush=True,
        )  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + os.linesep, "utf-8")
    wrong = [row for row in found if {row["checkout"], row["run"], row["again"]} != {row["iterations"]}]
    sys.exit(1 if wrong or not found else 0)


if __name__ == "__main__":
    main()
