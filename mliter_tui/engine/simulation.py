"""A past iteration as it would have gone under another policy and budget: the engine without a process to run anything.

Plan, keeping, loading and making room are those of real runs (`Forecaster`, `Keeper`, `Held`, `store.budget`), over a
store on paper. What computing took is what it took then, or when it was last computed; what loading and writing would
have taken is what was measured for that value, else an estimate by its size. All that was neither (starting, reading
the script, book-keeping) is taken to be as it was. Results are taken to be as they were.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from mliter_tui import reasons
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import Forecaster
from mliter_tui.engine.held import Held, Missing
from mliter_tui.engine.keeping import Keeper, transfer
from mliter_tui.engine.lookup import Found, Trace, effort
from mliter_tui.engine.operators import Answered, worth
from mliter_tui.engine.retracing import Recorded, Step
from mliter_tui.events import Action
from mliter_tui.lean import dataclass
from mliter_tui.script.nodes import Node
from mliter_tui.store.paper import Paper

_RESTARTS = 6


@dataclass(frozen=True)
class Measured:
    """Seconds of loading and writing values, by key, as far as they were measured; and what estimates are multiplied
    by to come near the measured ones."""

    loads: Mapping[str, float] = field(default_factory=dict)
    writes: Mapping[str, float] = field(default_factory=dict)
    load_factor: float = 1.0
    write_factor: float = 1.0

    def load(self, key: str, estimate: float) -> float:
        return self.loads.get(key, estimate * self.load_factor)

    def write(self, key: str, estimate: float) -> float:
        return self.writes.get(key, estimate * self.write_factor)


@dataclass(frozen=True)
class Simulated:
    """What one iteration would have been. hits: values loaded; evictions: values that made room; nbytes: kept at its
    end. actions: by the number of the node. restarts: how often a value was gone that the plan had counted on."""

    number: int
    seconds: float
    compute_seconds: float
    load_seconds: float
    write_seconds: float
    nbytes: int
    hits: int
    evictions: int
    restarts: int
    actions: Mapping[int, Action]


class _Unpinned:
    """Nobody has pinned anything."""

    def __contains__(self, label: str) -> bool:
        return False

    def kept(self, label: str, key: str) -> None:
        pass


class _Known:
    """The finder over an iteration that is over: each node's trace is known, and whether it was known then."""

    def __init__(self, steps: Iterable[Step], done: Collection[int]) -> None:
        self._steps, self._done = {step.node.id: step for step in steps}, done

    def find(self, node: Node, env: Environment) -> Found:
        step = self._steps[node.id]
        must = (step.must_run or not step.known) and node.id not in self._done
        return Found(step.trace, reasons.Unknown(), must)

    def traces(self, key: str) -> list[Trace]:
        return []

    def is_new(self, key: str) -> bool:
        return False


@dataclass
class _Spent:
    compute: float = 0.0
    load: float = 0.0
    write: float = 0.0
    hits: int = 0
    restarts: int = 0
    done: set[int] = field(default_factory=set)  # nodes computed in a walk that started over


class Simulation:
    """Iterations one after the other, each over what those before it have left in `paper`."""

    def __init__(self, policy: str, budget: int, measured: Measured | None = None) -> None:
        self.policy, self.paper, self.measured = policy, Paper(budget), measured or Measured()

    def play(self, past: Recorded) -> Simulated:
        """The next iteration."""
        self.paper.now = max(self.paper.now, past.when)
        evictions, spent = self.paper.evictions, _Spent()
        forced = {step.node.id for step in past.steps if step.free}
        while True:
            try:
                actions = self._walk(past, spent, forced)
                break
            except Missing as gone:  # as an iteration does: begin again, and compute it
                spent.restarts += 1
                last = spent.restarts > _RESTARTS
                forced |= {step.node.id for step in past.steps if last or gone.made_by(step.trace)}
        return Simulated(
            past.number, past.rest + spent.compute + spent.load + spent.write, spent.compute, spent.load, spent.write,
            self.paper.used_bytes(), spent.hits, self.paper.evictions - evictions, spent.restarts,
            actions | dict.fromkeys(spent.done, "compute"),
        )  # fmt: skip

    def _walk(self, past: Recorded, spent: _Spent, forced: set[int]) -> dict[int, Action]:
        forecaster = Forecaster(self.paper, _Known(past.steps, spent.done), {})
        forecaster.forced |= forced
        forecast = forecaster.forecast([step.node for step in past.steps], Environment(), set())
        env, held, keeper = Environment(), Held(), Keeper(self.paper, self.policy, _Unpinned())
        keeper.wanted = forecast.wanted
        loaded = forecast.plan.loaded if forecast.plan is not None else frozenset[str]()
        actions: dict[int, Action] = {}
        for step in past.steps:
            node, trace = step.node, step.trace
            if node.id in forecast.computed:
                actions[node.id] = "compute"
                self._load(held, env, trace, keeper, spent)
                in_step = held.in_step(env)
                keeper.apply(node, trace, env)
                held.ran(node, trace, env, in_step)
                spent.compute += self._compute(step, node.id in spent.done, keeper, spent)
                spent.done.add(node.id)
                self._keep(keeper, node, trace, env, spent)
            else:
                keeper.apply(node, trace, env)
                held.skipped(node, trace, env)
                made = {env.item(name) for name in trace["outputs"]}
                actions[node.id] = "load" if made & loaded else "prune"
        return actions

    def _load(self, held: Held, env: Environment, trace: Trace, keeper: Keeper, spent: _Spent) -> None:
        names = [name for name in trace["inputs"] if not name.startswith(("rng:", "state:"))]
        jobs, _, _ = held.loads(names, env, self.paper)
        for job in jobs:
            key, seconds = job["fp"], job["manifest"]["load"]
            self.paper.touch([key])
            self.paper.measured_load(key, seconds)
            keeper.loaded.add(key)
            spent.load += seconds
            spent.hits += 1

    def _compute(self, step: Step, again: bool, keeper: Keeper, spent: _Spent) -> float:
        """Seconds of computing a node, without what calls in it take that are answered."""
        calls = step.trace.get("calls", ())
        if not calls:
            return _cost(step, again)
        saved = self._calls(calls, keeper, spent)
        return max(0.0, float(step.trace["seconds"]) - saved) + float(step.trace.get("reading", 0.0))

    def _calls(self, rows: Sequence[Answered], keeper: Keeper, spent: _Spent) -> float:
        """Seconds that are not computed, of calls one after the other."""
        saved = 0.0
        for (key, seconds, size, objects, _), parts in _outermost(rows):
            load, write = transfer(size, objects)
            kept = self.paper.artifact(key)
            if kept is not None:
                self.paper.touch([key])
                spent.load += kept.manifest["load"]
                spent.hits += 1
                saved += seconds
                continue
            saved += self._calls(parts, keeper, spent)
            if worth(keeper, key, seconds, size, objects):
                took = self.measured.write(key, write)
                keeper.learn(write, took)
                spent.write += took
                self.paper.add_artifact(
                    key, {"nbytes": size, "load": self.measured.load(key, load)}, load_seconds=took,
                    compute_seconds=seconds, label="",
                )  # fmt: skip
        return saved

    def _keep(self, keeper: Keeper, node: Node, trace: Trace, env: Environment, spent: _Spent) -> None:
        reply: dict[str, Any] = {}
        jobs = keeper.jobs(node, trace, env)
        for job in jobs:
            key, group = job["fp"], env.groups.get(job["names"][0])
            about = group if group is not None else env.records[job["names"][0]]
            native = all(env.records[name].get("native", False) for name in job["names"])
            load, write = transfer(about["size"], about["objects"], native=native)
            took = self.measured.write(key, write)
            spent.write += took
            reply[key] = {
                "seconds": took, "manifest": {"nbytes": about["size"], "load": self.measured.load(key, load)}
            }  # fmt: skip
        keeper.keep(node, jobs, reply)
        keeper.told.clear()


