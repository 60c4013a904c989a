"""Benchmark of the planner: latency, agreement with brute force, and how often a linear pass would be wrong.

    python benchmarks/planner.py [--repeat N] [--dags N] [--md] [--json [FILE]]

Latencies are medians in milliseconds of CPU over script-like DAGs (a node needs a few recent values, now and then an
old one, and changes one in place), without the time to import scipy. "edited" is one changed statement in a stored
workflow, "cold" has everything must-run from the middle on, "knotty" costs that leave much to the min cut.

Small DAGs have one to ten nodes; brute force tries all sets of nodes to compute. The linear pass decides each node
once, from the inputs on, by comparing its load with its own seconds and those of its inputs, each added up apart: what
two inputs have in common is counted twice. How often that costs more is told by the number of nodes, too, against the
exact plan.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mliter_tui.plan.mincut import PlanNode, plan

LINEAR = (5, 10, 20, 50, 100)
"""Nodes of the DAGs that a linear pass is tried on."""
SIZES = (100, 1_000, 5_000, 20_000)
KINDS = ("edited", "cold", "knotty")
Case = tuple[list[PlanNode], dict[str, float], tuple[str, ...]]
Made = tuple[str, int]  # a value and the position of its maker, -1 where none is before the reader
Best = tuple[int, frozenset[int]]


def script_like(size: int, kind: str, rng: random.Random) -> Case:
    """A DAG as statements make one: mostly local needs, versions by mutation, few expensive nodes."""
    nodes: list[PlanNode] = []
    loads: dict[str, float] = {}
    live: list[str] = []
    for at in range(size):
        recent, old = live[-12:], live[:-12]
        needs = rng.sample(recent, min(len(recent), rng.randint(0, 3)))
        needs += rng.sample(old, 1) if old and rng.random() < 0.1 else []
        makes = [f"v{at}"]
        if needs and rng.random() < 0.2:
            live.remove(needs[0])
            makes.append(f"{needs[0].split('@')[0]}@{at}")
        expensive = rng.random() < (0.5 if kind == "knotty" else 0.1)
        seconds = rng.expovariate(1.0) if expensive else rng.expovariate(1.0) * 1e-3
        must_run = at > size // 2 if kind == "cold" else rng.random() < (0.02 if kind == "knotty" else 0.2 / size)
        nodes.append(PlanNode(at, seconds, tuple(needs), tuple(makes), must_run))
        live += makes
        for value in makes:
            if rng.random() < 0.8:
                loads[value] = rng.uniform(0.2, 2.0) if kind == "knotty" else rng.expovariate(1.0) * 0.02
    return nodes, loads, tuple(live[-2:])


def small(rng: random.Random, count: int = 0) -> Case:
    """A DAG of so many nodes, else at most ten, with costs in whole milliseconds, ties included."""
    nodes: list[PlanNode] = []
    live: list[str] = ["given"]
    for at in range(count or rng.randint(1, 10)):
        needs = rng.sample(live, min(len(live), rng.randint(0, 3)))
        nodes.append(PlanNode(at, rng.randint(0, 9) / 1e3, tuple(needs), (f"v{at}",), rng.random() < 0.1))
        live.append(f"v{at}")
    loads = {value: rng.randint(0, 9) / 1e3 for value in live[1:] if rng.random() < 0.7}
    return nodes, loads, (live[-1],)


def resolve(nodes: Sequence[PlanNode], required: Sequence[str]) -> tuple[list[set[Made]], set[Made]]:
    """Per node its needs, and the requirements, with their makers."""
    latest: dict[str, int] = {}
    needs: list[set[Made]] = []
    for at, node in enumerate(nodes):
        needs.append({(value, latest.get(value, -1)) for value in node.needs})
        latest.update(dict.fromkeys(node.makes, at))
    return needs, {(value, latest.get(value, -1)) for value in required}


def brute_force(nodes: Sequence[PlanNode], loads: Mapping[str, float], required: Sequence[str]) -> Best:
    """Cost in nanoseconds and computed positions of the best plan, fewest computed on ties; all subsets are tried."""
    needs, wanted = resolve(nodes, required)
    forced = {at for at, node in enumerate(nodes) if node.must_run}
    best: Best | None = None
    for size in range(len(nodes) + 1):
        for chosen in combinations(range(len(nodes)), size):
            if not forced <= set(chosen):
                continue
            missing = {each for each in wanted.union(*(needs[at] for at in chosen)) if each[1] not in chosen}
            missing = {each for each in missing if each[1] >= 0 or each[0] in loads}  # the rest is given
            if any(value not in loads for value, _ in missing):
                continue
            cost = sum(round(nodes[at].seconds * 1e9) for at in chosen)
            cost += sum(round(loads[value] * 1e9) for value, _ in missing)
            if best is None or cost < best[0]:
                best = cost, frozenset(chosen)
    assert best is not None  # computing everything is always possible
    return best


def linear_pass(nodes: Sequence[PlanNode], loads: Mapping[str, float], required: Sequence[str]) -> int:
    """Cost in nanoseconds when each node is computed if that, with its parents' costs counted apart, beats its load."""
    needs, wanted = resolve(nodes, required)
    price: list[float] = []
    compute: list[bool] = []
    for at, node in enumerate(nodes):
        own = node.seconds + sum(price[maker] for _, maker in needs[at] if maker >= 0)
        load = max(loads.get(value, float("inf")) for value in node.makes)
        compute.append(own < load or node.must_run)
        price.append(own if compute[-1] else load)
    cost, done = 0, set[int]()
    stack = [maker for _, maker in wanted if maker >= 0] + [at for at, node in enumerate(nodes) if node.must_run]
    while stack:
        at = stack.pop()
        if at in done:
            continue
        done.add(at)
        if compute[at]:
            cost += round(nodes[at].seconds * 1e9)
            stack += [maker for _, maker in needs[at] if maker >= 0]
        else:
            cost += sum(round(loads[value] * 1e9) for value in nodes[at].makes)
    return cost


