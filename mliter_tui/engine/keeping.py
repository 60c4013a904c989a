"""Keeping values: which of a node's new values are written to the store (rule R10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from mliter_tui import events, reasons
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import DEFAULT_LOAD, artifact_key
from mliter_tui.engine.listening import Emit
from mliter_tui.engine.lookup import Trace, effort
from mliter_tui.plan.pace import Pace
from mliter_tui.plan.policies import Candidate, Decision, policy
from mliter_tui.plan.recovery import Recovery
from mliter_tui.records import to_fields
from mliter_tui.script.functions import RETURN
from mliter_tui.script.nodes import Node, shown
from mliter_tui.store.shelf import Shelf

PACE = "pace of writing"
MEASURED = 2_000_000
"""Bytes up to which what a script measures is kept though loading it saves no time."""
_READ_RATE, _WRITE_RATE = 1.5e9, 6e8  # bytes a second; read is a memory map plus first touches
_OBJECT_LOAD, _OBJECT_WRITE = 1.5e-7, 2e-7  # seconds for each Python object in a value
_NATIVE_WRITE = 3e-8  # of builtin containers and atoms


def transfer(nbytes: int, objects: int, pace: Pace | None = None, native: bool = False) -> tuple[float, float]:
    """Seconds that loading a value will probably take, and writing it; without a pace, on a machine like ours.

    native: as of a scan in the kernel.
    """
    factor = pace.factor if pace is not None else 1.0
    load = DEFAULT_LOAD + nbytes / _READ_RATE + objects * _OBJECT_LOAD
    write = DEFAULT_LOAD + nbytes / _WRITE_RATE + objects * (_NATIVE_WRITE if native else _OBJECT_WRITE)
    return load * factor, write * factor


class Pinned(Protocol):
    """What says which nodes' values the user wants kept: as `pins.Pins`."""

    def __contains__(self, label: str) -> bool: ...

    def kept(self, label: str, key: str) -> None: ...


