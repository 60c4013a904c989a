"""What a user can ask of a running engine, as one union of frozen dataclasses, and their JSON lines.

One command is one line: an object with "v" (the version, 1), "type" (the class name in lower_snake_case) and the
fields. Keys are those of `CacheEntry.key`, nodes are numbers in the version last read. A command that cannot be meant
is answered with an event `Refused`; nothing else comes of it.
"""

from __future__ import annotations

import json
from typing import Any, get_args

from mliter_tui.deferred import frozen
from mliter_tui.errors import JournalError
from mliter_tui.records import from_fields, to_line, type_name

VERSION = 1


@frozen
class RunNow:
    """Run the version last read, whether or not anything changed."""


@frozen
class Cancel:
    """End the running iteration; finished nodes stay finished."""


@frozen
class SetAuto:
    """Whether a save runs at once, or is only planned."""

    on: bool


@frozen
class SetPolicy:
    """Another materialization policy: auto, helix, always or never."""

    policy: str


@frozen
class SetBudget:
    """Another limit for the store, in bytes."""

    nbytes: int


@frozen
class Pin:
    """Keep the values that these nodes make, and these artifacts, whatever the budget says."""

    nodes: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()


@frozen
class Unpin:
    """Take `Pin` back."""

    nodes: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()


@frozen
class Evict:
    """Take these artifacts, and those of these nodes, out of the store; `Undo` brings them back."""

    nodes: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()


@frozen
class Force:
    """Compute these nodes in the next iteration, whatever is known of them; again takes it back."""

    nodes: tuple[int, ...]


@frozen
class Accept:
    """What makes these nodes run again does not matter: keep their values. Again takes it back."""

    nodes: tuple[int, ...]


@frozen
class Undo:
    """Take the last steering act back."""


@frozen
class Weigh:
    """What `command` would change, told by an event `Weighed`; nothing is done. command: a JSON line of one."""

    command: str


@frozen
class Explain:
    """Why this node is in its state, and what keeping its values is worth: an event `Explained`."""

    node: int


@frozen
class Preview:
    """Show a value that a node made: an event `Previewed`. name: "" for the first it makes."""

    node: int
    name: str = ""


@frozen
class ListCache:
    """All artifacts: an event `CacheListed`."""


@frozen
class ListHistory:
    """The last iterations, at most `limit`: an event `HistoryListed`, now and whenever they are listed again."""

    limit: int = 500


@frozen
class Recall:
    """All events of a past iteration: an event `Recalled`."""

    iteration: int


@frozen
class Remark:
    """Keep what the user says of a past iteration; what is None stays as it is. Told by an event `HistoryListed`."""

    iteration: int
    note: str | None = None
    star: bool | None = None


@frozen
class Study:
    """What the iterations taught: an event `StudyMade`, now and after each iteration that ends from now on.

    limit: the most iterations that are told one by one.
    """

    limit: int = 500


@frozen
class Compare:
    """Compare two or more past iterations: an event `Compared`."""

    iterations: tuple[int, ...]


@frozen
class SetLabel:
    """What a past iteration was for, as `mliter label` takes it: "li M"; "" takes what the user said back."""

    iteration: int
    label: str


@frozen
class SetMetric:
    """What the user says of a metric, as `mliter metric` takes it.

    said: "higher" or "lower" (is better), "ignore", "infer" (nothing any more), or "" to leave that as it is; main: it
    is the one to look at.
    """

    name: str
    said: str = ""
    main: bool = False


@frozen
class Leave:
    """End the engine, and the script it runs."""


Command = (
    RunNow | Cancel | SetAuto | SetPolicy | SetBudget | Pin | Unpin | Evict | Force | Accept | Undo | Weigh | Explain
    | Preview | ListCache | ListHistory | Recall | Remark | Study | Compare | SetLabel | SetMetric | Leave
)  # fmt: skip


TYPES: dict[str, type[Any]] = {type_name(kind): kind for kind in get_args(Command)}


def encode(command: Command) -> str:
    """One line of ASCII without its end."""
    return to_line(VERSION, command)


def decode(line: str) -> Command:
    """The command of a line. Raises JournalError where the line is none, or one of another version."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise JournalError(f"Not a command: {line!r:.60}; send one JSON object a line.") from None
    name = data.get("type") if isinstance(data, dict) and data.get("v") == VERSION else None
    kind = TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise JournalError(f"Not a command of version {VERSION}: {line!r:.60}; known are {', '.join(TYPES)}.")
    try:
        command: Command = from_fields(kind, data, lambda given: given)
    except ValueError as error:
        raise JournalError(f"A command {name} that cannot be read: {error}.") from None
    return command
