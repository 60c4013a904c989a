"""From a save to what follows it, in a session: its plan is told, the first statement starts, the run ends.

    python benchmarks/saves.py [--repeat N] [--statements N ...] [--json]

The session is a process of its own, as the app has it; times are milliseconds from the moment the new file stands in
the place of the old one until the event has been read from the pipe. Each script imports numpy and pandas, computes
one statement anew after each save and prunes the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

KINDS = {"plan": "plan_ready", "first statement": "node_started", "end": "iteration_finished"}
ROOT = Path(__file__).resolve().parents[1]


def text(statements: int, number: int) -> str:
    """A script of so many statements; its last but one is edited."""
    lines = ["import numpy as np", "import pandas as pd", "x = np.arange(1000.0)"]
    lines += [f"y{i} = x + {i}" for i in range(statements - 5)]
    return "\n".join([*lines, f"score = float(y{statements - 6}.sum()) * {number}", "print(score)"]) + "\n"


class Session:
    """A session over a script, and its events with the time each came."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        command = [sys.executable, "-m", "mliter_tui", "watch", "--ui", "json", "train.py"]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.events: queue.Queue[tuple[float, dict[str, Any]]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            now = time.perf_counter()
            self.events.put((now, json.loads(line)))

    def until(self, *types: str) -> dict[str, float]:
        """When the first event of each type came; the last of them is waited for."""
        found: dict[str, float] = {}
        while types[-1] not in found:
            when, event = self.events.get(timeout=120)
            kind = event["type"]
            if kind == "node_started" and event["label"] != "score":
                kind = "node_started_ahead"
            found.setdefault(kind, when)
        return found

    def rest(self) -> None:
        """Wait until nothing more comes, and a process waits for the next save."""
        while True:
            try:
                self.events.get(timeout=2.0)
            except queue.Empty:
                return


def measured(statements: int, repeat: int) -> dict[str, Any]:
    seen: dict[str, list[float]] = {name: [] for name in KINDS}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "train.py").write_text(text(statements, 1))
        session = Session(folder)
        session.until("iteration_finished")
        for number in range(2, repeat + 2):
            session.rest()
            (folder / "new").write_text(text(statements, number))
            begin = time.perf_counter()
            os.replace(folder / "new", folder / "train.py")
            came = session.until("plan_ready", "node_started", "iteration_finished")
            for name, kind in KINDS.items():
                seen[name].append((came[kind] - begin) * 1000)
        session.process.terminate()
        session.process.wait()
    return {"statements": statements, **{name: statistics.median(times) for name, times in seen.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--statements", type=int, nargs="+", default=[20, 100, 500, 2000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [measured(n, options.repeat) for n in options.statements]
    if options.json:
        print(json.dumps(rows))
        return
    print("statements   save to plan   to first statement   to the end    (medians, ms)")
    for row in rows:
        print(f"{row['statements']:10}   {row['plan']:12.0f}   {row['first statement']:18.0f}   {row['end']:10.0f}")


if __name__ == "__main__":
    main()
