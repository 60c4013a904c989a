"""A project folder whose script is run by `mliter run` and by plain python, and the two compared."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_NOT_THE_SCRIPTS = ("__pycache__", ".mliter")


@dataclass(frozen=True)
class Outcome:
    """What a run did: labels of nodes by action, and the script's own output."""

    events: list[dict[str, Any]]
    stdout: bytes
    stderr: bytes
    status: int

    def labels(self, action: str) -> list[str]:
        done = [e for e in self.events if e["type"] == "node_finished"]
        return [e["label"] for e in done if e["action"] == action]

    @property
    def computed(self) -> list[str]:
        return self.labels("compute")

    @property
    def pruned(self) -> list[str]:
        """Those that did not run, whether or not their values were loaded."""
        done = [e for e in self.events if e["type"] == "node_finished"]
        return [e["label"] for e in done if e["action"] != "compute"]

    @property
    def last(self) -> dict[str, Any]:
        return next(e for e in reversed(self.events) if e["type"] == "iteration_finished")

    @property
    def notes(self) -> list[str]:
        return [e["text"] for e in self.events if e["type"] == "note"]

    def reason(self, label: str) -> str:
        """The code of why a node was done what was done with it."""
        found = [e for e in self.events if e["type"] == "node_finished" and e["label"] == label]
        return str(found[-1]["reason"]["code"])


class Project:
    """A folder with a script; each run is repeated by plain python in a fresh copy of the folder as it was before."""

    def __init__(self, tmp: Path) -> None:
        self.tmp = tmp
        self.folder = tmp / "cached" / "project"
        self.folder.mkdir(parents=True)
        self.cache = tmp / "cache"
        self.runs = 0
        self.python_stdout = b""
        self.python = sys.executable

    def write(self, name: str, text: str | bytes) -> Path:
        """A file of the project; a text is dedented and its newlines are left as they are."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return path

    def script(self, text: str | bytes) -> Path:
        return self.write("train.py", text)

    def environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MLITER", "PYTHONHASHSEED", "PYTHONUNBUF"))}
        # python tells compiled code apart by second and size only, so it would be no measure (see test_edits_compiled)
        return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | (more or {})

    def command(self, args: tuple[str, ...] = (), options: tuple[str, ...] = ()) -> list[str]:
        self.runs += 1
        words = ["--quiet", "--cache", str(self.cache), "--events", str(self.tmp / f"events{self.runs}.jsonl")]
        rest = ["--", *args] if args else []
        return [self.python, "-m", "mliter_tui", "run", *words, *options, "train.py", *rest]

    def events(self) -> list[dict[str, Any]]:
        file = self.tmp / f"events{self.runs}.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def copy(self, to: str) -> Path:
        target = self.tmp / to / self.folder.name
        if target.parent.exists():
            shutil.rmtree(target.parent)
        shutil.copytree(self.folder, target, symlinks=True)
        return target

    def plain(self, args: tuple[str, ...] = ()) -> tuple[Path, list[str]]:
        return self.copy("plain"), [self.python, "train.py", *args]

    def run(
        self, *args: str, stderr: bool = False, merged: bool = False, env: dict[str, str] | None = None,
        options: tuple[str, ...] = (), files: bool = True,
    ) -> Outcome:  # fmt: skip
        """Run and compare: stdout, exit status, files; stderr too where asked. `merged`: both into one pipe."""
        folder, words = self.plain(args)
        settings: dict[str, Any] = {
            "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "timeout": 100,
            "stderr": subprocess.STDOUT if merged else subprocess.PIPE,
        }  # fmt: skip
        cold = self.environment(env) | {"PYTHONHASHSEED": "0"}
        expected = subprocess.run(words, cwd=folder, env=cold, **settings)
        done = subprocess.run(self.command(args, options), cwd=self.folder, env=self.environment(env), **settings)
        outcome = Outcome(self.events(), done.stdout, done.stderr or b"", done.returncode)
        self.python_stdout = expected.stdout
        assert _paths(done.stdout) == _paths(expected.stdout), done.stderr
        assert done.returncode == expected.returncode, (done.stderr, expected.stderr)
        if stderr:
            assert _paths(done.stderr) == _paths(expected.stderr)
        elif not merged and not expected.stderr:
            assert done.stderr == b""
        if files:
            assert contents(self.folder) == contents(folder)
        return outcome

    def with_values(self, program: str, *values: str, **settings: Any) -> None:
        """Run a program with each of these in place of EDIT, at last with "1" and another number in all its work."""
        for value in values:
            self.script(program.replace("EDIT", value))
            self.run(**settings)
        self.script(program.replace("EDIT", "1").replace("% 9", "% 8"))
        self.run(**settings)

    def unchanged(self, **settings: Any) -> Outcome:
        """A run in which nothing may be computed."""
        outcome = self.run(**settings)
        assert outcome.computed == []
        return outcome


def _paths(output: bytes) -> bytes:
    """Output without what differs between any two runs: where the folder is, and addresses."""
    output = re.sub(rb"[^\s\"']*/(cached|plain)/(project|renamed)", b"<folder>", output)
    return re.sub(rb"0x[0-9a-f]{6,}", b"<address>", output)


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder; an empty folder is one too."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not any(part in _NOT_THE_SCRIPTS for part in path.relative_to(folder).parts):
            found[name] = b"<folder>" if path.is_dir() else path.read_bytes()
    return found


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    yield Project(tmp_path)
