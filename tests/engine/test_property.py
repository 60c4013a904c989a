"""Random programs, edited at random: after every edit the incremental run is what a clean run of Python is.

A clean run starts in a folder of its own with the files that the incremental run starts with, those that earlier
runs have left included. Compared are standard output, exit status and every file left behind.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from programs import Edit, Program, edits, programs

SCRIPT = "train.py"
IGNORED = shutil.ignore_patterns(".mliter", "__pycache__")
ENVIRONMENT = os.environ | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


def _left(folder: Path) -> dict[str, str]:
    """Contents of the files in a folder, without caches."""
    names = sorted(p for p in folder.iterdir() if p.is_file())
    return {p.name: p.read_text(encoding="utf-8") for p in names}


def _run(folder: Path, *words: str, limit: str = "0") -> tuple[str, int, dict[str, str], str]:
    done = subprocess.run(
        [sys.executable, *words, SCRIPT], cwd=folder, env=ENVIRONMENT | {"MLITER_PASSES_FROM": limit},
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout, done.returncode, _left(folder), done.stderr


def _save(folder: Path, program: Program) -> None:
    """Write what has changed, as an editor would: other files keep their times."""
    for name, text in program.files().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def check(first: Program, changes: list[Edit], policy: str, folder: Path, limit: str = "0") -> None:
    """Run the program, then each edit of it; every run against a clean one.

    limit: seconds from which a pass of a loop is taken apart.
    """
    work, program = folder / "work", first
    work.mkdir()
    for number, change in enumerate([None, *changes]):
        if change is not None:
            program = change.program(program, first)
            if change.removed is not None:
                (work / change.removed).unlink(missing_ok=True)
        _save(work, program)
        clean = folder / f"clean{number}"
        shutil.copytree(work, clean, ignore=IGNORED)
        expected = _run(clean)
        got = _run(work, "-m", "mliter_tui", "run", "--quiet", "--policy", policy, limit=limit)
        if got[:3] != expected[:3]:
            note(f"run {number} after {change}; python's stderr: {expected[3]}\nours: {got[3]}")
        assert got[:3] == expected[:3]


def _check(first: Program, changes: list[Edit], policy: str, limit: str) -> None:
    note("\n".join(f"--- {name}\n{text}" for name, text in first.files().items() if name == SCRIPT))
    with tempfile.TemporaryDirectory() as folder:
        check(first, changes, policy, Path(folder), limit)


COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
ANY = (programs(), st.lists(edits(), min_size=2, max_size=3), st.sampled_from(("always", "auto")),
       st.sampled_from(("0", "0", "99")))


@settings(max_examples=8, derandomize=True, phases=(Phase.generate,), **COMMON)  # type: ignore[arg-type]
@given(*ANY)
def test_an_edited_program_runs_as_python_runs_it(
    first: Program, changes: list[Edit], policy: str, limit: str
) -> None:  # fmt: skip
    _check(first, changes, policy, limit)


@pytest.mark.slow
@settings(max_examples=400, derandomize=False, **COMMON)  # type: ignore[arg-type]
@given(*ANY)
def test_many_edited_programs_run_as_python_runs_them(
    first: Program, changes: list[Edit], policy: str, limit: str
) -> None:  # fmt: skip
    _check(first, changes, policy, limit)
