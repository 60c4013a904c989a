"""The plan is the optimum: equal to brute force over all subsets, with either solver, reduced or not."""

import importlib.util
import math
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mliter_tui.plan import mincut
from mliter_tui.plan.flow import Backend, source_side
from mliter_tui.plan.mincut import Plan, PlanNode, plan
from mliter_tui.plan.reduce import Fate, reduce

ROOT = Path(__file__).resolve().parents[2]


def _benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("planner_benchmark", ROOT / "benchmarks" / "planner.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


planner = _benchmark()
WAYS: list[tuple[Backend, bool]] = [("auto", True), ("dinic", False), ("scipy", False), ("scipy", True)]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[PlanNode], dict[str, float], tuple[str, ...]]:
    """Up to seven nodes over few values, so that values are shared, mutated, made twice, given and stored at once."""
    values = [f"v{number}" for number in range(draw(st.integers(1, 8)))]
    some = st.lists(st.sampled_from(values), max_size=3).map(tuple)
    costs = st.sampled_from([0, 1, 1, 2, 3, 5, 8, 13]).map(lambda ms: ms / 1e3)
    sizes = draw(st.integers(0, 7))
    rarely = st.integers(0, 5).map(lambda n: n == 0)
    nodes = [PlanNode(10 * at, draw(costs), draw(some), draw(some), draw(rarely)) for at in range(sizes)]
    loads = draw(st.dictionaries(st.sampled_from(values), costs | st.just(math.inf)))
    return nodes, loads, draw(some)


@settings(max_examples=250, deadline=None)
@given(cases())
def test_equals_brute_force(case: tuple[list[PlanNode], dict[str, float], tuple[str, ...]]) -> None:
    nodes, loads, required = case
    stored = {value: seconds for value, seconds in loads.items() if seconds != math.inf}
    cost, chosen = planner.brute_force(nodes, stored, required)
    for backend, reduced in WAYS:
        made = plan(nodes, loads, required, backend=backend, reduced=reduced)
        assert round(made.seconds * 1e9) == cost
        assert made.computed == {nodes[at].id for at in chosen}  # fewest on ties, so there is one answer
        assert made.computed | made.pruned == {node.id for node in nodes} and not made.computed & made.pruned
        _check_feasible(nodes, stored, required, made)


def _check_feasible(nodes: list[PlanNode], stored: dict[str, float], required: tuple[str, ...], made: Plan) -> None:
    needs, wanted = planner.resolve(nodes, required)
    for at, node in enumerate(nodes):
        assert node.id in made.computed or not node.must_run
        wanted = wanted | (needs[at] if node.id in made.computed else set())
    missing = {(value, at) for value, at in wanted if at < 0 or nodes[at].id not in made.computed}
    lacking = {value for value, at in missing if at >= 0 or value in stored}  # the rest is given
    assert made.loaded == lacking and lacking <= stored.keys()


def test_nothing_wanted_prunes_everything() -> None:
    nodes = [PlanNode(1, 5.0, (), ("x",)), PlanNode(2, 1.0, ("x",), ("y",))]
    assert plan(nodes, {}) == Plan(frozenset(), frozenset(), frozenset({1, 2}), 0.0)


def test_must_run_loads_its_input() -> None:
    nodes = [PlanNode(1, 5.0, (), ("x",)), PlanNode(2, 1.0, ("x",), ("y",), must_run=True)]
    assert plan(nodes, {"x": 0.5}) == Plan(frozenset({2}), frozenset({"x"}), frozenset({1}), 1.5)


def test_what_is_not_stored_is_computed() -> None:
    nodes = [PlanNode(1, 5.0, (), ("x",)), PlanNode(2, 1.0, ("x",), ("y",))]
    for loads in ({}, {"x": math.inf}, {"x": 9.0}):
        assert plan(nodes, loads, ["y"]).computed == {1, 2}
    assert plan(nodes, {"x": 9.0, "y": math.inf}, ["y"]).seconds == 6.0


def test_mutator_chain_supplies_the_new_version() -> None:
    """Skipping a mutator is to load its output version; running it needs the version before."""
    nodes = [
        PlanNode(1, 5.0, (), ("df@1",)),
        PlanNode(2, 2.0, ("df@1",), ("df@2",)),
        PlanNode(3, 1.0, ("df@2",), ("out",), must_run=True),
    ]
    assert plan(nodes, {"df@1": 0.1, "df@2": 0.2}) == Plan(frozenset({3}), frozenset({"df@2"}), frozenset({1, 2}), 1.2)
    assert plan(nodes, {"df@1": 0.1}) == Plan(frozenset({2, 3}), frozenset({"df@1"}), frozenset({1}), 3.1)


def test_shared_ancestor_counts_once() -> None:
    """Loading both costs 12, computing both and their ancestor 11; one alone is better loaded, for 6 not 10.5."""
    nodes = [
        PlanNode(0, 10.0, (), ("base",)),
        PlanNode(1, 0.5, ("base",), ("a",)),
        PlanNode(2, 0.5, ("base",), ("b",)),
    ]
    made = plan(nodes, {"a": 6.0, "b": 6.0}, ["a", "b"])
    assert made == Plan(frozenset({0, 1, 2}), frozenset(), frozenset(), 11.0)


