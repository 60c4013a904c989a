"""Benchmark of the file watcher: milliseconds from a save to the call, and what events and rest cost.

    python benchmarks/watching.py [--json] [--repeat N] [--folder DIR]

A save is timed from the end of the last call of the editor that belongs to it. "cpu" is of this process, in
milliseconds per 10,000 events, which another process makes at about 1,000 a second; "rest" is the CPU of five seconds
in which nothing happens, with 1,000 files in 20 folders watched.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mliter_tui.watching.watcher import Watcher

Row = dict[str, float | str]


class Heard:
    """The time of the latest call."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.calls = 0
        self._when = 0.0

    def __call__(self, paths: tuple[str, ...]) -> None:
        self._when = time.perf_counter()
        self.calls += 1
        self._event.set()

    def after(self, act: Callable[[], object]) -> float:
        """Seconds from the end of `act` to the call."""
        self._event.clear()
        act()
        start = time.perf_counter()
        if not self._event.wait(20):
            raise SystemExit("nothing was told")
        return self._when - start


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def in_pieces(path: Path, text: str) -> None:
    with open(path, "w") as file:
        for at in range(0, len(text), 2000):
            file.write(text[at : at + 2000])
            file.flush()


def vim(path: Path, text: str) -> None:
    os.rename(path, f"{path}~")
    path.write_text(text)
    os.unlink(f"{path}~")


def vim_backup_elsewhere(path: Path, text: str) -> None:
    os.rename(path, path.parent.parent / "backup")
    path.write_text(text)


def replaced(path: Path, text: str) -> None:
    path.with_name(".new").write_text(text)
    os.replace(path.with_name(".new"), path)


def pycharm(path: Path, text: str) -> None:
    path.with_name("new___jb_tmp___").write_text(text)
    os.rename(path, f"{path}___jb_old___")
    os.rename(path.with_name("new___jb_tmp___"), path)
    os.unlink(f"{path}___jb_old___")


def git_checkout(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


STYLES = (in_place, in_pieces, vim, vim_backup_elsewhere, replaced, pycharm, git_checkout)


def row(name: str, seconds: list[float]) -> Row:
    ranked = sorted(seconds)
    high = ranked[min(len(ranked) - 1, round(len(ranked) * 0.95))]
    return {"what": name, "median_ms": statistics.median(ranked) * 1e3, "p95_ms": high * 1e3}


def latencies(folder: Path, repeat: int) -> Iterator[Row]:
    """From a save of a script of 20 kB to the call, per style; then by polling, and beside a log that is written."""
    script = folder / "project" / "train.py"
    script.parent.mkdir()
    for poll in (None, True):
        for style in STYLES if poll is None else (in_place,):
            script.write_text("0")
            heard = Heard()
            watcher = Watcher(heard, poll=poll)
            watcher.watch([str(script), str(script.with_name("run.log"))])
            seconds = []
            for at in range(repeat if poll is None else max(repeat // 5, 3)):
                time.sleep(0.2)
                text = f"{at} " * 5000
                seconds.append(heard.after(lambda style=style, text=text: style(script, text)))
            yield row(style.__name__ if poll is None else "in_place, polled", seconds)
            watcher.stop()


def beside_a_log(folder: Path, repeat: int) -> Iterator[Row]:
    """Saves, while another process appends to a log in the same folder 1,000 times a second; and its CPU."""
    script = folder / "beside" / "train.py"
    script.parent.mkdir()
    script.write_text("0")
    heard = Heard()
    watcher = Watcher(heard)
    watcher.watch([str(script)])
    with writer(script.with_name("run.log"), 60) as process:
        time.sleep(1)
        seconds = []
        for at in range(repeat):
            time.sleep(0.2)
            seconds.append(heard.after(lambda at=at: script.write_text(f"{at} " * 5000)))
        process.kill()
    watcher.stop()
    yield row("in_place, beside a log", seconds)


def writer(log: Path, seconds: float, *, files: bool = False) -> subprocess.Popen[bytes]:
    """A process that makes about 1,000 events a second: appends to a log, or new files."""
    code = "import sys, time\nlog, end, at = sys.argv[1], time.monotonic() + float(sys.argv[2]), 0\n"
    if files:
        code += "while time.monotonic() < end: open(f'{log}{at}', 'w').close(); at += 1; time.sleep(0.0019)"
    else:
        code += "f = open(log, 'ab', buffering=0)\nwhile time.monotonic() < end: f.write(b'x'); time.sleep(0.0009)"
    return subprocess.Popen([sys.executable, "-c", code, str(log), str(seconds)])


def costs(folder: Path) -> Iterator[Row]:
    """CPU of this process for events of a log that is watched, for files that are not, and at rest."""
    kinds = (("log watched", False, True), ("log beside", False, False), ("new files beside", True, False))
    for name, files, watched in kinds:
        place = folder / name
        place.mkdir()
        script = place / "train.py"
        script.write_text("0")
        heard = Heard()
        watcher = Watcher(heard)
        watcher.watch([str(script)] + ([str(place / "run.log")] if watched else []))
        time.sleep(0.3)
        start = time.process_time()
        writer(place / "run.log", 10, files=files).wait()
        spent = (time.process_time() - start) * 1e3
        yield {"what": f"cpu per 10,000 events, {name}", "ms": spent, "calls": heard.calls}
        watcher.stop()
    many = [folder / f"folder_{i // 50}" / f"{i}" for i in range(1000)]
    for file in many:
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
    watcher = Watcher(Heard())
    start = time.perf_counter()
    watcher.watch([str(file) for file in many])
    yield {"what": "watch() of 1,000 files", "ms": (time.perf_counter() - start) * 1e3}
    time.sleep(1)
    start = time.process_time()
    time.sleep(5)
    yield {"what": "cpu of 5 s at rest", "ms": (time.process_time() - start) * 1e3}
    watcher.stop()


def main() -> None:
    """Print a table, or one JSON list."""
    parser = argparse.ArgumentParser(description="latency and cost of the file watcher")
    parser.add_argument("--json", action="store_true", help="a JSON list instead of a table")
    parser.add_argument("--repeat", type=int, default=40, help="saves per row")
    parser.add_argument("--folder", help="where to make files (default: a temporary folder)")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        rows = []
        for maker in (latencies(folder, options.repeat), beside_a_log(folder, options.repeat), costs(folder)):
            for each in maker:
                rows.append(each)
                if not options.json:
                    facts = "   ".join(f"{key} {value:8.1f}" for key, value in each.items() if key != "what")
                    print(f"{each['what']:42} {facts}", flush=True)
        if options.json:
            print(json.dumps(rows))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
