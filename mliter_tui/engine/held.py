"""What the kernel holds at this moment: which versions of names, hidden state, imports and random streams."""

from __future__ import annotations

import base64
from typing import Any

from mliter_tui.engine.environment import FIGURES, IMPORTS, PACKAGES, SETTINGS, Environment
from mliter_tui.engine.forecast import artifact_key
from mliter_tui.engine.lookup import Trace
from mliter_tui.script.nodes import Node
from mliter_tui.store.shelf import Shelf


class Missing(Exception):
    """Needed values, by their names, are neither held nor in the store."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names)
        self.names = names

    def made_by(self, trace: Trace) -> bool:
        """Whether a node with this trace made one of them."""
        return any(makes(trace, name) for name in self.names)


def makes(trace: Trace, name: str) -> bool:
    """Whether a node with this trace bound, changed or regrouped a name."""
    return name in trace["outputs"] or any(name in g["names"] for g in trace["groups"])


class Held:
    """Mirrors the kernel. A name not in `live`, or there at another version than needed, must be loaded first.

    So must one that shares with others there than it should: two lists may be alike and not the same.
    """

    def __init__(self) -> None:
        self.live: dict[str, str] = {}
        self._together: dict[str, frozenset[str]] = {}  # those that share state there, by each of them
        self.imports: set[str] = set()
        self.states = {PACKAGES: "0", SETTINGS: "0", FIGURES: "0"}
        self._gone: list[str] = []
        self._left: list[str] = []  # functions that were left without the kernel
        self._warned: dict[str, set[int]] = {}  # skipped nodes that had warned, by their key
        self._streams: dict[str, str] = {}
        self._stream_states: dict[str, str] = {}

    def items(self, env: Environment, chain: str) -> set[str]:
        """Items of the plan that cost nothing, as the kernel has them."""
        whole: dict[int, bool] = {}
        items = {env.item(n) for n, fp in self.live.items() if env.version(n) == fp and self._whole(n, env, whole)}
        items |= {f"{s}={v}" for s, v in self.states.items()}
        items |= {f"{n}={v}" for n, v in self._streams.items()}
        if chain in self.imports:
            items.add(f"{IMPORTS}={chain}")
        return items

    def _whole(self, name: str, env: Environment, known: dict[int, bool]) -> bool:
        """Whether all that share state with a name, and no others, are here at the right versions.

        known: answers by group.
        """
        group = env.groups.get(name)
        if group is None:
            return name not in self._together
        if id(group) not in known:
            whole = self._together.get(name) == frozenset(group["names"])
            known[id(group)] = whole and all(self.live.get(n) == env.version(n) for n in group["names"])
        return known[id(group)]

    def _forget(self, name: str) -> bool:
        """Take a name for one that the kernel has not; whether it had it."""
        for other in (rest := self._together.pop(name, frozenset()) - {name}):
            if len(rest) > 1:
                self._together[other] = rest
            else:
                self._together.pop(other, None)
        return self.live.pop(name, None) is not None

    def _part(self, names: set[str], env: Environment) -> list[str]:
        """Forget who shares with one of these names in the kernel, and should not; those are to be dropped there."""
        parted = []
        for name in sorted(names & self._together.keys() & env.records.keys()):
            for other in sorted(self._together.get(name, frozenset()) - {name, *env.sharers(name)}):
                if other.startswith("mod:"):
                    raise Missing(other)  # nothing can be taken out of a module
                self._forget(other)
                parted.append(other)
        return parted

    def loads(
        self, needs: list[str], env: Environment, store: Shelf
    ) -> tuple[list[dict[str, Any]], list[str], dict[str, str]]:
        """(load jobs, names to drop, name -> artifact) so that exactly the needed names hold their versions."""
        jobs: list[dict[str, Any]] = []
        drop, self._gone = self._gone, []
        loaded: dict[str, str] = {}
        lost: list[str] = []
        whole: dict[int, bool] = {}
        wanted: set[str] = set()
        for name in needs:
            group = env.groups.get(name)
            wanted |= {name} | (set(group["names"]) if group is not None else set())
        for name in list(wanted):
            group, record = env.groups.get(name), env.records.get(name)
            wanted |= set(group["requires"]) if group is not None else set()
            wanted |= set(record["requires"]) if record is not None else set()
        drop += self._part(wanted, env)
        for name in sorted(wanted):
            if name not in env.records:
                if self._forget(name):
                    drop.append(name)
                continue
            if name in loaded or (self.live.get(name) == env.version(name) and self._whole(name, env, whole)):
                continue
            key = artifact_key(env, name)
            kept = store.artifact(key) if key is not None else None
            if key is None or kept is None:
                lost.append(name)
                continue
            group = env.groups.get(name)
            names = group["names"] if group is not None else [name]
            for each in names:
                if each.startswith("mod:") and each not in self.live:
                    raise Missing(each)  # its module has not been imported there, so that nothing can be bound in it
            versions = {n: env.version(n) for n in names}
            jobs.append({"manifest": kept.manifest, "fp": key, "joint": group is not None, "names": versions})
            loaded.update(dict.fromkeys(names, key))
            for each in names:
                self._forget(each)
            self.live.update(versions)
            if group is not None:
                self._together.update(dict.fromkeys(names, frozenset(names)))
        if lost:
            raise Missing(*lost)  # all at once: for each of them the run begins again
        return jobs, drop, loaded

    def stale(self, env: Environment) -> list[str]:
        """Names that the kernel has at another version than they would have here."""
        return [name for name, version in self.live.items() if env.version(name) != version]

    def left(self) -> list[str]:
        """Functions whose variables have ended since this was asked."""
        left, self._left = self._left, []
        return left

    def streams(self, env: Environment) -> dict[str, tuple[str, bytes]]:
        """States to put the random streams in that stand elsewhere than they should."""
        found = {}
        for name, state in self._stream_states.items():
            if self._streams.get(name) != env.version(name):
                found[name] = (env.version(name), base64.b64decode(state))
                self._streams[name] = env.version(name)
        return found

    def remember_streams(self, trace: Trace) -> None:
        for name, change in trace["rng"].items():
            self._stream_states[name] = change[2]

    def skipped(self, node: Node, trace: Trace, env: Environment) -> None:
        """A node was not computed, its output shown all the same; `env` is as after it."""
        gone = [name for name in trace["deleted"] if self._forget(name)]
        for name in trace["outputs"]:
            if name in self._together and not name.startswith("mod:") and {*env.sharers(name)} != self._together[name]:
                self._gone += [name] * self._forget(name)  # its others may well be what they should
        if node.ends:  # its variables live on where a closure holds them
            self._left.append(node.ends)
        else:
            self._gone += gone  # python has let go of it, too
        if trace["warned"]:
            self._warned.setdefault(node.key, set()).add(node.id)

    def unwarned(self, node: Node, trace: Trace | None) -> set[int]:
        """Equal nodes that had warned and were skipped: had they run, this one would have stayed silent."""
        return self._warned.get(node.key, set()) if trace is None or not trace["warned"] else set()

    def in_step(self, env: Environment) -> set[str]:
        """Hidden states that are here as they would be at this point."""
        return {name for name, version in self.states.items() if env.version(name) == version}

    def ran(self, node: Node, trace: Trace, env: Environment, in_step: set[str]) -> None:
        """A node was computed; `env` is as after it, `in_step` what was said before it."""
        for name, record in trace["outputs"].items():
            self.live[name] = record["fp"]
        for name in trace["deleted"]:
            self._forget(name)
        for name in {*trace["outputs"], *trace["solo"], *(n for g in trace["groups"] for n in g["names"])}:
            if sharers := env.sharers(name):
                self._together[name] = frozenset(sharers)
            else:
                self._together.pop(name, None)
        for name, change in trace["rng"].items():
            self._streams[name] = change[1]
        for state in in_step:
            self.states[state] = env.version(state)
        if node.kind == "import":
            self.imports.add(str(node.id))
