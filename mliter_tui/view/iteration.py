"""One iteration as a screen shows it: the version of the script, each node's state, and what was printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import field
from functools import cached_property
from typing import Literal

from mliter_tui import events
from mliter_tui.facts import Calls, Edge, NodeInfo, Picture, Search
from mliter_tui.lean import dataclass
from mliter_tui.reasons import Reason
from mliter_tui.view.log import Log

Letter = Literal["C", "L", "P", "R", "F", "?"]
Status = Literal["planned", "running", "ok", "failed", "cancelled"]
GLYPHS: dict[Letter, str] = {"C": "▶", "L": "◆", "P": "·", "R": "⟳", "F": "✗", "?": "○"}
"""What stands beside a letter; colour only repeats it."""
WORDS: dict[Letter, str] = {
    "C": "compute", "L": "load", "P": "prune", "R": "running", "F": "failed", "?": "not reached",
}  # fmt: skip
QUIET_KINDS = frozenset({"import", "def", "class"})
"""Kinds of nodes that all may use and whose edges nobody has to follow; screens leave their lines out."""
_LETTERS: dict[str, Letter] = {"compute": "C", "load": "L", "prune": "P"}


@dataclass(slots=True)
class NodeView:
    """A node and what is known of it in this iteration.

    plan: its place in the plan, None until there is one. finished: how it ended, None until it did. begun: when it
    began to run, by the clock given to `apply`. failed: it raised. stored: bytes of its values that went into the store
    in this iteration. calls: of libraries that it made; searches: those of candidates by splits, also while it runs.
    """

    info: NodeInfo
    plan: events.NodeState | None = None
    finished: events.NodeFinished | None = None
    begun: float | None = None
    failed: bool = False
    stored: int | None = None
    calls: tuple[Calls, ...] = ()
    searches: tuple[Search, ...] = ()

    @property
    def letter(self) -> Letter:
        """The state as one letter."""
        if self.failed:
            return "F"
        if self.finished is not None:
            return "L" if self._skipped_to_load else _LETTERS[self.finished.action]
        if self.begun is not None:
            return "R"
        return _LETTERS[self.plan.action] if self.plan is not None else "?"

    @property
    def _skipped_to_load(self) -> bool:
        """It was passed over, and its values are loaded where a later node needs them, as was planned."""
        planned = self.plan is not None and self.plan.action == "load"
        return planned and self.finished is not None and self.finished.action == "prune"

    @property
    def done(self) -> bool:
        return self.finished is not None

    @property
    def reason(self) -> Reason | None:
        """Why it is in its state."""
        if self.finished is not None and not self._skipped_to_load:
            return self.finished.reason
        return self.plan.reason if self.plan is not None else None

    @property
    def seconds(self) -> float | None:
        """What it took in this iteration; None while that is not known."""
        return self.finished.seconds if self.finished is not None and not self._skipped_to_load else None

    @property
    def expected(self) -> float | None:
        """What its action is expected to take."""
        return self.plan.seconds if self.plan is not None else None

    @property
    def last(self) -> float | None:
        """What computing it took the last time."""
        return self.plan.compute_seconds if self.plan is not None else None

    @property
    def nbytes(self) -> int | None:
        """Bytes of its kept values; None where none is kept, as far as is known."""
        return self.stored if self.stored is not None else self.plan.nbytes if self.plan is not None else None

    @property
    def kept(self) -> bool:
        """A value of it is in the store."""
        return self.nbytes is not None or (self.plan is not None and self.plan.load_seconds is not None)

    @property
    def marks(self) -> str:
        """Of "*" (pinned), "~" (not reproducible or never cached), "!" (forced)."""
        return self.plan.marks if self.plan is not None else ""


@dataclass
class IterationView:
    """One version of the script and its run. `nodes` are in program order; `begun` is when it began to run.

    settled: it waits, and running it would bring nothing that the iteration before it does not show.
    last_begun: the node that began last. tried: it was run before, and what that brought. What is derived of `text` and
    `edges` is kept: see `put`.
    """

    iteration: int = 0
    script: str = ""
    text: str = ""
    nodes: dict[int, NodeView] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
    changed: tuple[int, ...] = ()
    status: Status = "planned"
    predicted_seconds: float | None = None
    begun: float | None = None
    last_begun: int | None = None
    settled: bool = False
    tried: events.TriedBefore | None = None
    finished: events.IterationFinished | None = None
    log: Log = field(default_factory=Log)
    notes: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    @cached_property
    def source(self) -> list[str]:
        """The lines of the script, as Python counts them: a form feed ends none."""
        return re.split("\r\n|\r|\n", self.text)

    def put(self, nodes: dict[int, NodeView], edges: tuple[Edge, ...]) -> None:
        """Other nodes of the same text, in program order."""
        self.nodes, self.edges = nodes, edges
        self.__dict__.pop("_neighbours", None)

    def counts(self) -> dict[Letter, int]:
        """How many nodes are in each state; every letter has an entry."""
        found: dict[Letter, int] = dict.fromkeys(GLYPHS, 0)
        for node in self.nodes.values():
            found[node.letter] += 1
        return found

    @property
    def running(self) -> NodeView | None:
        """The node that runs now."""
        last = self.nodes.get(self.last_begun) if self.last_begun is not None else None
        return last if last is not None and last.letter == "R" else None

    def remaining(self, now: float) -> float | None:
        """Seconds that the rest is expected to take; None where nothing is known of it."""
        total, known = 0.0, False
        for node in self.nodes.values():
            if node.done or node.plan is None or node.plan.action == "prune" or node.expected is None:
                continue
            spent = now - node.begun if node.begun is not None else 0.0
            total, known = total + max(0.0, node.expected - spent), True
        return total if known else None

    def at_line(self, line: int) -> NodeView | None:
        """The innermost node this source line belongs to."""
        holding = [n for n in self.nodes.values() if n.info.lines[0] <= line <= n.info.lines[1]]
        return min(holding, key=lambda n: n.info.lines[1] - n.info.lines[0], default=None)

    def parents(self, node: int) -> list[int]:
        """The nodes it reads from, in program order."""
        return self._neighbours[0].get(node, [])

    def children(self, node: int) -> list[int]:
        """The nodes that read what it makes, in program order."""
        return self._neighbours[1].get(node, [])

    def reach(self, nodes: Iterable[int]) -> set[int]:
        """The slice of `nodes`: all they depend on, all that depends on them, and themselves."""
        start = list(nodes)
        return _reached(start, self.parents) | _reached(start, self.children)

    @cached_property
    def _neighbours(self) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        above: dict[int, list[int]] = {}
        below: dict[int, list[int]] = {}
        for maker, reader in sorted({(edge.maker, edge.reader) for edge in self.edges}):
            above.setdefault(reader, []).append(maker)
            below.setdefault(maker, []).append(reader)
        return above, below


def _reached(start: list[int], step: Callable[[int], list[int]]) -> set[int]:
    seen, stack = set(start), list(start)
    while stack:
        fresh = [other for other in step(stack.pop()) if other not in seen]
        seen.update(fresh)
        stack += fresh
    return seen
