"""Counters of fixed scripts and edits stay what was recorded, and the guard says when there is more of something."""

from __future__ import annotations

import copy
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

RECORDED = Path(__file__).with_name("counters.json")


@pytest.fixture(scope="module")
def guard(root: Path) -> ModuleType:
    """benchmarks/guard.py as a module."""
    spec = importlib.util.spec_from_file_location("guard", root / "benchmarks" / "guard.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_worse_than_was_recorded(root: Path) -> None:
    """After a change that means to do more, or does less: `python benchmarks/guard.py --record` that file."""
    words = [sys.executable, str(root / "benchmarks" / "guard.py"), "--check", str(RECORDED)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing is worse." in done.stdout


@pytest.mark.parametrize(
    ("counter", "more", "worse"),
    [
        ("computed", 1, True), ("computed", -1, False), ("kept", 1, True), ("events", 1, False), ("events", 40, True),
        ("hashed", 3_000_000, True), ("hashed", 500, False), ("written", 2_000_000, True), ("loaded", 5, False),
    ],
)  # fmt: skip
def test_more_than_the_tolerance_is_worse(guard: ModuleType, counter: str, more: int, worse: bool) -> None:
    before = json.loads(RECORDED.read_text())["counters"]
    after = copy.deepcopy(before)
    after["statements: middle"][counter] += more
    told = guard.worse(before, after)
    assert [line.partition(" ->")[0].split(":")[0] for line in told] == (["statements"] if worse else [])
    assert all(counter in line for line in told)


def test_a_run_that_is_left_out_is_told(guard: ModuleType) -> None:
    before = json.loads(RECORDED.read_text())["counters"]
    after = {name: counters for name, counters in before.items() if name != "loops: unchanged"}
    assert guard.worse(before, after) == ["loops: unchanged: not measured any more"]


def test_nothing_is_computed_in_a_run_of_what_is_unchanged() -> None:
    """What is recorded is itself as it should be."""
    counters = json.loads(RECORDED.read_text())["counters"]
    for name, counted in counters.items():
        if name.endswith((": unchanged", ": a comment", ": back again")):
            assert (counted["computed"], counted["kept"], counted["written"]) == (0, 0, 0), name
