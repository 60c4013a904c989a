"""Keeping values: which of a node's new values are written to the store (rule R10)."""

from __future__ import annotations

from typing import Any

from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import DEFAULT_LOAD
from mliter_tui.engine.lookup import Trace
from mliter_tui.plan.policies import Candidate, policy
from mliter_tui.script.nodes import Node
from mliter_tui.store import Store

_READ_RATE, _WRITE_RATE = 1.5e9, 6e8  # bytes a second; read is a memory map plus first touches


class Keeper:
    """Asks the policy about each new value and files what the kernel wrote."""

    def __init__(self, store: Store, name: str) -> None:
        self.store, self.policy = store, policy(name)
        self.cumulative: dict[str, float] = {}
        self.labels: dict[str, tuple[str, float]] = {}

    def jobs(self, node: Node, trace: Trace, env: Environment) -> list[dict[str, Any]]:
        """What the kernel should write now, while the values are as this node left them."""
        own = float(trace["seconds"])
        total = own + sum({env_item: self.cumulative.get(env_item, 0.0) for env_item in self._inputs(trace)}.values())
        jobs: list[dict[str, Any]] = []
        done: set[str] = set()
        for name, record in trace["outputs"].items():
            self.cumulative[record["fp"]] = total
            group = env.groups.get(name)
            if group is None and record["storable"] and record["exact"]:
                self._consider(jobs, record["fp"], [name], False, record["size"], own, total, node.label)
        for group in trace["groups"]:
            if group["fp"] not in done and group["storable"]:
                done.add(group["fp"])
                self._consider(jobs, group["fp"], group["names"], True, group["size"], own, total, node.label)
        return jobs

    def _inputs(self, trace: Trace) -> list[str]:
        return [v for n, v in trace["inputs"].items() if not n.startswith(("state:", "rng:"))]

    def _consider(
        self, jobs: list[dict[str, Any]], fp: str, names: list[str], joint: bool, size: int, own: float, total: float,
        label: str,
    ) -> None:  # fmt: skip
        if self.store.artifact(fp) is not None:
            return
        candidate = Candidate(
            fp=fp, nbytes=size, compute_seconds=own, cumulative_seconds=total,
            load_seconds=DEFAULT_LOAD + size / _READ_RATE, write_seconds=DEFAULT_LOAD + size / _WRITE_RATE,
            free_bytes=max(0, self.store.budget - self.store.used_bytes()), budget=self.store.budget,
            reproducible=True,
        )  # fmt: skip
        if not self.policy.keep(candidate).keep:
            return
        self.labels[fp] = (", ".join(n.removeprefix("main.") for n in names) or label, total)
        jobs.append({"fp": fp, "names": names, "joint": joint})

    def keep(self, jobs: list[dict[str, Any]], reply: dict[str, Any]) -> None:
        for job in jobs:
            answer = reply.get(job["fp"], {})
            if "manifest" in answer:
                label, total = self.labels[job["fp"]]
                self.store.add_artifact(
                    job["fp"], answer["manifest"], load_seconds=answer["seconds"], compute_seconds=total, label=label
                )
