"""Everything that happens in an iteration, as one union of frozen dataclasses, and their JSON lines.

One event is one line: an object with "v" (the version, 1), "type" (the class name in lower_snake_case) and the fields.
`encode` writes it in ASCII, `decode` reads it. Two versions of mliter understand each other like this: fields may be
added to a type and types to a version, and a reader passes over what it does not know; "v" grows when a known type
changes its meaning. A line of an unknown type or a newer "v" decodes to `Unrecognized`, which encodes to the same line
again, so that a copy or a replay loses nothing. A line that is no event at all raises JournalError; `decode_all`
forgives one at the very end of a file, where a killed writer leaves half a line.

Nodes are named by their number in the iteration, `lines` is the first and last source line (as of `wording.in_file`
where they are in a local module), seconds are floats, and texts may hold lone surrogates, for bytes that are not text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

from mliter_tui.answers import CacheListed as CacheListed
from mliter_tui.answers import Compared as Compared
from mliter_tui.answers import Explained as Explained
from mliter_tui.answers import HistoryListed as HistoryListed
from mliter_tui.answers import Previewed as Previewed
from mliter_tui.answers import Recalled as Recalled
from mliter_tui.answers import StudyMade as StudyMade
from mliter_tui.answers import Weighed as Weighed
from mliter_tui.deferred import frozen
from mliter_tui.errors import JournalError
from mliter_tui.facts import Act, Calls, Cell, Edge, Lines, NodeInfo, Picture, Search
from mliter_tui.facts import Action as Action
from mliter_tui.reasons import Reason
from mliter_tui.reasons import from_json as reason_from_json
from mliter_tui.records import from_fields, to_line, type_name

VERSION = 1

Channel = Literal["stdout", "stderr"]
Status = Literal["ok", "failed", "cancelled"]
Phase = Literal["waiting", "planning", "running", "cancelling"]


@frozen
class NodeState:
    """One node's place in a plan; `seconds` is what its action is expected to take.

    compute_seconds: what computing it took last; load_seconds, nbytes: of its kept values, None where none is kept.
    marks: any of "*" (pinned), "~" (never cached, or drawn from a stream nobody seeded) and "!" (forced).
    """

    node: int
    action: Action
    reason: Reason
    label: str = ""
    lines: Lines = (0, 0)
    seconds: float | None = None
    compute_seconds: float | None = None
    load_seconds: float | None = None
    nbytes: int | None = None
    marks: str = ""


@frozen
class SessionState:
    """What the engine does and how it is set; sent whenever any of it changes. used, budget: bytes of the store."""

    script: str
    phase: Phase
    auto: bool
    policy: str
    used: int
    budget: int


@frozen
class Saved:
    """Something on disk changed: the script, a module of its own or a file it read. `paths` are absolute."""

    paths: tuple[str, ...]
    when: float


@frozen
class VersionRead:
    """A saved version of the script: its text, its nodes in program order, and the names that go between them.

    iteration: the number it will have, or has, when it runs. changed: first line of each edited or added node.
    """

    script: str
    iteration: int
    text: str
    nodes: tuple[NodeInfo, ...]
    edges: tuple[Edge, ...]
    changed: tuple[int, ...] = ()


@frozen
class LoopUnrolled:
    """Of a loop that runs, another number of passes is taken one by one.

    Its nodes had and have numbers from `head` to `end`, without that; these and the names that go to, from and within
    them replace what there was.
    """

    head: int
    end: int
    nodes: tuple[NodeInfo, ...]
    edges: tuple[Edge, ...]


@frozen
class NotReached:
    """The script went another way than was planned: these nodes take no part in the iteration."""

    nodes: tuple[int, ...]


@frozen
class VersionBroken:
    """A saved version that is not Python; the one before stays on screen. `line` is 1-based."""

    line: int
    message: str
    text: str


@frozen
class TriedBefore:
    """The version that was read is one that ran before: `text` says so and what it brought, in one sentence."""

    iteration: int
    text: str


@frozen
class IterationStarted:
    """A saved version of the script begins to run; `nodes` is how many it has."""

    script: str
    iteration: int
    nodes: int


@frozen
class PlanReady:
    """What will be done with each node, in program order; a later one replaces it (early cutoff)."""

    states: tuple[NodeState, ...]
    predicted_seconds: float


@frozen
class NodeStarted:
    """A node begins to compute or load."""

    node: int
    lines: Lines
    label: str


@frozen
class Output:
    """Text the script wrote, or that is replayed for it; `node` is None outside any node (exit handlers, say)."""

    node: int | None
    channel: Channel
    text: str


@frozen
class MetricTold:
    """The script called `mliter.metric`, or what is replayed for it; several of one name are its course.

    bound: a name that measures something was only bound to it, or it is a score of a search; folds: one for each split.
    """

    node: int | None
    name: str
    value: float
    bound: bool = False
    folds: tuple[float, ...] = ()


@frozen
class NodeFinished:
    """A node is done, whatever was done with it; one of each node in an iteration that ran to its end."""

    node: int
    label: str
    lines: Lines
    action: Action
    seconds: float
    reason: Reason


@frozen
class CallsMade:
    """What a node that was computed had answered from the store: calls of libraries, each kind in one row.

    searches: those among them that are candidates by splits, in order; they replace what was told while it ran.
    """

    node: int
    calls: tuple[Calls, ...]
    searches: tuple[Search, ...] = ()


@frozen
class SearchWent:
    """A node that runs has come on with its searches: those that have begun since the last time, and cells done."""

    node: int
    begun: tuple[Search, ...]
    cells: tuple[Cell, ...]


@frozen
class ValueKept:
    """A value went into the store; `seconds` is what the write took."""

    node: int
    names: tuple[str, ...]
    nbytes: int
    seconds: float
    reason: Reason


@frozen
class ValueNotKept:
    """A value did not go into the store."""

    node: int
    names: tuple[str, ...]
    nbytes: int | None
    reason: Reason


@frozen
class Note:
    """A sentence of mliter's own to the user: a full disk, a store refused."""

    text: str


