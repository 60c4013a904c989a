"""Loops that are taken pass by pass: which they are, and the code of their parts.

`for TARGET in ITERABLE: BODY` becomes a node that makes the iterator, and for each pass one that takes the next item
and the statements of BODY; behind the last pass that is taken so there is one that does the rest of the loop at once.
`while TEST: BODY` has a node that tests instead. Behind them stand the statements of `else`. The kernel gives the code
of a part its `RESULT` (see `kernel.turns`).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Container, Iterator

from mliter_tui.lean import dataclass
from mliter_tui.script.functions import ENDLESS, PASSING_ON, RESULT
from mliter_tui.script.statements import may_take_long
from mliter_tui.syntax import every, own_walk, walk

SPANS = (10**13, 10**9, 10**5)
"""Numbers reserved for the passes of a loop, and as many for its `else`, by the number of loops around it: nodes behind
it keep theirs however many passes there are."""
MOST_STATEMENTS = 60

_PASSING = frozenset("enumerate zip reversed sorted list tuple items keys values tqdm".split())
_SMALL = frozenset("glob iglob rglob listdir iterdir ParameterGrid ParameterSampler trange".split())
MANY = 200
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop that is taken pass by pass. All are numbers of nodes, but for the keys and the name of its iterator.

    head: the first of its nodes. turns: those that begin a pass; the last of them finds none, or is followed by `rest`.
    otherwise: no node of the passes has this number or a higher one, and those of its `else` have no lower one; end:
    the same of the loop with its `else`. whole: the key of the loop as one node. hints: keys under
    which it is known by its body and by its first line. over: what says how many items there are, as of `sources`,
    where the text does not.
    """

    head: int
    turns: tuple[int, ...]
    rest: int
    otherwise: int
    end: int
    name: str
    whole: str
    hints: tuple[str, str]
    over: tuple[str, ...] = ()

    @property
    def passes(self) -> int:
        """How many passes are taken statement by statement."""
        return len(self.turns) - 1

    def next_turn(self, node: int) -> int:
        """The node that begins the pass behind the one this node is in."""
        return min(turn for turn in self.turns if turn > node)


def few_names(tree: ast.AST) -> frozenset[str]:
    """Names that a script binds to collections which its text shows to be small, and to nothing else."""
    values: dict[str, list[ast.expr]] = {}
    for n in every(tree):
        if isinstance(n, ast.Assign) and len(n.targets) == 1 and isinstance(n.targets[0], ast.Name):
            values.setdefault(n.targets[0].id, []).append(n.value)
    found: frozenset[str] = frozenset()
    for _ in range(3):  # names of names
        found = frozenset(name for name, each in values.items() if all(_is_few(value, found) for value in each))
    return found


def _is_few(value: ast.expr, names: Container[str]) -> bool:
    """Whether the text shows that there are not many items: to look at each pass over many would be in vain."""
    match value:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
            return 0 < len(items) <= MANY
        case ast.Name(id=name):
            return name in names
        case ast.Call(func=ast.Name("range")):
            return True
        case ast.Call(func=ast.Attribute(value=inner, attr=name), args=arguments):
            if name in _SMALL or (name == "split" and arguments and not isinstance(arguments[0], ast.Constant)):
                return True
            return _is_few(inner, names) or any(_is_few(each, names) for each in arguments)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return name in _SMALL or any(_is_few(each, names) for each in arguments)
    return False


def is_few(s: ast.For | ast.While, few: Container[str] | None) -> bool:
    """Whether the text of a loop shows that its passes may be looked at. few: as of few_names; None: all may."""
    return few is None or isinstance(s, ast.While) or _is_few(s.iter, few)


def sources(value: ast.expr) -> tuple[str, ...]:
    """Names that show how many items there are, once their values are known; () where they cannot.

    "models": that has as many, or more than one of these has fewer; "args.": the items are in something of this name.
    """
    match value:
        case ast.Name(id=name):
            return (name,)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[_, *_] as arguments) if name in _PASSING:
            return tuple(each for argument in arguments for each in sources(argument))
        case ast.Call(func=ast.Attribute(value=inner, attr=name), args=[]) if name in _PASSING:
            return sources(inner)
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            while isinstance(inner, (ast.Attribute, ast.Subscript)):
                inner = inner.value
            return (f"{inner.id}.",) if isinstance(inner, ast.Name) else ()
    return ()


def obstacle(s: ast.For | ast.While, few: Container[str] | None) -> str:
    """Why the passes of a loop are not taken one by one, "" where they are, if it pays.

    few: as of few_names; None where it does not matter how many items there are.
    """
    if not any(may_take_long(n) for each in s.body for n in own_walk(each)):
        return "the loop calls nothing that takes long"
    if not is_few(s, few) and isinstance(s, ast.For) and not sources(s.iter):
        return "the loop may have many items: neither its text nor a variable says how many"
    if len(s.body) > MOST_STATEMENTS:
        return f"the body of the loop has more than {MOST_STATEMENTS} statements"
    if any(isinstance(n, ENDLESS) for n in own_walk(s)):
        return "the loop gives values away or waits (yield, await)"
    return ""


