"""The nodes of a script: which statements there are, what is taken apart, and what each node names."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from types import CodeType
from typing import TypeVar

from xxhash import xxh3_128_hexdigest

from mliter_tui.codekey import Names, code_fingerprint, names_of
from mliter_tui.lean import dataclass
from mliter_tui.script import forking, frames, guarding
from mliter_tui.script.branches import Branch
from mliter_tui.script.branching import take_apart
from mliter_tui.script.defining import called_by
from mliter_tui.script.entries import Entries
from mliter_tui.script.frames import Frame
from mliter_tui.script.functions import RETURN, Call, Called, Function, call_in
from mliter_tui.script.guards import Guard
from mliter_tui.script.labels import names_labels
from mliter_tui.script.loops import Loop, leaves_loop, leaves_pass
from mliter_tui.script.nodes import DYNAMIC, TAG, Node, Script, Unit
from mliter_tui.script.pieces import UNTRACKED, code_of, names_in_frame
from mliter_tui.script.spaces import Modules, Space, Spaces
from mliter_tui.script.statements import flatten, lines_of, names_changed, own_names, read_by, without_class_docs
from mliter_tui.script.unrolling import MOST_NODES, TOO_MANY, OpenLoop, add_part, collect, unroll
from mliter_tui.script.whole import why_whole

T = TypeVar("T")
_DEEPEST = 12  # beyond them nothing more is taken apart
_KINDS = {ast.Import: "import", ast.ImportFrom: "import", ast.FunctionDef: "def", ast.ClassDef: "class"}

Enter = Callable[[str, str, int], bool]
"""Whether to step into a call: by the key its statement has as one node, one over that and the function's code, and how
many other calls of the function stand before it, or ALWAYS. Also whether to take apart an `if`, by the keys of its
first line and of all of it."""
ALWAYS = -1
"""Whatever it takes, unless it was found to be another function."""
UNLIKELY = 10**6
"""Only where it is known to take long."""

Unroll = Callable[[str, tuple[str, str]], int | None]
"""How many passes of a loop to take one by one: by the key it has as one node, and those of its body and its first
line. None: it stays one node."""

Place = tuple[int, int, int, str]
"""Where a statement stands (first line, first and last column) and its lines."""


@dataclass(frozen=True)
class Steps:
    """What is to be taken apart. passes: of loops by the number of their first node, which outranks `unroll`.

    every_loop: also those over what may be many items. closed: calls that are one node, by the number of that: the
    number of the first one behind. refused: each `with`, by what it was asked by, that must stay one node.
    """

    enter: Enter
    unroll: Unroll
    passes: Mapping[int, int] = field(default_factory=dict)
    every_loop: bool = False
    closed: Mapping[int, int] = field(default_factory=dict)
    refused: frozenset[tuple[str, str]] = frozenset()


Known = tuple[int, bool, dict[Place, Node]]
"""Flags and docstrings as of a script read before, and its statements by place."""


class Builder:
    """known: nodes of scripts read before, by their place. modules: the script's local ones."""

    def __init__(
        self, text: str, filename: str, keep_docstrings: bool, steps: Steps, known: Iterable[Known], modules: Modules
    ) -> None:
        self.keep_docstrings, self.steps, self.labels = keep_docstrings, steps, names_labels([text, *modules.texts])
        self.spaces = Spaces(text, filename, modules, keep_docstrings)
        self.script = self.spaces.script
        self.entries = Entries(self.script, modules.texts)
        self.nodes: list[Node] = []
        self.number = self.jump = 0  # of the next node; the least that the one behind a statement may have
        self.defined: dict[str, Function] = {}  # functions of the script, so far
        self.whole_because = ""  # why the statement that is being read is one node
        self.codes: dict[str, bytes] = {}
        self.frames: list[Frame] = []
        self.whole: list[str] = []
        self.known = [places for future, docstrings, places in known if (future, docstrings) == self._manner()]
        self.places: dict[Place, Node] = {}
        self.stack: list[tuple[int, Function]] = []  # frames the builder is in, outermost first
        self.receivers = [""]  # of methods it is in, the classes of their objects
        self.groups: list[int] = []  # calls, loops and passes it is in, by the numbers of their first nodes
        self.loops: list[Loop | None] = []  # None while it is being read
        self.branches: list[Branch] = []
        self.guards: list[Guard] = []
        self.inside: list[OpenLoop] = []  # loops it is in, outermost first
        self.open: list[guarding.OpenGuard] = []  # guards it is in, outermost first
        self.otherwise = 0  # how many `else` of loops it is in
        self.turn = 0  # as of a node
        self.loop_places: dict[tuple[int, int], int] = {}  # the loops of the text in order, by line and column
        self.asked: dict[tuple[str, str], tuple[int, bool]] = {}
        self.asked_passes: dict[tuple[str, tuple[str, str]], int | None] = {}
        self.sites: Counter[str] = Counter()

    def _manner(self) -> tuple[int, bool]:
        return self.script.future, self.keep_docstrings

    @property
    def space(self) -> Space:
        """The module whose statements are being read."""
        return self.spaces.of(self.function)

    @property
    def few(self) -> frozenset[str] | None:
        return self.space.few if not self.steps.every_loop else None

    def called(self, func: ast.expr) -> Function | Called | None:
        """The function or method that an expression names where the reading is, if it can be stepped into."""
        return self.function_called(func) or (
            self.spaces.method(func, self.function, self.receivers[-1]) if not self.space.module else None
        )

    def function_called(self, func: ast.expr) -> Function | None:
        space, hidden = self.space, self.function.locals if self.function is not None else frozenset()
        return self.spaces.called(func, space, space.functions if space.module else self.defined, hidden)

    def compile(self, body: list[ast.stmt]) -> CodeType:
        module = ast.Module(body, [])
        code: CodeType = compile(module, self.space.filename, "exec", self.space.future, True)
        return code

    def build(self) -> Script:
        script = self.script
        body = list(flatten(script.tree.body))
        if "fork" in script.text and (at := forking.first(body)) < len(body):
            body[at:] = [forking.together(body[at:])]
        for s in body:
            self.take(s, s is body[0], s is body[-1])
            if isinstance(s, ast.FunctionDef) and s.name in script.functions:
                self.defined[s.name] = script.functions[s.name]
        return Script(
            script.text, script.filename, tuple(self.nodes), script.future, self.keep_docstrings, tuple(self.frames),
            tuple(self.whole), self.asked, tuple(each for each in self.loops if each is not None), self.asked_passes,
            tuple(self.branches), self.spaces.files(node.module for node in self.nodes), tuple(self.guards),
        )  # fmt: skip

    def take(self, s: ast.stmt, first: bool = False, last: bool = False) -> None:
        """One statement, with what is inside it where that is taken apart. first, last: of the script."""
        function, space = self.function, self.space
        hidden = function.locals if function is not None else frozenset[str]()
        call = self.entries.call_in(s, self.function_called) if function is None else None
        call = call or call_in(s, self.called, space.rebound)
        self.whole_because = ""
        apart = (call is not None and self.step_in(s, call, last)) or unroll(self, s) or take_apart(self, s)
        if apart or guarding.take_apart(self, s):
            self.whole_because = ""
            return
        if not self.whole_because:
            self.whole_because = self.once("why", s, lambda: self.why_whole(s, hidden))
        if self.loop >= 0 and self.once("leaves", s, lambda: leaves_pass(s)):
            add_part(self, "turn", s, s, self.inside[-1].iterator if leaves_loop(s) else "")
        elif collect(self, s):
            pass
        elif function is None:
            self.statement(s, first)
        else:
            self.inner_statement(s)
        self.whole_because = ""
        self.number = max(self.number, self.jump)

    def why_whole(self, s: ast.stmt, hidden: frozenset[str]) -> str:
        space, function, receiver = self.space, self.function, self.receivers[-1]

        def why_no_method(func: ast.expr) -> str:
            known = self.called(func) is not None
            return space.methods.why_not(func, function, receiver, known) if not space.module else ""

        return why_whole(s, space.definitions, space.functions, hidden, why_no_method)

    # -- statements of the module ----------------------------------------------------------------------------------
    def statement(self, s: ast.stmt, first: bool = False) -> None:
        constant = isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)
        if constant and not (first and isinstance(s.value, ast.Constant) and isinstance(s.value.value, str)):  # type: ignore[attr-defined]
            return  # a bare constant does nothing; compiled alone, a string would become a docstring
        begin, end = lines_of(s)
        text = "".join(self.script.lines[begin - 1 : end]) + "\0".join(self.contexts)
        place = (begin, s.col_offset, s.end_col_offset or 0, text)
        if not constant and (node := self.known_at(place)) is not None:
            self.places[place] = node
            self.append(node)
            return
        code = self.compile([s])
        kind = _KINDS.get(type(s), "statement")
        names = own_names(code, s)
        reads = read_by(names, s)
        binds = names.writes | names.deletes
        key_code = self.compile([without_class_docs(s)]) if kind == "class" and not self.keep_docstrings else code
        if constant and "__doc__" in self.script.text:
            read = ast.Assign([ast.Name("text", ast.Store())], s.value)  # type: ignore[attr-defined]
            key_code = self.compile([ast.fix_missing_locations(ast.copy_location(read, s))])
        self.add(kind, s, Unit("module", code), key_code, reads, binds, names)
        self.places[place] = self.nodes[-1]

    def known_at(self, place: Place) -> Node | None:
        return next((k[place] for k in (self.places, *self.known) if place in k), None)

    def append(self, node: Node) -> None:
        """The node where the reading is."""
        place = {
            "id": self.number, "frame": self.frame, "groups": tuple(self.groups), "loop": self.loop, "turn": self.turn,
            "place": "/".join(f"{loop.place}:{loop.turn}" for loop in self.inside), "whole": self.whole_because,
            "guards": tuple(each.number for each in self.open),
        }  # fmt: skip
        self.nodes.append(replace(node, **place))  # type: ignore[arg-type]
        self.number += 1

    def add(
        self, kind: str, s: ast.stmt, unit: Unit, key_code: CodeType, reads: set[str], binds: set[str], names: Names,
        lines: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        """s: what is executed; lines: where it stands in the text, where that cannot be told by `s`."""
        begin, end = lines or lines_of(s)
        space, (called, more, through) = self.space, self.spaces.meant(self.space, names)
        key = self.key(kind, unit, key_code)
        definer = called_by(s) if kind in ("def", "class") else None
        self.append(
            Node(
                id=-1, frame=-1, kind=kind, lines=(space.first + begin, space.first + end),
                source="".join(space.lines[begin - 1 : end]), unit=unit,
                key=xxh3_128_hexdigest(f"{key} {through}".encode()) if through else key,
                reads=frozenset(reads - UNTRACKED | more | self.contexts), binds=frozenset(binds - UNTRACKED),
                chains=_scoped(names.chains, called), attributes=frozenset(names.attributes),
                bare=_scoped(names.bare, called), calls=names.calls,
                dynamic=names.star or bool(names.reads & DYNAMIC), guess=self.changed_roots(s, reads, True),
                sets=self.changed_roots(s, reads, False), module=space.module,
                called=None if self.stack and definer else definer,  # names in a function are others
            )
        )  # fmt: skip

    @property
    def loop(self) -> int:
        """The loop whose body is being read, in the same function; -1 for none."""
        return self.inside[-1].number if self.inside and self.inside[-1].frame == self.frame else -1

    @property
    def contexts(self) -> set[str]:
        """Under which names it is known that contexts are entered which the reading is in."""
        return {each.name for each in self.open if each.name}

    @property
    def frame(self) -> int:
        return self.stack[-1][0] if self.stack else -1

    @property
    def function(self) -> Function | None:
        """The function whose statements are being read; None in the module."""
        return self.stack[-1][1] if self.stack else None

    def key(self, kind: str, unit: Unit, code: CodeType) -> str:
        scope = self.function.tag if self.function is not None else ""
        callee = self.frames[unit.callee].tag if unit.callee >= 0 else ""
        inside = "".join(sorted(self.contexts)) + "labels" * self.labels
        salt = f"{scope}:{kind}:{self.space.future}:{callee}:{unit.parameters}:{unit.iterator}{inside}".encode()
        return xxh3_128_hexdigest(TAG + salt + code_fingerprint(code, self.keep_docstrings))

    # -- calls stepped into ----------------------------------------------------------------------------------------
    def local(self, names: Iterable[str]) -> set[str]:
        """Names of the function being read, scoped."""
        return {f"{self.function.tag}.{n}" for n in names} if self.function is not None else set()

    def scoped(self, names: Iterable[str]) -> tuple[str, ...]:
        """Each of these names where it stands: a variable of the function that is being read, or of the module."""
        function = self.function
        inside = function.locals if function is not None else frozenset()
        tag = f"{function.tag}." if function is not None else ""
        outside = f"mod:{self.space.module}:" if self.space.module else ""
        return tuple((tag if n.partition(".")[0] in inside else outside) + n for n in names)

    def once(self, what: str, s: ast.AST, make: Callable[[], T]) -> T:
        """What is made of a statement of the text by that alone and where it stands: once for all readings."""
        at = (what, id(s), self.function.tag if self.function is not None else "")
        made = self.space.made
        if at not in made:
            made[at] = s, make()
        found: T = made[at][1]
        return found

    def inner_statement(self, s: ast.stmt) -> None:
        """A statement of a function that was stepped into."""
        code = code_of(self, s)
        if code is None:
            return
        kind = _KINDS.get(type(s), "statement")
        reads, binds, names = self.once("names", s, lambda: names_in_frame(self, s, code))
        self.add(kind, s, Unit("frame", code), code, reads, binds, names)

    def step_in(self, s: ast.stmt, call: Call, last: bool) -> bool:
        """Take a call's statements in its place; whether that is done."""
        function = call.function
        inside = any(function is each for _, each in self.stack)
        if inside or len(self.stack) >= _DEEPEST or len(self.nodes) > MOST_NODES:
            self.whole_because = f"{function.name}() calls itself" if inside else TOO_MANY
            return False
        whole = code_of(self, s)
        if whole is None or not self.call_pays(call, whole):
            return False
        number = len(self.frames)
        site = frames.call_site(call, self.function, self.space.filename, self.space.future)
        own = tuple(sorted(function.locals))
        frame = Frame(
            function.tag, own, site, self.frame, 0, function.module, call.line, call.entry, call.receiver, call.makes,
            function.name, function.first if call.makes else RETURN,
        )  # fmt: skip
        self.frames.append(frame)
        self.whole.append(self.key("statement", Unit("whole", None), whole))
        self.groups.append(self.number)
        self.enter_node(s, call, number)
        self.stack.append((number, function))
        self.receivers.append(call.receiver)
        for each in function.body:
            self.take(each)
        self.stack.pop(), self.receivers.pop()
        self.frames[number] = replace(frame, end=self.number)
        if not (call.bare and last) or call.entry:  # at the end of a script its variables stay, as for a module
            self.leave_node(s, call, number)
        self.groups.pop()
        return True

    def call_pays(self, made: Call, whole: CodeType) -> bool:
        function = made.function
        always = function.tag == "main"  # real scripts keep their work there
        space = self.spaces.of(function)
        own = functools.partial(self.spaces.is_own, space)
        promise = self.once("promise", function.definition, lambda: function.promise(own))
        if promise is None and not always:
            self.whole_because = f"{function.name}() has too little in it"
            return False
        statement = self.key("statement", Unit("whole", None), whole)
        if function.tag not in self.codes:
            self.codes[function.tag] = code_fingerprint(self.compile([function.definition]), self.keep_docstrings)
        call = xxh3_128_hexdigest(statement.encode() + self.codes[function.tag])
        before = self.sites[function.tag] if promise and not made.makes else UNLIKELY
        behind = self.steps.closed.get(self.number, 0)
        if behind and not self.asked.get((statement, call), (0, False))[1]:
            self.asked[statement, call] = before, False
            self.jump = behind
        pays = self.pays(statement, call, ALWAYS if always else before)
        self.sites[function.tag] += 1
        told = "would take long to read its object after each statement" if behind else "took too little time"
        self.whole_because = "" if pays else f"the call of {function.name}() {told}"
        return pays

    def pays(self, statement: str, what: str, before: int) -> bool:
        """Whether to take apart what is known by these keys, as of Enter."""
        if (statement, what) not in self.asked:
            self.asked[statement, what] = before, self.steps.enter(statement, what, before)
        return self.asked[statement, what][1]

    def enter_node(self, s: ast.stmt, call: Call, number: int) -> None:
        code = frames.arguments_of(call, self.function, self.space.filename, self.space.future)
        names = names_of(code)
        called, _, _ = self.spaces.meant(self.space, names)
        reads = {called.get(n, n) for n in names.reads} | self.local(names.free_reads)
        binds = {f"{call.function.tag}.{p}" for p in call.parameters}
        if call.entry:  # the library is given the function itself
            reads |= names_of(self.compile([call.function.definition])).reads
        unit = Unit("enter", code, number, call.parameters, entry=call.entry)
        self.add("enter", s, unit, code, reads, binds, names)

    def leave_node(self, s: ast.stmt, call: Call, number: int) -> None:
        code = code_of(self, call.leave)
        assert code is not None
        result = f"{call.function.tag}.{self.frames[number].result}"
        if self.function is None:
            names = names_of(code)
            reads, binds = set(names.reads), set(names.writes)
        else:
            reads, binds, names = names_in_frame(self, call.leave, code)
        ended = {f"{call.function.tag}.{n}" for n in (*call.function.locals, RETURN)}
        scope = f"{call.function.tag}."
        ended |= {loop.name for loop in self.loops if loop is not None and loop.name.startswith(scope)}
        unit = Unit("leave", code, number, leaves=call.function.tag)
        self.add("leave", s, unit, code, reads | {result}, binds | ended, names)

    def changed_roots(self, s: ast.stmt, reads: set[str], methods: bool) -> frozenset[str]:
        """Names in whose attributes or items a statement stores; with `methods`, also `x` of the statement `x.f(…)`."""
        names = self.once(f"changed {methods}", s, lambda: names_changed(s, methods))
        return frozenset({*names, *self.local(names), *(f"mod:{self.space.module}:{n}" for n in names)} & reads)


def _scoped(chains: Iterable[str], called: Mapping[str, str]) -> frozenset[str]:
    """Dotted paths with what their first names are called."""
    if not called:
        return frozenset(chains)
    parts = (chain.partition(".") for chain in chains)
    return frozenset(called.get(root, root) + dot + rest for root, dot, rest in parts)