@frozen
class IterationFinished:
    """The last event of an iteration; `exit_status` is the script's own, None when it was cancelled."""

    iteration: int
    status: Status
    computed: int
    loaded: int
    pruned: int
    seconds: float
    saved_seconds: float
    exit_status: int | None = None
    compute_seconds: float = 0.0
    load_seconds: float = 0.0


@frozen
class PictureKept:
    """The script wrote a figure to a file."""

    picture: Picture


@frozen
class Steered:
    """The user did something to the engine. text: one sentence with what came of it; keys: the artifacts concerned."""

    act: Act
    text: str
    when: float
    nodes: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    undoable: bool = False


@frozen
class Refused:
    """A command that cannot be meant; one sentence that says what to do."""

    text: str


@frozen
class Unrecognized:
    """A line of another version of mliter: `line` is the whole of it, without its end."""

    version: int
    type: str
    line: str


Event = (
    SessionState | Saved | VersionRead | LoopUnrolled | NotReached | VersionBroken | TriedBefore | IterationStarted
    | PlanReady | NodeStarted | Output | MetricTold | NodeFinished | ValueKept | ValueNotKept | Note
    | IterationFinished | PictureKept | CallsMade | SearchWent | Steered | Refused | Weighed | Explained
    | Previewed | CacheListed | HistoryListed | Recalled | StudyMade | Compared | Unrecognized
)  # fmt: skip


TYPES: dict[str, type[Any]] = {type_name(kind): kind for kind in get_args(Event) if kind is not Unrecognized}


def encode(event: Event) -> str:
    """One line of ASCII without its end."""
    if isinstance(event, Unrecognized):
        return event.line
    return to_line(VERSION, event)


def decode(line: str) -> Event:
    """The event of a line. Raises JournalError where the line is none."""
    line = line.rstrip("\r\n")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise JournalError(f"Not a JSON line: {line!r:.60}; take it out of the file.") from None
    version, name = (data.get("v"), data.get("type")) if isinstance(data, dict) else (None, None)
    if type(version) is not int or not isinstance(name, str):
        raise JournalError(f'Not an event, which has "v" and "type": {line!r:.60}; take it out of the file.')
    kind = TYPES.get(name)
    if version > VERSION or kind is None:
        return Unrecognized(version, name, line)
    try:
        event: Event = from_fields(kind, data, reason_from_json)
    except ValueError as error:
        raise JournalError(f"An event of type {name} that cannot be read: {error}; take it out of the file.") from None
    return event


def decode_all(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a file's lines; blank lines are none, and a broken one is forgiven at the very end."""
    broken: JournalError | None = None
    for line in lines:
        if not line.strip():
            continue
        if broken is not None:
            raise broken
        try:
            event = decode(line)
        except JournalError as error:
            broken = error
            continue
        yield event
