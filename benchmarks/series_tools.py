"""The tools that `series.py` compares: each plays all saves of a series in a folder of its own and is measured.

Wall seconds are those a person waits; CPU seconds, peak memory and bytes on disk are of the tool and all it starts.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mliter_tui.demo.player import UNHEARD_SECONDS
from mliter_tui.demo.scratch import saved, written
from mliter_tui.demo.series import SCRIPT, Series, read

ROOT = Path(__file__).resolve().parents[1]
_KEPT = {".mliter", ".cache", "__marimo__", ".hamilton_cache", "__pycache__"}


@dataclass
class Run:
    """One save under one tool. files: digests of what stands in the folder and was not given. note: why it is not to be
    compared, "" where it is."""

    wall: float
    cpu: float
    peak: int
    disk: int
    exit_status: int | None
    stdout: bytes
    files: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    note: str = ""
    more: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """How to play: the interpreter that has what the scripts import, and seconds of rest between saves in `watch`."""

    python: str
    environment: dict[str, str]
    rest: float
    timeout: float


def process(command: list[str], folder: Path, setting: Setting) -> Run:
    """Run a command to its end."""
    with tempfile.TemporaryFile() as out:
        begun = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=folder, env=setting.environment, stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        killer = threading.Timer(setting.timeout, child.kill)
        killer.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        killer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return Run(wall, usage.ru_utime + usage.ru_stime, peak, 0, child.returncode, out.read())


def found(folder: Path, given: set[str]) -> dict[str, str]:
    """Digests of the files there, but for what was given and what a tool keeps for itself."""
    digests = {}
    for path in written(folder, given):
        if path.parts[0] not in _KEPT:
            digests[str(path)] = hashlib.sha256((folder / path).read_bytes()).hexdigest()
    return digests


def size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0


class Tool:
    """A tool that is started anew for each save. store: the folder in which it keeps values, below the script's."""

    name = "python"
    store = ""
    fresh = True
    """What earlier runs wrote is taken away before each run: what comes then is what a cold run gives."""

    def command(self, setting: Setting, folder: Path) -> list[str]:
        return [setting.python, SCRIPT]

    def variant(self, series: Series, setting: Setting) -> Series | str:
        """The series as a user of this tool would have written it; why there is none."""
        return series

    def play(self, series: Series, folder: Path, setting: Setting) -> Iterator[Run]:
        given = begin(series, folder)
        for version in series.versions:
            for name in version.changed:
                saved(folder / name, version.files[name])
            if self.fresh:
                for path in list(written(folder, given)):
                    (folder / path).unlink()
            run = process(self.command(setting, folder), folder, setting)
            run.disk = size(folder / self.store) if self.store else 0
            run.files = found(folder, given)
            yield run


def begin(series: Series, folder: Path) -> set[str]:
    """The first version and the data, in an empty folder; the names of all that is given."""
    for name in series.data:
        if (series.folder / name).is_file():  # else the script finds it by itself
            shutil.copyfile(series.folder / name, folder / name)
    for name, text in series.versions[0].files.items():
        (folder / name).write_text(text, "utf-8")
    return {*series.data, *series.versions[0].files}


class Mliter(Tool):
    name, store, fresh = "run", ".mliter", False

    def command(self, setting: Setting, folder: Path) -> list[str]:
        return [sys.executable, "-m", "mliter_tui", "run", "--quiet", SCRIPT]


class Oracle(Tool):
    """Cold runs, of which only cells count that no earlier version had; see oracle.py."""

    name = "oracle"

    def command(self, setting: Setting, folder: Path) -> list[str]:
        return [setting.python, str(ROOT / "benchmarks" / "oracle.py"), SCRIPT, str(folder.parent / "cells.json")]

    def play(self, series: Series, folder: Path, setting: Setting) -> Iterator[Run]:
        empty = [process([setting.python, "-c", "pass"], folder, setting) for _ in range(3)]
        bare = min(empty, key=lambda run: run.cpu)
        seen: set[str] = set()
        for run in super().play(series, folder, setting):
            if run.exit_status == 0:
                told = json.loads((folder.parent / "cells.json").read_text())
                fresh = {cell["key"]: cell for cell in reversed(told["cells"]) if cell["key"] not in seen}
                seen |= set(fresh)
                run.more = {"cells": sum(cell["cpu"] for cell in fresh.values()), "fresh": len(fresh)}
                run.wall = bare.wall + told["imports"] + sum(cell["seconds"] for cell in fresh.values())
                run.cpu = bare.cpu + told["imports_cpu"] + run.more["cells"]
            yield run


class Ported(Tool):
    """A tool that wants the script written for it: peers/NAME/SERIES is the series as its user would have it. package:
    what it is imported as; distribution: what it is installed as, where that is another name."""

    fresh, package, distribution = False, "", ""

    def variant(self, series: Series, setting: Setting) -> Series | str:
        code = f"import importlib.util as u, sys; sys.exit(u.find_spec({self.package!r}) is None)"
        if subprocess.run([setting.python, "-c", code], check=False).returncode:
            return f"{self.package} is not installed"
        folder = ROOT / "benchmarks" / "peers" / self.name / series.name
        if not folder.is_dir() or series.folder.parent != ROOT / "demos":
            return "not written for it"
        own = (folder / "series.toml").is_file()  # else the edits of the demo fit
        return replace(read(folder, edits=None if own else series.folder), folder=series.folder, data=series.data)