def leaves_pass(s: ast.stmt) -> bool:
    """Whether a statement of a loop's body may end the pass or the loop."""
    return any(isinstance(n, (ast.Break, ast.Continue)) for n in _at_this_level(s))


def leaves_loop(s: ast.stmt) -> bool:
    """Whether a statement of a loop's body may end the loop."""
    return any(isinstance(n, ast.Break) for n in _at_this_level(s))


def _at_this_level(s: ast.AST) -> Iterator[ast.AST]:
    yield s
    inner = s.orelse if isinstance(s, _LOOPS) else ast.iter_child_nodes(s)
    for child in inner:
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _at_this_level(child)


def header_lines(s: ast.For | ast.While | ast.If) -> tuple[int, int]:
    """First and last line of the head of a loop or an `if`."""
    last = s.iter if isinstance(s, ast.For) else s.test
    return s.lineno, last.end_lineno or s.lineno


def collected(s: ast.stmt, rebound: Container[str]) -> tuple[ast.expr, ast.stmt] | None:
    """What a statement adds to a collection under a plain name, and the statement with `RESULT` in its place.

    So that making it does not depend on what has been collected before: `scores[k] = EXPR`, `losses.append(EXPR)`. None
    where it is no such statement, or making the value takes no time. rebound: names that functions may bind anew.
    """
    match s:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=value):
            pass
        case ast.Expr(ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[value], keywords=[])):
            if method not in PASSING_ON or name in rebound:
                return None  # the collection is looked up before the value is made
        case _:
            return None
    if isinstance(value, ast.Starred) or not any(map(may_take_long, own_walk(value))):
        return None
    if any(isinstance(n, ast.NamedExpr) or (isinstance(n, ast.Name) and n.id == name) for n in walk(value)):
        return None
    stored = copy.copy(s)
    if isinstance(stored, ast.Assign):
        stored.value = _given(value)
    else:
        assert isinstance(stored, ast.Expr) and isinstance(stored.value, ast.Call)
        stored.value = copy.copy(stored.value)
        stored.value.args = [_given(value)]
    return value, stored


def _given(at: ast.AST) -> ast.Name:
    return ast.copy_location(ast.Name(RESULT, ast.Load()), at)


def _once(body: list[ast.stmt], at: ast.AST) -> ast.For:
    """These statements as the one pass of a loop."""
    target = ast.copy_location(ast.Name(RESULT, ast.Store()), at)
    return ast.copy_location(ast.For(target, _given(at), body, []), at)


def iterator_of(s: ast.For) -> ast.expr:
    """An expression for the loop's iterator. What cannot be iterated over is the fault of the whole loop, in python."""
    return ast.copy_location(ast.Call(_given(s.iter), [s.iter], []), s)


def next_of(s: ast.For | ast.While) -> ast.stmt:
    """A statement that binds the loop's next item, or tests whether there is one more pass."""
    if isinstance(s, ast.For):
        return ast.copy_location(ast.For(s.target, _given(s.iter), [ast.copy_location(ast.Pass(), s)], []), s)
    return test_of(s)


def test_of(s: ast.While | ast.If) -> ast.stmt:
    """A statement that tests, and says so when that holds."""
    holds = ast.copy_location(ast.Attribute(_given(s.test), "through", ast.Load()), s.test)
    return ast.copy_location(ast.If(s.test, [ast.copy_location(ast.Expr(holds), s.test)], []), s)


def part_of(s: ast.stmt) -> ast.stmt:
    """A statement of the body that may leave the pass; it says when it has not."""
    return _once([s, _saying(s)], s)


def _saying(s: ast.stmt) -> ast.stmt:
    """A statement that says it has been come to."""
    through = ast.copy_location(ast.Attribute(_given(s), "through", ast.Load()), s)
    return ast.copy_location(ast.Expr(through), s)


def rest_of(s: ast.For | ast.While) -> ast.stmt:
    """A statement for the pass that has just begun and all behind it; it says when they have not been left."""
    whole, behind = _once(s.body, s), following(s)
    whole.orelse, behind.orelse = [behind], [_saying(s)]
    return whole


def following(s: ast.For | ast.While) -> ast.For | ast.While:
    """A statement for the passes behind the one that has begun."""
    if isinstance(s, ast.While):
        return ast.copy_location(ast.While(s.test, s.body, []), s)
    return ast.copy_location(ast.For(s.target, _given(s.iter), s.body, []), s)
