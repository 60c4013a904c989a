"""Keeping values: which of a node's new values are written to the store (rule R10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mliter_tui import events, reasons
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import DEFAULT_LOAD, artifact_key
from mliter_tui.engine.lookup import Trace, effort
from mliter_tui.engine.pins import Pins
from mliter_tui.plan.policies import Candidate, Decision, policy
from mliter_tui.plan.recovery import Recovery
from mliter_tui.records import to_fields
from mliter_tui.script.nodes import RETURN, Node, shown
from mliter_tui.store import Store

MEASURED = 2_000_000
"""Bytes up to which what a script measures is kept though loading it saves no time."""
_READ_RATE, _WRITE_RATE = 1.5e9, 6e8  # bytes a second; read is a memory map plus first touches
_OBJECT_LOAD, _OBJECT_WRITE, _OBJECT_LOOK = 1.5e-7, 2e-7, 3e-7  # seconds for each Python object in a value


def transfer(nbytes: int, objects: int) -> tuple[float, float]:
    """Seconds that loading a value will probably take, and writing it."""
    load = DEFAULT_LOAD + nbytes / _READ_RATE + objects * _OBJECT_LOAD
    return load, DEFAULT_LOAD + nbytes / _WRITE_RATE + objects * _OBJECT_WRITE


class Keeper:
    """Asks the policy about each new value and files what the kernel wrote.

    measured: gives the names of what the script measures; asked only where the policy has refused something.
    """

    def __init__(
        self, store: Store, name: str, pins: Pins, measured: Callable[[], frozenset[str]] = frozenset
    ) -> None:
        self.store, self.policy, self.pins, self._measured = store, policy(name), pins, measured
        self.recovery = Recovery()
        self.decided: dict[str, tuple[str, float, int, reasons.Reason]] = {}  # label, seconds to recover, size, why
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
                self.decided[candidate.fp] = (", ".join(called) or node.label, again, candidate.nbytes, why)
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
        size, objects, joint = about["size"], about["objects"], env.groups.get(names[0]) is not None
        load, write = transfer(size, objects)
        write += objects * _OBJECT_LOOK if joint else 0.0  # whether what they share survives is looked at before
        return Candidate(
            fp=fp, nbytes=size, recovery_seconds=again, cumulative_seconds=total,
            load_seconds=load, write_seconds=write,
            free_bytes=max(0, self.store.budget - self.store.used_bytes()), budget=self.store.budget,
            reproducible=not trace["unseeded"],
        )  # fmt: skip

    def keep(self, node: Node, jobs: list[dict[str, Any]], reply: dict[str, Any]) -> None:
        """File what the kernel could write."""
        for job in jobs:
            answer = reply.get(job["fp"], {})
            label, again, size, why = self.decided[job["fp"]]
            names, seconds = tuple(label.split(", ")), answer.get("seconds", 0.0)
            if "manifest" not in answer:
                why = reasons.Uncacheable(what=answer.get("why", "it was not written"))
            elif self.store.add_artifact(
                job["fp"], answer["manifest"], load_seconds=seconds, compute_seconds=again, label=label
            ):
                self.told.append(events.ValueKept(node.id, names, size, seconds, why))
                if node.label in self.pins:
                    self.pins.kept(node.label, job["fp"])
                continue
            else:
                why = reasons.NotStored(self.policy.name, "there is no room for it", size)
            self.told.append(events.ValueNotKept(node.id, names, size, why))
