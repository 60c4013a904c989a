"""What looking at values and keeping them costs, by type, beside what this machine can do at most.

    python benchmarks/overheads.py [--scale X] [--repeat N] [--md FILE] [--json FILE] [--readme]
                                    [--scripts FOLDER [--limit N]]

Of each value: its fingerprint (CPU seconds, the least of N), beside reading its bytes from memory once and beside
pickling it (protocol 5, buffers left out); writing it to a store where it is not yet, in CPU seconds, and its bytes a
second of the clock beside those of writing as much to the same disk and waiting for it; loading it, in CPU seconds.
Memory and disk are measured first; CPU seconds, as they are much the same on a busy machine. With --scripts also what a
first run takes beside plain Python, script by script, as `benchmarks/scripts.py` measures it: fingerprints and writes
are the larger part of what it takes more.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import shutil
import statistics
import sys
import tempfile
import time
import types
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import results

KEY = b"a key for the benchmark"


@dataclass
class Item:
    """A small object, of which there are many."""

    number: int
    word: str


class Surroundings:
    """What a fingerprint asks about the script: here there is none."""

    def __init__(self) -> None:
        self.main, self.lineage, self.cells = types.ModuleType("__main__"), "benchmark", dict[int, str]()
        self.keep_docstrings, self.parted = False, frozenset[str]()

    def part(self, function: object) -> str:
        return ""

    def local_definition(self, module: str, qualname: str) -> None:
        return None

    def is_local_module(self, name: str) -> bool:
        return False


def values(scale: float) -> dict[str, Callable[[], Any]]:
    """Makers of one value of each type; with a scale of 1 most are some 100 MB or a million items."""
    import numpy as np
    import pandas as pd
    import scipy.sparse
    from sklearn.datasets import make_classification
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

    count = int(1_000_000 * scale)
    rng = np.random.default_rng(0)
    words = [f"word{number % 5000}" for number in range(count)]

    def frame() -> Any:
        return pd.DataFrame(rng.normal(size=(count, 16)), columns=[f"column {n}" for n in range(16)])

    def texts(kind: Any) -> Any:
        return pd.DataFrame({"a": pd.Series(words, dtype=kind), "b": pd.Series(words[::-1], dtype=kind)})

    def data() -> Any:
        return make_classification(int(20_000 * scale) + 100, 20, random_state=0)

    return {
        "array of floats": lambda: rng.normal(size=(count, 16)),
        "array, every second row of it": lambda: rng.normal(size=(count, 16))[::2],
        "array, transposed": lambda: np.ascontiguousarray(rng.normal(size=(16, count))).T,
        "DataFrame of numbers, 16 columns": frame,
        "DataFrame of strings, 2 columns": lambda: texts("str"),
        "DataFrame of strings as objects": lambda: texts(object),
        "DataFrame with a category": lambda: texts("category"),
        "sparse matrix (CSR)": lambda: scipy.sparse.random(count // 10, 2000, 0.005, "csr", rng=0),
        "list of strings": lambda: list(words),
        "list of dicts, 4 fields": lambda: [
            {"id": n, "word": words[n], "score": n / 7, "tags": (n % 3, n % 5)} for n in range(count // 4)
        ],
        "dict of lists": lambda: {words[n]: [n, n + 1, float(n)] for n in range(min(count, 5000))} | {
            n: [n, n + 1, float(n)] for n in range(count // 4)
        },
        "Counter of pairs": lambda: Counter((words[n], n % 997) for n in range(count)),
        "lists that share lists": lambda: [[shared] for shared in [[1, 2]] for _ in range(count // 4)],
        "objects of a class": lambda: [Item(n, words[n]) for n in range(count // 4)],
        "set of strings": lambda: {f"{random.Random(n).random()}" for n in range(count // 10)},
        "random forest, 100 trees": lambda: RandomForestClassifier(100, random_state=0).fit(*data()),
        "gradient boosting, 100 rounds": lambda: HistGradientBoostingClassifier(random_state=0).fit(*data()),
    }


@dataclass
class Row:
    """One value: seconds (of the CPU, but for `waited`), bytes, and shares of what the machine can do (1: as fast)."""

    value: str
    nbytes: int
    objects: int
    fingerprint: float
    of_memory: float
    pickled: float
    write: float
    waited: float
    written: int
    of_disk: float
    load: float


def least(repeat: int, clock: Callable[[], float], work: Callable[[], object]) -> float:
    """The least of some runs of it."""
    took = []
    for _ in range(repeat):
        begin = clock()
        work()
        took.append(clock() - begin)
    return min(took)


def memory_speed(repeat: int) -> float:
    """Bytes a second that one core reads."""
    import numpy as np

    block = np.ones(32_000_000)
    return float(block.nbytes / least(max(3, repeat), time.process_time, block.sum))


def disk_speed(folder: Path, repeat: int) -> float:
    """Bytes a second that go to the disk, waiting for it."""
    block = os.urandom(1 << 20) * 128
    path = folder / "speed"

    def write() -> None:
        with open(path, "wb", buffering=0) as file:
            file.write(block)
            os.fdatasync(file.fileno())
        path.unlink()

    return len(block) / least(max(3, repeat), time.perf_counter, write)


def measure(name: str, value: Any, folder: Path, memory: float, disk: float, repeat: int) -> Row:
    from mliter_tui.kernel.artifacts import dump, load
    from mliter_tui.kernel.fingerprint import scan

    found = scan({"": value}, Surroundings())  # type: ignore[arg-type]
    looked = least(repeat, time.process_time, lambda: scan({"": value}, Surroundings()))  # type: ignore[arg-type]
    pickled = least(repeat, time.process_time, lambda: pickle.dumps(value, 5, buffer_callback=lambda _: None))
    writes, waits, loads, manifest = [], [], [], {}
    for _ in range(repeat):
        store = folder / "store"
        shutil.rmtree(store, ignore_errors=True)
        store.mkdir()
        begin, since = time.perf_counter(), time.process_time()
        manifest = dump({"": value}, store, KEY)
        waits.append(time.perf_counter() - begin)
        writes.append(time.process_time() - since)
        since = time.process_time()
        load(manifest, store, KEY)
        loads.append(time.process_time() - since)
    nbytes, written = found.size, manifest["bytes"]
    return Row(
        name, nbytes, found.objects, looked, nbytes / memory / looked, pickled, min(writes), min(waits), written,
        written / disk / min(waits), min(loads),
    )  # fmt: skip


def table(rows: list[Row], memory: float, disk: float) -> str:
    """Markdown."""
    lines = [
        f"Memory is read at {memory / 1e9:.1f} GB/s by one core, the disk written at {disk / 1e6:.0f} MB/s.\n",
        "| value | MB | objects | fingerprint | MB/s | of memory | pickle | write | MB/s | of disk | load |",
        "| --- |" + " ---: |" * 10,
    ]
    for row in rows:
        lines.append(
            f"| {row.value} | {row.nbytes / 1e6:.1f} | {row.objects:,} | {row.fingerprint * 1e3:.1f} ms "
            f"| {row.nbytes / 1e6 / row.fingerprint:,.0f} | {row.of_memory:.1%} | {row.pickled * 1e3:.1f} ms "
            f"| {row.write * 1e3:.1f} ms | {row.written / 1e6 / row.waited:,.0f} | {row.of_disk:.0%} "
            f"| {row.load * 1e3:.1f} ms |"
        )
    return "\n".join(lines)


def scripts(folder: Path, limit: int | None) -> tuple[str, list[dict[str, object]]]:
    """First runs beside plain Python."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from scripts import measure as run

    rows = [run(path, False, 300.0) for path in sorted(folder.rglob("*.py"))[:limit]]
    lines = ["| script | python | first run | ratio |", "| --- | ---: | ---: | ---: |"]
    for row in rows:
        python, first = float(str(row["python"])), float(str(row["first"]))
        lines.append(f"| {Path(str(row['script'])).name} | {python:.2f} s | {first:.2f} s | {first / python:.2f} |")
    ratios = [float(str(row["first"])) / float(str(row["python"])) for row in rows]
    lines.append(f"\nMedian of {len(rows)}: {statistics.median(ratios):.3f}")
    return "\n".join(lines), rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", help="values with this in their name")
    parser.add_argument("--scripts", type=Path, metavar="FOLDER")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--md", type=Path)
    parser.add_argument("--json", type=Path)
    results.readme(parser)
    options = parser.parse_args()
    sys.addaudithook(lambda event, arguments: None)  # there is one in a kernel, too, and every `id` asks it
    if options.readme:
        try:
            results.marked(options.readme, "overheads")
        except (OSError, ValueError) as error:
            parser.error(str(error))
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        memory, disk = memory_speed(options.repeat), disk_speed(folder, options.repeat)
        for name, make in values(options.scale).items():
            if not options.only or options.only in name:
                rows.append(measure(name, make(), folder, memory, disk, options.repeat))
                print(f"{name}: {rows[-1].fingerprint:.3f} s", file=sys.stderr, flush=True)
    text = table(rows, memory, disk)
    about = results.about()
    about["packages"]["xxhash"] = version("xxhash")
    about |= {"memory_bytes_per_second": memory, "disk_bytes_per_second": disk, "values": [asdict(row) for row in rows]}
    if options.scripts:
        more, found = scripts(options.scripts, options.limit)
        text, about["scripts"] = f"{text}\n\n{more}", found
    print(text)
    if options.md:
        options.md.write_text(text + "\n")
    if options.json:
        options.json.write_text(json.dumps(about, indent=1, default=str))
    if options.readme:
        results.put(options.readme, "overheads", [f"`{command(options)}`", "", results.where(about), "", text])
    return 0


def command(options: argparse.Namespace) -> str:
    """How to have the same again."""
    words = [f"--scale {options.scale}"] if options.scale != 1.0 else []
    words += ["--scripts FOLDER"] if options.scripts else []
    return " ".join(["python benchmarks/overheads.py", *words, "--readme"])


if __name__ == "__main__":
    sys.exit(main())
