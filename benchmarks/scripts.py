"""Real scripts under mliter beside plain Python: first-run overhead, unchanged run, and whether the output is equal.

    python benchmarks/scripts.py FOLDER [--list FILE] [--start N] [--limit N] [--edits] [--timeout S] [--json FILE]

FOLDER holds the scripts; FILE names some of them, one a line (# starts a comment). Each script runs in a scratch
folder: plain Python and mliter with an empty store, twice in turn (the lesser time counts of both), then mliter again;
with --edits also after each of three edits: a comment on top, a print at the end, a number in an assignment changed.
Compared: standard output, exit status and written files.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENVIRONMENT = {
    **os.environ, "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "PYTHONPATH": os.pathsep.join([str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]),
}  # fmt: skip


def run(command: list[str], folder: Path, timeout: float) -> dict[str, object]:
    begin = time.perf_counter()
    try:
        done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return {"seconds": timeout, "stdout": b"", "exit": "timeout", "stderr": "", "files": {}}
    seconds = time.perf_counter() - begin
    files = {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.suffix not in (".py", ".pyc") and ".mliter" not in p.parts
    }
    tail = done.stderr.decode(errors="replace")[-600:]
    return {"seconds": seconds, "stdout": done.stdout, "exit": done.returncode, "stderr": tail, "files": files}


def edited(text: str, kind: str) -> str:
    """The script with one edit of a kind."""
    if kind == "comment":
        place = re.search(r"^(import|from) (?!__future__)", text, re.M)
        return text[: place.start()] + "# a remark\n" + text[place.start() :] if place else "# a remark\n" + text
    if kind == "end":
        return text + "\nprint('done')\n"
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            for keyword in node.value.keywords:
                v = keyword.value
                if isinstance(v, ast.Constant) and type(v.value) is int and v.value > 2 and v.lineno == v.end_lineno:
                    lines = text.splitlines(keepends=True)
                    line = lines[v.lineno - 1].encode()
                    lines[v.lineno - 1] = (
                        line[: v.col_offset] + str(v.value - 1).encode() + line[v.end_col_offset :]
                    ).decode()
                    return "".join(lines)
    return text


def compare(a: dict[str, object], b: dict[str, object]) -> list[str]:
    return [k for k in ("stdout", "exit", "files") if a[k] != b[k]]


def measure(script: Path, edits: bool, timeout: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as scratch:
        cold, warm = Path(scratch, "cold"), Path(scratch, "warm")
        for folder in (cold, warm):
            folder.mkdir()
            shutil.copy(script, folder / script.name)
        words = [sys.executable, "-m", "mliter_tui", "run", "--quiet", "--cache"]
        mliter, other = ([*words, str(Path(scratch, store)), script.name] for store in ("store", "other"))
        python = run([sys.executable, script.name], cold, timeout)
        before = run(other, shutil.copytree(warm, Path(scratch, "before")), timeout * 3)
        again = run([sys.executable, script.name], cold, timeout)
        first, second = run(mliter, warm, timeout * 3), run(mliter, warm, timeout)
        row: dict[str, object] = {
            "script": str(script), "python": min(python["seconds"], again["seconds"]),  # type: ignore[type-var]
            "first": min(before["seconds"], first["seconds"]),  # type: ignore[type-var]
            "unchanged": second["seconds"], "steady": not compare(python, again),
            "wrong": [f"first {w}" for w in compare(python, first)]
            + [f"unchanged {w}" for w in compare(python, second)],
        }  # fmt: skip
        for kind in ("comment", "end", "number") if edits else ():
            text = edited(script.read_text(encoding="utf-8"), kind)
            for folder in (cold, warm):
                (folder / script.name).write_text(text, encoding="utf-8")
            expected, got = run([sys.executable, script.name], cold, timeout), run(mliter, warm, timeout * 3)
            row[kind] = got["seconds"]
            row["wrong"] += [f"{kind} {w}" for w in compare(expected, got)]  # type: ignore[operator]
            if compare(expected, got):
                row["stderr"] = got["stderr"]
        if first["exit"] != python["exit"]:
            row["stderr"] = first["stderr"]
        return row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--edits", action="store_true")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    compileall.compile_dir(Path(__file__).resolve().parents[1] / "mliter_tui", quiet=2)  # as of any package installed
    if options.list:
        lines = [line.strip() for line in options.list.read_text().splitlines()]
        scripts = [options.folder / line for line in lines if line and not line.startswith("#")]
    else:
        scripts = sorted(options.folder.rglob("*.py"))
    rows = []
    for script in scripts[options.start :][: options.limit]:
        row = measure(script, options.edits, options.timeout)
        rows.append(row)
        ratio = row["first"] / row["python"]  # type: ignore[operator]
        words = "" if row["steady"] else "  (plain Python differs from itself)"
        words += "  WRONG: " + ", ".join(row["wrong"]) if row["wrong"] else ""  # type: ignore[arg-type]
        times = f"{row['python']:7.2f} s  first {ratio:5.2f}x  unchanged {row['unchanged']:5.2f} s"
        print(f"{times}  {script.name}{words}", flush=True)
        if row["wrong"] and row.get("stderr"):
            print("    " + str(row["stderr"]).strip().replace("\n", "\n    ")[-500:])
    ratios = sorted(r["first"] / r["python"] for r in rows)  # type: ignore[operator]
    wrong = [r for r in rows if r["wrong"] and r["steady"]]
    print(
        f"\n{len(rows)} scripts, {len(wrong)} wrong; first run / python: median {statistics.median(ratios):.3f}, "
        f"95th percentile {ratios[int(0.95 * (len(ratios) - 1))]:.3f}; "
        f"unchanged: median {statistics.median(r['unchanged'] for r in rows):.2f} s, "  # type: ignore[type-var]
        f"max {max(r['unchanged'] for r in rows):.2f} s"  # type: ignore[type-var]
    )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, default=str))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
