"""To which stage the statements of a version, and parts of them, belong: before the model, the model, behind it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property, lru_cache

from mliter_tui.history.edits import Statement, Version
from mliter_tui.history.flow import Flow
from mliter_tui.history.parts import Part, constant
from mliter_tui.history.program import Program, argument, heads, program, walk_head
from mliter_tui.history.roles import HYPER_PARAMETERS, STAGES, Role, Stage, trains

Way = tuple[ast.AST, ...]
_DEEPEST = 6
"""Names that are followed from a constant to what uses it."""
_PUT_TOGETHER = (
    ast.Dict, ast.List, ast.Tuple, ast.Set, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Name, ast.Attribute,
    ast.Constant, ast.Starred, ast.expr_context,
)  # fmt: skip
_SHOWS: frozenset[Role] = frozenset({"output", "plot"})


@lru_cache(maxsize=4)  # the version that an edit led to is mostly the one that the next edit goes out from
def _followed(version: tuple[tuple[str, str], ...]) -> tuple[Program, Flow]:
    found = program(dict(version))
    return found, Flow(found)


class Staging:
    """The stages of one version."""

    def __init__(self, version: Version) -> None:
        self.program, self.flow = _followed(tuple(version.items()))
        self._statements = [each for body in self.program.files.values() for each in body]
        self._places: dict[int, Stage] = {}

    def at_line(self, file: str, line: int) -> Stage | None:
        """The stage of the statement a line is in, or of the next one for a line between statements."""
        own = [each for each in self._statements if each.file == file]
        holding = [each for each in own if each.lines[0] <= line <= each.lines[1]]
        found = holding[-1] if holding else next((each for each in own if each.lines[0] > line), None)
        if found is None:
            found = own[-1] if own else None
        if found is not None and isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = [each for each in own if each.inside[: len(found.inside) + 1] == (*found.inside, found.node.name)]
            found = inside[0] if inside else found
        return self.place(found) if found is not None else None

    def place(self, statement: Statement) -> Stage:
        """The stage of a whole statement."""
        key = id(statement.node)
        if key not in self._places:
            # what it is by its order alone, as long as names lead back to it
            self._places[key] = "dpr" if self.flow.standing(statement).order < self.flow.first_fit else "ppr"
            self._places[key] = self._place(statement)
        return self._places[key]

    def _place(self, statement: Statement) -> Stage:
        standing, roles = self.flow.standing(statement), self._roles(statement)
        if self.own_model(statement):
            return "li"
        if roles & {"search", "model", "train"} or standing.fits:
            return "ppr" if roles & {"metric"} and not standing.up and not roles & {"search", "train"} else "li"
        if self._loops_over_fit(statement):
            return "li"
        if not standing.up and roles & {"metric", "plot", "evaluate"} and (standing.down or not roles & {"plot"}):
            return "ppr"
        if roles & {"output"} and not standing.up and standing.down:
            return "ppr"
        if standing.up:
            return "li" if standing.models and not roles & {"read", "transform", "split"} else "dpr"
        if roles & {"read", "transform", "split"} and not standing.down:
            return "dpr"
        if standing.down:
            return "ppr"
        if (stage := self._of_constant(statement)) is not None:
            return stage
        if standing.order < 0:
            return self._by_neighbours(statement)
        return "dpr" if standing.order < self.flow.first_fit else "ppr"

    def stage(self, part: Part, statement: Statement) -> tuple[Stage, bool]:
        """The stage of a part of a statement, and whether a call around it tells so."""
        inner = [self._role(each, statement) for each in ast.walk(part.now) if isinstance(each, ast.Call)]
        for role in ("search", "model", "train", "transform", "read", "split"):
            if role in inner and not isinstance(part.now, ast.stmt):
                return self._by_role(role, statement), True
        if part.keyword and HYPER_PARAMETERS.match(part.keyword) and not self.flow.standing(statement).down:
            return "li", True
        if (found := self._of_calls(part, statement)) is not None:
            return found, True
        if constant(part.before) and constant(part.after):
            if (of_constant := self._of_constant(statement, part)) is not None:
                return of_constant, False
        return self.place(statement), False

    def _of_calls(self, part: Part, statement: Statement) -> Stage | None:
        """What the innermost call that is known says; an argument of the user's own function is followed into it."""
        for call in part.calls:
            role = self._role(call, statement)
            if role in ("output", "metric", "plot") and self.flow.standing(statement).up:
                continue
            if role is not None:
                return self._by_role(role, statement)
            for own in self.program.own(self.program.full_name(call.func, statement.file)):
                inside = [n for n, value in _given(call, own.parameters) if _holds(value, part.now)]
                for name in inside:
                    if (found := self._of_users(name, own.name, 0, set())) is not None:
                        return found
        return None

    def _by_role(self, role: Role, statement: Statement) -> Stage:
        if role in ("read", "transform", "split") and self._only_down(statement):
            return "ppr"
        return STAGES[role]

    def _only_down(self, statement: Statement) -> bool:
        standing = self.flow.standing(statement)
        return standing.down and not standing.up and not standing.fits

    def _role(self, call: ast.Call, statement: Statement) -> Role | None:
        return self.program.role(call, statement.file)

    def _roles(self, statement: Statement) -> set[Role]:
        calls = (each for each in walk_head(statement.node) if isinstance(each, ast.Call))
        return {role for call in calls if (role := self._role(call, statement)) is not None}

    def only_output(self, statement: Statement) -> bool:
        """Whether a statement only shows or writes something: a print, or an `if` or `for` around such."""
        node = statement.node
        if isinstance(node, ast.Expr):
            call = node.value
            return isinstance(call, ast.Call) and self._role(call, statement) in _SHOWS
        if isinstance(node, ast.If | ast.For | ast.With):
            inside = [each for each in ast.walk(node) if isinstance(each, ast.stmt) and each is not node]
            own = (Statement(statement.file, statement.lines, each, "", statement.inside) for each in inside)
            return bool(inside) and all(self.only_output(each) for each in own)
        return False

    def in_output(self, part: Part, statement: Statement) -> bool:
        """Whether a part stands in what is shown, and no deeper call of it does anything else."""
        for call in part.calls:
            role = self._role(call, statement)
            if role is not None:
                return role in _SHOWS
        return False

    def models_in(self, node: ast.AST | None, statement: Statement) -> tuple[str, ...]:
        """The models that an expression makes, by name; searches are none."""
        calls = (each for each in ast.walk(node) if isinstance(each, ast.Call)) if node is not None else ()
        names = [self.program.full_name(call.func, statement.file) for call in calls
                 if self._role(call, statement) == "model"]  # fmt: skip
        return tuple(sorted(names))

    def trains(self, node: ast.AST | None, statement: Statement) -> bool:
        """Whether an expression makes an optimizer, a loss or the like."""
        calls = (each for each in ast.walk(node) if isinstance(each, ast.Call)) if node is not None else ()
        return any(self._role(call, statement) in ("train", "search") for call in calls)

    def own_model(self, statement: Statement) -> bool:
        """Whether a statement is code of a model of the user's own, or of its training where no library trains."""
        if any(name in self.program.models for name in statement.inside):
            return True
        return self.flow.own_training and any(trains(name) for name in statement.inside)

    def _loops_over_fit(self, statement: Statement) -> bool:
        """Whether it is the head of a loop that has a fit directly in it: its passes are those of training."""
        node = statement.node
        if not isinstance(node, ast.For | ast.While):
            return False
        inside = [each for each in self._statements if each.file == statement.file and each is not statement
                  and node.lineno < each.lines[0] <= (node.end_lineno or 0)]  # fmt: skip
        return any(self.flow.standing(each).fits for each in inside)

    def _by_neighbours(self, statement: Statement) -> Stage:
        """Of a function that nothing calls: the stage of what stands before it in the file, in the main by its
        order."""
        before = [each for each in self._statements if each.file == statement.file and each.lines < statement.lines]
        known = next((each for each in reversed(before) if self.flow.standing(each).order >= 0), None)
        return self.place(known) if known is not None and known is not statement else "dpr"

    def _of_constant(self, statement: Statement, part: Part | None = None) -> Stage | None:
        """Of a statement that names constants: the stage of what uses them."""
        node, scope = statement.node, ".".join(statement.inside[-1:])
        names: list[str] = []
        if isinstance(node, ast.Assign | ast.AnnAssign) and constant(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            in_class = bool(statement.inside) and statement.inside[-1] in self.program.classes
            for target in targets:
                plain = [each.id for each in ast.walk(target) if isinstance(each, ast.Name)]
                names += [f".{each}" for each in plain] if in_class else plain
                names += [f".{target.attr}"] if isinstance(target, ast.Attribute) else []
        elif isinstance(node, ast.Expr | ast.Assign):
            calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
            names = [f".{argument(c)}" for c in calls if getattr(c.func, "attr", "") == "add_argument"]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and part is not None:
            scope = f"{statement.inside[-1]}.{node.name}" if statement.inside[-1:] and (
                statement.inside[-1] in self.program.classes) else node.name  # fmt: skip
            names = [name for name, value in _defaults(node) if value is part.now]
        if any(HYPER_PARAMETERS.match(name.lstrip(".")) for name in names):
            return "li"
        found = [s for name in names if (s := self._of_users(name, scope, 0, set())) is not None]
        return _first(found)

    def _of_users(self, name: str, scope: str, depth: int, seen: set[tuple[str, str]]) -> Stage | None:
        """The stage of what reads a name, through the names it is given to; what only shows it counts last."""
        if depth > _DEEPEST or (name, scope) in seen:
            return None
        seen.add((name, scope))
        found: list[Stage] = []
        shown: list[Stage] = []
        for statement, way in self._readers(name, scope):
            if (stage := self._of_use(statement, way, depth, seen)) is not None:
                only = self.only_output(statement) or any(
                    isinstance(each, ast.Call) and self._role(each, statement) in _SHOWS for each in way
                )
                (shown if only else found).append(stage)
        return _first(found) or _first(shown)

    def _of_use(
        self, statement: Statement, way: Way, depth: int, seen: set[tuple[str, str]]
    ) -> Stage | None:
        for at, each in enumerate(way):
            if isinstance(each, ast.keyword) and each.arg and HYPER_PARAMETERS.match(each.arg):
                return "li"
            if not isinstance(each, ast.Call):
                continue
            role = self._role(each, statement)
            if role is not None:
                return self._by_role(role, statement)
            for own in self.program.own(self.program.full_name(each.func, statement.file)):
                given = _given(each, own.parameters)
                inside = [n for n, value in given if any(_holds(value, w) for w in way[:at])]
                stages = [s for n in inside if (s := self._of_users(n, own.name, depth + 1, seen)) is not None]
                if stages:
                    return _first(stages)
            if self.program.full_name(each.func, statement.file) in self.program.classes:
                names = [each.arg for each in way[:at] if isinstance(each, ast.keyword) and each.arg]
                stages = [s for n in names if (s := self._of_users(f".{n}", "", depth + 1, seen)) is not None]
                if stages:
                    return _first(stages)
        node = statement.node
        if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets):
            scope = ".".join(statement.inside[-1:])
            standing = self.flow.standing(statement)
            if not (standing.up or standing.down) or constant_like(node.value):
                stages = [s for t in node.targets if (s := self._of_users(t.id, scope, depth + 1, seen)) is not None]  # type: ignore[attr-defined]
                return _first(stages)
        return self.place(statement) if depth < _DEEPEST and not constant(getattr(node, "value", node)) else None

    def _readers(self, name: str, scope: str) -> Iterator[tuple[Statement, Way]]:
        """Statements that read a name, and what the name stands in there, innermost first."""
        own = scope.rpartition(".")[2]
        for statement, way in self._ways.get(name, ()):
            if not scope or name[:1] == "." or own in statement.inside:
                yield statement, way

    @cached_property
    def _ways(self) -> dict[str, list[tuple[Statement, Way]]]:
        """For each name where it is read."""
        found: dict[str, list[tuple[Statement, Way]]] = {}
        for statement in self._statements:
            for root in heads(statement.node):
                for name, way in _names(root):
                    found.setdefault(name, []).append((statement, way))
        return found


