"""Look-up: is there a trace of this node that still holds at this point of the program (rule R2)?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from mliter_tui import reasons
from mliter_tui.engine.environment import NAMES, PACKAGES, PASS, SETTINGS, SOURCES, WORKERS, Environment
from mliter_tui.engine.evidence import Evidence
from mliter_tui.engine.importing import inner_imports
from mliter_tui.engine.written import has_bytes, in_the_way
from mliter_tui.lean import dataclass
from mliter_tui.script.nodes import Node, shown
from mliter_tui.store import Store

CHEAP_SECONDS = 0.1
"""A node that asks for the time and took less than this runs again; a slower one is replayed and marked.

So is one of a loop or a `with` that took longer as a whole, where nothing else is new in its pass, or in the `with`:
what they took stays shown.
"""

Trace = dict[str, Any]


def effort(trace: Trace) -> float:
    """Seconds that computing a node takes, and then reading what it may have changed."""
    return float(trace["seconds"]) + float(trace.get("reading", 0.0))


@dataclass(frozen=True, slots=True)
class Found:
    """What the look-up says of a node. No trace: it must run, for `reason`; must_run: it holds but runs anyway."""

    trace: Trace | None
    reason: reasons.Reason
    must_run: bool = False

    def is_as(self, expected: Found | None) -> bool:
        """Whether it was expected so."""
        if expected is None or self.trace is None or expected.trace is None:
            return expected is not None and self.trace is expected.trace
        return bool(self.trace["id"] == expected.trace["id"])


class Finder(Protocol):
    """What says of each node whether a trace holds: `Lookup`, or what is known of an iteration that is over."""

    def find(self, node: Node, env: Environment) -> Found: ...

    def traces(self, key: str) -> list[Trace]: ...

    def is_new(self, key: str) -> bool: ...


class _Index:
    """The traces of one key, newest first, by what they say of their inputs: in a loop there are many."""

    def __init__(self, traces: list[Trace]) -> None:
        self.traces, self._count = traces, len(traces)
        self._by_names: dict[tuple[str, ...], dict[tuple[str, ...], list[tuple[int, Trace]]]] = {}
        for at, trace in enumerate(reversed(traces)):
            self._put(at, trace)

    def _put(self, at: int, trace: Trace) -> None:
        names, versions = tuple(trace["inputs"]), tuple(trace["inputs"].values())
        self._by_names.setdefault(names, {}).setdefault(versions, []).append((at, trace))

    def is_of(self, traces: list[Trace]) -> bool:
        return self.traces is traces and self._count == len(traces)

    def added(self, trace: Trace) -> None:
        """It has come to stand first among them."""
        self._put(self._count, trace)
        self._count += 1

    def fitting(self, env: Environment) -> list[Trace]:
        """Those whose inputs are as they are now, newest first."""
        found: list[tuple[int, Trace]] = []
        for names, by_versions in self._by_names.items():
            found += by_versions.get(tuple(map(env.version, names)), ())
        return [trace for _, trace in sorted(found, key=lambda each: -each[0])]


class Lookup:
    """Finds traces for one version of the script."""

    def __init__(self, store: Store, evidence: Evidence, rerun_unseeded: bool) -> None:
        self.store, self.evidence = store, evidence
        self.rerun_unseeded = rerun_unseeded
        self.labels: dict[int, str] = {}
        self.kept: dict[str, list[Trace]] = {}
        self._indexed: dict[str, _Index] = {}
        self._added: dict[str, int] = {}
        # nodes in loops and `with` that ask for the time: those that run again, and those that do not (None while it is
        # planned)
        self.restless: set[int] = set()
        self.calm: set[int] | None = None
        self.done: set[int] = set()  # nodes that talked to the outside in this iteration: never twice
        self.changes: Callable[[], dict[int, reasons.Reason]] = dict

    def traces(self, key: str) -> list[Trace]:
        if key not in self.kept:
            self.kept[key] = self.store.traces(key)
        return self.kept[key]

    def is_new(self, key: str) -> bool:
        """Whether all traces of a key that are known were made in this iteration."""
        return len(self.traces(key)) == self._added.get(key, 0)

    def add(self, key: str, trace: Trace) -> None:
        self._added[key] = self._added.get(key, 0) + 1
        traces = self.kept.setdefault(key, [])
        index = self._indexed.get(key)
        known = index is not None and index.is_of(traces)
        traces.insert(0, trace)
        if index is not None and known:
            index.added(trace)

    def _index(self, key: str) -> _Index:
        traces, found = self.traces(key), self._indexed.get(key)
        if found is None or not found.is_of(traces):
            found = self._indexed[key] = _Index(traces)
        return found

    def find(self, node: Node, env: Environment) -> Found:
        env.tokens[PASS] = node.place
        index = self._index(node.key)
        newest = index.traces[0] if index.traces else None
        first: reasons.Reason | None = None
        # names that leave others by this node: how, is told by a trace of where they stood with them
        leaving = env.letting_go(node) - env.unknown.keys()
        for trace in index.fitting(env):
            why = self._holds(trace, env)
            if why is None and not leaving <= trace["inputs"].keys():
                why = reasons.UpstreamChanged(names=tuple(shown(n) for n in sorted(leaving - trace["inputs"].keys())))
            if why is None and trace["outcome"] == "exit" and node.guards:
                why = reasons.SourceChanged(diff="what is around it sees to its exit")
            if why is None:
                if self.evidence.lines.holds(node, trace["place"]):
                    return self._decide(node, trace)
                why = reasons.SourceChanged(diff="lines it names have moved")
            if trace is newest:
                first = why
        if newest is not None and first is None:
            first = self._explain([n for n, version in newest["inputs"].items() if env.version(n) != version], env)
        return Found(None, first or self.changes().get(node.id) or reasons.FirstRun())

    def _holds(self, trace: Trace, env: Environment) -> reasons.Reason | None:
        """Why a trace does not hold though its inputs are as they are now; None where it does."""
        if trace["group_inputs"] and env.group_inputs(trace["inputs"]) != trace["group_inputs"]:
            return reasons.UpstreamChanged(node="", names=tuple(n for g, _ in trace["group_inputs"] for n in g))
        if not trace["group_inputs"] and env.group_inputs(trace["inputs"]):
            return reasons.UpstreamChanged(node="", names=())
        for name, members in trace["sharing"].items():
            if env.sharers(name) != members:
                return reasons.UpstreamChanged(names=(shown(name),))
        if parted := env.parted(trace):
            return reasons.UpstreamChanged(names=tuple(shown(n) for n in parted))
        why = self.evidence.mismatch(trace, env)
        if why is not None:
            return why
        for path, _, content in trace["files"]:
            if in_the_way(path, content, env.files):
                return reasons.FileChanged(path=path, mtime=None, before=content, after="something else")
            if not has_bytes(content) or self.store.holds(content) or self.evidence.content(path) == content:
                continue
            return reasons.FileChanged(path=path, mtime=None, before=content, after=self.evidence.content(path))
        return None

    def _explain(self, differing: list[str], env: Environment) -> reasons.Reason:
        if differing in ([PACKAGES], [SETTINGS], [WORKERS]):
            return reasons.HiddenState(package="an imported package", node="")
        names = tuple(shown(n) for n in differing if not n.startswith("state:"))
        makers = [env.unknown[n] for n in differing if n in env.unknown]
        return reasons.UpstreamChanged(node=self.labels.get(makers[0], "") if makers else "", names=names)

    def _stays(self, node: Node) -> bool:
        """Whether what a node in a loop or a `with` was told of the time stays so."""
        return node.within and node.id not in self.restless and (self.calm is None or node.id in self.calm)

    def runs_again(self, trace: Trace) -> bool:
        """Whether a node asks for the time and is cheap."""
        return bool(trace["clock"]) and trace["seconds"] < CHEAP_SECONDS

    def _decide(self, node: Node, trace: Trace) -> Found:
        if node.id in self.done:
            return Found(trace, reasons.NotNeeded())
        hit: reasons.Reason = reasons.NotNeeded(consumers=())
        if trace["external"] and not self.store.accepted(node.key):
            return Found(trace, reasons.External(what=", ".join(trace["external"])), True)
        if self.runs_again(trace) and not self._stays(node) and not self.store.accepted(node.key):
            return Found(trace, reasons.Clock(what=", ".join(trace["clock"])), True)
        if trace["unseeded"] and self.rerun_unseeded:
            return Found(trace, reasons.Unseeded(stream=", ".join(trace["rng"]) or "a generator without a seed"), True)
        return Found(trace, hit)


def inputs_of(node: Node, env: Environment, needs: list[str], reply: dict[str, Any]) -> dict[str, str]:
    """The input versions of a node that just ran, as its trace will demand them."""
    inputs = {n: env.version(n) for n in needs}
    inputs |= reply["forked"]  # children have the random streams as they were
    for name, change in reply["rng"].items():
        if change["read"]:
            inputs[name] = change["before"]
    if env.reaches_packages(needs) or node.kind == "import":
        inputs[PACKAGES] = env.version(PACKAGES)
    elif node.calls:
        inputs[SETTINGS] = env.version(SETTINGS)
    if WORKERS in env.tokens and node.kind not in ("import", "def", "class"):
        inputs[WORKERS] = env.version(WORKERS)
    if env.reaches_names(node, needs):
        inputs[NAMES] = env.version(NAMES)
    if PACKAGES in inputs or inner_imports(node):
        inputs[SOURCES] = env.version(SOURCES)
    if reply["clock"] and node.place:
        inputs[PASS] = node.place
    if reply["figures"]:
        inputs["state:matplotlib"] = env.version("state:matplotlib")
    return inputs