@dataclass(frozen=True)
class Scenario:
    """All iterations under one policy and budget, in order. most: the most bytes that were kept at once."""

    policy: str
    budget: int
    rows: tuple[Simulated, ...]
    most: int

    @property
    def seconds(self) -> float:
        return sum(row.seconds for row in self.rows)

    @property
    def hits(self) -> int:
        return sum(row.hits for row in self.rows)

    @property
    def evictions(self) -> int:
        return sum(row.evictions for row in self.rows)

    @property
    def restarts(self) -> int:
        return sum(row.restarts for row in self.rows)


def scenario(past: Iterable[Recorded], policy: str, budget: int, measured: Measured) -> Scenario:
    """What all these iterations would have been, from an empty store on."""
    simulation = Simulation(policy, budget, measured)
    rows = tuple(map(simulation.play, past))
    return Scenario(policy, budget, rows, simulation.paper.most)


def all_bytes(past: Iterable[Recorded]) -> int:
    """Bytes of all values that the iterations made and that can be kept."""
    return scenario(past, "always", sys.maxsize, Measured()).most


def least_seconds(past: Iterable[Recorded]) -> float:
    """What no policy goes below: all is kept, and keeping and loading take no time."""
    return scenario(past, "always", sys.maxsize, Measured(load_factor=0.0, write_factor=0.0)).seconds


def _outermost(rows: Sequence[Answered]) -> list[tuple[Answered, Sequence[Answered]]]:
    """The calls that are part of no other, in order, each with the rows that are part of it."""
    found = []
    end = len(rows)
    while end > 0:
        row = rows[end - 1]
        begin = end - 1 - row[4]
        found.append((row, rows[begin : end - 1]))
        end = begin
    return found[::-1]


def _cost(step: Step, again: bool) -> float:
    """Seconds that computing a node takes, reading what it may have changed included."""
    if step.seconds is None or again:
        return effort(step.trace)
    return step.seconds + float(step.trace.get("reading", 0.0))


def measured(store_loads: Mapping[str, float], recorded: Iterable[Recorded]) -> Measured:
    """What the iterations, and the loads that the store has measured, tell."""
    writes: dict[str, float] = {}
    sizes: dict[str, tuple[int, int, bool]] = {}
    for past in recorded:
        writes.update(past.writes)
        for step in past.steps:
            for about in [*step.trace["outputs"].values(), *step.trace["groups"]]:
                sizes[about["fp"]] = about["size"], about["objects"], about.get("native", False)
            for key, _, size, objects, _ in step.trace.get("calls", ()):
                sizes.setdefault(key, (size, objects, False))  # of a call that was answered the objects are not known
    estimates = {key: transfer(size, objects, native=native) for key, (size, objects, native) in sizes.items()}
    return Measured(
        store_loads, writes, _factor(store_loads, {key: load for key, (load, _) in estimates.items()}),
        _factor(writes, {key: write for key, (_, write) in estimates.items()}),
    )  # fmt: skip


def _factor(known: Mapping[str, float], estimates: Mapping[str, float]) -> float:
    """How many times the estimates what was measured is, all taken together; 1 where nothing was."""
    both = known.keys() & estimates.keys()
    total = sum(estimates[key] for key in both)
    return sum(known[key] for key in both) / total if total > 0 else 1.0
