"""What a statement of the module looks up and binds, and where it stands."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from types import CodeType

from mliter_tui.codekey import UNPICKLING, Names, names_of
from mliter_tui.script.exposure import exposed
from mliter_tui.syntax import walk

_CHEAP = frozenset(
    "append add extend update print len range enumerate zip int float str bool list dict tuple set sorted reversed sum "
    "min max abs round isinstance format join split strip lower upper items keys values get setdefault pop insert "
    "startswith endswith replace write writelines next iter ord chr repr type hasattr getattr setattr "
    "plot scatter set_title set_xlabel set_ylabel set_xticks set_yticks set_xlim set_ylim legend text axis imshow "
    "subplot title xlabel ylabel hist bar barh axhline axvline grid fill_between annotate".split()
)
"""What never takes long: a loop that calls nothing else is not worth a look at each of its passes."""


def lines_of(s: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement, decorators included."""
    begin = min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", []))])
    return begin, s.end_lineno or s.lineno


def read_by(names: Names, s: ast.stmt) -> set[str]:
    """Names of the module whose values count for a statement there."""
    reads = set(names.reads)
    if not isinstance(s, (ast.Expr, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
        reads &= exposed([s])[0] | {n for n in reads if n.startswith("__") or n == UNPICKLING}
    return reads | names.deletes | names.strings


def own_names(code: CodeType, s: ast.stmt) -> Names:
    """Names of a statement; what the body of a plain function definition reads is read when it is called, not here.

    So it is with methods, but for those that who decorates them, or a metaclass, may call as the class is made.
    """
    if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not s.decorator_list:
        if isinstance(s, ast.ClassDef) and s.keywords:
            return names_of(code)
        return names_of(_without_bodies(code, _handed_over(s)))
    return names_of(code)


_KEEPING = frozenset(
    "abstractmethod cache cached_property classmethod contextmanager deleter getter inference_mode jit lru_cache njit "
    "no_grad overload override property setter staticmethod wraps".split()
)
"""What keeps what it decorates for later."""


def _handed_over(s: ast.stmt) -> set[tuple[str, int]]:
    """Name and line of each function that is given to a decorator which may call it."""
    functions = (each for each in walk(s) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return {(f.name, lines_of(f)[0]) for f in functions if not all(map(_keeps, f.decorator_list))}


def _keeps(decorator: ast.expr) -> bool:
    match decorator:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _KEEPING
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _KEEPING
    return False


def _without_bodies(code: CodeType, but: Container[tuple[str, int]]) -> CodeType:
    kept = []
    for c in code.co_consts:
        if isinstance(c, CodeType) and (c.co_name, c.co_firstlineno) not in but:
            if c.co_flags & 0x2 and not c.co_name.startswith("<"):
                c = None
            else:
                c = _without_bodies(c, but)
        kept.append(c)
    return code.replace(co_consts=tuple(kept))


def without_class_docs(s: ast.stmt) -> ast.stmt:
    """A copy of a class definition without docstrings."""
    found = ast.parse(ast.unparse(s)).body[0]
    for n in walk(found):
        if isinstance(n, ast.ClassDef) and ast.get_docstring(n) is not None:
            n.body = n.body[1:] or [ast.Pass(lineno=n.lineno, col_offset=0, end_lineno=n.lineno, end_col_offset=0)]
    return found


def _is_main_guard(s: ast.stmt) -> bool:
    match s:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
            pair = {ast.dump(left), ast.dump(right)}
            return pair == {ast.dump(ast.Name("__name__", ast.Load())), ast.dump(ast.Constant("__main__"))}
    return False


def flatten(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those under `if __name__ == "__main__":` among them."""
    for s in body:
        if _is_main_guard(s):
            assert isinstance(s, ast.If)
            yield from flatten(s.body)
        else:
            yield s


def may_take_long(n: ast.AST) -> bool:
    """Whether this part of a statement may be worth a look by itself."""
    match n:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name not in _CHEAP
        case ast.Call():
            return True
        case ast.BinOp(op=ast.MatMult()):
            return True
    return False


def names_changed(s: ast.stmt, methods: bool) -> list[str]:
    """Names in whose attributes or items a statement stores; with `methods`, also `x` of the statement `x.f(…)`."""
    found: list[str] = []
    for n in walk(s):
        match n:
            case ast.Expr(value=ast.Call(func=ast.Attribute() as inner)) if methods:
                found += _roots(inner)
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                found += _roots(n)
    return found


def _roots(value: ast.expr) -> list[str]:
    """The names of which an expression is an attribute or item: `x` of `x.y[0]`, or `(x if y else z)[0]`."""
    match value:
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return _roots(inner)
        case ast.IfExp(body=one, orelse=other):
            return _roots(one) + _roots(other)
        case ast.BoolOp(values=values):
            return [name for each in values for name in _roots(each)]
        case ast.Name(id=name):
            return [name]
    return []
