"""Two revisions of mliter side by side, on counters that are the same in every run, and on times.

    python benchmarks/guard.py REV_A [REV_B]       REV_B: else the working tree
    python benchmarks/guard.py --check FILE        the working tree beside counters that were recorded
    python benchmarks/guard.py --record FILE       record those of the working tree

A fixed set of scripts (guard/*.py) is run, unchanged and after edits, with policy `always`. Costs are fixed: a script
takes what it sleeps, on a clock that only sleeping moves (guard/tap), so that nothing is decided by how busy the
machine is. For each run are counted: nodes computed, loaded, pruned; values kept; events; bytes hashed, in all
processes; bytes written to the store. Where REV_B has more of them than REV_A by more than TOLERANCE, the command
fails. Times are printed only. Bytes depend a little on the versions of Python and NumPy, which are recorded.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).resolve().parent / "guard"
SLOTS = 1024  # as in guard/tap

Edit = tuple[str, str, str]
"""A file, a text in it, and what takes its place; the text "" stands for the end of the file."""
SERIES: dict[str, tuple[tuple[str, Edit | None], ...]] = {
    "statements": (
        ("first", None), ("unchanged", None),
        ("a comment", ("statements.py", "rng = ", "# drawn once\nrng = ")),
        ("last line", ("statements.py", '"total", round', '"sum", round')),
        ("middle", ("statements.py", "* 2.0, rcond", "* 3.0, rcond")),
        ("in place", ("statements.py", "centred /= scale", "centred /= scale * 2")),
        ("back again", ("statements.py", "centred /= scale * 2", "centred /= scale")),
        ("added", ("statements.py", "", "print('spread', round(float(scores.std()), 4))\n")),
    ),
    "functions": (
        ("first", None), ("unchanged", None),
        ("end of main", ("functions.py", 'report(second, "some")', 'report(second, "few")')),
        ("module's step", ("steps.py", "rows + OFFSET", "rows - OFFSET")),
        ("argument", ("functions.py", "default=0.5", "default=0.25")),
    ),
    "loops": (
        ("first", None), ("unchanged", None),
        ("more epochs", ("loops.py", "EPOCHS = 4", "EPOCHS = 6")),
        ("another rate", ("loops.py", "0.3]", "0.3, 0.4]")),
        ("end of a pass", ("loops.py", 'f"epoch {epoch}', 'f"pass {epoch}')),
    ),
    "objects": (
        ("first", None), ("unchanged", None),
        ("a field", ("objects.py", "count, [count])", "count, [count, 0])")),
        ("data", ("lines.txt", "word 7 7", "word 7 8")),
        ("last line", ("objects.py", '"sizes", sizes', '"lengths", sizes')),
    ),
}  # fmt: skip
LINES = "".join(f"word {number} {number % 97} of{number % 13} line{number % 997}\n" for number in range(600))
TOLERANCE = {"computed": 0.0, "events": 0.02, "kept": 0.0, "hashed": 0.03, "written": 0.03}
"""By how much more of it a revision may have, as a share; what is loaded and pruned is told only."""
SLACK = {"hashed": 20_000, "written": 20_000, "events": 1}
"""And by how much in any case: what stands for next to nothing."""
NOISE = {"hashed": 100}
"""By how much it differs from run to run: lengths of names and numbers that are drawn or measured."""
Counters = dict[str, dict[str, int]]


def measure(tree: Path) -> tuple[Counters, dict[str, float]]:
    """Counters and seconds of every run, by "series: run", with mliter as it is in a folder."""
    counters: Counters = {}
    seconds: dict[str, float] = {}
    for series, runs in SERIES.items():
        # folders of one length: their names enter some of what is hashed
        with tempfile.TemporaryDirectory(prefix="guard-") as scratch:
            folder = Path(scratch)
            for file in (f"{series}.py", "steps.py"):
                shutil.copy(HERE / file, folder)
            (folder / "lines.txt").write_text(LINES)
            for name, edit in runs:
                if edit is not None:
                    apply(folder, edit)
                begin = time.perf_counter()
                counters[f"{series}: {name}"] = run(tree, folder, f"{series}.py")
                seconds[f"{series}: {name}"] = time.perf_counter() - begin
    return counters, seconds


def apply(folder: Path, edit: Edit) -> None:
    """Write a file with its edit."""
    file, old, new = edit
    text = (folder / file).read_text()
    if old and text.count(old) != 1 and file.endswith(".py"):
        raise SystemExit(f"{file}: {old!r} stands there {text.count(old)} times, not once.")
    (folder / file).write_text(text.replace(old, new, 1) if old else text + new)


def run(tree: Path, folder: Path, script: str) -> dict[str, int]:
    """The counters of one run. Raises SystemExit where it fails."""
    tally, log, store = folder / ".tally", folder / ".events", folder / ".mliter"
    tally.write_bytes(bytes(SLOTS * 8))
    log.unlink(missing_ok=True)
    before = stored(store)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLITER", "PYTHON"))} | {
        "PYTHONPATH": os.pathsep.join([str(HERE / "tap"), str(tree)]), "MLITER_GUARD_TALLY": str(tally),
        "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    words = ["run", "--quiet", "--policy", "always", "--budget", "2GB", "--events", str(log), script]
    done = subprocess.run(
        [sys.executable, "-m", "mliter_tui", *words], cwd=folder, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{script} ended with {done.returncode} under {tree}: {done.stderr.strip()[-400:]}")
    events = [json.loads(line) for line in log.read_text().splitlines()]
    last = events[-1]
    return {
        "computed": last["computed"], "loaded": last["loaded"], "pruned": last["pruned"],
        "kept": sum(event["type"] == "value_kept" for event in events), "events": len(events),
        "hashed": sum(struct.unpack(f"<{SLOTS}Q", tally.read_bytes())), "written": stored(store) - before,
    }  # fmt: skip


def stored(store: Path) -> int:
    """Bytes of the objects in a store."""
    return sum(path.stat().st_size for path in (store / "objects").rglob("*") if path.is_file())


def worse(before: Counters, after: Counters) -> list[str]:
    """What there is too much more of, a sentence each."""
    found = [f"{name}: not measured any more" for name in before.keys() - after.keys()]
    for name in before.keys() & after.keys():
        for counter, share in TOLERANCE.items():
            old, new = before[name][counter], after[name][counter]
            if new > old * (1 + share) + SLACK.get(counter, 0):
                found.append(f"{name}: {counter} {old:,} -> {new:,}")
    return sorted(found)


def table(before: Counters, after: Counters) -> str:
    """A row for each run: the counters of the one, and of the other where they differ."""
    names = list(next(iter(after.values())))
    rows = ["| run | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
    for name, counters in after.items():
        old = before.get(name, {})
        moved = {each for each, value in counters.items() if abs(old.get(each, value) - value) > NOISE.get(each, 0)}
        cells = [f"{old[each]:,} -> {value:,}" if each in moved else f"{value:,}" for each, value in counters.items()]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


@contextlib.contextmanager
def tree_of(revision: str | None) -> Iterator[Path]:
    """A folder with that revision of the repository; the working tree for None."""
    if revision is None:
        yield ROOT
        return
    with tempfile.TemporaryDirectory(prefix="guard-tree-") as scratch:
        folder = Path(scratch, "tree")
        done = subprocess.run(
            ["git", "worktree", "add", "--detach", str(folder), revision], cwd=ROOT, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"git has no revision {revision}: {done.stderr.strip()}")
        try:
            yield folder
        finally:
            words = ["git", "worktree", "remove", "--force", str(folder)]
            subprocess.run(words, cwd=ROOT, capture_output=True, check=False)


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), "numpy": version("numpy")}


def verdict(before: Counters, after: Counters) -> int:
    """Print what there is too much more of; the exit status."""
    found = worse(before, after)
    print("\n".join(["\nWorse:", *found] if found else ["\nNothing is worse."]))
    return int(bool(found))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revisions", nargs="*", metavar="REV")
    parser.add_argument("--check", type=Path, metavar="FILE")
    parser.add_argument("--record", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.record:
        counters, _ = measure(ROOT)
        options.record.write_text(json.dumps({"versions": versions(), "counters": counters}, indent=1) + "\n")
        print(table({}, counters))
        return 0
    if options.check:
        recorded = json.loads(options.check.read_text())
        counters, _ = measure(ROOT)
        print(table(recorded["counters"], counters))
        if recorded["versions"] != versions():
            print(f"\nRecorded with {recorded['versions']}; here are {versions()}.")
        return verdict(recorded["counters"], counters)
    if len(options.revisions) not in (1, 2):
        parser.error("name one or two revisions, or --check or --record")
    results = []
    for revision in [*options.revisions, None][:2]:
        with tree_of(revision) as tree:
            results.append(measure(tree))
    (before, past), (after, now) = results
    print(table(before, after))
    print("\nseconds (for reading only):")
    print("\n".join(f"  {name}: {past.get(name, 0):.2f} -> {seconds:.2f}" for name, seconds in now.items()))
    return verdict(before, after)


if __name__ == "__main__":
    sys.exit(main())
