"""`mliter verify`: a cold run beside the cached one; compares output, exit status, files, values and open figures.

The cached run asks the store for every final value. The cold run is plain Python's: the script as one piece, in a fresh
process, without the store, and begins with the files as the cached run found them; afterwards they are again what the
cached run left, also where verify is interrupted. Where they differ, a second cold run tells what differs from itself:
that is not held against the store. Locals of a main() that was stepped into are not compared; the whole run has none
of them left.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mliter_tui.engine.environment import Environment
from mliter_tui.engine.interrupts import sudden
from mliter_tui.engine.iteration import Iteration
from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.launch import Launched
from mliter_tui.engine.listening import Listener, nobody
from mliter_tui.engine.reading import read_text
from mliter_tui.engine.rollback import put_back
from mliter_tui.engine.settings import Settings, settings_of
from mliter_tui.engine.version import Version
from mliter_tui.errors import KernelDied, ScriptSyntaxError
from mliter_tui.kernel.observe import file_hash
from mliter_tui.lean import dataclass
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.options import Options

_ATTEMPTS = 4  # cold runs to be compared with the first, where they are not alike or draw from an unseeded stream


@dataclass
class Seen:
    """What a run came to. values: fingerprints by name, "" for one without content to compare.

    told: not where the process ended in the middle of a statement; then nothing but output and status is known.
    """

    output: list[bytes]
    status: int
    files: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)
    figures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    told: bool = True


def verify_command(options: Options) -> int:
    """0 where everything is equal, 1 where not."""
    text = read_text(options.script)
    settings = settings_of(options, finals=True, show=False)
    with Store.open(options.cache_folder, options.budget) as store:
        try:
            iteration = Iteration(Version(settings, text, store), Listener(nobody))
        except SyntaxError as e:
            raise ScriptSyntaxError(options.script_name, e.lineno or 1, e.msg) from None
        cached = _cached(iteration)
        with tempfile.TemporaryDirectory(prefix="mliter-verify-") as scratch, _set_aside(
            list(cached.files), Path(scratch)
        ) as aside:
            setup = iteration.kernels.setup()
            cold = _cold(settings, text, setup, iteration.files.before, Path(scratch, "1"), aside)
            differences = compare(cached, cold)
            doubtful, own = _doubtful(iteration), list[str]()
            for attempt in range(_ATTEMPTS):
                if not differences or (attempt and not (doubtful or own)):
                    break
                again = _cold(settings, text, setup, iteration.files.before, Path(scratch, f"again{attempt}"), aside)
                own += [d for d in compare(again, cold) if d in differences]
                differences = [d for d in differences if d not in own]
    report = {
        "v": 1, "script": iteration.version.path, "equal": not differences, "differences": differences,
        "differs_from_itself": own, "not_reproducible": doubtful, "computed": iteration.result.computed,
        "loaded": iteration.result.loaded, "skipped": iteration.result.pruned, "cached_seconds": cached.seconds,
        "cold_seconds": cold.seconds, "values": sum(bool(fp) for fp in cold.values.values()),
        "files": len(cold.files), "figures": len(cold.figures), "exit_status": cold.status, "told": cold.told,
    }  # fmt: skip
    if options.json:
        print(json.dumps(report))
    else:
        _print(report)
    return 1 if differences else 0


def _cached(iteration: Iteration) -> Seen:
    begin = time.perf_counter()
    result = iteration.run()
    seconds = time.perf_counter() - begin
    iteration.evidence.forget_files()
    files = {p: iteration.evidence.content(p) for p, c in result.environment.files.items() if c != "dir"}
    finals = result.finals or {"values": {}, "figures": []}
    return Seen(iteration.output(), result.exit_status, files, finals["values"], finals["figures"], seconds)


@contextmanager
def _set_aside(files: list[str], folder: Path) -> Iterator[dict[str, bytes | None]]:
    """Keep these files as they are and bring them back in the end; those of the dict given are put back, too."""
    kept = {path: folder / f"aside{i}" for i, path in enumerate(files) if os.path.isfile(path)}
    for path, copy in kept.items():
        shutil.copy2(path, copy)
    aside: dict[str, bytes | None] = {}
    try:
        yield aside
    finally:
        put_back({p: content for p, content in aside.items() if p not in kept})
        for path, copy in kept.items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy2(copy, path)


def _cold(
    settings: Settings, text: str, setup: dict[str, Any], before: dict[str, bytes | None], scratch: Path,
    aside: dict[str, bytes | None],
) -> Seen:  # fmt: skip
    """Run the script whole, on the files as they were `before` the cached run; what else it changes goes to `aside`."""
    scratch.mkdir()
    put_back(before)
    begin = time.perf_counter()
    kernel = KernelProcess(Launched(apart=True))
    kernel.begin(settings, text, scratch / "store", ahead=False)
    kernel.show((0, 0), False, Listener(nobody))
    try:
        kernel.ask(setup)
        reply = kernel.ask({"command": "whole"})
        for path, content in reply["before"].items():
            aside.setdefault(path, content)
        seconds = time.perf_counter() - begin
        finals = kernel.ask({"command": "values"})
    except KernelDied:
        status = kernel.ended()
        assert kernel.forwarder is not None
        seconds = time.perf_counter() - begin
        return Seen(kernel.forwarder.whole, status, {}, seconds=seconds, told=False)
    except BaseException:
        kernel.kill()
        raise
    writes = reply["writes"]
    kernel.finish([], [])
    status = kernel.ended()
    assert kernel.forwarder is not None
    left = {p: file_hash(p) if os.path.isfile(p) else "-" for p in writes if not os.path.isdir(p)}
    return Seen(kernel.forwarder.whole, status, left, finals["values"], finals["figures"], seconds)


def _doubtful(iteration: Iteration) -> list[str]:
    """Statements that drew from an unseeded stream, asked for the time or talked to the outside."""
    beginning = Environment(table=iteration.version.table)
    found = iteration.forecaster.forecast(iteration.script.nodes, beginning, set()).found
    traces = [f.trace for f in found.values() if f.trace is not None]
    return sorted(t["node"] for t in traces if t["unseeded"] or t["clock"] or t["external"])


def compare(cached: Seen, cold: Seen) -> list[str]:
    """What differs, a sentence each."""
    found = []
    streams = zip(("stdout", "stderr"), cached.output, cold.output, strict=True)
    found += [f"{name} differs" for name, one, two in streams if one != two]
    if cached.status != cold.status:
        found.append(f"exit status is {cached.status} with the store, {cold.status} cold")
    for path in sorted(set(cached.files) | set(cold.files)) if cold.told else ():
        if cached.files.get(path, "-") != cold.files.get(path, "-"):
            found.append(f"file {path} differs")
    if cached.figures != cold.figures and cached.status == 0:
        found.append("open figures differ")
    if cached.status == 0:
        for name in sorted(n for n in set(cached.values) | set(cold.values) if "." not in n or ":" in n):
            a, b = cached.values.get(name), cold.values.get(name)
            if a is None or b is None:
                found.append(f"{name} is only bound {'cold' if a is None else 'with the store'}")
            elif a and b and a != b:
                found.append(f"value {name} differs")
    return found


def _print(report: dict[str, Any]) -> None:
    word = "equal" if report["equal"] else "DIFFERENT"
    print(
        f"{word}: {report['values']} values, {report['files']} files, {report['figures']} figures; "
        f"with the store {report['cached_seconds']:.1f} s ({report['computed']} computed, {report['loaded']} loaded, "
        f"{report['skipped']} skipped), cold {report['cold_seconds']:.1f} s"
    )
    if not report["told"]:
        ended = sudden(report["exit_status"]) or f"The script's process ended with exit status {report['exit_status']}."
        print(f"  {ended} Only output and status could be compared.")
    for line in report["differences"]:
        print(f"  {line}")
    for line in report["differs_from_itself"]:
        print(f"  {line}, but two cold runs differ in this too")
    if report["not_reproducible"]:
        print(f"  not reproducible in itself: {', '.join(report['not_reproducible'])}")
