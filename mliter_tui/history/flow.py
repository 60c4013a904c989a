"""Where each statement stands in the flow of values of a program: before what is fitted, at it, or behind it.

The program is walked in the order it runs in, into the user's own functions at each call; names of functions have the
function's before a dot, attributes that the user's code sets a dot alone. A name is what made it last, so that what is
changed in place after a fit is behind it, and before it is not. Loops are walked once. Nothing runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import field

from mliter_tui.history.edits import Statement
from mliter_tui.history.program import Defined, Program, argument, heads, walk_head
from mliter_tui.history.roles import Role, trains
from mliter_tui.lean import dataclass

MOST_STEPS = 6000
_FITS = frozenset({"fit", "fit_predict", "partial_fit", "backward", "train_on_batch"})
_KEEPS = frozenset({"print", "len", "str", "repr", "sorted", "list", "display", "isinstance"})
RETURN = "<return>"


@dataclass
class Step:
    """One statement as it runs once, or what a call binds (then `statement` is None). model: what it makes is a
    model."""

    statement: Statement | None
    reads: set[str]
    makes: set[str]
    roles: set[Role] = field(default_factory=set)
    fits: bool = False
    model: bool = False
    above: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Standing:
    """up: something that is fitted needs it. down: it needs something fitted. order: its place in the way of the
    program, -1 where the walk did not come to it. models: it reads a model itself."""

    up: bool = False
    down: bool = False
    order: int = -1
    models: bool = False
    fits: bool = False
    roles: frozenset[Role] = frozenset()


class Flow:
    """`first_fit` is the order of the first step that fits anything; infinite where none does."""

    def __init__(self, found: Program) -> None:
        self.program = found
        self.steps: list[Step] = []
        self._latest: dict[str, int] = {}
        self._stack: list[str] = []
        self.own_training = not any(_library_fit(found, s) for body in found.files.values() for s in body)
        modules = [each for file, body in found.files.items() if file for each in body if not each.inside]
        for each in (*modules, *found.files.get("", ())):
            if not each.inside:
                self._emit(each, "")
            elif each.inside[-1] in found.classes:
                self._field(each)
        self._closed()

    def standing(self, statement: Statement) -> Standing:
        return self._standings.get((statement.file, statement.lines, statement.source), Standing())

    def _closed(self) -> None:
        fits = [at for at, step in enumerate(self.steps) if step.fits]
        self.first_fit = min(fits, default=len(self.steps) + 1)
        up: set[int] = set()
        stack = [maker for at in fits for maker in self.steps[at].above]
        while stack:
            if (at := stack.pop()) not in up:
                up.add(at)
                stack += self.steps[at].above
        down = set(fits)
        for at, step in enumerate(self.steps):
            if step.above & down:
                down.add(at)
        self._standings: dict[tuple[str, tuple[int, int], str], Standing] = {}
        for at, step in enumerate(self.steps):
            if step.statement is None:
                continue
            key = (step.statement.file, step.statement.lines, step.statement.source)
            models = any(self.steps[maker].model for maker in step.above)
            was = self._standings.get(key, Standing(order=at))
            self._standings[key] = Standing(
                was.up or at in up, was.down or at in down, was.order, was.models or models, was.fits or step.fits,
                was.roles | step.roles,
            )  # fmt: skip

    def _emit(self, statement: Statement, scope: str) -> None:
        """The step of a statement, after those of what it calls; of a compound one that of its head."""
        node, file = statement.node, statement.file
        if len(self.steps) > MOST_STEPS or isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef):
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        returned: set[str] = set()
        roles: set[Role] = set()
        mutated: set[str] = set()
        fits = model = False
        for call in _calls_inside_out(node):
            role = self.program.role(call, file)
            name = self.program.full_name(call.func, file)
            if role is not None:
                roles.add(role)
            model |= role in ("model", "search")
            fits |= self._fits(call, name, role, scope, file)
            for own in self.program.own(name):
                returned |= self._enter(own, call, scope, file)
                fits |= self.own_training and trains(own.node.name)
            if name in self.program.models:
                for method in ("forward", "call", "predict"):
                    for own in self.program.methods.get(method, ()):
                        if own.name == f"{name}.{method}":
                            self._enter(own, None, scope, file)
            mutated |= self._mutates(call, name, isinstance(node, ast.Expr), scope, file)
        for own in self._handed(node, file):
            returned |= self._enter(own, None, scope, file, self._reads(node, scope))
        makes = self._makes(node, scope) | mutated
        if fits and any(name in (".backward", ".step", ".minimize") for name in self._names(node, file)):
            makes |= {name for name, at in self._latest.items() if self.steps[at].model}
        reads = self._reads(node, scope) | returned | mutated
        if isinstance(node, ast.Return) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield)):
            makes = makes | {f"{scope}.{RETURN}"}
        self._add(Step(statement, reads, makes, roles, fits, model or self._passes_model(node, reads)))

    def _names(self, node: ast.stmt, file: str) -> Iterator[str]:
        return (self.program.full_name(c.func, file) for c in walk_head(node) if isinstance(c, ast.Call))

    def _add(self, step: Step) -> None:
        at = len(self.steps)
        step.above = {self._latest[name] for name in step.reads if name in self._latest}
        self.steps.append(step)
        for name in step.makes:
            self._latest[name] = at

    def _passes_model(self, node: ast.stmt, reads: Iterable[str]) -> bool:
        """Whether it only gives a model another name: `best = search.best_estimator_`, `for m in models`, `return
        clf`."""
        value = getattr(node, "value", None) if not isinstance(node, ast.For) else node.iter
        bare = not any(isinstance(each, ast.Call) and not _names_only(each) for each in ast.walk(value or node))
        fields = [n for n in ast.walk(value or node) if isinstance(n, ast.Attribute)]
        bare = bare and all("estimator" in f.attr or f.attr in ("items", "values", "model") for f in fields)
        known = (self._latest[name] for name in reads if name in self._latest)
        return bare and value is not None and any(self.steps[at].model for at in known)

    def _fits(self, call: ast.Call, name: str, role: Role | None, scope: str, file: str) -> bool:
        if role == "evaluate" and ".cross_" in name:
            return True
        if role == "fit" and not name.startswith("."):
            return True
        if name.startswith(".") and (name[1:] in _FITS or name[1:] in ("fit_transform", "train")):
            if name == ".fit" and len(call.args) < 1 and not call.keywords:
                return True  # statsmodels
            kind = self._kind(call.func.value if isinstance(call.func, ast.Attribute) else call, scope, file)
            if name == ".train":
                return kind == "model" and bool(call.args)
            return kind == "model" or (kind is None and name != ".fit_transform")
        return False

    def _kind(self, receiver: ast.expr, scope: str, file: str) -> Role | None:
        """Whether what is fitted is a model or only transforms."""
        roles: set[Role] = set()
        names: set[str] = set()
        for each in ast.walk(receiver):
            if isinstance(each, ast.Call) and (role := self.program.role(each, file)) is not None:
                roles.add(role)
            elif isinstance(each, ast.Name):
                names |= {self._scoped(each.id, scope)}
            elif isinstance(each, ast.Attribute) and each.attr in self.program.fields:
                names.add(f".{each.attr}")
        seen: set[int] = set()
        stack = [self._latest[name] for name in names if name in self._latest]
        while stack and len(seen) < 60:
            at = stack.pop()
            if at in seen:
                continue
            seen.add(at)
            step = self.steps[at]
            roles |= step.roles & {"model", "search", "transform"}
            if step.statement is None or not step.roles or step.roles & {"transform"} or not step.fits:
                stack += [a for a in step.above if self.steps[a].roles & {"model", "search", "transform"}
                          or self.steps[a].statement is None or not self.steps[a].roles]  # fmt: skip
        if roles & {"model", "search"}:
            return "model"
        return "transform" if "transform" in roles else None

    def _enter(
        self, own: Defined, call: ast.Call | None, scope: str, file: str, given: set[str] | None = None
    ) -> set[str]:
        """The steps of a call of the user's own function; the name of what it returns."""
        if own.name in self._stack or len(self._stack) > 12:
            return {f"{own.name}.{RETURN}"}
        parameters = own.parameters
        if parameters[:1] in (["self"], ["cls"]):
            parameters = parameters[1:]
        bound: dict[str, set[str]] = {name: set(given or ()) for name in parameters}
        if call is not None:
            for name, value in _arguments(call, parameters):
                bound[name] = self._expression(value, scope, file)
        for name, reads in bound.items():
            known = [self._latest[read] for read in reads if read in self._latest]
            model = any(self.steps[at].model for at in known)
            self._add(Step(None, set(reads), {f"{own.name}.{name}"}, model=model))
        self._stack.append(own.name)
        before = len(self.steps)
        for each in own.body:
            self._emit(each, own.name)
        self._stack.pop()
        inside = self.steps[before:]
        for name, reads in bound.items():  # what it changed in place
            local = f"{own.name}.{name}"
            if any(local in step.makes and local in step.reads for step in inside):
                model = any(self.steps[self._latest[read]].model for read in reads if read in self._latest)
                self._add(Step(None, {local}, {read for read in reads if not read.endswith(RETURN)}, model=model))
        result = f"{own.name}.{RETURN}"
        return {result}

    def _handed(self, node: ast.stmt, file: str) -> Iterator[Defined]:
        """Own functions that a statement names without calling them: `df.apply(household)`."""
        called = {id(c.func) for c in walk_head(node) if isinstance(c, ast.Call)}
        for each in walk_head(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and id(each) not in called:
                name = self.program.aliases.get((file, each.id), each.id)
                if name not in self.program.classes:
                    yield from self.program.own(name)

    def _expression(self, value: ast.expr, scope: str, file: str) -> set[str]:
        found = self._names_read([value], scope)
        for call in ast.walk(value):
            if isinstance(call, ast.Call):
                own = self.program.own(self.program.full_name(call.func, file))
                found |= {f"{each.name}.{RETURN}" for each in own}
        return found

    def _reads(self, node: ast.stmt, scope: str) -> set[str]:
        return self._names_read(walk_roots(node), scope) | (
            self._names_read([node.target], scope, stored=True) if isinstance(node, ast.AugAssign) else set()
        )

    def _names_read(self, roots: Iterable[ast.AST], scope: str, stored: bool = False) -> set[str]:
        found = set()
        for root in roots:
            for each in ast.walk(root):
                if isinstance(each, ast.Name) and (stored or isinstance(each.ctx, ast.Load)):
                    found.add(self._scoped(each.id, scope))
                elif isinstance(each, ast.Attribute) and each.attr in self.program.fields:
                    found.add(f".{each.attr}")
        return found

    def _scoped(self, name: str, scope: str) -> str:
        local = f"{scope}.{name}"
        return local if scope and (local in self._latest or name in self._locals(scope)) else name

    def _locals(self, scope: str) -> set[str]:
        if scope not in self._known:
            own = self.program.functions.get(scope) or next(
                (d for d in self.program.methods.get(scope.rpartition(".")[2], ()) if d.name == scope), None
            )
            names = set(own.parameters) if own is not None else set()
            if own is not None:
                names |= {n.id for n in ast.walk(own.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            self._known[scope] = names
        return self._known[scope]

    @property
    def _known(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = self.__dict__.setdefault("_locals_of", {})
        return found

    def _makes(self, node: ast.stmt, scope: str) -> set[str]:
        found: set[str] = set()
        for each in walk_head(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                found.add(self._scoped(each.id, scope))
            elif isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
                found.add(f".{each.attr}")
                found |= _root(each, scope, self)
            elif isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store):
                found |= _root(each, scope, self)
            elif isinstance(each, ast.Call) and getattr(each.func, "attr", "") == "add_argument":
                found.add(f".{argument(each)}")
        return found

    def _mutates(self, call: ast.Call, name: str, alone: bool, scope: str, file: str) -> set[str]:
        """Names in what a call may change: what a method is called of, what a function is given where nothing is
        made."""
        found: set[str] = set()
        method = name[1:] if name.startswith(".") else ""
        changes = alone or method.startswith(("fit", "partial_fit", "append", "update"))
        if isinstance(call.func, ast.Attribute) and changes:
            found |= _root(call.func, scope, self)
        silent = self.program.role(call, file) not in ("output", "plot")
        if alone and name and not method and name not in _KEEPS and silent:
            for each in call.args:
                found |= _root(each, scope, self) if isinstance(each, ast.Name) else set()
        return found

    def _field(self, statement: Statement) -> None:
        node = statement.node
        if isinstance(node, ast.AnnAssign | ast.Assign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            makes = {f".{target.id}" for target in targets if isinstance(target, ast.Name)}
            self._add(Step(statement, self._reads(node, ""), makes))


def walk_roots(node: ast.stmt) -> list[ast.AST]:
    return list(heads(node))


def _root(each: ast.expr, scope: str, flow: Flow) -> set[str]:
    while isinstance(each, ast.Attribute | ast.Subscript | ast.Call):
        each = each.func if isinstance(each, ast.Call) else each.value
    if not isinstance(each, ast.Name) or each.id == "self":
        return set()
    return set() if any(alias == each.id for _, alias in flow.program.aliases) else {flow._scoped(each.id, scope)}


def _names_only(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("items", "values") or (
        isinstance(call.func, ast.Name) and call.func.id in ("enumerate", "zip", "list")
    )


def _calls_inside_out(node: ast.stmt) -> list[ast.Call]:
    return [each for each in reversed(list(walk_head(node))) if isinstance(each, ast.Call)]


def _arguments(call: ast.Call, parameters: list[str]) -> Iterator[tuple[str, ast.expr]]:
    yield from zip(parameters, call.args)
    for keyword in call.keywords:
        if keyword.arg in parameters:
            assert keyword.arg is not None
            yield keyword.arg, keyword.value


def _library_fit(found: Program, statement: Statement) -> bool:
    for call in walk_head(statement.node):
        if isinstance(call, ast.Call):
            name, role = found.full_name(call.func, statement.file), found.role(call, statement.file)
            if name.startswith(".") and name[1:] in _FITS and not found.own(name):
                return True
            if role == "fit" or (role == "evaluate" and ".cross_" in name):
                return True
    return False
