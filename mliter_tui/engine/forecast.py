"""Forecast and plan: what each remaining node will probably need, and the exact plan for it (rule R9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from mliter_tui import reasons
from mliter_tui.engine.environment import FIGURES, IMPORTS, PACKAGES, SETTINGS, Environment
from mliter_tui.engine.lookup import Finder, Found, Trace, effort
from mliter_tui.kernel.observed import LOCAL
from mliter_tui.lean import dataclass
from mliter_tui.plan.mincut import Plan, PlanNode, plan
from mliter_tui.script.nodes import Node
from mliter_tui.store.shelf import Shelf

DEFAULT_LOAD = 0.0005
_LITTLE = 0.01  # seconds; to plan takes as long
_RATE = 1.5e9  # bytes a second, until a load of this artifact was measured


@dataclass
class Forecast:
    """Per remaining node what the look-up found; and the plan."""

    found: dict[int, Found] = field(default_factory=dict)
    plan: Plan | None = None
    final: Environment | None = None

    @property
    def wanted(self) -> frozenset[str]:
        """Keys of the artifacts that the plan loads; an item is called "name=key"."""
        return frozenset(item.partition("=")[2] for item in self.plan.loaded) if self.plan is not None else frozenset()

    @property
    def computed(self) -> frozenset[int]:
        return self.plan.computed if self.plan is not None else frozenset()


class _Spells:
    """Items by when they are current: a name may come back to a value that it had, and by then another one is there.

    So it is another item, for the plan, each time; `label` gives the one of now.
    """

    def __init__(self) -> None:
        self._left: set[str] = set()
        self._count: dict[str, int] = {}

    def label(self, item: str) -> str:
        count = self._count.get(item)
        return f"{item}\0{count}" if count else item

    def passed(self, before: set[str], now: set[str], made: set[str]) -> None:
        """A node was passed: items of the names it may change before and behind it, and what it makes."""
        for item in made & self._left:
            self._count[item] = self._count.get(item, 0) + 1
        self._left -= made
        self._left |= before - now - made


def _plain(label: str) -> str:
    return label.partition("\0")[0]


class Forecaster:
    """Walks the remaining nodes with the environment as it will be, and plans.

    goes_on: number of the node to go on with behind one, by its outcome. passed_by: the nodes of the other body of an
    `if`, by the outcome of its test.
    """

    def __init__(self, store: Shelf, lookup: Finder, costs: dict[str, float]) -> None:
        self.store, self.lookup, self.costs = store, lookup, costs
        self.goes_on: Callable[[Node, str], int] = lambda node, outcome: node.id + 1
        self.passed_by: Callable[[Node, str], Sequence[Node]] = lambda node, outcome: ()
        # for each node that begins a pass, the version that its iterator had in a former run, and whether it is edited
        self._former: dict[int, tuple[str, bool]] = {}
        self.predecessors: Callable[[], dict[int, str]] = dict  # of nodes that were edited, the code keys they had
        self.closing: Mapping[int, int] = {}  # by each node that enters a context the one that leaves it
        self.forced: set[int] = set()
        self.loads: dict[str, float] = {}

    def forecast(
        self, nodes: Sequence[Node], start: Environment, live: set[str], finals: bool = False, chain: str = "0"
    ) -> Forecast:
        """`live`: items the kernel holds now. `finals`: every name's last version is required (for `verify`)."""
        env = start.copy()
        self.loads = self.store.load_seconds()
        result = Forecast()
        jobs: list[PlanNode] = []
        load: dict[str, float] = {}
        imports = chain
        ended, resume = False, 0
        definitions: set[str] = set()  # they cannot be loaded
        spare: set[str] = set()  # what a body would need that is probably not taken, so that it can be had if it is
        items: dict[str, tuple[str, bool]] = {}
        spells = _Spells()
        for node in nodes:
            if ended or node.id < resume:
                continue
            found = self.lookup.find(node, env)
            result.found[node.id] = found
            needs = self._inputs(node, found, env, imports, load, spells)
            likely = self._as_before(node, found, items) if node.kind in ("iter", "next") else found.trace
            names = _may_change(node, likely, env)
            before = {env.item(name) for name in names}
            made = self._outcome(node, found, env, env.item(FIGURES) in needs, likely)
            spells.passed(before, {env.item(name) for name in names}, made)
            makes = set(map(spells.label, made))
            outcome = self._goes(node, likely)
            ended, resume = outcome == "exit", self.goes_on(node, outcome)
            definitions |= makes if node.kind in ("def", "class") else set()
            for other in self.passed_by(node, outcome) if found.trace is None and node.kind == "if" else ():
                spare |= self._inputs(other, self.lookup.find(other, env), env, imports, load, spells) & definitions
            if node.kind == "import":
                imports = str(node.id)
                makes.add(f"{IMPORTS}={imports}")
            must = found.trace is None or found.must_run or node.id in self.forced
            seconds = effort(found.trace) if found.trace else self.costs.get(node.key, 0.1)
            jobs.append(PlanNode(node.id, max(seconds, 1e-6), tuple(sorted(needs)), tuple(sorted(makes)), must))
        required = [*(self._finals(env, load, spells) if finals else ()), *sorted(spare)]
        made = {m for job in jobs for m in job.makes}
        for item in live:
            load.pop(item, None)
        jobs = [
            PlanNode(j.id, j.seconds, tuple(n for n in j.needs if n not in live), j.makes, j.must_run) for j in jobs
        ]
        required = [r for r in dict.fromkeys(required) if r not in live and (r in made or r in load)]
        found_plan = self._planned(jobs, load, required)
        result.plan = replace(found_plan, loaded=frozenset(map(_plain, found_plan.loaded)))
        result.final = env
        return result

    def again(
        self, nodes: Sequence[Node], start: Environment, live: Callable[[], set[str]], finals: bool, chain: str,
        trace: Trace | None,
    ) -> Forecast:  # fmt: skip
        """The same in a run, of what remains. trace: that of the first node, if all before it was computed and nothing
        of the iteration must not be done twice.

        Where nothing of what remains has run before this iteration, and the node is made again in no time, as what a
        second pass does like the first, there is little to weigh: all is computed, and nothing is loaded.
        """
        new = not finals and trace is not None and effort(trace) < _LITTLE
        if not new or not all(self.lookup.is_new(node.key) for node in nodes):
            return self.forecast(nodes, start, live(), finals, chain)
        found: dict[int, Found] = {}
        resume = 0
        for node in nodes:
            if node.id >= resume:
                found[node.id] = Found(None, reasons.FirstRun())
                resume = self.goes_on(node, self._goes(node, None))
        ids = frozenset(found)
        return Forecast(found, Plan(ids, frozenset(), frozenset(), sum(self.costs.get(n.key, 0.1) for n in nodes)))

    def loading(self, trace: Trace, env: Environment) -> float:
        """Seconds that it takes to load what a node with this trace has made; `env` is as after it."""
        keys = {key for name in trace["outputs"] if (key := artifact_key(env, name)) in self.loads}
        return sum(self.loads[key] for key in keys if key is not None)

    def entered(self, node: Node) -> None:
        """A node was computed; a context that it has entered has to be left."""
        if node.id in self.closing:
            self.forced.add(self.closing[node.id])

    def _planned(self, jobs: list[PlanNode], load: dict[str, float], required: list[str]) -> Plan:
        """The plan; what enters a context goes with what leaves it."""
        while True:
            found = plan(jobs, load, required)
            lacking = {end for head, end in self.closing.items() if head in found.computed} - found.computed
            if not lacking.intersection(job.id for job in jobs):
                return found
            jobs = [replace(job, must_run=True) if job.id in lacking else job for job in jobs]

    def _finals(self, env: Environment, load: dict[str, float], spells: _Spells) -> list[str]:
        """Items of every name's last version."""
        for name in env.records:
            self._stored(env, name, load, spells)
        return [spells.label(env.item(n)) for n in [*env.records, *env.unknown]] + [env.item(FIGURES)]

    def _inputs(
        self, node: Node, found: Found, env: Environment, imports: str, load: dict[str, float], spells: _Spells
    ) -> set[str]:
        """Items a node needs to be computed."""
        names = list(found.trace["inputs"]) if found.trace is not None else env.needs(node)
        for name in list(names):
            group, record = env.groups.get(name), env.records.get(name)
            names += record["requires"] if record is not None else []
            names += group["requires"] if group is not None else []
        items = {env.item(n) for n in names if n in env.records or n in env.unknown or n.startswith("rng:")}
        if found.trace is None and node.calls:
            streams = [n for n in env.tokens if n.startswith("rng:")]
            items |= {env.item(n) for n in streams}
            names += streams
        if env.reaches_packages(names) or node.kind == "import":
            items |= {env.item(PACKAGES), f"{IMPORTS}={imports}"}
        elif node.calls:
            items.add(env.item(SETTINGS))
        if node.module:  # it runs in the globals of that
            items.add(f"{IMPORTS}={imports}")
        if found.trace["figures"] if found.trace is not None else self._may_draw(node, env, names):
            items.add(env.item(FIGURES))
        for name in names:
            self._stored(env, name, load, spells)
        return set(map(spells.label, items))

    def _as_before(self, node: Node, found: Found, items: dict[str, tuple[str, bool]]) -> Trace | None:
        """The trace that holds of a node which begins a loop or a pass, else that of this pass in a former run.

        A list with one more entry, or a bar of progress, is another iterator, but its items are mostly what they were.
        """
        name, trace = node.unit.iterator, found.trace
        if node.kind == "iter":
            known = self.lookup.traces(node.key) or self.lookup.traces(self.predecessors().get(node.id, ""))
            trace = trace or (known[0] if known else None)
            longer = found.trace is None
        else:
            before, longer = self._former.get(node.id, ("", False)) if name not in items else items[name]
            self._former[node.id] = before, longer
            if trace is None:
                trace = next((t for t in self.lookup.traces(node.key) if t["inputs"].get(name) == before), None)
        items.pop(name, None)
        if trace is not None and name in trace["outputs"]:
            items[name] = trace["outputs"][name]["fp"], longer
        elif trace is not None and found.trace is None and longer:
            return None  # where it ended there may be one more pass now
        return trace

    def _goes(self, node: Node, likely: Trace | None) -> str:
        """How a node will probably end. A test whose inputs are others will mostly come out as it did."""
        if likely is None and node.kind == "if":
            known = self.lookup.traces(node.key) or self.lookup.traces(self.predecessors().get(node.id, ""))
            likely = known[0] if known else None
        return str(likely["outcome"]) if likely is not None else "next"

    def _outcome(
        self, node: Node, found: Found, env: Environment, draws: bool, likely: Trace | None = None
    ) -> set[str]:
        """Items a node makes; the environment is moved on behind it. likely: what it will do if no trace holds."""
        if found.trace is not None:
            before = _taken_along(found.trace, env)
            env.apply(found.trace)
            made = _made(found.trace, before, env)
            # a bar of progress asks for the time, but the items are what they were
            if found.must_run and _uncertain(found.trace) and node.kind not in ("iter", "next"):
                env.doubt(found.trace, node)  # so that what follows will not want what then cannot be had any more
                made |= {env.item(n) for n, i in env.unknown.items() if i == node.id}
                made |= {env.item(n) for n in found.trace["rng"]}
            return made
        made = set()
        if likely is not None:
            before = _taken_along(likely, env)
            env.apply(likely)
            made = _made(likely, before, env)
        env.blur(node, likely is not None)
        made |= {env.item(n) for n, i in env.unknown.items() if i == node.id}
        if draws:
            env.tokens[FIGURES] = f"?{node.id}"
            made.add(env.item(FIGURES))
        return made

    def _may_draw(self, node: Node, env: Environment, needs: list[str]) -> bool:
        for name in needs:
            record = env.records.get(name)
            if record is not None and (record["opaque"] or record["module"].startswith("matplotlib")):
                return node.calls
        return False

    def _stored(self, env: Environment, name: str, load: dict[str, float], spells: _Spells) -> None:
        """Enter the load time of a name's item, if the store has it."""
        if name in env.unknown:
            return
        item = spells.label(env.item(name))
        if item in load:
            return
        if name.startswith("rng:"):
            if env.version(name) != "unseeded":
                load[item] = 1e-5
            return
        key = artifact_key(env, name)
        if key is None:
            return
        seconds = self.loads.get(key)
        if seconds is None:
            return
        if not seconds:  # never measured
            kept = self.store.artifact(key)
            if kept is None:
                return
            seconds = DEFAULT_LOAD + kept.nbytes / _RATE
        load[item] = seconds


