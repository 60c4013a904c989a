"""`mliter verify` over real scripts: as they are, twice, and after edits of several kinds.

    python tests/corpus/check.py FOLDER [--list FILE] [--edits N] [--start N] [--limit N] [--json FILE]

FOLDER holds scripts, FILE names some of them, one a line (# starts a comment). Each script runs in a scratch folder of
its own. Compared are output, exit status, files, final values and open figures of a run with the store and a cold one.
The exit status is 1 if any differ that do not differ between two cold runs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from corpus.edits import edited  # found also where this file is run as a script

ENVIRONMENT = {
    **os.environ, "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
}  # fmt: skip


def listed(file: Path) -> list[str]:
    lines = [line.strip() for line in file.read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def verify(script: Path, store: Path, timeout: float) -> dict[str, Any]:
    """The report of `mliter verify`; one with "equal": False where it did not even end."""
    command = [sys.executable, "-m", "mliter_tui", "verify", "--json", "--cache", str(store), script.name]
    try:
        done = subprocess.run(
            command, cwd=script.parent, env=ENVIRONMENT, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return {"equal": False, "differences": [f"took over {timeout:.0f} s"]}
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"equal": False, "differences": ["no report: " + done.stderr.decode(errors="replace")[-1500:]]}
    return report


def checked(script: Path, edits: int, timeout: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """(version of the script, report), in turn, against one store."""
    text = script.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        folder = Path(scratch, "work")
        folder.mkdir()
        for beside in script.parent.iterdir():
            if beside.is_file() and beside.stat().st_size < 1 << 20:
                shutil.copy(beside, folder / beside.name)
        copy, store = folder / script.name, Path(scratch, "store")
        versions = [("original", text), ("again", text), *list(edited(text))[:edits]]
        for name, version in versions:
            copy.write_text(version, encoding="utf-8")
            yield name, verify(copy, store, timeout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", type=Path)
    parser.add_argument("--edits", type=int, default=8)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--timeout", type=float, default=600)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = listed(options.list) if options.list else [
        str(p.relative_to(options.folder)) for p in sorted(options.folder.rglob("*.py"))
    ]  # fmt: skip
    rows, wrong = [], 0
    for name in names[options.start :][: options.limit]:
        for version, report in checked(options.folder / name, options.edits, options.timeout):
            rows.append({"script": name, "version": version, **report})
            numbers = "  ".join(f"{k} {report.get(k, 0):3d}" for k in ("computed", "skipped", "figures"))
            own = "; ".join(report.get("differs_from_itself", ()))[:70]
            word = "equal" if report["equal"] else "WRONG"
            print(f"{word}  {numbers}  {name}  {version}{own and f'  (differs from itself: {own})'}", flush=True)
            if not report["equal"]:
                wrong += 1
                for line in report["differences"][:12]:
                    print(f"         {line}", flush=True)
    print(f"\n{len({r['script'] for r in rows})} scripts, {len(rows)} runs with a store, {wrong} wrong")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
