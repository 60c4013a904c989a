"""Keeping values: which of a node's new values are written to the store (rule R10)."""

from __future__ import annotations

from typing import Any

from mliter_tui import events, reasons
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import DEFAULT_LOAD, artifact_key
from mliter_tui.engine.lookup import Trace
from mliter_tui.plan.policies import Candidate, policy
from mliter_tui.plan.recovery import Recovery
from mliter_tui.script.nodes import Node
from mliter_tui.store import Store

_READ_RATE, _WRITE_RATE = 1.5e9, 6e8  # bytes a second; read is a memory map plus first touches
_OBJECT_LOAD, _OBJECT_WRITE, _OBJECT_LOOK = 1.5e-7, 2e-7, 3e-7  # seconds for each Python object in a value


class Keeper:
    """Asks the policy about each new value and files what the kernel wrote."""

    def __init__(self, store: Store, name: str) -> None:
        self.store, self.policy = store, policy(name)
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
            self.recovery.made(outputs, inputs, float(trace["seconds"]), node.kind == "import")
        self._told.clear()

    def jobs(self, node: Node, trace: Trace, env: Environment) -> list[dict[str, Any]]:
        """What the kernel should write now, while the values are as this node left them."""
        self._settle()
        jobs: list[dict[str, Any]] = []
        done: set[str] = set()
        for name in dict.fromkeys([*trace["outputs"], *trace["solo"]]):  # also what has come to stand alone
            record = env.records.get(name)
            if record is not None and env.groups.get(name) is None and record["storable"] and record["exact"]:
                self._consider(jobs, record["fp"], [name], env, record, trace, node)
        for group in trace["groups"]:
            if group["fp"] not in done and group["storable"]:
                done.add(group["fp"])
                self._consider(jobs, group["fp"], group["names"], env, group, trace, node)
        return jobs

    def _consider(
        self, jobs: list[dict[str, Any]], fp: str, names: list[str], env: Environment, about: dict[str, Any],
        trace: Trace, node: Node,
    ) -> None:  # fmt: skip
        item = env.item(names[0])
        plain = all(env.records[n]["plain"] for n in names)
        again, total = self.recovery.seconds(item, plain)
        size, objects, joint = about["size"], about["objects"], env.groups.get(names[0]) is not None
        look = _OBJECT_LOOK if joint else 0.0  # whether what they share survives is looked at before the write
        candidate = Candidate(
            fp=fp, nbytes=size, recovery_seconds=again, cumulative_seconds=total,
            load_seconds=DEFAULT_LOAD + size / _READ_RATE + objects * _OBJECT_LOAD,
            write_seconds=DEFAULT_LOAD + size / _WRITE_RATE + objects * (_OBJECT_WRITE + look),
            free_bytes=max(0, self.store.budget - self.store.used_bytes()), budget=self.store.budget,
            reproducible=not trace["unseeded"],
        )  # fmt: skip
        decision = self.policy.keep(candidate)
        shown = tuple(n.removeprefix("main.") for n in names)
        if not decision.keep:
            self.told.append(events.ValueNotKept(node.id, shown, size, decision.reason))
            return
        if self.store.artifact(fp) is not None:
            return
        self.decided[fp] = (", ".join(shown) or node.label, again, size, decision.reason)
        self.recovery.kept(item, candidate.load_seconds)
        jobs.append({"fp": fp, "names": names, "joint": joint})

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
                continue
            else:
                why = reasons.NotStored(self.policy.name, "there is no room for it", size)
            self.told.append(events.ValueNotKept(node.id, names, size, why))
