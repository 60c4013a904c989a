"""Guards: `with` and `try` statements that are taken apart, and what is done where an error leaves their statements.

A `with` is a node that enters the context, the statements of its body, and one that leaves it. The body depends on how
the context was entered, so that what runs in there runs in it. The statements of a `try` are nodes one after the other:
body, `else` and `finally`. Where one of these nodes raises, the code of the guards around it runs: that of an "except"
guard is the handlers, as the statement has them (see `kernel.guards`).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Literal

from mliter_tui.lean import dataclass
from mliter_tui.script import loops
from mliter_tui.script.forking import TOGETHER
from mliter_tui.script.functions import ENDLESS, RESULT
from mliter_tui.script.statements import may_take_long
from mliter_tui.syntax import own_walk, walk

Kind = Literal["with", "except", "finally"]
_DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global)
_NESTED = (ast.If, ast.For, ast.While, ast.With, ast.Try)
KNOWN = frozenset(
    "open suppress nullcontext closing TemporaryDirectory NamedTemporaryFile TemporaryFile ZipFile GzipFile BZ2File "
    "LZMAFile TarFile tqdm trange tqdm_notebook errstate printoptions catch_warnings localcontext chdir option_context "
    "config_context no_grad inference_mode enable_grad set_grad_enabled autocast set_detect_anomaly detect_anomaly "
    "fork_rng context rc_context axes_style plotting_context color_palette parallel_backend parallel_config "
    "threadpool_limits".split()
)
"""Last names of calls that make managers of contexts whose doings are known (see `kernel.managers`)."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A `with`, the handlers of a `try` or its `finally`, taken apart, or such a statement that might be.

    head: number of its first node; end: none of its nodes has this number or a higher one; close: of a `with`, the node
    that leaves it, else -1. frame: of the function it stands in, loop: around it there, -1 for none. name: under which
    it is known that the context is entered. cost: key of its first line; asked: by which it was asked whether it pays.

    What runs where an error leaves its statements is `code`, None where it is not taken apart; reads: its names. turn:
    it may leave the pass of the loop, whose iterator is `iterator`. around: how many loops there are around it.
    """

    kind: Kind
    head: int
    end: int
    cost: str
    asked: tuple[str, str]
    close: int = -1
    frame: int = -1
    loop: int = -1
    name: str = ""
    code: CodeType | None = None
    reads: frozenset[str] = frozenset()
    turn: bool = False
    iterator: str = ""
    around: int = 0


def obstacle(s: ast.With | ast.Try, is_own: Callable[[str], bool], enters: Callable[[ast.stmt], bool]) -> str:
    """Why a statement is not taken apart, "" where it is, if it pays.

    is_own: whether a name is a function or class of the user's by which a context may be entered. enters: whether a
    statement is a call that can be stepped into.
    """
    parts = list(own_walk(s))
    what = "with" if isinstance(s, ast.With) else "try"
    if hasattr(s, TOGETHER):
        return "the script forks itself there"
    if any(isinstance(n, ENDLESS) for n in parts):
        return f"the {what} gives values away or waits (yield, await)"
    inner = [*s.body, *(s.orelse if isinstance(s, ast.Try) else ())]
    if not any(may_take_long(n) for each in inner for n in own_walk(each)):
        return f"the {what} calls nothing that takes long"
    if any(isinstance(n, _DEFINES) for each in s.body for n in walk(each)):
        return f"the {what} imports or defines something"
    if len(inner) == 1 and not isinstance(inner[0], _NESTED) and not enters(inner[0]):
        return f"there is one statement in the {what}"
    if isinstance(s, ast.Try):
        return _obstacle_of_try(s)
    if any(isinstance(n, ast.Return) for n in parts) or any(map(loops.leaves_pass, s.body)):
        return "the with is left by return, break or continue"
    return "".join([unknown for item in s.items if (unknown := _unknown(item, is_own))][:1])


def _obstacle_of_try(s: ast.Try) -> str:
    rest = [*s.orelse, *s.finalbody, *(each for handler in s.handlers for each in handler.body)]
    if any(isinstance(n, _DEFINES) for each in rest for n in walk(each)):
        return "the try imports or defines something"
    leaves = any(isinstance(n, ast.Return) for n in own_walk(s)) or loops.leaves_pass(s)
    return "the try has a finally and is left by return, break or continue" if s.finalbody and leaves else ""


def _unknown(item: ast.withitem, is_own: Callable[[str], bool]) -> str:
    """Why it is not known from the text what this manager of a context does, "" where it is."""
    call, target = item.context_expr, item.optional_vars
    if target is not None and not isinstance(target, ast.Name):
        return "what the with binds is more than a name"
    if not isinstance(call, ast.Call):
        return "nothing is called to make the context of the with"
    func, last = call.func, ""
    if isinstance(func, (ast.Attribute, ast.Name)):
        last = func.attr if isinstance(func, ast.Attribute) else func.id
    while isinstance(func, ast.Attribute):
        func = func.value
    if isinstance(func, ast.Name) and (last in KNOWN or is_own(func.id)):
        recording = [k for k in call.keywords if k.arg == "record"]
        return "the with records warnings" if recording else ""
    return f"what {last or 'its call'} does to the process while the with goes on is not known"


# -- code of what runs where an error leaves the statements ---------------------------------------------------------
def entering(s: ast.With, item: ast.withitem) -> ast.stmt:
    """A `with` of this item that gives its manager to RESULT, which sees to it that the context is not left."""
    at = item.context_expr
    call = ast.copy_location(ast.Call(_given(at), [at], []), at)
    return ast.copy_location(ast.With([ast.withitem(call, item.optional_vars)], [_nothing(at)]), s)


def leaving(s: ast.With, item: ast.withitem, raising: bool) -> ast.stmt:
    """A `with` in the place of that one, whose manager is RESULT; raising: with an error that it raises again."""
    at = item.context_expr
    inner = _saying("again", at) if raising else _nothing(at)
    return ast.copy_location(ast.With([ast.withitem(_given(at), None)], [inner]), s)


def handling(s: ast.Try, handlers: Sequence[ast.ExceptHandler], final: Sequence[ast.stmt]) -> ast.Try:
    """A `try` in the place of that one, which raises the error again and has these handlers, or this `finally`."""
    first = s.body[0]
    found = []
    for handler in handlers:
        one = copy.copy(handler)
        one.body = [_saying("cut", handler.body[0]), *handler.body]
        found.append(one)
    last = [_saying("cut", final[0]), *final] if final else []
    return ast.copy_location(ast.Try([_saying("again", first)], found, [], last), s)


def named_by(s: ast.Try, handlers: Sequence[ast.ExceptHandler], final: Sequence[ast.stmt]) -> ast.stmt:
    """A statement that names what these name."""
    nothing = ast.copy_location(ast.Pass(), s)
    return ast.copy_location(ast.Try([nothing], list(handlers), [], list(final)), s)


def _nothing(at: ast.AST) -> ast.stmt:
    return ast.copy_location(ast.Pass(), at)


def _given(at: ast.AST) -> ast.expr:
    return ast.copy_location(ast.Name(RESULT, ast.Load()), at)


def _saying(word: str, at: ast.AST) -> ast.stmt:
    said = ast.copy_location(ast.Attribute(_given(at), word, ast.Load()), at)
    return ast.copy_location(ast.Expr(said), at)
