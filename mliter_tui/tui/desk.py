"""What a person looks at: the live picture, a frozen one or a past one; the selected node; the filter. No Textual.

The engine goes on behind all of it: events are always applied to `view`. `picture` is what every pane draws.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal

from mliter_tui import events
from mliter_tui.facts import NodeInfo
from mliter_tui.lean import dataclass
from mliter_tui.view.iteration import IterationView, NodeView
from mliter_tui.view.log import Log
from mliter_tui.view.model import View, apply, replay

if TYPE_CHECKING:
    from mliter_tui.tui.comparing import Comparison

Room = Literal["flow", "graph", "cache", "history", "output", "study"]
ROOMS: tuple[Room, ...] = ("flow", "graph", "cache", "history", "output", "study")


@dataclass
class Past:
    """A past iteration that is looked at, up to its event number `at` (all of them: the length of `lines`)."""

    iteration: int
    lines: tuple[str, ...]
    times: tuple[float, ...]
    at: int
    shown: IterationView

    def go(self, at: int) -> None:
        """Look at it as it was after so many events."""
        self.at = max(1, min(len(self.lines), at))
        until = None if self.at == len(self.lines) else self.at
        self.shown = replay(self.lines, self.times, until)
        self.shown.iteration = self.iteration

    @property
    def now(self) -> float:
        """The time at the event it stands at."""
        return self.times[self.at - 1] if 0 < self.at <= len(self.times) else 0.0


@dataclass
class Desk:
    """All of it for one session. compared: iterations that are marked, to be compared."""

    script: str = ""
    view: View = field(default_factory=View)
    room: Room = "flow"
    selected: int | None = None
    filter: str = ""
    sliced: bool = False
    detail: bool = False
    frozen: IterationView | None = None
    missed: int = 0
    past: Past | None = None
    ended: str = ""
    last: events.IterationFinished | None = None
    compared: list[int] = field(default_factory=list)
    comparison: Comparison | None = None
    marked: set[str] = field(default_factory=set)
    news: deque[events.Event] = field(default_factory=lambda: deque(maxlen=50))
    known: dict[int, events.Explained] = field(default_factory=dict)
    asked_why: int | None = None
    clock: Callable[[], float] = time.time
    moved_in_past: bool = False
    _left: int | None = None
    _seen: IterationView | None = None
    _info: NodeInfo | None = None

    def tell(self, told: list[events.Event]) -> None:
        """Apply events to the view, and keep those that are answers to a person."""
        now = self.clock()
        for event in told:
            apply(self.view, event, now)
            match event:
                case events.Recalled():
                    self._recalled(event)
                case events.Explained() if self.frozen is None:
                    self.known[event.node] = event
                case events.IterationFinished():
                    self.last = event
                    self._ask_again()
                case events.VersionRead():
                    self._ask_again()
                    self.known = self.known if self.frozen is not None else {}
                case events.Steered():
                    self._ask_again()
                    self.news.append(event)
                case (
                    events.Refused() | events.Note() | events.Previewed() | events.Weighed() | events.Compared()
                    | events.StudyMade()
                ):  # fmt: skip
                    self.news.append(event)
        if self.frozen is not None:
            self.missed += len(told)

    def _ask_again(self) -> None:
        """What was explained is not so any more; it stays on screen until the engine has explained it anew."""
        self.view.explained, self.asked_why = {}, None

    def explained(self) -> events.Explained | None:
        """What the engine last said about the selected node; None in a past iteration, which it knows nothing of."""
        return self.known.get(self.selected) if self.live and self.selected is not None else None

    def _recalled(self, event: events.Recalled) -> None:
        if self.comparison is not None and self.comparison.take(event):
            self.view.recalled = None
            return
        self.view.recalled, shown = None, self.view.recalled
        if shown is None or not event.lines:
            self.news.append(events.Note(f"Iteration {event.iteration} was not recorded, so it cannot be shown again."))
            return
        if self.past is None:
            self._left, self.moved_in_past = self.selected, False
        self.past = Past(event.iteration, event.lines, event.times, len(event.lines), shown)

    @property
    def picture(self) -> IterationView:
        """What is looked at."""
        if self.past is not None:
            return self.past.shown
        return self.frozen if self.frozen is not None else self.view.live

    @property
    def now(self) -> float:
        return self.past.now if self.past is not None else self.clock()

    @property
    def live(self) -> bool:
        return self.past is None

    @property
    def running(self) -> bool:
        """A node runs in what is looked at, so that seconds have to be counted on."""
        return self.past is None and self.frozen is None and self.picture.status == "running" and not self.ended

    @property
    def at_work(self) -> bool:
        """The engine runs the script, whatever is looked at."""
        session = self.view.session
        return session is not None and session.phase in ("running", "cancelling") and not self.ended

    @property
    def node(self) -> NodeView | None:
        """The selected node in what is looked at."""
        return self.picture.nodes.get(self.selected) if self.selected is not None else None

    def select(self, node: int | None) -> None:
        self.selected = node
        self._seen = self.picture
        found = self.node
        self._info = found.info if found is not None else None

    def follow(self) -> None:
        """Find the selected node again when another version came on screen: by its label, near its line."""
        picture = self.picture
        if picture is self._seen:
            if self.selected not in picture.nodes:
                self.select(first(picture))
            return
        info = self._info
        if info is None:
            self.select(first(picture))
            return
        same = [n.info for n in picture.nodes.values() if n.info.label == info.label]
        at = picture.at_line(info.lines[0])
        near = min(same, key=lambda other: abs(other.lines[0] - info.lines[0]), default=at.info if at else None)
        self.select(near.node if near is not None else first(picture))

    @property
    def failed(self) -> NodeView | None:
        """The node that failed in the picture, wherever one looks."""
        return next((node for node in self.picture.nodes.values() if node.failed), None)

    def failure(self, node: NodeView | None = None) -> list[str]:
        """What a failed node, the selected one where none is named, had to say: the last lines of its traceback."""
        node = node or self.node
        if node is None or not node.failed:
            return []
        lines = [line.text for line in self.picture.log.of(node.info.node) if line.channel == "stderr"]
        return [line for line in lines if line.strip()][-8:]

    def freeze(self) -> None:
        """Hold the picture as it is; again lets it go on."""
        self.known = self.known if self.frozen is None else {}
        self.frozen = held(self.view.live) if self.frozen is None else None
        self.missed = 0

    def back(self) -> None:
        """Look at the live iteration again, at the node that was selected in it, or at one found since."""
        if self.past is not None and not self.moved_in_past and self._left in self.view.live.nodes:
            self.past = None
            self.select(self._left)
        self.past = None

    def iterations(self) -> list[int]:
        """The numbers of what can be recalled, oldest first."""
        return [info.iteration for info in self.view.history]


def first(picture: IterationView) -> int | None:
    """Where to begin to look: what runs, failed, or was edited; else the first node computed, else any."""
    nodes = list(picture.nodes.values())
    for letters in ("R", "F"):
        for node in nodes:
            if node.letter in letters:
                return node.info.node
    for node in nodes:
        if node.info.lines[0] in picture.changed:
            return node.info.node
    computed = (n.info.node for n in nodes if n.letter == "C" and n.info.kind == "statement" and n.info.binds)
    return next(computed, nodes[0].info.node if nodes else None)


def held(picture: IterationView) -> IterationView:
    """A picture that stays as it is while the other goes on."""
    log = Log(list(picture.log.lines), picture.log.dropped, picture.log.version)
    return replace(
        picture, nodes={number: replace(node) for number, node in picture.nodes.items()}, log=log,
        notes=list(picture.notes), pictures=list(picture.pictures),
    )  # fmt: skip
