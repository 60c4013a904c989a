"""One iteration as a screen shows it: the version of the script, each node's state, and what was printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from mliter_tui import events
from mliter_tui.facts import Edge, NodeInfo, Picture
from mliter_tui.reasons import Reason
from mliter_tui.view.log import Log

Letter = Literal["C", "L", "P", "R", "F", "?"]
Status = Literal["planned", "running", "ok", "failed", "cancelled"]
GLYPHS: dict[Letter, str] = {"C": "▶", "L": "◆", "P": "·", "R": "⟳", "F": "✗", "?": "○"}
"""What stands beside a letter; colour only repeats it."""
WORDS: dict[Letter, str] = {
    "C": "compute", "L": "load", "P": "prune", "R": "running", "F": "failed", "?": "not decided",
}  # fmt: skip
_LETTERS: dict[str, Letter] = {"compute": "C", "load": "L", "prune": "P"}


@dataclass(slots=True)
class NodeView:
    """A node and what is known of it in this iteration.

    plan: its place in the plan, None until there is one. finished: how it ended, None until it did. begun: when it
    began to run, by the clock given to `apply`. failed: it raised.
    """

    info: NodeInfo
    plan: events.NodeState | None = None
    finished: events.NodeFinished | None = None
    begun: float | None = None
    failed: bool = False

    @property
    def letter(self) -> Letter:
        """The state as one letter."""
        if self.failed:
            return "F"
        if self.finished is not None:
            return _LETTERS[self.finished.action]
        if self.begun is not None:
            return "R"
        return _LETTERS[self.plan.action] if self.plan is not None else "?"

    @property
    def done(self) -> bool:
        return self.finished is not None

    @property
    def reason(self) -> Reason | None:
        """Why it is in its state."""
        if self.finished is not None:
            return self.finished.reason
        return self.plan.reason if self.plan is not None else None

    @property
    def seconds(self) -> float | None:
        """What it took in this iteration; None while that is not known."""
        return self.finished.seconds if self.finished is not None else None

    @property
    def expected(self) -> float | None:
        """What its action is expected to take."""
        return self.plan.seconds if self.plan is not None else None

    @property
    def last(self) -> float | None:
        """What computing it took the last time."""
        return self.plan.compute_seconds if self.plan is not None else None

    @property
    def marks(self) -> str:
        """Of "*" (pinned), "~" (not reproducible or never cached), "!" (forced)."""
        return self.plan.marks if self.plan is not None else ""


@dataclass
class IterationView:
    """One version of the script and its run. `nodes` are in program order; `begun` is when it began to run."""

    iteration: int = 0
    script: str = ""
    text: str = ""
    nodes: dict[int, NodeView] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
    changed: tuple[int, ...] = ()
    status: Status = "planned"
    predicted_seconds: float | None = None
    begun: float | None = None
    finished: events.IterationFinished | None = None
    log: Log = field(default_factory=Log)
    notes: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    @property
    def source(self) -> list[str]:
        """The lines of the script."""
        return self.text.splitlines()

    def counts(self) -> dict[Letter, int]:
        """How many nodes are in each state; every letter has an entry."""
        found: dict[Letter, int] = dict.fromkeys(GLYPHS, 0)
        for node in self.nodes.values():
            found[node.letter] += 1
        return found

    @property
    def running(self) -> NodeView | None:
        """The node that runs now."""
        return next((n for n in self.nodes.values() if n.letter == "R"), None)

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
        return sorted({edge.maker for edge in self.edges if edge.reader == node})

    def children(self, node: int) -> list[int]:
        """The nodes that read what it makes, in program order."""
        return sorted({edge.reader for edge in self.edges if edge.maker == node})

    def reach(self, nodes: Iterable[int]) -> set[int]:
        """The slice of `nodes`: all they depend on, all that depends on them, and themselves."""
        up, down = list(nodes), list(nodes)
        found = {*up}
        found |= set(_reached(up, self.parents)) | set(_reached(down, self.children))
        return found


def _reached(start: list[int], step: object) -> Iterator[int]:
    seen, stack = set(start), list(start)
    while stack:
        for other in step(stack.pop()):  # type: ignore[operator]
            if other not in seen:
                seen.add(other)
                stack.append(other)
                yield other
