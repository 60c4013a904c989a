"""Looking back on whole series of edits: every pair compared, every iteration replayed, gone back to, and repeated.

    python benchmarks/iterations.py FOLDER [--series NAME] [--json FILE]

FOLDER holds a folder for each series (see playing.py). Each save is run once. Right is: a checkout puts the bytes of
that save back, the run behind it and `run --iteration` print what that save printed, and the latter says it came out as
recorded. Also told: seconds of the commands, and bytes of the catalog per iteration that changed nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playing import SCRIPT, Played, series


class LookedBack(Played):
    """A series that was played, and then looked back on."""

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
    for source in series(options.folder, options.series):
        with tempfile.TemporaryDirectory(prefix="mliter-iterations-") as folder:
            played = LookedBack(source, Path(folder))
            played.play()
            played.seconds.clear()  # those were the script's own
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
