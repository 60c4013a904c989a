"""The policies on a pool of drawn pipelines, as the benchmark draws and compares them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import policies
from pool import pool


def test_a_pool_is_the_same_for_the_same_seed() -> None:
    assert pool(5, 1) == pool(5, 1)
    assert pool(5, 1) != pool(5, 2)


def test_preprocessing_is_in_common() -> None:
    past = pool(60, 0)
    known = [sum(step.known for step in each.steps) / len(each.steps) for each in past]
    assert sum(known[30:]) / 30 > 0.5
    assert not any(step.known for step in past[0].steps)


@pytest.mark.parametrize("part", [0.25, 1.0])
def test_auto_is_as_good_as_any_other(part: float) -> None:
    history = policies.drawn(60, 3)
    budget = round(part * history.nbytes)
    seconds = {
        name: policies.scenario(history.past, name, budget, history.known).seconds for name in policies.NAMES
    }  # fmt: skip
    assert seconds["auto"] <= min(seconds.values()) * (1 + policies.CLOSE)
    assert seconds["helix"] > seconds["auto"]
    assert seconds["never"] == max(seconds.values())
