"""Execution of one node in the real __main__ (rule R1), with tracebacks as under plain Python."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType, TracebackType
from typing import Any

from mliter_tui.kernel import guards
from mliter_tui.kernel.entries import arguments, through
from mliter_tui.kernel.hiding import own
from mliter_tui.kernel.live import RETURN, Live
from mliter_tui.kernel.turns import fill, run_part

NEXT = "\0mliter: next statement"
CALL = "__mliter_frame__"
RESULT = "__mliter_result__"


def run_unit(unit: dict[str, Any], live: Live) -> str:
    """Run a node's code. Returns "next", "return" when its function returned, or what `turns.run_part` does.

    Exceptions of the script pass through. unit["frames"]: the calls it is in, outermost first, which have been entered.
    unit["callee"]: the call it begins or ends. unit["iterator"]: the name of the iterator of the loop it is a part of.
    """
    if unit["kind"] == "unwind":
        return guards.unwind(unit, live, lambda code, unit, given: _run(code, unit, live, given))
    code: CodeType | None = marshal.loads(unit["code"]) if unit["code"] else None
    if code is None:
        return "next"
    names, callee, kind = live.main.__dict__, unit["callee"], unit["kind"]
    if kind == "enter":
        values = _evaluate(code, unit, live) if unit["frames"] else eval(code, names)
        if unit["function"]:
            values = arguments(live, values, unit["parameters"], *unit["function"])
        live.enter(*callee)
        for parameter, value in zip(unit["parameters"], values, strict=True):
            live.bind(f"{callee[0]}.{parameter}", value)
        return "next"
    if kind in ("iter", "value"):
        live.bind(unit["iterator"], _value(code, unit, live, *((iter,) if kind == "iter" else ())))
        return "next"
    if kind == "store":
        outcome = _run(code, unit, live, live.get(unit["iterator"]))
        live.drop(unit["iterator"])
        return outcome
    if kind in ("begin", "item", "element", "gather", "remaining"):
        return fill(kind, unit["iterator"], live, partial(_value, code, unit, live))
    if kind in ("with", "end"):
        doing = guards.enter if kind == "with" else guards.leave
        return doing(unit, code, live, lambda code, unit, given: _run(code, unit, live, given))
    if kind in ("next", "test", "if", "turn", "rest"):
        return run_part(kind, unit["iterator"], live, partial(_run, code, unit, live))
    result: tuple[Any, ...] = ()
    if kind == "leave":
        result = (live.get(f"{callee[0]}.{unit['result']}"),)
        live.leave(callee[0])  # its variables end before the caller goes on
        if result[0] is Live.missing:
            result = (None,)
    return _run(code, unit, live, *result)


def _run(code: CodeType, unit: dict[str, Any], live: Live, *given: Any) -> str:
    """Execute a statement. given: what it names RESULT."""
    names = live.main.__dict__
    if not unit["frames"]:
        if unit["kind"] in ("turn", "rest"):  # at full speed
            names[RESULT] = given[0]
            try:
                exec(code, names)
            finally:
                del names[RESULT]
        else:
            exec(code, names, _Result(names, *given)) if given else exec(code, names)
        return "next"
    value = _evaluate(code, unit, live, *(given if RESULT in code.co_varnames else ()))
    if isinstance(value, str) and value == NEXT:
        return "next"
    live.bind(f"{unit['frames'][-1][0]}.{RETURN}", value)
    return "return"


def _value(code: CodeType, unit: dict[str, Any], live: Live, *given: Any) -> Any:
    """The value of an expression. given: what it names RESULT."""
    if unit["frames"]:
        return _evaluate(code, unit, live, *(given if RESULT in code.co_varnames else ()))
    names = live.main.__dict__
    return eval(code, names, _Result(names, *given)) if given else eval(code, names)


def _evaluate(code: CodeType, unit: dict[str, Any], live: Live, *arguments: Any) -> Any:
    """Call a statement's code over its function's variables, from where that was called."""
    homes = [live.names(module) for *_, module, _ in unit["frames"]]
    cells = live.frames[unit["frames"][-1][0]].cells
    closure = tuple(cells[name] for name in code.co_freevars)
    call: Callable[[], Any] = partial(FunctionType(code, homes[-1], code.co_name, None, closure), *arguments)
    for (_, _, _, site, _, entry), names in zip(reversed(unit["frames"]), [*homes[-2::-1], live.main.__dict__]):
        through_entry = partial(through, entry, call) if entry else call
        call = partial(eval, marshal.loads(site), names, {CALL: through_entry})
    unbound = None
    try:
        return call()
    except NameError as error:
        unbound = _as_in_a_function(error, code)
    raise unbound


class _Result(dict[str, Any]):
    """Locals of a node that is given something under the name RESULT; everything else is the globals'."""

    def __init__(self, names: dict[str, Any], result: Any) -> None:
        super().__init__({RESULT: result})
        self.names = names

    def __setitem__(self, key: str, value: Any) -> None:
        if key != RESULT:
            self.names[key] = value

    def __delitem__(self, key: str) -> None:
        del self.names[key]

    def __missing__(self, key: str) -> Any:
        return self.names[key]


def strip(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without mliter's own frames."""
    kept = []
    while traceback is not None:
        if not own(traceback.tb_frame.f_code.co_filename):
            kept.append(traceback)
        traceback = traceback.tb_next
    following = None
    for entry in reversed(kept):
        entry.tb_next = following
        following = entry
    return following


def _as_in_a_function(error: NameError, code: CodeType) -> NameError:
    """The error of a function stepped into for a local without a value, as python raises it in the function itself."""
    name, traceback = error.name, error.__traceback__
    if type(error) is not NameError or name not in code.co_freevars or not str(error).startswith("cannot access free"):
        return error
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None or traceback.tb_frame.f_code is not code:
        return error  # raised in a function inside it, where it is python's own
    found = UnboundLocalError(f"cannot access local variable '{name}' where it is not associated with a value")
    found.__context__, found.__cause__ = error.__context__, error.__cause__
    found.__suppress_context__ = error.__suppress_context__
    return found.with_traceback(error.__traceback__)


def exit_status(error: SystemExit) -> int:
    """What the process ends with, as Python decides; a message is printed to stderr."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if -(1 << 63) <= code < 1 << 63 else 255  # C's conversion of a number too large gives -1
    print(code, file=sys.stderr)
    return 1


def exit_code(error: BaseException | None) -> int | None:
    """Status of a sys.exit() that can be replayed; None for one that also prints a message."""
    if not isinstance(error, SystemExit) or error.code is None:
        return 0
    return exit_status(error) if isinstance(error.code, int) else None