def artifact_key(env: Environment, name: str) -> str | None:
    """The store's key of a name's value (or of its group's); None if it cannot be stored."""
    group = env.groups.get(name)
    if env.misnamed and not env.misnamed.isdisjoint(group["names"] if group is not None else [name]):
        return None
    if group is not None:
        return str(group["fp"]) if group["storable"] else None
    record = env.records.get(name)
    return str(record["fp"]) if record is not None and record["storable"] and record["exact"] else None


def _uncertain(trace: dict[str, Any]) -> bool:
    """Whether a node's result will probably be another than by this trace."""
    outside = {what for what in trace["external"] if not what.endswith("'s attributes")}
    return bool(trace["clock"] or outside - LOCAL)


def _may_change(node: Node, trace: Trace | None, env: Environment) -> set[str]:
    """Names whose items may be others behind a node, by this trace, or by its text where there is none."""
    if trace is None:
        names = set(node.binds | node.guess)
    else:
        names = {*trace["outputs"], *trace["deleted"], *trace["solo"], *trace["rng"]}
        names.update(name for group in trace["groups"] for name in group["names"])
    return names.union(*map(env.sharers, names))


def _names_made(trace: dict[str, Any]) -> set[str]:
    return {*trace["outputs"], *trace["rng"], *trace["solo"], *(n for g in trace["groups"] for n in g["names"])}


def _taken_along(trace: dict[str, Any], before: Environment) -> set[str]:
    """Items, in front of a node with this trace, of names that only come to stand alone or with others by it."""
    return {before.item(n) for n in _names_made(trace) if n not in trace["outputs"]}


def _made(trace: dict[str, Any], before: set[str], after: Environment) -> set[str]:
    """Items a node with this trace makes. before: those it has taken along."""
    made = {after.item(n) for n in _names_made(trace)}
    if trace["figures"]:
        made.add(after.item(FIGURES))
    if trace["hidden"]:
        made.add(after.item(PACKAGES))
    if trace["settings"]:
        made.add(after.item(SETTINGS))
    return made - before
