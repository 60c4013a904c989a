"""Questions to the clock, the process and the like (rule R8) of a node's code and the functions it reaches."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Container, Iterable
from types import CodeType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

from mliter_tui.codekey import names_of
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.probing import is_a, module_of, name_of

_ASKING = {
    "time": {"time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "process_time", "ctime", "localtime",
             "gmtime", "strftime", "asctime", "thread_time"},
    "os": {"getpid", "getppid", "urandom", "times", "getloadavg", "cpu_count"},
    "uuid": {"uuid1", "uuid4"}, "socket": {"gethostname"}, "platform": {"node"},
    "secrets": {"token_hex", "token_bytes", "randbits", "choice", "randbelow", "token_urlsafe", "SystemRandom"},
    "random": {"SystemRandom"},
    "tempfile": {"mktemp", "mkdtemp", "mkstemp", "gettempdir", "NamedTemporaryFile", "TemporaryDirectory"},
}  # fmt: skip
_NOW = frozenset({"now", "today", "utcnow"})
_OF_TEXT = frozenset({"Timestamp", "to_datetime", "datetime64", "DatetimeIndex", "array", "astype"})


def reached(
    code: CodeType | None, needed: Iterable[Any], own: Iterable[str], idle: Container[int] = (),
    held: Iterable[tuple[CodeType, str]] = (),
) -> tuple[set[str], list[Any], list[CodeType]]:
    """Attributes asked for, values and code that a node reaches; `own`: the user's modules, which are looked into.

    idle: ids of functions that it does not call. held: code of functions that values hold, as of `Scan`.
    """
    mine = {"__main__", *own}
    attributes = set(names_of(code).attributes) if code is not None else set()
    codes = [code] if code is not None else []
    values: list[Any] = []
    todo, seen = list(needed), set()
    for each, home in held:
        attributes |= names_of(each).attributes
        codes.append(each)
        around = vars(sys.modules[home]) if home in sys.modules else {}
        todo += [around[n] for n in names_of(each).reads if n in around]
    while todo:
        value = todo.pop()
        if identity(value) in seen or identity(value) in idle:
            continue
        seen.add(identity(value))
        values.append(value)
        kind = module_of(type(value))
        if is_a(value, ModuleType) and module_of(value) in mine:
            todo += [vars(value)[a] for a in attributes if a in vars(value)]
        elif is_a(value, MethodType):
            todo.append(value.__func__)
        elif (found := _code_of(value)) is not None and found[1].get("__name__") in mine:
            names = names_of(found[0])
            attributes |= names.attributes
            codes.append(found[0])
            todo += [found[1][n] for n in names.reads if n in found[1]]
        elif is_a(value, type) and module_of(value) in mine:
            todo += [getattr(f, "__func__", f) for f in vars(value).values()]
        elif kind in mine:
            todo.append(type(value))
    return attributes, values, codes


def _code_of(value: Any) -> tuple[CodeType, dict[str, Any]] | None:
    """The code of a function, or of a generator that has not come to its end, and its globals."""
    if is_a(value, FunctionType):
        return value.__code__, value.__globals__
    if is_a(value, GeneratorType) and value.gi_frame is not None:
        return value.gi_code, value.gi_frame.f_globals
    return None


def collects(attributes: set[str], values: list[Any]) -> bool:
    """Whether a node has garbage collected: what becomes of it then was left by any node before."""
    return any(v is gc.collect or (v is gc and "collect" in attributes) for v in values)


def clocks(attributes: set[str], values: list[Any], codes: list[CodeType]) -> list[str]:
    """Names of what is asked, in all that a node reaches."""
    found = attributes & _NOW
    for value in values:
        module = module_of(value).replace("posix", "os")
        if is_a(value, ModuleType):
            found |= {f"{module}.{a}" for a in attributes & _ASKING.get(module, set())}
        elif (name := name_of(value)) and name in _ASKING.get(module, ()):
            found.add(f"{module}.{name}")
        elif (module, type(value).__name__) == ("random", "SystemRandom") or (
            is_a(value, MethodType) and type(value.__self__).__name__ == "SystemRandom"
        ):
            found.add("random.SystemRandom")
    if any(_says_now(each) for each in codes):
        named = attributes | {name_of(value) for value in values}
        found |= {f"{name}('now')" for name in _OF_TEXT & named}
    return sorted(found)


def _says_now(code: CodeType) -> bool:
    """Whether a text among the constants asks for the time where a date is expected."""
    return any(
        _says_now(c) if isinstance(c, CodeType) else isinstance(c, str) and c.lower() in ("now", "today")
        for c in code.co_consts
    )


_NUMBERS = frozenset({"lineno", "f_lineno", "co_firstlineno", "tb_lineno", "co_lines", "co_positions", "format_exc",
                      "format_exception", "format_stack", "format_tb", "extract_stack", "extract_tb",
                      "getframeinfo", "getsourcelines"})  # fmt: skip
_SAID_WITH_A_FILE = frozenset({"print_exc", "print_exception", "print_stack", "stack_info", "exc_info", "exception"})


def line_numbers(codes: Iterable[CodeType]) -> str:
    """Whether the code asks for numbers of lines: "values" where they may be anywhere, "output" where they are printed
    with the file they are of; else "".
    """
    words: set[str] = set()
    for code in codes:
        names = names_of(code)
        words |= names.attributes | names.reads | {w for _, _, wanted in names.imports for w in wanted or ()}
        words |= _keywords(code)
    return "values" if words & _NUMBERS else "output" if words & _SAID_WITH_A_FILE else ""


def asks_for_text(codes: Iterable[CodeType]) -> bool:
    """Whether the code asks for the text that the user's code was made of."""
    return any(not _TEXTS.isdisjoint(names_of(code).attributes | names_of(code).reads) for code in codes)


_TEXTS = frozenset({"getsource", "getsourcelines", "getcomments", "findsource", "getblock", "linecache"})


def _keywords(code: CodeType) -> set[str]:
    found: set[str] = set()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _keywords(constant)
        elif isinstance(constant, tuple):
            found |= {word for word in constant if isinstance(word, str)}
    return found


class LogTimes:
    """Whether the time of a log entry, or the number of its line, was written into it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.numbered = False
        self._watched: Any = None

    def begin(self) -> None:
        """A node is about to run."""
        self.asked.clear()
        self.numbered = False
        formatter = getattr(sys.modules.get("logging"), "Formatter", None)
        if formatter is not None and formatter is not self._watched:
            self._watched = formatter
            original = formatter.formatTime

            @functools.wraps(original)
            def watched(*args: Any, **kwargs: Any) -> Any:
                self.asked[:] = ["logging"]
                return original(*args, **kwargs)

            formatter.formatTime = watched
            whole = formatter.formatMessage

            @functools.wraps(whole)
            def numbered(self_: Any, *args: Any, **kwargs: Any) -> Any:
                self.numbered |= "lineno" in (self_._fmt or "")
                return whole(self_, *args, **kwargs)

            formatter.formatMessage = numbered
