"""The whole of what a screen shows: `apply` puts one event into it. The same for a live engine and for a replay.

A version that was read waits as `next` until it runs; what still comes from the iteration before it goes to `current`.
Where only marks changed (a value was pinned, say), the iteration that ran stays on screen, with its times and failures.
A past iteration that is looked at is `recalled`; both others go on behind it. Events of a run that was recorded without
the version's nodes are understood too: nodes are then those of the plan.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import field, replace
from itertools import islice

from mliter_tui import events
from mliter_tui.errors import JournalError
from mliter_tui.facts import IterationInfo, NodeInfo
from mliter_tui.lean import dataclass
from mliter_tui.lessons import Lesson
from mliter_tui.searches import with_cells
from mliter_tui.view.iteration import IterationView, NodeView
from mliter_tui.view.log import Log
from mliter_tui.wording import lines_text

MOST_ITERATIONS = 500


@dataclass
class View:
    """`version` grows with each event, so that a screen can tell whether it has to draw.

    lessons: those of the study, by iteration.
    """

    session: events.SessionState | None = None
    current: IterationView = field(default_factory=IterationView)
    next: IterationView | None = None
    recalled: IterationView | None = None
    broken: events.VersionBroken | None = None
    saved: events.Saved | None = None
    history: list[IterationInfo] = field(default_factory=list)
    cache: events.CacheListed | None = None
    study: events.StudyMade | None = None
    lessons: dict[int, Lesson] = field(default_factory=dict)
    explained: dict[int, events.Explained] = field(default_factory=dict)
    steered: deque[events.Steered] = field(default_factory=lambda: deque(maxlen=100))
    words: deque[str] = field(default_factory=lambda: deque(maxlen=100))
    version: int = 0

    @property
    def live(self) -> IterationView:
        """The newest version: the one that waits if it has anything new, else the one that runs or ran."""
        return self.next if self.next is not None and not self.next.settled else self.current

    @property
    def shown(self) -> IterationView:
        """What is looked at: a past iteration, else the live one."""
        return self.recalled if self.recalled is not None else self.live

    @property
    def log(self) -> Log:
        """What was printed by the iteration that is looked at; by the last one that ran while another waits."""
        return self.recalled.log if self.recalled is not None else self.current.log


def apply(view: View, event: events.Event, now: float) -> None:
    """Put an event into the view; `now`, in seconds since the epoch, is when it happened."""
    view.version += 1
    match event:
        case events.VersionRead():
            view.broken = None
            view.explained = {}
            view.next = _read(event)
            view.next.settled = view.current.finished is not None and view.current.text == event.text
        case events.TriedBefore():
            view.live.tried = event
            view.words.append(event.text)
        case events.LoopUnrolled():
            _unrolled(view.current, event)
        case events.IterationStarted():
            view.current, view.next = view.next if view.next is not None else _again(view.current), None
            view.current.iteration, view.current.status, view.current.begun = event.iteration, "running", now
            view.current.script, view.current.settled = event.script, False
        case events.PlanReady():
            planned = _planned_version(view, event)
            _planned(planned, event)
            if planned.settled:
                _compared(view.current, planned)
        case (
            events.NodeStarted() | events.NodeFinished() | events.Output() | events.PictureKept()
            | events.ValueKept() | events.CallsMade() | events.SearchWent() | events.NotReached()
            | events.IterationFinished()
        ):  # fmt: skip
            _ran(view, view.current, event, now)
        case events.Note():
            view.current.notes.append(event.text)
            view.words.append(event.text)
        case _:
            _told(view, event)


def replay(lines: Iterable[str], times: Iterable[float] = (), until: int | None = None) -> IterationView:
    """A past iteration from its recorded events; `until`: only that many of them.

    Raises JournalError where a line is no event; half a line at the very end, of a writer that was killed, is forgiven.
    """
    view = View()
    clock, now = iter(times), 0.0
    for event in events.decode_all(lines if until is None else islice(lines, max(0, until))):
        now = next(clock, now)
        apply(view, event, now)
    return view.live


def _read(event: events.VersionRead) -> IterationView:
    return IterationView(
        event.iteration, event.script, event.text, {info.node: NodeView(info) for info in event.nodes}, event.edges,
        event.changed,
    )  # fmt: skip


def _unrolled(shown: IterationView, event: events.LoopUnrolled) -> None:
    """Other nodes in the place of a loop's; those that stay are as they were."""
    inside = range(event.head, event.end)
    before = shown.nodes
    nodes = {n: node for n, node in before.items() if n not in inside}
    for info in event.nodes:
        nodes[info.node] = replace(before[info.node], info=info) if info.node in before else NodeView(info)
    around = (edge for edge in shown.edges if edge.maker not in inside and edge.reader not in inside)
    shown.put(dict(sorted(nodes.items())), (*around, *event.edges))


def _again(before: IterationView) -> IterationView:
    """The same version, to be run once more: nothing of the run before is in it."""
    nodes = {number: NodeView(node.info, node.plan) for number, node in before.nodes.items() if before.text}
    return IterationView(
        before.iteration, before.script, before.text, nodes, before.edges, before.changed,
        predicted_seconds=before.predicted_seconds,
    )  # fmt: skip


