"""`mliter verify`: a cold run beside the cached one; compares output, exit status, files, values and open figures.

Both run in a copy of nothing: the script runs where it is, first with the store and every final value asked for, then
with an empty store in memory. What unseeded random streams, clocks or the outside world feed may differ: it is told.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mliter_tui.engine.iteration import Iteration, Result
from mliter_tui.engine.opening import nothing, opened
from mliter_tui.engine.reading import read_text
from mliter_tui.engine.settings import settings_of
from mliter_tui.errors import ScriptSyntaxError
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.options import Options


def _one(options: Options, text: str, store: Store) -> tuple[Iteration, Result, list[bytes], dict[str, str]]:
    """Run silently; the iteration, its result, its two outputs and the files it left."""
    try:
        iteration = Iteration(settings_of(options, finals=True, show=False), text, store, nothing)
    except SyntaxError as e:
        raise ScriptSyntaxError(options.script_name, e.lineno or 1, e.msg) from None
    result = iteration.run()
    iteration.evidence.forget_files()
    files = {p: iteration.evidence.content(p) for p, c in result.environment.files.items() if c != "dir"}
    return iteration, result, iteration.output(), files


def verify_command(options: Options) -> int:
    text = read_text(options.script)
    with opened(options) as (_, store):
        cached = _one(options, text, store)
    saved = _set_aside(cached[3])
    scratch = Path(tempfile.mkdtemp(prefix="mliter-verify-"))
    try:
        with Store.open(scratch / "store") as empty:
            cold = _one(options, text, empty)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(saved, ignore_errors=True)
    differences = _compare(cached, cold)
    doubtful = sorted(
        f.trace["node"] for f in cold[0].plan_only().found.values()
        if f.trace is not None and (f.trace["unseeded"] or f.trace["clock"] or f.trace["external"])
    )  # fmt: skip
    report = {
        "v": 1, "script": cached[0].path, "equal": not differences, "differences": differences,
        "not_reproducible": doubtful, "computed": cached[1].computed, "loaded": cached[1].loaded,
        "skipped": cached[1].pruned, "cached_seconds": cached[1].seconds, "cold_seconds": cold[1].seconds,
        "values": len(cold[1].environment.records), "files": len(cold[3]), "figures": len(cold[1].figures),
    }  # fmt: skip
    if options.json:
        print(json.dumps(report))
    else:
        _print(report)
    return 1 if differences else 0


def _set_aside(files: dict[str, str]) -> Path:
    """Remove what the cached run left, so that the cold run must write it itself."""
    folder = Path(tempfile.mkdtemp(prefix="mliter-verify-"))
    for i, path in enumerate(files):
        if os.path.isfile(path):
            shutil.copy2(path, folder / str(i))
            os.unlink(path)
    return folder


def _compare(cached: Any, cold: Any) -> list[str]:
    found = []
    for name, a, b in zip(("stdout", "stderr"), cached[2], cold[2], strict=True):
        if a != b:
            sizes = f"{len(a)} bytes with the store, {len(b)} bytes cold"
            found.append(f"{name}: {sizes}, first difference at {_first(a, b)}")
    if cached[1].exit_status != cold[1].exit_status:
        found.append(f"exit status: {cached[1].exit_status} with the store, {cold[1].exit_status} cold")
    for path in sorted(set(cached[3]) | set(cold[3])):
        if cached[3].get(path) != cold[3].get(path):
            found.append(f"file {path} differs")
    if cached[1].figures != cold[1].figures:
        counts = f"{len(cached[1].figures)} with the store, {len(cold[1].figures)} cold"
        found.append(f"open figures: {counts}, not the same pixels")
    one, two = cached[1].environment.records, cold[1].environment.records
    for name in sorted(set(one) | set(two)):
        a, b = one.get(name), two.get(name)
        if a is None or b is None:
            found.append(f"value {name} is only bound {'cold' if a is None else 'with the store'}")
        elif a["exact"] and b["exact"] and not a["opaque"] and a["fp"] != b["fp"]:
            found.append(f"value {name} differs")
    return found


def _first(a: bytes, b: bytes) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _print(report: dict[str, Any]) -> None:
    word = "equal" if report["equal"] else "DIFFERENT"
    print(
        f"{word}: {report['values']} values, {report['files']} files, {report['figures']} figures; "
        f"with the store {report['cached_seconds']:.1f} s ({report['computed']} computed, {report['loaded']} loaded, "
        f"{report['skipped']} skipped), cold {report['cold_seconds']:.1f} s"
    )
    for line in report["differences"]:
        print(f"  {line}")
    if report["not_reproducible"]:
        print(f"  not reproducible in itself: {', '.join(report['not_reproducible'])}")
