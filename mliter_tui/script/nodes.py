"""The nodes of a script: its statements in program order, each with its code, names and code key (R3).

The module body's statements are nodes. The body of `if __name__ == "__main__":` is inlined, and calls of functions of
the script are stepped into where that pays (see `building`). Names are scoped: "x" is a global, "prepare.x" a local of
prepare.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from dataclasses import field
from functools import cached_property
from types import CodeType

from mliter_tui.codekey import EVERYTHING, PART
from mliter_tui.hidden import lasts
from mliter_tui.lean import dataclass
from mliter_tui.script.branches import Branch
from mliter_tui.script.defining import Defining
from mliter_tui.script.frames import Frame
from mliter_tui.script.functions import RETURN
from mliter_tui.script.guards import Guard
from mliter_tui.script.loops import Loop
from mliter_tui.wording import in_file

DYNAMIC = frozenset({EVERYTHING, "exec", "eval", "globals", "locals", "vars", "__import__", "dir"})
# interpreter, and format of the traces kept under a key
TAG = f"{sys.implementation.cache_tag}:26:".encode()
VALUE = "<value>"
"""Local name of what a statement in a loop adds to a collection."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What the kernel executes for a node: code, and how to run it in the frame it belongs to.

    kind: "module" (exec in the globals), "frame" (a function over the frame's cells), "enter" (evaluates the arguments
    of a call and begins its frame), "leave" (ends a frame; the calling statement with its call replaced by the result),
    "nothing"; of loops "iter", "next", "test", "turn" and "rest", in loops "value" and "store" (see `loops`); "if" is
    the test of one (see `branches`); "with" enters a context and "end" leaves it, "unwind" is what comes of an error
    that has left a statement (see `guards`). callee: number of the frame that is entered or left. parameters: what
    arguments are bound to. iterator: the name of the loop's, of the value, or of the context. entry: the library that
    is asked for the arguments. leaves: what stands before the names of the variables that end.
    """

    kind: str
    code: CodeType | None
    callee: int = -1
    parameters: tuple[str, ...] = ()
    iterator: str = ""
    entry: str = ""
    leaves: str = ""

    @property
    def sets_alike(self) -> bool:
        """Whether what it sets in the process is the library's own doing, whatever it is called with.

        typer sets a hook. It is only asked where no code of the user's takes part; of click's commands some may.
        """
        return self.entry.startswith("typer")


@dataclass(frozen=True)
class Node:
    """One statement of a version of the script. `lines` are 1-based and inclusive; frame: -1 for the module.

    id: they increase in program order, with gaps behind loops. groups: the calls, loops and passes it is in, outermost
    first, each by the number of its first node. loop: the innermost loop of the same function around it, -1 for none.
    turn: of one that begins a pass which is taken one by one, which pass. place: which loops of the text, and which
    passes of them, it is in, "" outside of loops. whole: why it was not taken apart, "" where there is nothing to.
    module: the local module it stands in, "" for the script. guards: those it is in, outermost first. called: of a
    definition, what it calls as it is executed; None of anything else, and where that cannot be told.
    """

    id: int
    frame: int
    kind: str
    lines: tuple[int, int]
    source: str
    unit: Unit
    key: str
    reads: frozenset[str]
    binds: frozenset[str]
    chains: frozenset[str]
    attributes: frozenset[str]
    bare: frozenset[str]
    calls: bool
    dynamic: bool
    guess: frozenset[str]  # names it probably changes in place: a forecast for the plan, never relied on
    sets: frozenset[str]  # names in whose attributes or items it stores
    groups: tuple[int, ...] = ()
    loop: int = -1
    turn: int = 0
    place: str = ""
    whole: str = ""
    module: str = ""
    guards: tuple[int, ...] = ()
    called: Defining | None = None

    @cached_property
    def label(self) -> str:
        """A short name for people: what it binds, else the start of its source."""
        names = sorted({shown(n) for n in self.makes if not is_hidden(n)})
        if self.kind in ("def", "class", "statement", "leave") and 0 < len(names) <= 3:
            return ", ".join(names)
        first = self.source.strip().splitlines()[0] if self.source.strip() else self.kind
        if self.kind in ("rest", "value"):
            first = f"{self.kind} of {first}"
        elif self.kind in ("next", "test"):
            first = f"pass {self.turn} of {first}" if self.turn else f"end of {first}"
        elif self.kind == "end":
            first = f"end of {first}"
        return first if len(first) <= 40 else first[:39] + "…"

    @cached_property
    def ends(self) -> str:
        """Before the names of the variables that end with this node; "" for one that leaves no function."""
        return self.unit.leaves

    @cached_property
    def makes(self) -> frozenset[str]:
        """What it binds, without the variables that end with it."""
        return frozenset(n for n in self.binds if n.rpartition(".")[0] != self.ends) if self.ends else self.binds

    @property
    def where(self) -> str:
        """Its first line for people: "line 12", "line 12 of features"."""
        return f"line {in_file(self.lines[0])}" + f" of {self.module}" * bool(self.module)

    @cached_property
    def within(self) -> bool:
        """Whether it is part of a loop that is taken pass by pass, or of a `with`."""
        return bool(self.place) or self.kind in ("with", "end") or any(map(lasts, self.reads))

    @property
    def inner(self) -> bool:
        """Whether it is a statement of a function that was stepped into, or enters one."""
        return self.frame >= 0 or self.kind == "enter"


@dataclass(frozen=True)
class Script:
    """One version of a script: its text and its nodes in program order.

    frames: calls stepped into, by number. whole: for each frame the key its statement has as one node. asked: which
    calls were to be stepped into and which not, by that key and one over it and the function's code, each with how many
    calls of the function stand before it. loops: those taken pass by pass. asked_passes: which loops were to be, by
    their keys, and how many passes. branches: each `if` that is taken apart or might be, outer
    ones before those inside; guards: likewise each `with` and `try`. files: those of the local modules that some of its
    nodes stand in, by module.
    """

    text: str
    filename: str
    nodes: tuple[Node, ...]
    future: int
    keep_docstrings: bool
    frames: tuple[Frame, ...] = ()
    whole: tuple[str, ...] = ()
    asked: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    loops: tuple[Loop, ...] = ()
    asked_passes: dict[tuple[str, tuple[str, str]], int | None] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    guards: tuple[Guard, ...] = ()

    @cached_property
    def by_number(self) -> dict[int, Node]:
        return {node.id: node for node in self.nodes}

    def before(self, number: int) -> list[Node]:
        """The nodes in front of that number."""
        return [node for node in self.nodes if node.id < number]

    def goes_on(self, node: Node, outcome: str) -> int:
        """Where the script goes on behind a node, by its outcome: with the first node of that number or above."""
        if outcome == "return":
            return self.frames[node.frame].end if node.frame >= 0 else sys.maxsize
        if ":" in outcome:
            target = self._behind(node, *outcome.split(":"))
        elif outcome == "else":
            target = self._tests[node.id].otherwise
        elif outcome == "stop":
            target = self.loops[node.loop].otherwise
        elif outcome == "break":
            target = self.loops[node.loop].end
        elif outcome == "continue":
            target = self.loops[node.loop].next_turn(node.id)
        else:
            target = node.id + 1
        for branch in self._holding.get(node.id, ()):
            # there are no nodes of some numbers behind a loop
            if branch.otherwise <= self._first_from(target) < branch.end:  # not on in the `else` of what it is in
                target = branch.end
        return target

    def _behind(self, node: Node, how: str, number: str) -> int:
        """Where it goes on behind a guard that an error has come to, raised by this node."""
        guard = self.guards[int(number)]
        if how == "return":
            return self.frames[guard.frame].end if guard.frame >= 0 else sys.maxsize
        if how == "break":
            return self.loops[guard.loop].end
        return self.loops[guard.loop].next_turn(node.id) if how == "continue" else guard.end

    def _first_from(self, number: int) -> int:
        """The number of the first node that has this number or a higher one."""
        at = bisect_left(self._numbers, number)
        return self._numbers[at] if at < len(self._numbers) else sys.maxsize

    @cached_property
    def _numbers(self) -> list[int]:
        return [node.id for node in self.nodes]

    @cached_property
    def _tests(self) -> dict[int, Branch]:
        return {branch.test: branch for branch in self.branches}

    @cached_property
    def _holding(self) -> dict[int, list[Branch]]:
        """The branches in whose first body a node is, innermost first."""
        found: dict[int, list[Branch]] = {}
        for branch in reversed(self.branches):
            for node in self.nodes if branch.otherwise < branch.end else ():
                if branch.test < node.id < branch.otherwise:
                    found.setdefault(node.id, []).append(branch)
        return found

    def passed_by(self, node: Node, outcome: str) -> list[Node]:
        """The nodes of the other body of an `if` whose test comes out so."""
        branch = self._tests.get(node.id)
        if branch is None:
            return []
        first, end = (branch.test + 1, branch.otherwise) if outcome == "else" else (branch.otherwise, branch.end)
        return [each for each in self.nodes if first <= each.id < end]

    def inside(self, node: Node) -> list[Node]:
        """All that belongs to the call that a node enters or leaves, to the loop or the pass that it begins."""
        if not node.groups or (node.id != node.groups[-1] and node.kind not in ("leave", "store", "end")):
            return []
        return [each for each in self.nodes if node.groups[-1] in each.groups]

    def around(self, node: Node) -> list[int]:
        """Numbers of the frames a node stands in, outermost first."""
        found: list[int] = []
        frame = node.frame
        while frame >= 0:
            found.insert(0, frame)
            frame = self.frames[frame].outer
        return found

    def depth(self, node: Node) -> int:
        """How many functions and loops deep a node stands."""
        inside = sum(loop.head in node.groups and node.id != loop.head for loop in self.loops)
        return len(self.around(node)) + int(node.kind == "enter") + inside


def is_hidden(name: str) -> bool:
    """Whether a scoped name is none of the script's: the result of a function, the iterator of a loop."""
    return name.rpartition(".")[2].startswith("<")


def shown(name: str) -> str:
    """A scoped name as it stands in the script."""
    tag, _, local = name.rpartition(".")
    if name.startswith("mod:"):
        return name.removeprefix("mod:").replace(":", ".")
    if name.startswith(PART):
        return name.removeprefix(PART).replace(":", ".")
    if local == RETURN:
        return f"result of {tag.rpartition('/')[2]}"
    if is_hidden(name):
        return "the value" if local == VALUE else "the context" if lasts(name) else "the loop's items"
    return name if ":" in name else local