def agreement(count: int, rng: random.Random) -> dict[str, float]:
    """How many of `count` small DAGs are planned as by brute force; on how many a linear pass costs more, and how many
    times as much at worst."""
    equal = linear_wrong = 0
    worst = 1.0
    for _ in range(count):
        nodes, loads, required = small(rng)
        cost, chosen = brute_force(nodes, loads, required)
        made = plan(nodes, loads, required)
        equal += round(made.seconds * 1e9) == cost and made.computed == chosen
        passed = linear_pass(nodes, loads, required)
        linear_wrong += passed > cost
        worst = max(worst, passed / cost) if cost else worst
    wrong = linear_wrong / count
    return {"dags": count, "equal_to_brute_force": equal, "linear_pass_wrong": wrong, "linear_pass_worst": worst}


def linear(count: int, rng: random.Random) -> Iterator[dict[str, float]]:
    """On how many of `count` DAGs of each size a linear pass costs more than the exact plan, and how much in all."""
    for size in LINEAR:
        wrong = costs = linear_costs = 0.0
        for _ in range(count):
            case = small(rng, size)
            cost, passed = round(plan(*case).seconds * 1e9), linear_pass(*case)
            wrong, costs, linear_costs = wrong + (passed > cost), costs + cost, linear_costs + passed
        yield {"nodes": size, "dags": count, "wrong": wrong / count, "cost": linear_costs / costs}


def latencies(repeat: int, rng: random.Random) -> Iterator[dict[str, float | int | str]]:
    """Median milliseconds of `plan` per kind and size, and how many nodes it computes."""
    plan(*script_like(3_000, "knotty", rng), reduced=False)  # imports scipy, outside the measurement
    for kind in KINDS:
        for size in SIZES:
            cases = [script_like(size, kind, rng) for _ in range(repeat)]
            times, computed = [], []
            for case in cases:
                start = time.process_time()
                made = plan(*case)
                times.append(time.process_time() - start)
                computed.append(len(made.computed))
            yield {"kind": kind, "nodes": size, "ms": statistics.median(times) * 1e3, "computed": max(computed)}


def main() -> None:
    """Tell both as a table, Markdown or JSON."""
    import results

    from mliter_tui.lookback.document import Heading, Paragraph, Table

    parser = argparse.ArgumentParser(description="latency and exactness of the planner")
    parser.add_argument("--repeat", type=int, default=5, help="DAGs per row")
    parser.add_argument("--dags", type=int, default=500, help="small DAGs compared with brute force")
    results.ways(parser)
    options = parser.parse_args()
    rng = random.Random(0)
    rows = list(latencies(options.repeat, rng))
    facts = agreement(options.dags, rng)
    shares = list(linear(options.dags, rng))
    table = {(row["kind"], row["nodes"]): f"{row['ms']:.2f} ms" for row in rows}
    blocks = [
        Heading("The planner: time for one plan"),
        Table(
            ("nodes", *KINDS),
            tuple((f"{size:,}", *(table[kind, size] for kind in KINDS)) for size in SIZES),
            tuple(range(len(KINDS) + 1)),
        ),
        Paragraph(
            f"Of {facts['dags']} small DAGs {facts['equal_to_brute_force']} are planned as by brute force; a linear "
            f"pass costs more on {facts['linear_pass_wrong']:.0%}, at worst {facts['linear_pass_worst']:.1f} times "
            "as much."
        ),
        Table(
            ("nodes", "linear pass costs more on", "seconds, of the exact plan's"),
            tuple((f"{row['nodes']}", f"{row['wrong']:.0%}", f"{row['cost']:.2f}") for row in shares), (0, 1, 2),
        ),
    ]  # fmt: skip
    results.tell(options, blocks, {"latency": rows, "linear": shares, **facts})


if __name__ == "__main__":
    main()
