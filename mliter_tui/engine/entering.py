"""Which calls are stepped into, and which branches, `with` and `try` are taken apart, by what they cost.

A statement of its own is traced in about a millisecond. A decision stays for as long as the call and the function, or
the statement, are what they were: the traces are those of its form. After an edit it is made anew, by what it took
before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mliter_tui.engine.unrolling import NODE_SECONDS, Unrolling
from mliter_tui.script.building import ALWAYS, Steps
from mliter_tui.script.guards import Guard
from mliter_tui.script.nodes import Node, Script
from mliter_tui.store import Store
from mliter_tui.store.journal import COST_SAMPLES

if TYPE_CHECKING:
    from mliter_tui.engine.environment import Environment
    from mliter_tui.engine.version import Version

CHEAP_SECONDS = 0.01
MOST_UNKNOWN = 3
"""Calls of one function that are stepped into before it is known what they take: many are mostly cheap, as of a helper
that draws."""
_MODE = "entered:"
_READING = "reading:"
_OBJECTS, _BYTES = 2e6, 3e9  # that are read in a second, roughly
_MOST_READING = 0.1  # of the time that a call takes
_UNKNOWN_SECONDS = 0.2  # that a call may take which never ran


class Entering:
    """What `read_script` asks about each call."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[tuple[str, str], bool] = {}
        self._fresh: set[str] = set()

    def fresh(self, statement: str) -> bool:
        """Whether it was decided just now that this statement's call is stepped into."""
        return statement in self._fresh

    def __call__(self, statement: str, call: str, before: int) -> bool:
        asked = statement, call
        if asked not in self._known:
            known = self.store.costs([_MODE + call, statement])
            entered, seconds = known.get(_MODE + call), known.get(statement)
            if entered is None and before == ALWAYS:
                entered = True
            elif entered is None:
                self._fresh.add(statement)
                entered = seconds >= CHEAP_SECONDS if seconds is not None else before < MOST_UNKNOWN
            self._known[asked] = bool(entered)
        return self._known[asked]

    def refuse(self, statement: str, call: str) -> None:
        """Whatever it takes: it is not what its text says."""
        self._known[statement, call] = False
        self.refuse_next(call)

    def refuse_next(self, call: str) -> None:
        """From the next run on."""
        for _ in range(COST_SAMPLES):  # one of them decides
            self.store.learn_cost(_MODE + call, 0.0)


def refuse(store: Store, steps: Steps, script: Script, whole: str) -> None:
    """Leave the calls one node whose statements have this key as one."""
    for statement, call in script.asked:
        if statement == whole and isinstance(steps.enter, Entering):
            steps.enter.refuse(statement, call)


def refuse_guard(steps: Steps, guard: Guard) -> None:
    """Leave this `with` one node."""
    if isinstance(steps.enter, Entering):
        steps.enter.refuse(*guard.asked)


def weigh(steps: Steps, script: Script, outcome: str, seconds: float, took: Mapping[int, float]) -> None:
    """A guard has caught an error, and what raised it runs again each time: where that is most of what is inside it, it
    is one node from the next run on. seconds: what that node took; took: what each node did.
    """
    _, _, number = outcome.partition(":")
    guard = script.guards[int(number)]
    whole = sum(took.get(node.id, 0.0) for node in script.nodes if guard.head <= node.id < guard.end)
    if seconds > CHEAP_SECONDS and 2 * seconds > whole and isinstance(steps.enter, Entering):
        steps.enter.refuse_next(guard.asked[1])


def steps_for(store: Store, filename: str) -> Steps:
    """What is to be taken apart of a script, by what is known of it."""
    return Steps(Entering(store), Unrolling(store, filename), every_loop=not NODE_SECONDS)


def dear(version: Version, node: Node, env: Environment) -> bool:
    """Whether a call of a method that begins, of which nothing is decided yet, would be slow if it were stepped into.

    An object is one value: after each statement that has to do with it all of it is read.
    """
    script, store = version.script, version.store
    frame, whole = script.frames[node.unit.callee], script.whole[node.unit.callee]
    if not frame.receiver or not _fresh(version.steps, whole):
        return False
    records = [env.records[name] for name in node.reads if name in env.records and name not in env.unknown]
    read = max((r["objects"] / _OBJECTS + r["size"] / _BYTES for r in records), default=0.0)
    known = store.costs([whole, _READING + whole])
    read = max(read, known.get(_READING + whole, 0.0))
    inside = sum(each.frame == node.unit.callee for each in script.nodes)
    return inside * read > _MOST_READING * max(known.get(whole, 0.0), _UNKNOWN_SECONDS)


def _fresh(steps: Steps, whole: str) -> bool:
    return isinstance(steps.enter, Entering) and steps.enter.fresh(whole)


def remember(
    store: Store, script: Script, seconds: Mapping[int, float], reading: Mapping[int, float]
) -> None:  # fmt: skip
    """After a run. seconds: what each node took, now or when it was computed; calls with others are left out.

    reading: what it took then to read what it may have changed.
    """
    known = store.costs(_MODE + call for _, call in script.asked)
    for (_, call), (_, entered) in script.asked.items():
        if _MODE + call not in known:
            store.learn_cost(_MODE + call, float(entered))
    _remember_reading(store, script, reading)
    nodes = {number: [] for number in range(len(script.frames))}  # type: dict[int, list[int]]
    for node in script.nodes:
        number = node.frame
        while number >= 0:
            nodes[number].append(node.id)
            number = script.frames[number].outer
    parts = [(script.whole[number], inside) for number, inside in nodes.items()]
    for branch in script.branches:
        parts.append((branch.head, [node.id for node in script.nodes if branch.test <= node.id < branch.end]))
    for guard in script.guards:
        parts.append((guard.cost, [node.id for node in script.nodes if guard.head <= node.id < guard.end]))
    costs: dict[str, float] = {}
    for key, inside in parts:
        if inside and seconds.keys() >= set(inside):
            costs[key] = max(costs.get(key, 0.0), sum(seconds[each] for each in inside))
    for key, cost in costs.items():
        store.learn_cost(key, cost)


def _remember_reading(store: Store, script: Script, reading: Mapping[int, float]) -> None:
    """Of calls of methods, entered or not: what reading their objects once took, where that is no trifle."""
    whole = {statement for (statement, _), (_, entered) in script.asked.items() if not entered}
    found: dict[str, float] = {}
    for node in script.nodes:
        inside = node.frame >= 0 and script.frames[node.frame].receiver
        for key in ([node.key] if node.key in whole else []) + ([script.whole[node.frame]] if inside else []):
            found[key] = max(found.get(key, 0.0), reading.get(node.id, 0.0))
    for key, took in found.items():
        if took > CHEAP_SECONDS:
            store.learn_cost(_READING + key, took)
