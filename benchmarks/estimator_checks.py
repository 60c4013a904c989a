"""scikit-learn's own checks of all its estimators, with every fit answered from the store where it can be.

    python benchmarks/estimator_checks.py [--only NAME ...] [--json FILE]

The same checks run three times: under plain Python, under mliter with an empty store, and under mliter again, when each
fit that was kept is answered instead of made. A check that comes out otherwise is listed; the exit status is 1 then.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

SCRIPT = '''\
import json, sys, warnings
warnings.simplefilter("ignore")
import sklearn
from sklearn.utils import all_estimators
from sklearn.utils._test_common.instance_generator import _construct_instances, _get_expected_failed_checks
from sklearn.utils.estimator_checks import check_estimator
RUN = {run}
found = []
def check(name, cls):
    rows = [] if RUN else []  # so that no run is that of another
    for number, estimator in enumerate(_construct_instances(cls)):
        failing = _get_expected_failed_checks(estimator)
        for row in check_estimator(estimator, expected_failed_checks=failing, on_fail=None, on_skip=None):
            rows.append([name, number, row["check_name"], row["status"]])
    return rows
ONLY = {only!r}
for name, cls in all_estimators():
    if not ONLY or name in ONLY:
        try:
            found += check(name, cls)
        except Exception as error:
            found.append([name, 0, type(error).__name__, str(error)[:80]])
print(json.dumps(found), RUN)
'''


def run(folder: Path, number: int, only: list[str], *words: str) -> tuple[list[Any], float, list[dict[str, Any]]]:
    """(rows of the checks, seconds, events of mliter) of one run."""
    (folder / "checks.py").write_text(SCRIPT.format(run=number, only=only))
    events = folder / f"events{number}.jsonl"
    command = [sys.executable, *words, *(["--events", str(events)] if words else []), "checks.py"]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "MLITER_CALLS_FROM": "0", "OMP_NUM_THREADS": "1"}
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode:
        ended = f"signal {-done.returncode}" if done.returncode < 0 else f"exit status {done.returncode}"
        sys.exit(f"{' '.join(command)} ended with {ended}:\n{done.stderr[-2000:]}")
    told = [json.loads(line) for line in events.read_text().splitlines()] if events.exists() else []
    return json.loads(done.stdout.rsplit("]", 1)[0] + "]"), seconds, told


def counted(events: list[dict[str, Any]]) -> tuple[int, int]:
    """Calls that were answered, and that were made."""
    rows = [row for event in events if event["type"] == "calls_made" for row in event["calls"]]
    return sum(row["loaded"] for row in rows), sum(row["computed"] for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[], help="these estimators alone")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    mliter = ("-m", "mliter_tui", "run", "--quiet", "--policy", "always")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        plain, again = run(folder, 0, options.only), run(folder, 1, options.only)
        first, second = run(folder, 2, options.only, *mliter), run(folder, 3, options.only, *mliter)
    steady = Counter(map(tuple, plain[0])) & Counter(map(tuple, again[0]))
    names = {row[0] for row in plain[0]}
    print(f"{len(names)} estimators, {len(plain[0])} checks, {steady.total()} with the same end in two runs of python")
    report: dict[str, Any] = {"estimators": len(names), "checks": len(plain[0]), "steady": steady.total()}
    worst = 0
    for title, (rows, seconds, events) in (("first run", first), ("again", second)):
        otherwise = sorted((steady - Counter(map(tuple, rows))).elements())
        loaded, computed = counted(events)
        print(f"{title:10} {seconds:7.1f} s (python {plain[1]:.1f} s)  {loaded} calls answered, {computed} made, "
              f"{len(otherwise)} checks come out otherwise")  # fmt: skip
        for row in otherwise:
            print("   ", *row)
        report[title] = {"seconds": seconds, "loaded": loaded, "computed": computed, "otherwise": otherwise}
        worst = max(worst, len(otherwise))
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2))
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
