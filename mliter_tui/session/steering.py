"""What the user does to the engine: pins, evictions, forced and accepted nodes, and taking it back.

Each act is told as an event `Steered` and written to the store, so that it holds in the next session, too. A command
that cannot be meant raises UsageError.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from mliter_tui import commands
from mliter_tui.engine import accepting
from mliter_tui.engine.forecast import artifact_key
from mliter_tui.errors import UsageError
from mliter_tui.events import Steered, Weighed
from mliter_tui.facts import Act
from mliter_tui.script.nodes import Node
from mliter_tui.session.planning import Planned
from mliter_tui.store import Artifact, Aside, Store
from mliter_tui.wording import bytes_text, seconds_text

MOST_UNDO = 20


class _Done(NamedTuple):
    """An act that can be taken back: `undo` does it, `forget` gives up the possibility."""

    text: str
    undo: Callable[[], None]
    forget: Callable[[], None]


class Steering:
    """`desk` is the version last read; the session sets it. forced: code keys of nodes."""

    def __init__(self, store: Store, script: str) -> None:
        self.store, self._name = store, f"steering of {script}"
        self.desk: Planned | None = None
        known = store.meta(self._name)
        self.forced: set[str] = set(known.get("forced", ())) if isinstance(known, dict) else set()
        self._acts: list[_Done] = []

    # -- what a version is told ----------------------------------------------------------------------------------
    def forced_nodes(self, nodes: Iterable[Node]) -> list[int]:
        """The nodes of a version that the user wants computed."""
        return [node.id for node in nodes if node.key in self.forced]

    def computed(self, keys: Iterable[str]) -> None:
        """These nodes have been computed: they are forced no longer."""
        if self.forced & set(keys):
            self.forced -= set(keys)
            self._write()

    # -- acts ----------------------------------------------------------------------------------------------------
    def act(self, command: commands.Command) -> Steered:
        """Do it; what came of it."""
        match command:
            case commands.Pin():
                return self._pin(command.nodes, command.keys)
            case commands.Unpin():
                return self._unpin(command.nodes, command.keys)
            case commands.Evict():
                return self._evict(self._chosen(command.nodes, command.keys))
            case commands.Force():
                return self._force(command.nodes)
            case commands.Accept():
                return self._accept(command.nodes)
            case commands.Undo():
                return self._undo()
        raise UsageError(f"{type(command).__name__} is nothing that steers.")

    def weigh(self, command: commands.Command, line: str) -> Weighed:
        """What a command would change. Raises UsageError where it cannot be done, or its price not be told."""
        match command:
            case commands.Evict():
                return self._price(self._chosen(command.nodes, command.keys), line)
            case commands.Accept():
                return self._gain([self._node(node) for node in command.nodes], line)
            case commands.SetBudget():
                over = max(0, self.store.used_bytes() - command.nbytes)
                gone = f"values of about {bytes_text(over)} go, those that save least" if over else "nothing goes"
                text = f"A budget of {bytes_text(command.nbytes)}: {gone}; pinned values stay."
                return Weighed(line, text, None, over)
        raise UsageError("What this would change cannot be told before; it can be undone.")

    def _gain(self, nodes: list[Node], line: str) -> Weighed:
        """What it saves to accept the changes of some nodes."""
        desk = self._known()
        chosen = {each.id for node in nodes for each, _ in accepting.accepted_with(desk.version, node)}
        saved = sum(s.seconds or 0.0 for s in desk.plan.states if s.node in chosen)
        labels = ", ".join(node.label for node in nodes)
        text = f"Accepting: {labels} keeps what it had before this change; the next run saves {seconds_text(saved)}."
        return Weighed(line, text, -saved)

    def _price(self, chosen: list[Artifact], line: str) -> Weighed:
        nbytes = sum(each.nbytes for each in chosen)
        longer = max(0.0, sum(each.compute_seconds - each.load_seconds for each in chosen))
        text = (
            f"Evicting {_names(chosen)} frees {bytes_text(nbytes)}; "
            f"a run that needs {'them' if len(chosen) > 1 else 'it'} takes {seconds_text(longer)} longer."
        )
        return Weighed(line, text, longer, nbytes)

    def _pin(self, nodes: tuple[int, ...], keys: tuple[str, ...]) -> Steered:
        pins, labels, pinned = self._known().version.pins, [], []
        for node in map(self._node, nodes):
            labels.append(node.label)
            found = self._keys(node)
            pins.add(node.label, found)
            pinned += found
        for artifact in self._artifacts(keys):
            self.store.pin(artifact.fp)
            labels.append(artifact.label)
            pinned.append(artifact.fp)
        later = "" if pinned or not nodes else "; kept from the next time it is computed"
        undo = commands.Unpin(nodes, keys)
        return self._did("pin", f"Pinned {', '.join(labels)}{later}.", lambda: self._quietly(undo), nodes, pinned)

    def _unpin(self, nodes: tuple[int, ...], keys: tuple[str, ...]) -> Steered:
        pins, labels, unpinned = self._known().version.pins, [], []
        for node in map(self._node, nodes):
            labels.append(node.label)
            pins.remove(node.label)
            for key in self._keys(node):
                self.store.unpin(key)
                unpinned.append(key)
        for artifact in self._artifacts(keys):
            self.store.unpin(artifact.fp)
            labels.append(artifact.label)
            unpinned.append(artifact.fp)
        undo = commands.Pin(nodes, keys)
        return self._did("unpin", f"Unpinned {', '.join(labels)}.", lambda: self._quietly(undo), nodes, unpinned)

    def _evict(self, chosen: list[Artifact]) -> Steered:
        gone = [aside for each in chosen if (aside := self.store.set_aside(each.fp)) is not None]
        freed = sum(aside.freed for aside in gone)
        text = f"Evicted {_names(chosen)}; {bytes_text(freed)} freed."

        def undo() -> None:
            lost = [aside.artifact.label for aside in gone if not self.store.bring_back(aside)]
            if lost:
                raise UsageError(f"{', '.join(lost)} cannot be brought back; the next run that needs it computes it.")

        return self._did("evict", text, undo, (), [each.fp for each in chosen], lambda: self._forget(gone))

    def _force(self, nodes: tuple[int, ...]) -> Steered:
        chosen = [self._node(node) for node in nodes]
        script = self._known().version.script
        keys = {each.key for node in chosen for each in (*script.inside(node), node)}
        labels = ", ".join(node.label for node in chosen)
        taken_back = keys <= self.forced
        act: Act = "unforce" if taken_back else "force"
        self.forced = self.forced - keys if taken_back else self.forced | keys
        reached = all(node.id in self._known().forecast.found for node in chosen)
        when = "computed in the next run" if reached else "computed in the next run that comes to it"
        text = f"{labels}: {'computed again only if need be' if taken_back else when}."
        return self._did(act, text, lambda: self._toggle(keys, taken_back), nodes)

    def _toggle(self, keys: set[str], on: bool) -> None:
        self.forced = self.forced | keys if on else self.forced - keys

    def _accept(self, nodes: tuple[int, ...]) -> Steered:
        version = self._known().version
        made: list[tuple[Node, int | None]] = []
        for node in map(self._node, nodes):
            made += accepting.accept(version, node)

        def undo() -> None:
            for node, trace in made:
                if trace is None:
                    self.store.unaccept(node.key)
                else:
                    self.store.drop_trace(trace)

        labels = ", ".join(self._node(node).label for node in nodes)
        return self._did("accept", f"{labels}: what changed does not matter; its values are kept.", undo, nodes)

    def _undo(self) -> Steered:
        if not self._acts:
            raise UsageError("There is nothing to undo.")
        done = self._acts.pop()
        done.undo()
        self._write()
        return Steered("undo", f"Undone: {done.text}", time.time(), undoable=bool(self._acts))

    def _did(
        self, act: Act, text: str, undo: Callable[[], None], nodes: Iterable[int], keys: Iterable[str] = (),
        forget: Callable[[], None] = lambda: None,
    ) -> Steered:  # fmt: skip
        self._acts.append(_Done(text, undo, forget))
        if len(self._acts) > MOST_UNDO:
            self._acts.pop(0).forget()
        self._write()
        return Steered(act, text, time.time(), tuple(nodes), tuple(keys), True)

    def _quietly(self, command: commands.Command) -> None:
        """The opposite of an act, without being one that can be undone itself."""
        self.act(command)
        self._acts.pop()

    def close(self) -> None:
        """Nothing can be taken back any more."""
        for done in self._acts:
            done.forget()
        self._acts.clear()

    # -- what is meant -------------------------------------------------------------------------------------------
    def _known(self) -> Planned:
        if self.desk is None:
            raise UsageError("No version of the script could be read yet; mend it and save.")
        return self.desk

    def _node(self, number: int) -> Node:
        node = self._known().version.script.by_number.get(number)
        if node is None:
            raise UsageError(f"There is no node {number} in this version.")
        return node

    def _keys(self, node: Node) -> list[str]:
        """The kept values that a node makes."""
        desk = self._known()
        found = desk.forecast.found.get(node.id)
        if found is None or found.trace is None:
            return []
        env = desk.before(node.id)
        env.apply(found.trace)
        keys = dict.fromkeys(artifact_key(env, n) for n in found.trace["outputs"] if n in env.records)
        return [key for key in keys if key is not None and self.store.artifact(key) is not None]

    def _artifacts(self, keys: Iterable[str]) -> list[Artifact]:
        found = [(key, self.store.artifact(key)) for key in keys]
        if missing := [key for key, artifact in found if artifact is None]:
            raise UsageError(f"Nothing is kept under {missing[0]:.12}; it may have been evicted meanwhile.")
        return [artifact for _, artifact in found if artifact is not None]

    def _chosen(self, nodes: Iterable[int], keys: Iterable[str]) -> list[Artifact]:
        every = dict.fromkeys([*keys, *(key for node in nodes for key in self._keys(self._node(node)))])
        if not every:
            raise UsageError("Nothing of this is kept: there is nothing to evict.")
        return self._artifacts(every)

    def _forget(self, gone: list[Aside]) -> None:
        for aside in gone:
            self.store.forget(aside)

    def _write(self) -> None:
        self.store.set_meta(self._name, {"forced": sorted(self.forced)})
        self.store.commit()


def _names(artifacts: list[Artifact]) -> str:
    return ", ".join(dict.fromkeys(each.label for each in artifacts))