def constant_like(node: ast.AST) -> bool:
    """Whether it only puts together what it is given: a dict, a list, arithmetic."""
    return all(isinstance(each, _PUT_TOGETHER) for each in ast.walk(node))


def _names(root: ast.AST) -> Iterator[tuple[str, Way]]:
    """The names that an expression reads, attributes with a dot before them, and what each stands in."""
    stack: list[tuple[ast.AST, Way]] = [(root, ())]
    while stack:
        each, around = stack.pop()
        if isinstance(each, ast.Attribute | ast.Name) and isinstance(each.ctx, ast.Load):
            yield each.id if isinstance(each, ast.Name) else f".{each.attr}", (each, *around)
        stack += [(child, (each, *around)) for child in ast.iter_child_nodes(each)]


def _given(call: ast.Call, parameters: list[str]) -> Iterator[tuple[str, ast.expr]]:
    own = parameters[1:] if parameters[:1] in (["self"], ["cls"]) else parameters
    yield from zip(own, call.args)
    yield from ((k.arg, k.value) for k in call.keywords if k.arg is not None and k.arg in own)


def _holds(value: ast.AST, part: ast.AST) -> bool:
    return any(each is part for each in ast.walk(value))


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, ast.expr]]:
    spec = node.args
    plain = [*spec.posonlyargs, *spec.args]
    yield from ((a.arg, d) for a, d in zip(plain[len(plain) - len(spec.defaults) :], spec.defaults))
    yield from ((a.arg, d) for a, d in zip(spec.kwonlyargs, spec.kw_defaults) if d is not None)


def _first(found: list[Stage]) -> Stage | None:
    """Where several stages use one thing, it is the model's; else the preprocessing's."""
    return next((stage for stage in ("li", "dpr", "ppr") if stage in found), None)
