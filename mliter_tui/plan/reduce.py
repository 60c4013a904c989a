"""What of a plan can be settled without a min cut: forced, excluded and irrelevant nodes.

A script's plan is mostly settled by local arguments, each of which keeps the optimum with the fewest computed nodes:

- *forced*: a node must run, or a value that is needed in every plan can only come from it, or loading such values costs
  more than the node and all it could still ask for (`most`, an upper bound).
- *excluded*: loading all that a node makes costs no more than the node and what only it asks for (`least`, a lower
  bound).
- a value needed in every plan costs its reader nothing more; the value of a forced node costs nothing.

What stays open is the core, usually small; `mincut` settles it exactly. Stopping early is safe at any point.
All costs are integers, nanoseconds; `None` is infinite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from enum import Enum

from mliter_tui.lean import dataclass

_ROUNDS = 6  # passes over the nodes; each can settle what the one before made local


class Fate(Enum):
    """What is known of a node: OPEN is for the min cut to decide."""

    OPEN = "open"
    FORCED = "forced"
    EXCLUDED = "excluded"


@dataclass(slots=True)
class Item:
    """One value as one node leaves it: `maker` is None for a value from before the script (it can only be loaded)."""

    value: str
    maker: int | None
    load: int | None
    readers: set[int] = field(default_factory=set)  # nodes that may still be computed
    demanded: bool = False  # needed in every plan


@dataclass(slots=True)
class Problem:
    """Nodes in program order (their positions are their names here), their costs, and the items between them."""

    cost: Sequence[int]
    needs: list[list[Item]]
    makes: list[list[Item]]  # only items that some reader or the caller may need
    fate: list[Fate]
    roots: list[Item] = field(default_factory=list)  # what the caller requires

    def force(self, node: int) -> None:
        """The node is computed in every optimal plan; so is whatever is then needed and cannot be loaded."""
        stack = [node]
        while stack:
            at = stack.pop()
            if self.fate[at] is Fate.FORCED:
                continue
            self.fate[at] = Fate.FORCED
            for item in self.needs[at]:
                stack += self._demand(item)

    def demand(self, item: Item) -> None:
        """The value is needed in every plan."""
        for node in self._demand(item):
            self.force(node)

    def _demand(self, item: Item) -> list[int]:
        item.demanded = True
        return [item.maker] if item.load is None and item.maker is not None else []

    def exclude(self, node: int) -> None:
        """Some optimal plan with the fewest computed nodes does without this node."""
        self.fate[node] = Fate.EXCLUDED
        for item in self.needs[node]:
            item.readers.discard(node)

    def free(self, item: Item) -> bool:
        """Whether the value costs nothing, its maker being computed anyway."""
        return item.maker is not None and self.fate[item.maker] is Fate.FORCED

    def wanted(self, node: int) -> list[Item]:
        """The items of a node that some plan may need."""
        return [item for item in self.makes[node] if item.demanded or item.readers]


def reduce(problem: Problem) -> None:
    """Settle what local arguments settle; `problem.fate` and the readers and demands of items are changed in place."""
    for _ in range(_ROUNDS):
        before = sum(fate is Fate.OPEN for fate in problem.fate)
        if not before:
            return
        _drop_unwanted(problem)
        _settle(problem)
        if before == sum(fate is Fate.OPEN for fate in problem.fate):
            return


def _drop_unwanted(problem: Problem) -> None:
    for node in range(len(problem.cost) - 1, -1, -1):  # readers come after makers
        if problem.fate[node] is Fate.OPEN and not problem.wanted(node):
            problem.exclude(node)


def _settle(problem: Problem) -> None:
    most = [0] * len(problem.cost)  # upper bound of what computing the node adds to a plan
    least = [0] * len(problem.cost)  # lower bound of what leaving the node out saves
    for node, cost in enumerate(problem.cost):
        if problem.fate[node] is not Fate.OPEN:
            continue
        upper, lower = _bounds(problem, node, most, least)
        wanted = problem.wanted(node)
        loads = [item.load for item in wanted]
        demanded = sum(item.load or 0 for item in wanted if item.demanded)  # a demanded item of an open node has a load
        if demanded > cost + upper:
            problem.force(node)
        elif None not in loads and sum(load or 0 for load in loads) <= cost + lower:
            problem.exclude(node)
        else:
            most[node], least[node] = cost + upper, cost + lower


def _bounds(problem: Problem, node: int, most: Sequence[int], least: Sequence[int]) -> tuple[int, int]:
    """The most and the least that the inputs of an open node add to the plan because of this node."""
    by_maker: dict[int | None, list[Item]] = {}
    for item in problem.needs[node]:
        if not item.demanded and not problem.free(item):
            by_maker.setdefault(item.maker, []).append(item)
    upper = lower = 0
    for maker, items in by_maker.items():
        loads = sum(item.load or 0 for item in items)
        cannot_load = any(item.load is None for item in items)
        own = sum(item.load or 0 for item in items if item.readers == {node})
        if maker is None or problem.fate[maker] is not Fate.OPEN:
            upper += loads
            lower += own
            continue
        made = most[maker]
        upper += made if cannot_load else min(loads, made)
        if all(item.readers == {node} and not item.demanded for item in problem.wanted(maker)):
            lower += least[maker] if cannot_load else min(own, least[maker])
    return upper, lower
