"""What events carry about nodes, values, iterations and pictures, as frozen dataclasses of types JSON has.

Seconds are floats, sizes are bytes, times are seconds since the epoch; None stands for what is not known.
"""

from __future__ import annotations

from typing import Literal

from mliter_tui.deferred import frozen
from mliter_tui.reasons import Reason

Lines = tuple[int, int]
Action = Literal["compute", "load", "prune"]
Act = Literal[
    "pin", "unpin", "evict", "undo", "force", "unforce", "accept", "auto", "policy", "budget", "cancel", "run"
]
"""What a user does to the engine; each is told back as an event `Steered`, which is in the next iteration's story."""


@frozen
class NodeInfo:
    """One node of a version. `lines` are 1-based and inclusive; `depth`: how many functions and loops deep.

    kind: "import", "def", "class" or "statement"; "loop", "pass", "rest" and "end" are parts of a loop. binds: the
    names it makes or changes, without their scope. calls: the calls that were stepped into, loops and passes that it
    belongs to, each by the number of its first node, outermost first; who begins and who ends one included. file, text:
    of a statement in a function of a local module, where that is and its first line; `lines` as of `in_file`.
    """

    node: int
    label: str
    lines: Lines
    kind: str = "statement"
    depth: int = 0
    binds: tuple[str, ...] = ()
    key: str = ""
    calls: tuple[int, ...] = ()
    file: str = ""
    text: str = ""


@frozen
class Calls:
    """Calls of one kind that a statement made of a library: how many were answered from the store and how many made.

    Seconds: of loading, and of computing, together.
    """

    name: str
    loaded: int
    computed: int
    load_seconds: float
    compute_seconds: float


@frozen
class Search:
    """A search or cross-validation inside a statement: candidates by splits, and what was done with each.

    name: of its calls. parameters, rows: what the candidates differ in, and each one's values, as text; both may be
    empty. cells: a letter for each (candidate, split), one candidate after the other: "L" loaded, "C" computed, "." not
    yet. seconds: what each took in this iteration; scores: its test score; not-a-number for what is not known.
    """

    name: str
    parameters: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    splits: int
    cells: str = ""
    seconds: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()


Cell = tuple[int, int, int, str, float, float]
"""Of a search that goes on: its number in the node, candidate, split, letter, seconds, score."""


@frozen
class Edge:
    """`names` go from the node `maker` to the node `reader`, both by number."""

    maker: int
    reader: int
    names: tuple[str, ...]


@frozen
class ValueInfo:
    """A value a node makes. `key` names it to the cache, "" where it was never fingerprinted; `reason` says why it is
    kept or not, with the policy's numbers."""

    name: str
    key: str = ""
    kept: bool = False
    nbytes: int | None = None
    load_seconds: float | None = None
    compute_seconds: float | None = None
    pinned: bool = False
    reason: Reason | None = None


@frozen
class CacheEntry:
    """An artifact: a value kept in the store. `compute_seconds` is what making it again takes, with all it needs."""

    key: str
    name: str
    nbytes: int
    load_seconds: float | None
    compute_seconds: float | None
    used: float
    pinned: bool = False


@frozen
class IterationInfo:
    """A past iteration in one row. trigger: what changed, in words; seconds add up by what they were spent on.

    star, note: what the user said of it.
    """

    iteration: int
    when: float
    status: str
    computed: int
    loaded: int
    pruned: int
    seconds: float
    saved_seconds: float
    compute_seconds: float = 0.0
    load_seconds: float = 0.0
    exit_status: int | None = None
    trigger: str = ""
    star: bool = False
    note: str = ""


@frozen
class Picture:
    """A figure that can be opened: a file the script wrote or, with a title, one it left open. `path` is absolute."""

    path: str
    nbytes: int
    node: int | None = None
    title: str = ""
