"""The simulator on histories made by hand: what is kept, what leaves, what it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mliter_tui.engine.retracing import Recorded, Step, node_of, nothing_of, trace_of
from mliter_tui.engine.simulation import Measured, Simulated, Simulation, all_bytes, least_seconds, scenario
from mliter_tui.options import POLICIES, STUDIED
from mliter_tui.store import Store, digest
from mliter_tui.store.paper import Paper

NAMES = (*POLICIES, *STUDIED)
FREE = Measured(load_factor=0.0, write_factor=0.0)
Line = tuple[str, tuple[str, ...], float, int]
"""A statement: what it makes, of what, seconds, bytes. A version of a name is written "x@2"."""


def history(*iterations: list[Line]) -> list[Recorded]:
    """Iterations of such statements; those that no iteration before had must be computed."""
    found, seen = [], set[str]()
    for number, lines in enumerate(iterations, 1):
        steps = []
        for at, (made, reads, seconds, nbytes) in enumerate(lines):
            name = made.partition("@")[0]
            record = nothing_of(made, size=nbytes, storable=nbytes > 0, exact=True)
            trace = trace_of(name, {r.partition("@")[0]: r for r in reads}, {name: record}, seconds)
            steps.append(Step(node_of(at, "statement", name, made), trace, made in seen))
            seen.add(made)
        found.append(Recorded(number, float(number), tuple(steps), 0.0, 0.0))
    return found


def play(past: list[Recorded], policy: str, budget: int, measured: Measured = FREE) -> list[Simulated]:
    simulation = Simulation(policy, budget, measured)
    return [simulation.play(each) for each in past]


BASE: list[Line] = [("a@1", (), 5.0, 100), ("b@1", ("a@1",), 3.0, 100), ("out@1", ("b@1",), 1.0, 0)]
EDITED: list[Line] = [*BASE[:2], ("out@2", ("b@1",), 1.0, 0)]


def test_what_is_kept_is_loaded_and_what_it_came_from_left_out() -> None:
    first, second = play(history(BASE, EDITED), "auto", 1000)
    assert first.actions == {0: "compute", 1: "compute", 2: "compute"}
    assert (first.seconds, first.nbytes, first.hits) == (9.0, 200, 0)
    assert second.actions == {0: "prune", 1: "load", 2: "compute"}
    assert (second.seconds, second.hits) == (1.0, 1)


def test_nothing_kept_is_computed_again() -> None:
    _, second = play(history(BASE, EDITED), "never", 1000)
    assert set(second.actions.values()) == {"compute"}
    assert (second.seconds, second.nbytes) == (9.0, 0)


def test_writing_and_loading_are_paid_for() -> None:
    past = history(BASE, EDITED)
    first, second = play(past, "always", 1000, Measured({"b@1": 0.5}, {"a@1": 0.25, "b@1": 0.75}))
    assert (first.write_seconds, first.seconds) == (1.0, 10.0)
    assert (second.load_seconds, second.seconds) == (0.5, 1.5)


def test_helix_takes_what_comes_first_and_auto_what_saves_more() -> None:
    late: list[Line] = [("a@1", (), 1.0, 100), ("b@1", (), 50.0, 100), ("out@1", ("a@1", "b@1"), 1.0, 0)]
    past = history(late, [*late[:2], ("out@2", ("a@1", "b@1"), 1.0, 0)])
    assert [row.seconds for row in play(past, "helix", 100)] == [52.0, 51.0]
    assert [row.seconds for row in play(past, "auto", 100)] == [52.0, 2.0]
    assert [row.evictions for row in play(past, "auto", 100)] == [1, 0]


def test_what_the_plan_is_going_to_load_makes_room_for_nothing() -> None:
    first: list[Line] = [("a@1", (), 5.0, 100), ("out@1", ("a@1",), 1.0, 0)]
    # the plan loads `a` for the last statement; before it something comes that saves more
    second: list[Line] = [first[0], ("n@1", (), 60.0, 100), ("out@2", ("a@1", "n@1"), 1.0, 0)]
    for name in ("auto", "always", "seconds-per-byte"):
        row = play(history(first, second), name, 100)[1]
        assert (row.restarts, row.seconds, row.evictions) == (0, 61.0, 0)


def test_what_was_loaded_makes_room_again() -> None:
    first: list[Line] = [("a@1", (), 5.0, 100), ("out@1", ("a@1",), 1.0, 0)]
    second: list[Line] = [first[0], ("out@2", ("a@1",), 1.0, 0), ("n@1", (), 60.0, 100)]
    third: list[Line] = [*second, ("out@3", ("n@1",), 1.0, 0)]
    rows = play(history(first, second, third), "auto", 100)
    assert [row.evictions for row in rows] == [0, 1, 0]
    assert rows[2].actions[2] == "load"


def test_calls_in_a_statement_are_answered_if_they_are_kept() -> None:
    past = history([("fit@1", (), 10.0, 0)], [("fit@2", (), 11.0, 0)])
    # a search of two candidates, the second of which has a step that is known by itself; then one more candidate
    calls = [["call:one", 4.0, 10, 0, 0], ["call:step", 2.0, 10, 0, 0], ["call:two", 5.0, 10, 0, 1]]
    past[0].steps[0].trace["calls"] = calls
    past[1].steps[0].trace["calls"] = [*calls[:1], calls[1], ["call:three", 6.0, 10, 0, 1]]
    assert [row.seconds for row in play(past, "never", 1000)] == [10.0, 11.0]
    first, second = play(past, "always", 1000)
    assert (first.seconds, first.nbytes) == (10.0, 30)
    assert (second.seconds, second.hits, second.nbytes) == (5.0, 2, 40)
    assert least_seconds(past) == 15.0


lines = st.lists(
    st.tuples(st.integers(0, 3), st.sets(st.integers(0, 9), max_size=3), st.floats(0.001, 9), st.integers(0, 50)),
    min_size=1, max_size=8,
)  # fmt: skip


def drawn(iterations: list[list[tuple[int, set[int], float, int]]]) -> list[Recorded]:
    """Statements of each place in four versions, that read some of those before them."""
    costs: dict[str, tuple[float, int]] = {}
    found = []
    for each in iterations:
        made: list[str] = []
        rows: list[Line] = []
        for at, (version, reads, seconds, nbytes) in enumerate(each):
            of = tuple(sorted({made[r] for r in reads if r < at}))
            name = f"v{at}@{version}({','.join(of)})"
            made.append(name)
            rows.append((name, of, *costs.setdefault(name, (seconds, nbytes))))
        found.append(rows)
    return history(*found)


@settings(max_examples=60, deadline=None)
@given(st.lists(lines, min_size=1, max_size=5), st.integers(1, 150), st.sampled_from(NAMES))
def test_whatever_the_policy(iterations: list[list[tuple[int, set[int], float, int]]], budget: int, name: str) -> None:
    past = drawn(iterations)
    told = scenario(past, name, budget, FREE)
    assert told.most <= budget
    assert told.restarts == 0
    assert told.seconds >= least_seconds(past) - 1e-6
    assert told.seconds <= scenario(past, "never", budget, FREE).seconds + 1e-6, "loading is free here"
    for each, row in zip(past, told.rows):
        assert all(row.actions[s.node.id] == "compute" for s in each.steps if not s.known)
    assert all_bytes(past) >= told.most


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 40), st.integers(0, 3)), max_size=12))
def test_a_store_on_paper_keeps_what_the_store_keeps(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[int, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("store")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    paper = Paper(100)
    paper.now = 1e9
    with Store.open(folder / ".mliter", 100) as store:
        for number, (size, seconds, load) in enumerate(rows):
            manifest = write(store.folder, f"{number:02}".encode() * size)
            times = {"load_seconds": float(load), "compute_seconds": float(seconds), "label": "x"}
            wanted = {f"fp{number - 1}"}
            kept = store.add_artifact(f"fp{number}", manifest, **times, keep=wanted)  # type: ignore[arg-type]
            assert kept == paper.add_artifact(f"fp{number}", {"nbytes": 2 * size}, **times, keep=wanted)  # type: ignore[arg-type]
            assert store.load_seconds() == paper.load_seconds()
            assert store.used_bytes() == paper.used_bytes()


def write(folder: Path, data: bytes) -> dict[str, object]:
    name = digest(data)
    path = folder / "objects" / name[:2] / name[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return {"pickle": name, "buffers": [], "digest": "00"}


def test_loads_are_learnt_as_the_store_learns_them() -> None:
    paper = Paper(100)
    paper.add_artifact("a", {"nbytes": 1}, load_seconds=8.0, compute_seconds=9.0, label="a")
    learnt: list[float] = []
    for seconds in (2.0, 4.0):
        paper.measured_load("a", seconds)
        learnt.append(paper.load_seconds()["a"])
    assert learnt == [2.0, 3.0]


def test_where_writing_is_slow_less_is_kept() -> None:
    """Each of these would pay if writing took what is estimated, and none does as it is."""
    many = [[(f"big{n}@1", (), 0.5, 50_000_000), (f"out{n}@1", (f"big{n}@1",), 0.0, 0)] for n in range(20)]
    slow = Simulation("auto", 10**12, Measured(write_factor=8.0))
    kept = [slow.play(past).write_seconds > 0 for past in history(*many)]
    assert kept[0] and not all(kept)
    assert sum(kept) <= 12, "now and then one is tried again"
    fast = Simulation("auto", 10**12, Measured())
    assert all(fast.play(past).write_seconds > 0 for past in history(*many))


def test_calls_learn_it_as_well() -> None:
    """So large a result pays only where it is written as fast as is estimated."""
    past = history(*([(f"fit{n}@1", (), 0.5, 0)] for n in range(8)))
    for number, each in enumerate(past):
        each.steps[0].trace["calls"] = [[f"call:{number}", 0.5, 50_000_000, 0, 0]]
    slow, fast = Simulation("auto", 10**12, Measured(write_factor=8.0)), Simulation("auto", 10**12)
    assert not all(slow.play(each).write_seconds > 0 for each in past)
    assert all(fast.play(each).write_seconds > 0 for each in past)
