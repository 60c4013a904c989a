"""The plan of an iteration: which nodes to compute, which values to load, exact by a minimum cut (rule R9).

Minimised is the sum of `seconds` over computed nodes plus `load_seconds` over loaded values, such that every node that
must run is computed, and every required value and every need of a computed node is available: its maker is computed,
or it is loaded. A computed node makes all its values available for nothing.

Values are opaque names of *versions*. A need is met by the latest node before the reader that makes the value, a
requirement by the latest of all; the same content made twice is two items, each loaded and paid on its own, as what
stands between may have changed the first (a mutator takes v1 and makes v2; making v1 again later is a new object).
A value without such a maker that is not stored either is given: it costs nothing and is never loaded.

Graph: items a (value available), b (node computed); a→b capacity l, b→sink c, b→a of every input infinite, source→a of
what is demanded, source→b of what must run; a is on the source side when needed, b when computed. Of plans of equal
cost the one with the fewest computed nodes is chosen, which is unique: ties prefer loading. Costs are rounded to
nanoseconds. `reduce` settles most of a script's nodes before; only the rest goes through the graph.
Source: the project-selection reduction (Picard, 1976), as in Xin et al., HELIX, VLDB 2018.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from mliter_tui.lean import dataclass
from mliter_tui.plan.flow import Backend, Edge, source_side
from mliter_tui.plan.reduce import Fate, Item, Problem, reduce

_SOURCE, _SINK = 0, 1


@dataclass(frozen=True, slots=True)
class PlanNode:
    """A statement as the planner sees it: `needs` before it, `makes` after it, `seconds` of its own (finite, >= 0)."""

    id: int
    seconds: float
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    must_run: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: `computed` and `pruned` share out the node ids, `loaded` are values, `seconds` is the cost."""

    computed: frozenset[int]
    loaded: frozenset[str]
    pruned: frozenset[int]
    seconds: float


def plan(
    nodes: Sequence[PlanNode],
    load_seconds: Mapping[str, float],
    required: Iterable[str] = (),
    *,
    backend: Backend = "auto",
    reduced: bool = True,
) -> Plan:
    """The cheapest plan for `nodes`, given in program order.

    `load_seconds` holds the stored values; absent, or infinite, is not stored. `backend` picks the max-flow solver and
    `reduced=False` leaves everything to it: the answer is the same. ValueError: a cost is negative or not a number, a
    node's is infinite, or an id occurs twice.
    """
    ids = [node.id for node in nodes]
    if len(set(ids)) < len(ids):
        raise ValueError("two nodes have the same id")
    required = tuple(required)
    if not required and not any(node.must_run for node in nodes):
        return Plan(frozenset(), frozenset(), frozenset(ids), 0.0)
    problem = _problem(nodes, load_seconds, required)
    if reduced:
        reduce(problem)
    computed = {at for at, fate in enumerate(problem.fate) if fate is Fate.FORCED} | _core(problem, backend)
    loaded = _loaded(problem, computed)
    seconds = math.fsum(nodes[at].seconds for at in computed) + math.fsum(load_seconds[item.value] for item in loaded)
    return Plan(
        frozenset(ids[at] for at in computed),
        frozenset(item.value for item in loaded),
        frozenset(ids[at] for at in range(len(ids)) if at not in computed),
        seconds,
    )


def _nanoseconds(seconds: float) -> int:
    if not 0 <= seconds < math.inf:
        raise ValueError(f"a cost has to be finite and not negative, not {seconds!r}")
    return round(seconds * 1e9)


def _problem(nodes: Sequence[PlanNode], load_seconds: Mapping[str, float], required: Iterable[str]) -> Problem:
    """Resolve who makes what for whom, and start from what is demanded."""
    loads = {value: _nanoseconds(seconds) for value, seconds in load_seconds.items() if seconds != math.inf}
    latest: dict[str, Item] = {}
    needs: list[list[Item]] = []
    makes: list[list[Item]] = []

    def item(value: str) -> Item | None:
        found = latest.get(value)
        if found is None and value in loads:
            found = latest[value] = Item(value, None, loads[value])
        return found

    for at, node in enumerate(nodes):
        found = [each for value in dict.fromkeys(node.needs) if (each := item(value)) is not None]
        for each in found:
            each.readers.add(at)
        needs.append(found)
        made = [Item(value, at, loads.get(value)) for value in dict.fromkeys(node.makes)]
        for each in made:
            latest[each.value] = each
        makes.append(made)
    problem = Problem([_nanoseconds(node.seconds) for node in nodes], needs, makes, [Fate.OPEN] * len(nodes))
    for value in required:
        if (needed := item(value)) is not None:
            problem.roots.append(needed)
            problem.demand(needed)
    for at, node in enumerate(nodes):
        if node.must_run:
            problem.force(at)
    return problem


def _core(problem: Problem, backend: Backend) -> set[int]:
    """Which of the open nodes to compute: the source side of a minimum cut over them."""
    open_nodes = [at for at, fate in enumerate(problem.fate) if fate is Fate.OPEN]
    if not open_nodes:
        return set()
    vertex = {at: number for number, at in enumerate(open_nodes, start=2)}
    edges: list[Edge] = [(vertex[at], _SINK, problem.cost[at]) for at in open_nodes]
    vertices = len(vertex) + 2
    seen: set[int] = set()
    for reader in open_nodes:
        for item in problem.makes[reader]:
            if item.demanded:
                edges.append((_SOURCE, vertex[reader], item.load))
        for item in problem.needs[reader]:
            if id(item) in seen or item.demanded or problem.free(item):
                continue
            seen.add(id(item))
            below = _SINK if item.maker is None else vertex.get(item.maker, _SINK)  # an excluded maker: to be loaded
            readers = [vertex[at] for at in item.readers if at in vertex]
            if len(readers) == 1:  # the item's own vertex would only pass on what the reader sends
                edges.append((readers[0], below, item.load))
                continue
            edges.append((vertices, below, item.load))
            edges += [(each, vertices, None) for each in sorted(readers)]
            vertices += 1
    side = source_side(vertices, edges, _SOURCE, _SINK, backend)
    return {at for at in open_nodes if vertex[at] in side}


def _loaded(problem: Problem, computed: set[int]) -> list[Item]:
    """The items that are needed and whose maker is not computed, each once."""
    needed = {id(item): item for at in sorted(computed) for item in problem.needs[at]}
    needed.update((id(item), item) for item in problem.roots)
    return [item for item in needed.values() if item.maker is None or item.maker not in computed]
