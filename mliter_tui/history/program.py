"""What the files of a version define: functions, classes, what names are imported, and the full names of calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import field

from mliter_tui.history.edits import Statement, Version, statements
from mliter_tui.history.roles import Role, is_model, logs, role_of
from mliter_tui.lean import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Defined:
    """A function of the user's. name: with its class before a dot; body: its statements, those of blocks too."""

    name: str
    file: str
    node: Function
    body: tuple[Statement, ...]

    @property
    def parameters(self) -> list[str]:
        spec = self.node.args
        return [each.arg for each in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]


@dataclass
class Program:
    """The files of a version. models: classes that are models; fields: attributes that the user's code sets."""

    files: dict[str, list[Statement]] = field(default_factory=dict)
    functions: dict[str, Defined] = field(default_factory=dict)
    methods: dict[str, list[Defined]] = field(default_factory=dict)
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)

    def full_name(self, function: ast.expr, file: str) -> str:
        """What a call calls: "sklearn.svm.SVC", "clean" of the user's own, ".fit" of an object."""
        if isinstance(function, ast.Name):
            return self.aliases.get((file, function.id), function.id)
        if not isinstance(function, ast.Attribute):
            return ""
        parts, root = [function.attr], function.value
        while isinstance(root, ast.Attribute):
            parts.append(root.attr)
            root = root.value
        if isinstance(root, ast.Name) and (file, root.id) in self.aliases:
            name = ".".join([self.aliases[file, root.id], *reversed(parts)])
            return parts[0] if self._own_module(name) else name
        return f".{function.attr}"

    def _own_module(self, name: str) -> bool:
        module, _, last = name.rpartition(".")
        return module in self.files and last in self.functions

    def own(self, name: str) -> list[Defined]:
        """The functions of the user's that a call of this full name may reach."""
        if name.startswith("."):
            return self.methods.get(name[1:], [])
        if name in self.classes:
            return [each for each in self.methods.get("__init__", ()) if each.name == f"{name}.__init__"]
        found = self.functions.get(name.rpartition(".")[2] if name.partition(".")[0] in self.files else name)
        return [found] if found is not None else []

    def role(self, call: ast.Call, file: str) -> Role | None:
        """What a call does; None for what is not known, the user's own functions among it."""
        name = self.full_name(call.func, file)
        if name in self.models:
            return "model"
        if self.own(name):
            return None
        role = role_of(name) if name else None
        if role == "read" and name.rpartition(".")[2] == "open" and _writes(call):
            return "output"
        if name == ".log" and isinstance(call.func, ast.Attribute) and not logs(ast.unparse(call.func.value)):
            return None  # a logarithm
        return role


def _writes(call: ast.Call) -> bool:
    modes = [each.value for each in (*call.args[1:], *(k.value for k in call.keywords if k.arg == "mode"))
             if isinstance(each, ast.Constant) and isinstance(each.value, str)]  # fmt: skip
    return any(set(mode) & set("wax") for mode in modes[:1])


def program(version: Version) -> Program:
    """The program of a version."""
    found = Program()
    for file, text in version.items():
        found.files[file.removesuffix(".py").replace("/", ".")] = body = statements(text, file)
        for each in body:
            _define(found, each, body)
    for each in (s for body in found.files.values() for s in body):
        _import(found, each)
    for each in (s for body in found.files.values() for s in body):
        if isinstance(each.node, ast.ClassDef):
            bases = tuple(found.full_name(base, each.file) for base in each.node.bases)
            found.classes[each.node.name] = bases
            if is_model(each.node.name, bases) or any(base in found.models for base in bases):
                found.models.add(each.node.name)
    return found


def _define(found: Program, statement: Statement, body: list[Statement]) -> None:
    node = statement.node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        name = ".".join((*statement.inside[-1:], node.name)) if statement.inside else node.name
        inner = (*statement.inside, node.name)
        own = Defined(name, statement.file, node, tuple(s for s in body if s.inside == inner))
        if statement.inside and statement.inside[-1][:1].isupper():
            found.methods.setdefault(node.name, []).append(own)
        else:
            found.functions.setdefault(node.name, own)
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store) and isinstance(each.value, ast.Name):
            found.fields.add(each.attr)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == "add_argument":
            found.fields.add(argument(each))
    if statement.inside[-1:] and statement.inside[-1][:1].isupper() and isinstance(node, ast.AnnAssign | ast.Assign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found.fields |= {target.id for target in targets if isinstance(target, ast.Name)}


def argument(call: ast.Call) -> str:
    """The attribute that argparse gives what `add_argument` declares."""
    names = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    for keyword in call.keywords:
        if keyword.arg == "dest" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    long = next((name for name in names if name.startswith("--")), names[0] if names else "")
    return long.lstrip("-").replace("-", "_")


def _import(found: Program, statement: Statement) -> None:
    node = statement.node
    if isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            found.aliases[statement.file, alias.asname or name] = name
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            module = node.module or ""
            own = module in found.files and (alias.name in found.functions or alias.name in found.classes)
            found.aliases[statement.file, alias.asname or alias.name] = alias.name if own else f"{module}.{alias.name}"


def heads(node: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of a statement, of a compound one those of its head; of a definition its defaults and
    decorators."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from node.decorator_list
        yield from (d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None)
        return
    if isinstance(node, ast.ClassDef):
        yield from (*node.bases, *node.decorator_list)
        return
    for name, value in ast.iter_fields(node):
        if name in ("body", "orelse", "finalbody", "handlers", "cases"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield each


def walk_head(node: ast.stmt) -> Iterator[ast.AST]:
    for each in heads(node):
        yield from ast.walk(each)
