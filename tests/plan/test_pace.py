"""What writing takes here: learnt from what it took, and forgotten in time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.plan.pace import LEAST, MOST, Pace


def test_nothing_known_is_one() -> None:
    assert Pace().factor == 1.0


def test_what_it_took_is_learnt_in_proportion() -> None:
    pace = Pace()
    pace.learn(0.5, 2.0)
    assert 3.8 < pace.factor < 4.0
    pace.learn(0.001, 0.3)  # a small one that had to wait says little
    assert pace.factor < 4.5


def test_what_is_long_ago_no_longer_counts() -> None:
    pace = Pace()
    pace.learn(1.0, 10.0)
    for _ in range(20):
        pace.learn(0.5, 0.5)
    assert pace.factor < 1.1


def test_iterations_in_which_nothing_was_written_bring_it_back() -> None:
    """Else nothing would ever be kept again, where one write took very long."""
    pace = Pace()
    pace.learn(10.0, 1000.0)
    assert pace.factor == MOST
    for _ in range(15):
        pace.fade()
    assert pace.factor < 1.5


def test_it_is_kept_as_json_and_what_is_none_is_nothing() -> None:
    pace = Pace()
    pace.learn(0.5, 2.0)
    assert Pace.from_json(pace.to_json()) == pace
    for broken in (None, [], [1.0], ["a", 2.0], {"a": 1}, [1.0, -1.0], [1.0, math.nan]):
        assert Pace.from_json(broken) == Pace()


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6))))
def test_it_stays_within_its_bounds(writes: list[tuple[float, float]]) -> None:
    pace = Pace()
    for estimated, took in writes:
        pace.learn(estimated, took)
        assert LEAST <= pace.factor <= MOST


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_it_comes_to_what_is_true(factor: float) -> None:
    pace = Pace()
    for _ in range(50):
        pace.fade()
        pace.learn(1.0, factor)
    assert pace.factor == pytest.approx(factor, rel=0.05)