class Keeper:
    """Asks the policy about each new value and files what the kernel wrote.

    wanted: keys of what the plan is going to load, which makes room for nothing until it is among those loaded.
    measured: gives the names of what the script measures; asked only where the policy has refused something.
    """

    def __init__(
        self, store: Shelf, name: str, pins: Pinned, measured: Callable[[], frozenset[str]] = frozenset
    ) -> None:
        self.store, self.policy, self.pins, self._measured = store, policy(name), pins, measured
        self.recovery = Recovery()
        self.wanted: frozenset[str] = frozenset()
        self.loaded: set[str] = set()
        self.pace = Pace.from_json(store.meta(PACE))
        self._faded = False
        # label, seconds to recover, size, why, what writing it should take
        self.decided: dict[str, tuple[str, float, int, reasons.Reason, float]] = {}
        self.told: list[events.ValueKept | events.ValueNotKept] = []  # not yet passed on
        self._told: list[tuple[Node, Trace, dict[str, str | None], set[str]]] = []
        self._loads: dict[str, float] | None = None

    def apply(self, node: Node, trace: Trace, env: Environment) -> None:
        """Move the environment over a node that was computed, or skipped by this trace, and remember what it made."""
        inputs = {
            env.item(n): artifact_key(env, n) for n in trace["inputs"] if not n.startswith(("state:", "rng:"))
        }  # fmt: skip
        env.apply(trace)
        names = {*trace["outputs"], *trace["solo"], *(n for g in trace["groups"] for n in g["names"])}
        self._told.append((node, trace, inputs, {env.item(n) for n in names}))

    def _settle(self) -> None:
        """Work out what was told; only once something may be kept, as a run that skips everything needs none of it."""
        if self._loads is None:
            self._loads = self.store.load_seconds()
        for node, trace, inputs, outputs in self._told:
            for item, key in inputs.items():
                if key in self._loads:
                    self.recovery.kept(item, self._loads.pop(key))
            self.recovery.made(outputs, inputs, effort(trace), node.kind == "import")
        self._told.clear()

    def jobs(self, node: Node, trace: Trace, env: Environment) -> list[dict[str, Any]]:
        """What the kernel should write now, while the values are as this node left them."""
        jobs: list[dict[str, Any]] = []
        self._fade()
        for candidate, names, joint in self._candidates(trace, env):
            decision, called = self._decide(candidate, names), tuple(shown(n) for n in names)
            pinned = node.label in self.pins
            if not decision.keep and not pinned:
                self.told.append(events.ValueNotKept(node.id, called, candidate.nbytes, decision.reason))
            elif self.store.artifact(candidate.fp) is not None:
                if pinned:
                    self.pins.kept(node.label, candidate.fp)
            else:
                why = decision.reason if decision.keep else reasons.Forced(by="your pin")
                again = candidate.recovery_seconds
                label, estimate = ", ".join(called) or node.label, candidate.write_seconds / self.pace.factor
                self.decided[candidate.fp] = label, again, candidate.nbytes, why, estimate
                self.recovery.kept(env.item(names[0]), candidate.load_seconds)
                jobs.append({"fp": candidate.fp, "names": names, "joint": joint})
        return jobs

    def _decide(self, candidate: Candidate, names: list[str]) -> Decision:
        """The policy's word; beside that, `auto` keeps small predictions, which are soon made again but not of an
        earlier model: they are what comparisons of iterations go by."""
        decision = self.policy.keep(candidate)
        if decision.keep or self.policy.name != "auto" or not isinstance(decision.reason, reasons.NotStored):
            return decision
        if candidate.nbytes > min(MEASURED, candidate.budget // 100):
            return decision
        if not self._measured().intersection(map(shown, names)):
            return decision
        why = "small, and measured: comparisons of iterations go by it"
        return Decision(True, reasons.Kept(**to_fields(decision.reason) | {"why": why}))

    def decisions(self, node: Node, trace: Trace, env: Environment) -> dict[str, reasons.Reason]:
        """Why each of a node's values is kept or not, by its fingerprint; nothing is done."""
        found = {each.fp: self._decide(each, names).reason for each, names, _ in self._candidates(trace, env)}
        return dict.fromkeys(found, reasons.Forced(by="your pin")) if node.label in self.pins else found

    def _candidates(self, trace: Trace, env: Environment) -> Iterator[tuple[Candidate, list[str], bool]]:
        """(what the policy is asked, names, whether they go together) for each new value that can be written."""
        self._settle()
        done: set[str] = set()
        for name in dict.fromkeys([*trace["outputs"], *trace["solo"]]):  # also what has come to stand alone
            if name.endswith(RETURN):
                continue  # whoever called the function has it in a moment
            record = env.records.get(name)
            if record is not None and env.groups.get(name) is None and record["storable"] and record["exact"]:
                yield self._candidate(record["fp"], [name], env, record, trace), [name], False
        for group in trace["groups"]:
            if group["fp"] not in done and group["storable"]:
                done.add(group["fp"])
                joint = env.groups.get(group["names"][0]) is not None
                yield self._candidate(group["fp"], group["names"], env, group, trace), group["names"], joint

    def _candidate(
        self, fp: str, names: list[str], env: Environment, about: dict[str, Any], trace: Trace
    ) -> Candidate:
        plain = all(env.records[n]["plain"] for n in names)
        again, total = self.recovery.seconds(env.item(names[0]), plain)
        size, objects = about["size"], about["objects"]
        load, write = transfer(size, objects, self.pace, all(env.records[n].get("native", False) for n in names))
        return Candidate(
            fp=fp, nbytes=size, recovery_seconds=again, cumulative_seconds=total,
            load_seconds=load, write_seconds=write,
            free_bytes=max(0, self.store.budget - self.store.used_bytes()), budget=self.store.budget,
            reproducible=not trace["unseeded"],
        )  # fmt: skip

    def _fade(self) -> None:
        """Once in an iteration, when something may be kept."""
        if not self._faded:
            self._faded = True
            self.pace.fade()
            self.store.set_meta(PACE, self.pace.to_json())

    def learn(self, estimate: float, took: float) -> None:
        """Something was written; estimate: as it would be at a pace of 1."""
        self._fade()
        self.pace.learn(estimate, took)
        self.store.set_meta(PACE, self.pace.to_json())

    def keep(self, node: Node, jobs: list[dict[str, Any]], reply: dict[str, Any]) -> None:
        """File what the kernel could write."""
        for job in jobs:
            answer = reply.get(job["fp"], {})
            label, again, size, why, estimate = self.decided[job["fp"]]
            names, seconds = tuple(label.split(", ")), answer.get("seconds", 0.0)
            if "manifest" in answer:
                self.learn(estimate, seconds)
            if "manifest" not in answer:
                why = reasons.Uncacheable(what=answer.get("why", "it was not written"))
            elif self.store.add_artifact(
                job["fp"], answer["manifest"], load_seconds=seconds, compute_seconds=again, label=label,
                keep=self.wanted - self.loaded,
            ):
                self.told.append(events.ValueKept(node.id, names, size, seconds, why))
                if node.label in self.pins:
                    self.pins.kept(node.label, job["fp"])
                continue
            else:
                why = reasons.NotStored(self.policy.name, "there is no room for it", size)
            self.told.append(events.ValueNotKept(node.id, names, size, why))

    def tell(self, emit: Emit) -> None:
        """Pass on what was decided and done."""
        told, self.told = self.told, []
        for event in told:
            emit(event)
