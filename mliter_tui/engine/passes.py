"""Loops and calls in an iteration that runs: how far they are taken apart, by what is known as they begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mliter_tui.engine import entering, unrolling
from mliter_tui.script.loops import MANY, Loop
from mliter_tui.script.nodes import Node
from mliter_tui.script.unrolling import WHOLE

if TYPE_CHECKING:
    from mliter_tui.engine.environment import Environment
    from mliter_tui.engine.listening import Listener
    from mliter_tui.engine.version import Version

_SMALL_OBJECTS = 1000  # in a value that holds what a loop goes through: options, parameters


class Passes:
    """The passes of loops in an iteration that runs."""

    def __init__(self, version: Version, listener: Listener) -> None:
        self._version, self._listener = version, listener

    def at_head(self, head: Node, env: Environment) -> None:
        """A loop or a call begins, that may better be one node."""
        if head.kind == "iter":
            self._at_loop(head, env)
        elif entering.dear(self._version, head, env):
            self._listener.unrolled(self._version, head.id, self._version.close(head.id))

    def _at_loop(self, head: Node, env: Environment) -> None:
        """Where the text does not show how many items there are, the values that they come from may.

        Many, or who knows how many, are taken at once: to read what is left of them at each pass would be in vain.
        """
        loop = self._version.script.loops[head.loop]
        if loop.over and not _few(loop.over, env):
            self._version.unroll({loop.head: WHOLE})
            self._listener.unrolled(self._version, loop.head, loop.otherwise)

    def at_rest(self, rest: Node, seconds: Mapping[int, float], reading: Mapping[int, float]) -> None:
        """All the rest of a loop would be done at once now: take more passes one by one, where that pays."""
        loop = self._version.script.loops[rest.loop]
        self._take(loop, unrolling.more(self._version.script, loop, seconds, reading))

    def over(self, node: Node, outcome: str) -> None:
        """A node was passed; where its loop has ended with it, there are as many passes as there were."""
        if outcome in ("stop", "break") and node.kind != "rest":
            loop = self._version.script.loops[node.loop]
            begun = sum(turn <= node.id for turn in loop.turns)
            self._take(loop, begun - (outcome == "stop"))

    def remember(self, seconds: Mapping[int, float], reading: Mapping[int, float]) -> None:
        """After a run, for the next ones."""
        store, script = self._version.store, self._version.script
        entering.remember(store, script, seconds, reading)
        unrolling.remember(store, script, seconds, reading)

    def _take(self, loop: Loop, passes: int) -> None:
        if passes != loop.passes:
            self._version.unroll({loop.head: passes})
            self._listener.unrolled(self._version, loop.head, loop.otherwise)


def _few(sources: tuple[str, ...], env: Environment) -> bool:
    """Whether a loop over these goes through some items, and not through many."""
    counts = []
    for source in sources:
        name = source.removesuffix(".")
        record = env.records.get(name) if name not in env.unknown else None
        if record is None or record["opaque"]:
            continue
        if source != name:
            counts.append(1 if record["objects"] <= _SMALL_OBJECTS else MANY + 1)
        elif record.get("items") is not None:
            counts.append(record["items"])
    return bool(counts) and 0 < min(counts) <= MANY
