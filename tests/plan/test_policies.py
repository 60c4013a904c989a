"""Policies: concrete verdicts, the limits all share, and the numbers in the reasons."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.errors import UsageError
from mliter_tui.plan.policies import POLICIES, TINY, Candidate, policy
from mliter_tui.reasons import Kept, NotStored, Uncacheable

MODEL = Candidate("f", 10_000_000, 10.0, 10.0, 0.1, 0.2, 50_000_000, 100_000_000)


@pytest.mark.parametrize(
    ("name", "change", "keep"),
    [
        ("auto", {}, True),
        ("auto", {"recovery_seconds": 0.71}, True),  # saves 0.61 > 2 x 0.3
        ("auto", {"recovery_seconds": 0.69}, False),
        ("auto", {"recovery_seconds": 0.69, "reproducible": False}, True),  # 0.59 > 0.3
        ("auto", {"write_seconds": 6.0}, False),  # the user would wait longer than a reuse saves
        ("auto", {"free_bytes": 0}, True),  # the store makes room
        ("auto", {"nbytes": TINY, "recovery_seconds": 0.31, "write_seconds": 9.0}, True),
        ("auto", {"nbytes": TINY, "recovery_seconds": 0.29}, False),
        ("auto", {"nbytes": TINY + 1, "recovery_seconds": 0.31}, False),
        ("auto", {"nbytes": TINY, "recovery_seconds": 0.009, "load_seconds": 0.0001}, False),  # not worth a row
        ("auto", {"nbytes": TINY, "recovery_seconds": 0.011, "load_seconds": 0.0001}, True),
        ("auto", {"recovery_seconds": 0.0}, False),  # however long the whole way to it
        ("helix", {"recovery_seconds": 0.0, "cumulative_seconds": 0.21}, True),
        ("helix", {"cumulative_seconds": 0.2}, False),  # C > 2 l, strictly
        ("helix", {"free_bytes": 9_999_999}, False),  # it never evicts
        ("always", {"cumulative_seconds": 0.0, "free_bytes": 0}, True),
        ("never", {}, False),
    ],
)
def test_verdicts(name: str, change: dict[str, float], keep: bool) -> None:
    decision = policy(name).keep(replace(MODEL, **change))  # type: ignore[arg-type]
    assert decision.keep is keep
    assert isinstance(decision.reason, Kept if keep else NotStored)


@pytest.mark.parametrize("name", ["auto", "helix", "always", "never"])
def test_limits_hold_for_every_policy(name: str) -> None:
    assert not policy(name).keep(replace(MODEL, nbytes=100_000_001)).keep
    for seconds in (math.inf, math.nan):
        decision = policy(name).keep(replace(MODEL, load_seconds=seconds))
        assert not decision.keep and isinstance(decision.reason, Uncacheable)


def test_unknown_seconds_are_no_reason_to_keep() -> None:
    for field in ("recovery_seconds", "write_seconds"):
        assert not policy("auto").keep(replace(MODEL, **{field: math.nan})).keep  # type: ignore[arg-type]


def test_reason_carries_the_numbers() -> None:
    reason = policy("auto").keep(MODEL).reason
    assert reason == Kept("auto", "saves 9.9s > 2 x (load + write) 0.6s", 10_000_000, 10.0, 0.1, 0.2)
    assert reason.short() == "kept: saves 9.9s > 2 x (load + write) 0.6s"
    assert "recompute 10.0s" in reason.explain() and "size 10 MB" in reason.explain()


def test_unknown_policy_lists_the_names() -> None:
    with pytest.raises(UsageError, match="auto, helix, always, never") as caught:
        policy("greedy")
    assert caught.value.exit_status == 2
    assert list(POLICIES) == [POLICIES[name].name for name in POLICIES]


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.integers(0, 10**12))
def test_auto_is_monotonous_in_what_it_saves(cumulative: float, load: float, write: float, nbytes: int) -> None:
    """What is kept is kept all the more when it would take longer to compute."""
    one = Candidate("f", nbytes, 0.0, cumulative, load, write, 0, 10**12)
    if policy("auto").keep(one).keep:
        assert cumulative > load
        assert policy("auto").keep(replace(one, cumulative_seconds=cumulative * 2)).keep
