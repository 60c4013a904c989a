"""The nodes of a script: its statements in program order, each with its code, names and code key (R3).

The module body's statements are nodes. The body of `if __name__ == "__main__":` is inlined, and a call of `main()` at
module level or there is stepped into (see `frames`). Names are scoped: "x" is a global, "main.x" a local of main.
"""

from __future__ import annotations
import __future__

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import CodeType

from xxhash import xxh3_128_hexdigest

from mliter_tui.codekey import EVERYTHING, UNPICKLING, Names, code_fingerprint, names_of
from mliter_tui.script import forking, frames
from mliter_tui.script.exposure import exposed

DYNAMIC = frozenset({EVERYTHING, "exec", "eval", "globals", "locals", "vars", "__import__", "dir"})
UNTRACKED = frozenset(
    {EVERYTHING, "__annotations__", "__name__", "__builtins__", "__class__", "__module__", "__qualname__"}
)
_DEEP = 10_000  # frames, for expressions of hundreds of terms and chains of as many branches
# interpreter, and format of the traces kept under a key
TAG = f"{sys.implementation.cache_tag}:12:".encode()


@dataclass(frozen=True, slots=True)
class Unit:
    """What the kernel executes for a node: code, how to run it, and where it is called from.

    kind: "module" (exec in the globals), "frame" (a function over main's cells), "enter" (evaluates main's arguments),
    "leave" (the calling statement with the call replaced by main's result), "nothing".
    """

    kind: str
    code: CodeType | None
    site: CodeType | None = None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """One statement of a version of the script. `lines` are 1-based and inclusive."""

    id: int
    scope: str
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

    @cached_property
    def label(self) -> str:
        """A short name for people: what it binds, else the start of its source."""
        names = sorted(n.rsplit(".", 1)[-1] for n in self.binds)
        if self.kind in ("def", "class", "statement") and 0 < len(names) <= 3:
            return ", ".join(names)
        first = self.source.strip().splitlines()[0] if self.source.strip() else self.kind
        return first if len(first) <= 40 else first[:39] + "…"


@dataclass(frozen=True)
class Script:
    """One version of a script: its text and its nodes in program order."""

    text: str
    filename: str
    nodes: tuple[Node, ...]
    future: int
    frame_names: frozenset[str]
    keep_docstrings: bool


def _is_main_guard(s: ast.stmt) -> bool:
    match s:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
            pair = {ast.dump(left), ast.dump(right)}
            return pair == {ast.dump(ast.Name("__name__", ast.Load())), ast.dump(ast.Constant("__main__"))}
    return False


def _future_flags(tree: ast.Module) -> int:
    flags = 0
    for s in tree.body:
        if isinstance(s, ast.ImportFrom) and s.module == "__future__":
            for alias in s.names:
                flags |= getattr(__future__, alias.name).compiler_flag
    return flags


