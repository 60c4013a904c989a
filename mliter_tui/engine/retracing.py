"""Past iterations, node by node: by which trace each one went, what it took, and whether it had to run.

The journal says which nodes an iteration had and what was done with each, the store has the traces; which of a node's
traces it was is found by walking the nodes with the environment as it was, so that each one's inputs fit. Where several
fit (a file was edited and put back), those are taken that lead to an end where all fit, newest first. A node of which
no trace is left (it failed, its trace was collected) stands for itself: its result is known by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from mliter_tui import events
from mliter_tui.engine.environment import PASS, SETTINGS, Environment
from mliter_tui.engine.forecast import artifact_key
from mliter_tui.engine.lookup import Trace
from mliter_tui.facts import Edge, NodeInfo
from mliter_tui.history import iterations
from mliter_tui.history.iterations import Past
from mliter_tui.lean import dataclass
from mliter_tui.script.nodes import Node, Unit, shown
from mliter_tui.store import Store

MUST = frozenset({"EXTERNAL", "CLOCK", "UNSEEDED"})
"""Codes of reasons by which a node runs though its trace holds."""
CALL = "call:"
"""Begins the keys of results of calls."""
_LOST = "lost:"
_TRIES = 20_000  # nodes looked at in an iteration, those of ways that came to nothing included


@dataclass(frozen=True)
class Step:
    """One node of a past iteration. known: an earlier iteration had the same trace; must_run: it runs all the same.

    free: it was executed ahead, and cost nothing. action: what was done with it; seconds: what computing it took then,
    None where it was not computed. followed: whether its trace was found.
    """

    node: Node
    trace: Trace
    known: bool = False
    must_run: bool = False
    free: bool = False
    action: events.Action = "compute"
    seconds: float | None = None
    followed: bool = True


@dataclass(frozen=True)
class Recorded:
    """A past iteration: its nodes in the order they came. rest: seconds that were neither computing, loading nor
    writing. loaded: how many values, results of calls included. writes: what keeping a value took, by key; policies: by
    which it was decided what to keep."""

    number: int
    when: float
    steps: tuple[Step, ...]
    seconds: float
    rest: float
    loaded: int = 0
    writes: Mapping[str, float] = field(default_factory=dict)
    policies: frozenset[str] = frozenset()

    @property
    def followed(self) -> bool:
        """Whether the trace of each of its nodes was found."""
        return all(step.followed for step in self.steps)


@dataclass
class _Told:
    """What the events of an iteration say. rows: (node, action, seconds, code of the reason), of the last walk."""

    rows: list[tuple[NodeInfo, events.Action, float, str]] = field(default_factory=list)
    edges: tuple[Edge, ...] = ()
    computed: dict[int, float] = field(default_factory=dict)  # in any walk
    kept: list[events.ValueKept] = field(default_factory=list)
    policies: set[str] = field(default_factory=set)
    calls: int = 0  # answered from the store


def retrace(store: Store, script: str, limit: int | None = None) -> list[Recorded]:
    """The last iterations of a script (its absolute path), those whose events were kept, oldest first."""
    found = []
    traces: dict[str, list[Trace]] = {}
    seen: set[str] = set()
    calls = {key: kept.load_seconds for key, kept in store.kept().items() if key.startswith(CALL)}  # what writing took
    for past in iterations.all_past(store, script, limit):
        told = _told(iterations.events_of(iterations.story_of(store, past)))
        if not told.rows:
            continue
        keys = {info.key for info, *_ in told.rows} - traces.keys()
        traces.update((key, list(map(_whole, some))) for key, some in store.traces_of(keys).items())
        way = _way(past, told, traces, iterations.values_of(store, past))
        found.append(_recorded(past, told, way, seen, calls))
    return found


def _told(story: Iterable[events.Event]) -> _Told:
    told = _Told()
    infos: dict[int, NodeInfo] = {}
    for event in story:
        match event:
            case events.VersionRead():
                infos, told.edges = {info.node: info for info in event.nodes}, event.edges
            case events.LoopUnrolled():
                infos = {n: info for n, info in infos.items() if not event.head <= n < event.end}
                infos |= {info.node: info for info in event.nodes}
                told.edges += event.edges
            case events.NodeFinished() if event.node in infos:
                if told.rows and event.node <= told.rows[-1][0].node:
                    told.rows.clear()  # it started over
                told.rows.append((infos[event.node], event.action, event.seconds, event.reason.code))
                if event.action == "compute":
                    told.computed[event.node] = max(event.seconds, told.computed.get(event.node, 0.0))
            case events.CallsMade():
                told.calls += sum(row.loaded for row in event.calls)
            case events.ValueKept() | events.ValueNotKept():
                told.policies.add(str(getattr(event.reason, "policy", "")))
                if isinstance(event, events.ValueKept):
                    told.kept.append(event)
    told.policies.discard("")
    return told


def _recorded(
    past: Past, told: _Told, way: Sequence[tuple[Trace, bool]], seen: set[str], calls: Mapping[str, float]
) -> Recorded:
    """seen: keys of calls and names of traces that earlier iterations had; added to. calls: what writing them took."""
    env = Environment()
    steps: list[Step] = []
    writes: dict[str, float] = {}
    for (info, action, _, code), (trace, followed) in zip(told.rows, way):
        took = told.computed.get(info.node)
        name = repr((info.key, sorted(trace["inputs"].items()), trace["obs"]))
        steps.append(Step(
            _node(info, trace), trace, followed and (name in seen or took is None), code in MUST,
            info.kind == "import" and took == 0.0, "compute" if took is not None else action, took, followed,
        ))  # fmt: skip
        fresh = {key for key, *_ in trace.get("calls", ())} - seen if took is not None else set[str]()
        writes |= {key: calls[key] for key in fresh & calls.keys()}
        seen |= {name, *fresh}
        env.apply(trace)
        for kept in told.kept:
            if kept.node == info.node and (key := _key_of(kept, trace, env)) is not None:
                writes[key] = kept.seconds
    reading = sum(step.trace.get("reading", 0.0) for step in steps if step.seconds)
    spent = sum(told.computed.values()) + reading + past.info.load_seconds + sum(writes.values())
    loaded = sum(step.action == "load" for step in steps) + told.calls
    return Recorded(
        past.number, past.info.when, tuple(steps), past.info.seconds, max(0.0, past.info.seconds - spent), loaded,
        writes, frozenset(told.policies),
    )  # fmt: skip


def _key_of(kept: events.ValueKept, trace: Trace, env: Environment) -> str | None:
    """Under which key a value went into the store that was kept behind this node."""
    alone = [[name] for name in (*trace["outputs"], *trace["solo"])]
    for names in [*alone, *(group["names"] for group in trace["groups"])]:
        if tuple(map(shown, names)) == kept.names:
            return artifact_key(env, names[0])
    return None


# -- which traces ------------------------------------------------------------------------------------------------------
def _way(
    past: Past, told: _Told, traces: Mapping[str, Sequence[Trace]], values: Mapping[str, str]
) -> list[tuple[Trace, bool]]:
    """For each node its trace, and whether that was found."""
    begin, end = past.info.when, past.info.when + past.info.seconds

    def fitting(at: int, env: Environment) -> list[Trace]:
        info = told.rows[at][0]
        return _fitting(traces.get(info.key, ()), env, begin, end, info.node in told.computed)

    def fits_the_end(env: Environment) -> bool:
        return all(env.version(name) == fp for name, fp in values.items() if name in env.records)

    fits = len(told.rows) - (past.info.status != "ok")  # the last one may have left no trace
    found = _search(fits, fitting, fits_the_end if past.info.status == "ok" else lambda env: True)
    env, way = Environment(), list[tuple[Trace, bool]]()
    for at in range(len(told.rows)):
        if at < len(found):
            trace, known = found[at], True
        else:
            traced = fitting(at, env)
            trace, known = (traced[0], True) if traced else (_alone(past.number, told, at, env), False)
        way.append((trace, known))
        env.apply(trace)
    return way


def _search(
    count: int, fitting: Callable[[int, Environment], list[Trace]], ends: Callable[[Environment], bool]
) -> list[Trace]:
    """For so many nodes the traces that all fit, depth first; none where there is no such way, or it takes too long."""
    env, way = Environment(), list[Trace]()
    others: list[tuple[int, Environment, list[Trace]]] = []
    for _ in range(_TRIES):
        found = fitting(len(way), env) if len(way) < count else []
        if len(way) == count and ends(env):
            return way
        if not found:
            if not others:
                return []
            at, env, found = others.pop()  # back to where another one fitted as well
            del way[at:]
        if len(found) > 1:
            others.append((len(way), env.copy(), found[1:]))
        way.append(found[0])
        env.apply(found[0])
    return []


def _fitting(
    traces: Sequence[Trace], env: Environment, begin: float, end: float, computed: bool
) -> list[Trace]:
    """Those by which a node may have gone here, the likeliest first.

    A trace is named by when it was made. One that was made again later has the later name.
    """
    found = [trace for trace in traces if _fits(trace, env)]

    def unlikely(trace: Trace) -> tuple[bool, bool]:
        made = trace["id"] / 1e9
        return made > end, (begin <= made <= end) != computed

    return sorted(found, key=unlikely)


def _fits(trace: Trace, env: Environment) -> bool:
    for name, version in trace["inputs"].items():
        now = env.version(name)
        if now != version and name != PASS and not now.startswith(_LOST):
            return False
    shared = env.group_inputs(trace["inputs"])
    if any(now != version and not version.startswith(_LOST) for now, version in zip(shared, trace["group_inputs"])):
        return False
    return all(env.sharers(name) == members for name, members in trace["sharing"].items())


def _alone(number: int, told: _Told, at: int, env: Environment) -> Trace:
    """What stands for the trace of a node of which none is left, by what is seen in the text."""
    info, _, seconds, _ = told.rows[at]
    reads = {name for edge in told.edges if edge.reader == info.node for name in edge.names}
    inputs = {name: env.version(name) for name in env.records if shown(name) in reads}
    outputs = {name: nothing_of(f"{_LOST}{number}:{info.node}") for name in info.binds}
    return trace_of(info.label, inputs, outputs, seconds)


def nothing_of(fp: str, **more: Any) -> dict[str, Any]:
    """The record of a value of which nothing is known but what stands for it; more: what is known after all."""
    return {
        "fp": fp, "size": 0, "objects": 0, "storable": False, "exact": False, "plain": True, "refs": [],
        "requires": [], "module": "", "opaque": False, "imports": [],
    } | more  # fmt: skip


def trace_of(
    label: str, inputs: Mapping[str, str], outputs: Mapping[str, dict[str, Any]], seconds: float
) -> Trace:
    """The trace of a node that has read and made these, and nothing else has come of it."""
    lists = "group_inputs obs deleted groups solo external clock events files packages blobs modules sources"
    flags = "warned workers figures settings unseeded loads alike moved"
    nothing: dict[str, Any] = {key: [] for key in lists.split()} | dict.fromkeys(flags.split(), False)
    return nothing | {
        "id": 0, "node": label, "lines": [0, 0], "inputs": dict(inputs), "outputs": dict(outputs), "sharing": {},
        "rng": {}, "hidden": "", "outcome": "next", "exit": 0, "seconds": seconds, "reading": 0.0, "outlook": "",
        "lineage": "",
    }  # fmt: skip


def _whole(trace: Trace) -> Trace:
    """A trace with all that traces have by now; those of earlier versions have less."""
    if (nothing := trace_of("", {}, {}, 0.0)).keys() <= trace.keys():
        return trace
    outputs = {name: nothing_of("") | record for name, record in trace["outputs"].items()}
    none = {"size": 0, "objects": 0, "storable": False, "requires": []}
    return nothing | trace | {"outputs": outputs, "groups": [none | group for group in trace["groups"]]}


def _node(info: NodeInfo, trace: Trace) -> Node:
    return node_of(info.node, info.kind, info.label, info.key, SETTINGS in trace["inputs"], info.file, info.lines)


def node_of(
    number: int, kind: str, label: str, key: str, calls: bool = False, module: str = "", lines: tuple[int, int] = (1, 1)
) -> Node:
    """A node as far as plans go by its trace, without its code."""
    none = frozenset[str]()
    return Node(
        number, -1, kind, lines, label, Unit("nothing", None), key, none, none, none, none, none, calls, False, none,
        none, module=module,
    )  # fmt: skip
