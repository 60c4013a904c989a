"""The timing of bursts, on a clock of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.watching.bursts import PATIENCE, Bursts

QUIET = 0.03


def run(events: list[tuple[float, str]], until: float, quiet: float = QUIET) -> list[tuple[float, set[str]]]:
    """What is taken when, with a look every millisecond."""
    bursts, taken, left = Bursts(quiet), [], sorted(events)
    for tick in range(round(until * 1000)):
        now = tick / 1000
        while left and left[0][0] <= now:
            bursts.note(left[0][1], left.pop(0)[0])
        due = bursts.take(now)
        if due:
            taken.append((now, set(due)))
    return taken


def test_one_event_is_taken_after_the_quiet_time() -> None:
    assert run([(0.1, "a")], 1) == [(0.13, {"a"})]


def test_a_burst_is_taken_as_one() -> None:
    events = [(0.1 + i * 0.02, f"{i}") for i in range(10)]
    assert run(events, 1) == [(pytest.approx(0.31, abs=0.002), {f"{i}" for i in range(10)})]


def test_a_burst_without_end_is_taken_after_half_a_second() -> None:
    events = [(0.1 + i * 0.01, f"{i}") for i in range(200)]
    times = [when for when, _ in run(events, 3)]
    assert times[:2] == pytest.approx([0.6, 1.1], abs=0.012)


def test_a_log_written_without_pause_does_not_hold_up_a_save() -> None:
    events = [(i / 1000, "log") for i in range(3000)] + [(2.2, "train.py")]
    taken = run(events, 3)
    assert [when for when, paths in taken if "train.py" in paths] == [pytest.approx(2.23, abs=0.002)]
    log = [when for when, paths in taken if "log" in paths]
    assert len(log) == 5, log  # every half second


def test_a_file_still_open_is_given_more_time() -> None:
    bursts = Bursts(QUIET)
    bursts.note("a", 1.0, open=True)
    assert bursts.due() == 1.15
    bursts.note("a", 1.01)
    assert bursts.due() == 1.04


def test_what_is_put_back_keeps_its_first_time() -> None:
    bursts = Bursts(QUIET)
    bursts.note("a", 1.0)
    taken = bursts.take(1.1)
    bursts.note("a", 1.49)
    bursts.put_back(taken)
    assert bursts.due() == 1.0 + PATIENCE


@given(st.lists(st.tuples(st.integers(0, 3000), st.sampled_from("abc")), max_size=60))
def test_nothing_is_lost_and_nothing_waits_longer_than_promised(events: list[tuple[int, str]]) -> None:
    times = [(at / 1000, path) for at, path in events]
    taken = run(times, 4.5)
    for at, path in times:
        later = [when for when, paths in taken if path in paths and when >= at]
        assert later and later[0] <= at + PATIENCE + 0.002