class Joblib(Ported):
    """Expensive steps as functions under `joblib.Memory`."""

    name, package, store = "joblib", "joblib", ".cache"


class Pipelines(Ported):
    """Preprocessing and model as a `Pipeline` with `memory=`."""

    name, package, distribution, store = "pipeline", "sklearn", "scikit-learn", ".cache"


class Marimo(Ported):
    """A marimo notebook with `mo.persistent_cache` around expensive steps, run as a script."""

    name, package, store = "marimo", "marimo", "__marimo__"


class Hamilton(Ported):
    """Steps as nodes of Hamilton in flow.py, whose driver has a cache; train.py asks for them and reports."""

    name, package, distribution, store = "hamilton", "hamilton", "apache-hamilton", ".hamilton_cache"


class Watch:
    """One `mliter watch --ui json` that sees all saves; a run lasts from its save to its last event."""

    name = "watch"

    def variant(self, series: Series, setting: Setting) -> Series | str:
        return series

    def play(self, series: Series, folder: Path, setting: Setting) -> Iterator[Run]:
        given = begin(series, folder)
        begun, before = time.perf_counter(), 0.0
        runs: list[Run] = []
        with Session(folder, setting) as session:
            for number, version in enumerate(series.versions):
                if number:
                    begun = time.perf_counter()
                    for name in version.changed:
                        saved(folder / name, version.files[name])
                    if not session.hears():  # of a module's comments: nothing is to be run
                        time.sleep(setting.rest)
                        yield replace(runs[-1], wall=0.0, cpu=0.0, files=found(folder, given), wrong=[])
                        continue
                printed: list[str] = []
                ended = session.wait(lambda event: event["type"] == "iteration_finished", printed)
                wall = time.perf_counter() - begun
                cpu, peak = session.spent()
                stdout = "".join(printed).encode("utf-8", "surrogateescape")
                run = Run(wall, cpu - before, peak, size(folder / ".mliter"), ended["exit_status"], stdout,
                          found(folder, given))  # fmt: skip
                runs.append(run)
                time.sleep(setting.rest)  # before other tools have their turn: it gets ready meanwhile
                yield run
                before = cpu
        for run in runs:  # of processes that have ended only the largest is known, and that at the end
            run.peak = max(run.peak, session.peak)


class Session:
    """The process of a `watch`, and what it tells."""

    def __init__(self, folder: Path, setting: Setting) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mliter_tui", "watch", "--ui", "json", SCRIPT], cwd=folder,
            env=setting.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self._timeout = setting.timeout
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.peak = 0
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self.peak = max(self.peak, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._waiting.put(json.loads(line))

    def wait(
        self, wanted: Callable[[dict[str, Any]], bool], printed: list[str] | None = None, seconds: float | None = None
    ) -> dict[str, Any]:
        """The next event that is wanted; what the script printed meanwhile. queue.Empty after so many seconds."""
        while True:
            event = self._waiting.get(timeout=seconds or self._timeout)
            if printed is not None and event["type"] == "output" and event["channel"] == "stdout":
                printed.append(event["text"])
            if wanted(event):
                return event

    def hears(self) -> bool:
        """Whether it says, in some seconds, that it has seen a save."""
        try:
            return bool(self.wait(lambda event: event["type"] == "saved", seconds=UNHEARD_SECONDS))
        except queue.Empty:
            return False

    def spent(self) -> tuple[float, int]:
        """CPU seconds of all processes so far, and the most memory one of them has had; zeros where no /proc is."""
        parents: dict[int, int] = {}
        ticks: dict[int, int] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended in the meantime
            parents[int(stat.parent.name)] = int(fields[1])
            ticks[int(stat.parent.name)] = sum(map(int, fields[11:15]))  # its own, and of children that have ended
        mine = {self._process.pid}
        while more := {child for child, parent in parents.items() if parent in mine} - mine:
            mine |= more
        for pid in mine:
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
            self.peak = max(self.peak, int(peak) * 1024)
        return sum(ticks.get(pid, 0) for pid in mine) / os.sysconf("SC_CLK_TCK"), self.peak


TOOLS: dict[str, Tool | Watch] = {
    tool.name: tool for tool in (Tool(), Oracle(), Mliter(), Watch(), Joblib(), Pipelines(), Marimo(), Hamilton())
}


def installed(setting: Setting, names: Iterable[str]) -> dict[str, Any]:
    """The version of the Python that runs the scripts, and those of packages it has: of these names, and the peers'."""
    peers = [tool.distribution or tool.package for tool in TOOLS.values() if isinstance(tool, Ported)]
    code = """if True:
        import json, sys
        from importlib.metadata import PackageNotFoundError, version
        found = {}
        for name in sys.argv[1:]:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                pass
        print(json.dumps({"python": ".".join(map(str, sys.version_info[:3])), "packages": found}))
    """
    command = [setting.python, "-c", code, *dict.fromkeys([*names, *peers])]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told