def test_ties_load() -> None:
    nodes = [PlanNode(1, 1.0, (), ("x",)), PlanNode(2, 0.0, (), ("y",))]
    assert plan(nodes, {"x": 1.0, "y": 0.0}, ["x", "y"]).loaded == {"x", "y"}


def test_several_outputs_of_one_node_are_worth_computing_together() -> None:
    node = PlanNode(1, 3.0, (), ("train", "test"))
    assert plan([node], {"train": 2.0, "test": 2.0}, ["train", "test"]).computed == {1}
    assert plan([node], {"train": 2.0, "test": 2.0}, ["train"]).loaded == {"train"}


def test_same_content_made_twice_is_supplied_by_the_latest_before_the_reader() -> None:
    nodes = [PlanNode(1, 1.0, (), ("x",)), PlanNode(2, 1.0, ("x",), ("z",)), PlanNode(3, 9.0, (), ("x",))]
    assert plan(nodes, {}, ["z"]).computed == {1, 2}
    assert plan(nodes, {}, ["x"]).computed == {3}


def test_given_values_are_free_and_stored_ones_without_maker_are_loaded() -> None:
    nodes = [PlanNode(1, 1.0, ("argv", "old"), ("x",))]
    assert plan(nodes, {"old": 0.25}, ["x", "argv"]) == Plan(frozenset({1}), frozenset({"old"}), frozenset(), 1.25)
    assert plan([], {"old": 0.25}, ["old"]).loaded == {"old"}


@pytest.mark.parametrize("seconds", [-1.0, math.nan, math.inf])
def test_impossible_costs_are_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="cost"):
        plan([PlanNode(1, seconds, (), ("x",))], {}, ["x"])


def test_two_nodes_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        plan([PlanNode(1, 1.0, (), ()), PlanNode(1, 1.0, (), ())], {})


@pytest.mark.parametrize("kind", planner.KINDS)
def test_solvers_agree_on_large_dags(kind: str) -> None:
    """Reduced or not, by either solver, the same optimum; days beside nanoseconds force the 32-bit solver to scale."""
    nodes, loads, required = planner.script_like(900, kind, random.Random(7))
    slow = [PlanNode(n.id, n.seconds * (1e5 if n.id % 50 == 0 else 1), n.needs, n.makes, n.must_run) for n in nodes]
    for case in (nodes, slow):
        best = plan(case, loads, required)
        for backend, reduced in WAYS[1:]:
            assert plan(case, loads, required, backend=backend, reduced=reduced) == best


def test_costs_beyond_64_bits_are_planned() -> None:
    nodes = [PlanNode(1, 1e12, (), ("x",)), PlanNode(2, 1.0, ("x",), ("y",))]
    made = plan(nodes, {"x": 1e12, "y": 1e12 + 2}, ["y"], backend="scipy", reduced=False)
    assert made.loaded == {"x"} and made.computed == {2}


def test_long_chains_do_not_recurse() -> None:
    size = sys.getrecursionlimit() + 200
    nodes = [PlanNode(at, 1e-3, (f"v{at - 1}",), (f"v{at}",)) for at in range(size)]
    loads = {f"v{at}": 5.0 for at in range(0, size, 100)}
    assert plan(nodes, {}, [f"v{size - 1}"]).computed == set(range(size))
    ways = [plan(nodes, loads, [f"v{size - 1}"], backend=b, reduced=r) for b, r in WAYS[:2]]
    assert ways[0] == ways[1] and len(ways[0].computed) == size


@st.composite
def networks(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, int | None]]]:
    size = draw(st.integers(2, 6))
    ends = st.integers(0, size - 1)
    caps = st.integers(0, 6) | st.sampled_from([2**31 + 1, 10**14, None])
    edges = draw(st.lists(st.tuples(ends, ends, caps), max_size=14))
    return size, [(u, v, cap) for u, v, cap in edges if u != v]


@settings(max_examples=200, deadline=None)
@given(networks())
def test_source_side_is_the_smallest_minimum_cut(network: tuple[int, list[tuple[int, int, int | None]]]) -> None:
    """Against every subset of the vertices; parallel and opposite edges, and capacities beyond 32 bits, included."""
    size, edges = network
    cuts = []
    for bits in range(2 ** (size - 2)):
        side = {0} | {vertex for vertex in range(2, size) if bits >> (vertex - 2) & 1}
        cost = sum(math.inf if cap is None else cap for u, v, cap in edges if u in side and v not in side)
        cuts.append((cost, len(side), side))
    cost, _, smallest = min(cuts, key=lambda cut: cut[:2])
    for backend in ("dinic", "scipy"):
        if cost == math.inf:
            with pytest.raises(ValueError, match="infinite"):
                source_side(size, edges, 0, 1, backend)
        else:
            assert source_side(size, edges, 0, 1, backend) == smallest


def test_reduction_leaves_little_of_a_script() -> None:
    """What it is for: planning an ordinary edit without the min cut, hence without importing scipy."""
    nodes, loads, required = planner.script_like(1_000, "edited", random.Random(3))
    problem = mincut._problem(nodes, loads, required)
    reduce(problem)
    assert sum(fate is Fate.OPEN for fate in problem.fate) < 50


def test_planning_a_script_imports_nothing_heavy() -> None:
    code = (
        "import random, sys; sys.path.insert(0, 'benchmarks'); import planner\n"
        "planner.plan(*planner.script_like(1000, 'edited', random.Random(3)))\n"
        "print(sorted({'numpy', 'scipy', 'networkx', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
