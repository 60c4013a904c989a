"""Methods of the script's classes that can be stepped into, and what is known of the objects that they are called on.

`trainer.fit(x)` is a call of a method where `trainer` is only ever bound to `Trainer(…)`; in a method that is stepped
into, `self` is an object of the class it was called on. That it is so is seen again when the call is made.
"""

from __future__ import annotations

import ast
import copy
import symtable
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from mliter_tui.script.functions import NOT_ALONE, Function, obstacle
from mliter_tui.syntax import own_walk, walk

if TYPE_CHECKING:
    from mliter_tui.script.spaces import Space

_NO_OBSTACLE = frozenset({"object", "ABC"})
"""Bases from which a class may have its making."""
_DEEPEST = 10
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef)


class Methods:
    """Those of one module, which is the script."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._known: dict[tuple[str, str], Function | None] = {}

    @cached_property
    def _classes(self) -> dict[str, ast.ClassDef]:
        return {s.name: s for s in self._space.tree.body if isinstance(s, ast.ClassDef) and s.name in self._space.sole}

    @cached_property
    def _table(self) -> symtable.SymbolTable:
        return symtable.symtable(self._space.text, "<script>", "exec")

    def find(self, cls: str, name: str) -> Function | None:
        """The method that objects of a class have under this name, if it can be stepped into."""
        for owner in self._line(cls):
            bound = _bound_in(owner)
            if name in bound:
                return self._method(owner, name) if bound[name] == 1 else None
        return None

    def making(self, cls: str) -> Function | None:
        """What `cls(…)` calls to make an object of the class, if nothing else has a part in it."""
        line = list(self._line(cls))
        if not line or any(set(_bound_in(c)) & {"__new__", "__init_subclass__"} or c.keywords for c in line):
            return None
        last = {ast.unparse(base).rpartition(".")[2] for base in line[-1].bases}
        found = self.find(cls, "__init__") if last <= _NO_OBSTACLE else None
        returns = found is not None and any(isinstance(n, ast.Return) for s in found.body for n in own_walk(s))
        return found if not returns else None

    def _line(self, cls: str) -> Iterator[ast.ClassDef]:
        """A class of the script and those it is derived from, one by one; no further where there are several."""
        for _ in range(_DEEPEST):
            definition = self._classes.get(cls)
            if definition is None:
                return
            yield definition
            match definition.bases:
                case [ast.Name(id=cls)]:
                    pass
                case _:
                    return

    def _method(self, owner: ast.ClassDef, name: str) -> Function | None:
        key = owner.name, name
        if key not in self._known:
            self._known[key] = self._read(owner, name)
        return self._known[key]

    def _read(self, owner: ast.ClassDef, name: str) -> Function | None:
        defined = (s for s in owner.body if isinstance(s, ast.FunctionDef))
        definition = next((s for s in defined if _mangled(owner, s.name) == name), None)
        if definition is None or obstacle(definition):
            return None
        parameters = [*definition.args.posonlyargs, *definition.args.args]
        names = self._locals(owner, definition)
        if not parameters or names is None or _rebinds(definition, parameters[0].arg):
            return None
        definition = _Mangle(owner).visit(copy.deepcopy(definition))
        body = definition.body
        if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body = body[1:]
        declared = frozenset(x for s in body for n in own_walk(s) if isinstance(n, ast.Global) for x in n.names)
        first = _mangled(owner, parameters[0].arg)
        names -= declared
        return Function(definition.name, definition, tuple(body), names, declared, cls=owner.name, first=first)

    def _locals(self, owner: ast.ClassDef, definition: ast.FunctionDef) -> frozenset[str] | None:
        for cls in self._table.get_children():
            if cls.get_name() == owner.name and cls.get_type() == "class":
                for child in cls.get_children():
                    if child.get_name() == definition.name and child.get_lineno() == definition.lineno:
                        return frozenset(s.get_name() for s in child.get_symbols() if s.is_local() or s.is_parameter())
        return None

    # -- what objects are --------------------------------------------------------------------------------------------
    @cached_property
    def _made(self) -> dict[str, str]:
        """Classes of what variables of the script are bound to, those that are bound once."""
        bound, found = self._space.bound, _made_in(self._space.tree.body, frozenset(self._classes))
        return {name: cls for name, cls in found.items() if bound[name] == 1}

    def called(self, func: ast.expr, function: Function | None, receiver: str) -> tuple[Function, str, bool] | None:
        """(method, class of the object, whether it is made first) of what an expression names.

        function: in which it stands; receiver: the class of the object that is a call of.
        """
        hidden = function.locals if function is not None else frozenset[str]()
        match func:
            case ast.Name(id=cls) if cls in self._classes and cls not in hidden:
                found = self.making(cls)
                return (found, cls, True) if found is not None else None
            case ast.Attribute(value=value, attr=name):
                cls = self._object_of(value, function, receiver)
                method = self.find(cls, name)
                return (method, cls, False) if method is not None else None
        return None

    def why_not(self, func: ast.expr, function: Function | None, receiver: str, known: bool) -> str:
        """Why the method that an expression seems to name is not stepped into; "" where no class has one of the name.

        function, receiver: as of `called`; known: which method it is can be told.
        """
        if not isinstance(func, ast.Attribute):
            return ""
        all_classes = [s for s in self._space.tree.body if isinstance(s, ast.ClassDef)]
        having = [c for c in all_classes if any(isinstance(s, _DEFINES) and s.name == func.attr for s in c.body)]
        if not having:
            return ""
        if known:
            return f"the call of {func.attr}() {NOT_ALONE}"
        cls = self._object_of(func.value, function, receiver)
        if not cls:
            return f"of which class the object is whose {func.attr}() is called cannot be told from the text"
        owner = next((c for c in self._line(cls) if c in having), None)
        definition = next((s for s in owner.body if getattr(s, "name", "") == func.attr), None) if owner else None
        why = obstacle(definition) if isinstance(definition, ast.FunctionDef) else ""
        return f"{cls}.{func.attr}() {why or 'may be bound anew, or is another one in a class that it is derived from'}"

    def _object_of(self, value: ast.expr, function: Function | None, receiver: str) -> str:
        """The class of what an expression is, "" where that is not known."""
        match value:
            case ast.Name(id=variable):
                return self._class_of(variable, function, receiver)
            case ast.Call(func=ast.Name(id=cls)) if function is None or cls not in function.locals:
                return cls if cls in self._classes else ""
        return ""

    def _class_of(self, variable: str, function: Function | None, receiver: str) -> str:
        if function is None or variable not in function.locals:
            return self._made.get(variable, "")
        if variable == function.first:
            return receiver
        return _of_locals(function, frozenset(self._classes) - function.locals).get(variable, "")


def _made_in(body: list[ast.stmt], classes: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for s in body:
        for n in own_walk(s):
            match n:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=cls))) if cls in classes:
                    found[name] = cls
    return found


def _of_locals(function: Function, classes: frozenset[str]) -> Mapping[str, str]:
    """Classes of what variables of a function are bound to, those that are bound once."""
    a = function.definition.args
    bound = Counter(p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs))
    for s in function.body:
        bound.update(_stored(s))
    return {name: cls for name, cls in _made_in(list(function.body), classes).items() if bound[name] == 1}


def _bound_in(owner: ast.ClassDef) -> Counter[str]:
    """How often each attribute is bound in the body of a class."""
    found: Counter[str] = Counter()
    for s in owner.body:
        if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[_mangled(owner, s.name)] += 1
        else:
            found.update(_mangled(owner, name) for name in _stored(s))
            found.update(n.name for n in walk(s) if isinstance(n, (ast.FunctionDef, ast.ClassDef)))
    return found


def _rebinds(definition: ast.FunctionDef, name: str) -> bool:
    return name in _stored(definition)


def _stored(s: ast.AST) -> list[str]:
    """Names that a statement, and what is defined in it, assigns or deletes."""
    return [n.id for n in walk(s) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)]


def _mangled(owner: ast.ClassDef, name: str) -> str:
    """A name as it is meant in the body of a class: private ones have the class's before them."""
    own = owner.name.lstrip("_")
    private = name.startswith("__") and not name.endswith("__") and "." not in name
    return f"_{own}{name}" if private and own else name


class _Mangle(ast.NodeTransformer):
    """Names of a method as they are meant in its class, for code that is compiled outside of it."""

    def __init__(self, owner: ast.ClassDef) -> None:
        self._owner, self._deep = owner, 0

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("id", "attr", "arg", "name", "asname", "rest"):
            value = getattr(node, field, None)
            own = isinstance(node, ast.FunctionDef) and self._deep == 0
            if isinstance(value, str) and not own:
                setattr(node, field, _mangled(self._owner, value))
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            node.names = [_mangled(self._owner, name) for name in node.names]
        self._deep += 1
        super().generic_visit(node)
        self._deep -= 1
        return node
