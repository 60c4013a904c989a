"""The tools of the trust table, each in an environment of its own, and one run of one of them.

An environment is made once, by pip, in a folder of caches, and kept. In each is the library `slowlearn` of this folder,
installed from a wheel as any other, and its tally: which costly calls took place, as digests of what they were given.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import venv
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARY = HERE / "library" / "slowlearn"
PAGES, MARKS = 256, 512  # of the tally, as in slowlearn/_tally.py
LONGEST = 120.0
"""Seconds a run may take."""


@dataclass(frozen=True)
class Tool:
    """A tool: what pip installs for it, the words that run a project, and those that make a folder a project of it.

    port: whether it runs a port of the project rather than the plain script. "{args}" stands for the script's own.
    """

    name: str
    packages: tuple[str, ...]
    words: tuple[str, ...] = ("python", "train.py", "{args}")
    begin: tuple[str, ...] = ()
    port: bool = True
    environment: dict[str, str] = field(default_factory=dict)


DATA = ("numpy", "pandas")
_DVC = "dvc repro -q >&2 && cat report.txt"
TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "mliter", (str(ROOT), *DATA), ("python", "-m", "mliter_tui", "run", "--quiet", "train.py", "{args}"),
            port=False, environment={"PYTHONPATH": str(ROOT)},
        ),
        Tool("joblib", ("joblib", *DATA)),
        Tool("marimo", ("marimo", *DATA)),
        Tool("hamilton", ("sf-hamilton", *DATA), environment={"HAMILTON_TELEMETRY_ENABLED": "false"}),
        Tool("redun", ("redun", *DATA)),
        Tool(
            "dvc", ("dvc", *DATA), ("sh", "-c", _DVC), ("dvc", "init", "-q", "--no-scm"),
            environment={"DVC_NO_ANALYTICS": "1"},
        ),
    )
}  # fmt: skip
TITLES = {
    "mliter": "mliter", "joblib": "joblib.Memory", "marimo": "marimo", "hamilton": "Hamilton", "redun": "redun",
    "dvc": "DVC",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What came of a run. units: digests of the costly calls it made."""

    stdout: bytes
    stderr: bytes
    status: int
    units: tuple[bytes, ...]
    seconds: float
    files: dict[str, bytes | None] = field(default_factory=dict)


class Unavailable(Exception):
    """A tool that cannot be installed here; one sentence that says why."""


class Environment:
    """The environment of a tool, in a folder; made when it is first asked for."""

    def __init__(self, tool: Tool, folder: Path) -> None:
        self.tool, self.folder = tool, folder / tool.name
        self.bin = self.folder / "bin"
        self.home = self.folder / "home"
        self.library = "1.0"
        installed = self.folder / "installed.txt"
        if not installed.exists():
            self._make(folder)
            done = self._pip("freeze")
            installed.write_text(done.stdout)
        self.versions = dict(
            line.split("==", 1) for line in installed.read_text().splitlines() if "==" in line
        )  # fmt: skip
        self.home.mkdir(exist_ok=True)
        self.install("1.0")

    def _make(self, folder: Path) -> None:
        print(f"{self.tool.name}: making its environment in {self.folder}", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        venv.create(self.folder, with_pip=True, clear=True)
        done = self._pip("install", "-q", *self.tool.packages)
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise Unavailable(f"pip could not install {self.tool.name}: {why}")

    def _pip(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.bin / "python"), "-m", "pip", "--disable-pip-version-check", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    @property
    def _tally(self) -> Path:
        return next((self.folder / "lib").glob("python3*")) / "site-packages" / "slowlearn" / "tally.bin"

    def install(self, version: str) -> None:
        """Install this version of slowlearn, as a user installs a package."""
        wheel = build_wheel(version, self.folder)
        done = self._pip("install", "-q", "--no-index", "--no-deps", "--force-reinstall", str(wheel))
        if done.returncode:
            raise Unavailable(f"pip could not install slowlearn {version}: {done.stderr.strip()[-200:]}")
        self._tally.write_bytes(bytes(PAGES * MARKS * 8))
        self.library = version

    def surroundings(self, more: dict[str, str], plain: bool) -> dict[str, str]:
        """Environment variables of a run: none of whoever started the benchmark that tools may look at."""
        kept = {k: v for k, v in os.environ.items() if k in ("LANG", "LC_ALL", "TMPDIR", "TZ")}
        fixed = {
            "PATH": f"{self.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "HOME": str(self.home),
            # bytecode files are told apart by second and size only, and edits here come faster
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
        }  # fmt: skip
        return kept | fixed | ({} if plain else self.tool.environment) | more

    def run(
        self, words: tuple[str, ...], folder: Path, more: dict[str, str], plain: bool = False, kill_at: int = 0
    ) -> Run:
        """One run in a folder; killed with all its processes once `kill_at` costly calls have begun, if that is set."""
        self._tally.write_bytes(bytes(PAGES * MARKS * 8))
        begin = time.perf_counter()
        program = self.bin / words[0]
        process = subprocess.Popen(
            [str(program) if program.exists() else words[0], *words[1:]], cwd=folder, stdin=subprocess.DEVNULL,
            env=self.surroundings(more, plain), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        if kill_at:
            while len(self.units()) < kill_at and process.poll() is None:
                time.sleep(0.002)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        try:
            out, err = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            err += b"\nran for too long\n"
        return Run(out, err, process.returncode, self.units(), time.perf_counter() - begin)

    def units(self) -> tuple[bytes, ...]:
        """The costly calls that took place since the last run began."""
        data = self._tally.read_bytes()
        found = []
        for page in range(0, len(data), MARKS * 8):
            for place in range(page, page + MARKS * 8, 8):
                if (mark := data[place:place + 8]) == bytes(8):
                    break
                found.append(mark)
        return tuple(found)


def build_wheel(version: str, folder: Path) -> Path:
    """A wheel of slowlearn; 1.1 smooths more than 1.0, so that what is fitted with it differs."""
    path = folder / f"slowlearn-{version}-py3-none-any.whl"
    info = f"slowlearn-{version}.dist-info"
    source = (LIBRARY / "__init__.py").read_text()
    if version != "1.0":
        source = source.replace('__version__ = "1.0"', f'__version__ = "{version}"').replace("= 0.25", "= 0.5")
    files = {
        "slowlearn/__init__.py": source, "slowlearn/_tally.py": (LIBRARY / "_tally.py").read_text(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: slowlearn\nVersion: {version}\nRequires-Dist: numpy\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: trust\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }  # fmt: skip
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path