def _planned_version(view: View, event: events.PlanReady) -> IterationView:
    """Which version a plan is for: the one that waits, but where only the running one has such nodes."""
    if view.next is None:
        return view.current
    if view.current.status != "running" or _fits(view.next, event):
        return view.next
    return view.current if _fits(view.current, event) else view.next


def _compared(ran: IterationView, planned: IterationView) -> None:
    """Whether a new plan of the version that ran would do anything again; if not, its marks are shown there."""
    for number, node in planned.nodes.items():
        before = ran.nodes.get(number)
        again = node.plan is not None and node.plan.action != "prune"
        if before is None or (again and before.done and not before.failed):
            planned.settled = False
            return
    for number, node in planned.nodes.items():
        before = ran.nodes[number]
        if before.plan is None or node.plan is None or not before.done:
            before.plan = node.plan
        else:  # what was planned for it is what was done
            before.plan = replace(before.plan, marks=node.plan.marks, nbytes=node.plan.nbytes)


def _fits(shown: IterationView, event: events.PlanReady) -> bool:
    for state in event.states:
        node = shown.nodes.get(state.node)
        if node is None or (state.label and (node.info.label, node.info.lines) != (state.label, state.lines)):
            return False
    return True


def _planned(shown: IterationView, event: events.PlanReady) -> None:
    shown.predicted_seconds = event.predicted_seconds
    for state in event.states:
        node = shown.nodes.get(state.node)
        if node is None and not shown.text:
            node = shown.nodes[state.node] = NodeView(NodeInfo(state.node, state.label, state.lines))
        if node is not None:
            # what is done stays as it was planned, but can be pinned or forced for the next run
            node.plan = state if not node.done or node.plan is None else replace(node.plan, marks=state.marks)


def _ran(view: View, shown: IterationView, event: events.Event, now: float) -> None:
    match event:
        case events.NodeStarted():
            if (node := shown.nodes.get(event.node)) is not None:
                node.begun, node.finished, node.failed, node.searches = now, None, False, ()
                shown.last_begun = event.node
        case events.NodeFinished():
            if (node := shown.nodes.get(event.node)) is not None:
                node.finished = event
        case events.Output():
            shown.log.add(event.node, event.channel, event.text)
        case events.ValueKept():
            if (node := shown.nodes.get(event.node)) is not None:
                node.stored = event.nbytes
        case events.CallsMade():
            if (node := shown.nodes.get(event.node)) is not None:
                node.calls, node.searches = event.calls, event.searches
        case events.SearchWent():
            if (node := shown.nodes.get(event.node)) is not None:
                node.searches = with_cells((*node.searches, *event.begun), event.cells)
        case events.NotReached():
            for node in filter(None, map(shown.nodes.get, event.nodes)):
                node.plan = None
        case events.PictureKept():
            shown.pictures.append(event.picture)
        case events.IterationFinished():
            shown.finished, shown.status = event, event.status
            _ended(shown, event)
            most = max(MOST_ITERATIONS, len(view.history))  # somebody may have asked for more
            view.history = [row for row in view.history if row.iteration != event.iteration]
            view.history.append(_row(shown, event, now))
            del view.history[:-most]


def _ended(shown: IterationView, event: events.IterationFinished) -> None:
    """What runs no longer; a failure is that of the last node that began."""
    last = shown.nodes.get(shown.last_begun) if shown.last_begun is not None else None
    if event.status == "failed" and last is not None:
        last.failed = True
    for node in shown.nodes.values():
        if not node.done:
            node.begun = None


def _row(shown: IterationView, event: events.IterationFinished, now: float) -> IterationInfo:
    begun = now if shown.begun is None else shown.begun
    return IterationInfo(
        event.iteration, begun, event.status, event.computed, event.loaded, event.pruned, event.seconds,
        event.saved_seconds, event.compute_seconds, event.load_seconds, event.exit_status,
        lines_text(shown.changed),
    )  # fmt: skip


def _told(view: View, event: events.Event) -> None:
    """Answers, and news of the session."""
    match event:
        case events.SessionState():
            view.session = event
        case events.Saved():
            view.saved = event
        case events.VersionBroken():
            view.broken = event
        case events.Steered():
            view.steered.append(event)
            view.words.append(event.text)
            view.explained = {}
        case events.Refused():
            view.words.append(event.text)
        case events.Explained():
            view.explained[event.node] = event
        case events.CacheListed():
            view.cache = event
        case events.HistoryListed():
            view.history = list(event.iterations)
        case events.StudyMade():
            view.study, view.lessons = event, {lesson.iteration: lesson for lesson in event.lessons}
        case events.Recalled():
            _recalled(view, event)


def _recalled(view: View, event: events.Recalled) -> None:
    try:
        view.recalled = replay(event.lines, event.times)
        view.recalled.iteration = event.iteration
    except JournalError as error:
        view.words.append(f"Iteration {event.iteration} cannot be shown. {error}")