def _flatten(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for s in body:
        if _is_main_guard(s):
            assert isinstance(s, ast.If)
            yield from _flatten(s.body)
        else:
            yield s


class _Builder:
    def __init__(self, text: str, filename: str, keep_docstrings: bool) -> None:
        self.tree = ast.parse(text, filename)
        self.text, self.filename = text, filename
        self.lines = text.splitlines(keepends=True)
        self.future = _future_flags(self.tree)
        self.nodes: list[Node] = []
        words = ("__doc__", "inspect", "click", "typer", "docopt", "fire", "help(", "doctest")
        self.keep_docstrings = keep_docstrings or any(w in text.replace("description=__doc__", "") for w in words)
        self.frame_names: frozenset[str] = frozenset()

    def compile(self, body: list[ast.stmt]) -> CodeType:
        module = ast.Module(body, [])
        code: CodeType = compile(module, self.filename, "exec", self.future, True)
        return code

    def build(self) -> Script:
        body = list(_flatten(self.tree.body))
        if "fork" in self.text and (at := forking.first(body)) < len(body):
            body[at:] = [forking.together(body[at:])]
        entry = frames.find(self.tree, self.text, body)
        first = True
        for s in body:
            if entry is not None and s is entry.site:
                self.step_in(entry)
            else:
                self.statement(s, first)
            first = False
        return Script(
            self.text, self.filename, tuple(self.nodes), self.future, self.frame_names, self.keep_docstrings
        )

    def statement(self, s: ast.stmt, first: bool) -> None:
        constant = isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)
        if constant and not (first and isinstance(s.value, ast.Constant) and isinstance(s.value.value, str)):  # type: ignore[attr-defined]
            return  # a bare constant does nothing; compiled alone, a string would become a docstring
        code = self.compile([s])
        kind = {ast.Import: "import", ast.ImportFrom: "import", ast.FunctionDef: "def", ast.ClassDef: "class"}.get(
            type(s), "statement"
        )
        names = _own_names(code, s)
        reads = set(names.reads)
        if not isinstance(s, (ast.Expr, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
            reads &= exposed([s])[0] | {n for n in reads if n.startswith("__") or n == UNPICKLING}
        reads |= names.deletes | names.strings
        binds = names.writes | names.deletes
        key_code = self.compile([_without_class_docs(s)]) if kind == "class" and not self.keep_docstrings else code
        if constant and "__doc__" in self.text:
            text = ast.Assign([ast.Name("text", ast.Store())], s.value)  # type: ignore[attr-defined]
            key_code = self.compile([ast.fix_missing_locations(ast.copy_location(text, s))])
        self.add("", kind, s, Unit("module", code), key_code, reads, binds, names)

    def add(
        self, scope: str, kind: str, s: ast.stmt, unit: Unit, key_code: CodeType, reads: set[str], binds: set[str],
        names: Names,
    ) -> None:  # fmt: skip
        begin = min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", []))])
        end = s.end_lineno or s.lineno
        salt = f"{scope}:{kind}:{self.future}:{unit.parameters}".encode()
        key = xxh3_128_hexdigest(TAG + salt + code_fingerprint(key_code, self.keep_docstrings))
        self.nodes.append(
            Node(
                id=len(self.nodes), scope=scope, kind=kind, lines=(begin, end),
                source="".join(self.lines[begin - 1 : end]), unit=unit, key=key,
                reads=frozenset(reads - UNTRACKED), binds=frozenset(binds - UNTRACKED), chains=frozenset(names.chains),
                attributes=frozenset(names.attributes), bare=frozenset(names.bare), calls=names.calls,
                dynamic=names.star or bool(names.reads & DYNAMIC), guess=_changed_roots(s, reads, True),
                sets=_changed_roots(s, reads, False),
            )
        )  # fmt: skip

    def step_in(self, entry: frames.Entry) -> None:
        self.frame_names = entry.locals
        site = frames.call_site(entry, self.filename, self.future)
        enter = compile(entry.arguments, self.filename, "eval", self.future, True)
        names = names_of(enter)
        binds = {f"main.{p}" for p in entry.parameters}
        unit = Unit("enter", enter, parameters=entry.parameters)
        self.add("main", "enter", entry.site, unit, enter, set(names.reads), binds, names)
        for s in entry.body:
            code = frames.compile_statement(entry, s, self.filename, self.future)
            if code is None:
                continue
            names = names_of(code)
            free = set(names.free_reads)
            if not isinstance(s, (ast.Expr, ast.Return, ast.FunctionDef, ast.ClassDef)):
                free &= exposed([s])[0]
            if isinstance(s, (ast.FunctionDef, ast.ClassDef)) and not s.decorator_list:
                names = _own_names(code, s)
                free = set(names.free_reads)
            reads = set(names.reads) | names.deletes | {f"main.{n}" for n in free | names.free_deletes}
            binds = set(names.writes) | {f"main.{n}" for n in names.free_writes | names.free_deletes}
            kind = {ast.Import: "import", ast.ImportFrom: "import", ast.FunctionDef: "def", ast.ClassDef: "class"}.get(
                type(s), "statement"
            )
            if any(isinstance(n, ast.Return) for n in frames.own_walk(s)):
                binds.add("main.<return>")
            self.add("main", kind, s, Unit("frame", code, site), code, reads, binds, names)
        if entry.leave is not None:
            code = self.compile([entry.leave])
            names = names_of(code)
            reads = set(names.reads) - {frames.RESULT} | {"main.<return>"}
            self.add("", "leave", entry.site, Unit("leave", code), code, reads, set(names.writes), names)


def _changed_roots(s: ast.stmt, reads: set[str], methods: bool) -> frozenset[str]:
    """Names in whose attributes or items a statement stores; with `methods`, also `x` of the statement `x.f(…)`."""
    roots: set[str] = set()
    for n in ast.walk(s):
        inner: ast.expr
        match n:
            case ast.Expr(value=ast.Call(func=ast.Attribute() as inner)) if methods:
                pass
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                inner = n
            case _:
                continue
        while isinstance(inner, (ast.Attribute, ast.Subscript)):
            inner = inner.value
        if isinstance(inner, ast.Name):
            roots |= {inner.id, f"main.{inner.id}"}
    return frozenset(roots & reads)


def _own_names(code: CodeType, s: ast.stmt) -> Names:
    """Names of a statement; what the body of a plain function definition reads is read when it is called, not here."""
    if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not s.decorator_list:
        return names_of(_without_bodies(code))
    return names_of(code)


def _without_bodies(code: CodeType) -> CodeType:
    kept = []
    for c in code.co_consts:
        if isinstance(c, CodeType):
            if c.co_flags & 0x2 and not c.co_name.startswith("<"):
                c = None
            else:
                c = _without_bodies(c)
        kept.append(c)
    return code.replace(co_consts=tuple(kept))


def _without_class_docs(s: ast.stmt) -> ast.stmt:
    copy = ast.parse(ast.unparse(s)).body[0]
    for n in ast.walk(copy):
        if isinstance(n, ast.ClassDef) and ast.get_docstring(n) is not None:
            n.body = n.body[1:] or [ast.Pass(lineno=n.lineno, col_offset=0, end_lineno=n.lineno, end_col_offset=0)]
    return copy


def read_script(text: str, filename: str, modules: Iterable[str] = (), keep_docstrings: bool = False) -> Script:
    """The nodes of a script. Raises SyntaxError as compile() does. `modules`: texts of its local ones."""
    keep_docstrings |= any(word in other for other in modules for word in ("__doc__", "getdoc", "doctest"))
    return _read(text, filename, keep_docstrings)


@lru_cache(maxsize=4)
def _read(text: str, filename: str, keep_docstrings: bool) -> Script:
    """Remembered, as a session compares each version with the one before it."""
    compile(text, filename, "exec", dont_inherit=True)  # errors that only whole-file compilation finds
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEP))
    try:
        return _Builder(text, filename, keep_docstrings).build()
    finally:
        sys.setrecursionlimit(limit)
