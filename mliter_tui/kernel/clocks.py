"""Questions to the clock, the process and the like (rule R8) of a node's code and the functions it reaches."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from mliter_tui.codekey import names_of

_ASKING = {
    "time": {"time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "process_time", "ctime", "localtime",
             "gmtime", "strftime", "asctime", "thread_time"},
    "os": {"getpid", "getppid", "urandom", "times", "getloadavg", "cpu_count"},
    "uuid": {"uuid1", "uuid4"}, "socket": {"gethostname"}, "platform": {"node"},
    "secrets": {"token_hex", "token_bytes", "randbits", "choice", "randbelow", "token_urlsafe"},
    "tempfile": {"mkdtemp", "mkstemp", "gettempdir", "NamedTemporaryFile", "TemporaryDirectory"},
}  # fmt: skip
_NOW = frozenset({"now", "today", "utcnow"})


def clocks(code: CodeType | None, needed: Iterable[Any], own: Iterable[str]) -> list[str]:
    """Names of what is asked; `own` are the user's modules, whose functions are looked into."""
    mine = {"__main__", *own}
    attributes = set(names_of(code).attributes) if code is not None else set()
    todo, seen, values = list(needed), set(), []
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        values.append(value)
        if isinstance(value, ModuleType) and value.__name__ in mine:
            todo += [vars(value)[a] for a in attributes if a in vars(value)]
        elif isinstance(value, MethodType):
            todo.append(value.__func__)
        elif isinstance(value, FunctionType) and value.__module__ in mine:
            names = names_of(value.__code__)
            attributes |= names.attributes
            todo += [value.__globals__[n] for n in names.reads if n in value.__globals__]
        elif isinstance(value, type) and value.__module__ in mine:
            todo += [getattr(f, "__func__", f) for f in vars(value).values()]
        elif type(value).__module__ in mine:
            todo.append(type(value))
    found = attributes & _NOW
    for value in values:
        if isinstance(value, ModuleType):
            found |= {f"{value.__name__}.{a}" for a in attributes & _ASKING.get(value.__name__, set())}
        elif callable(value):
            module = str(getattr(value, "__module__", "")).replace("posix", "os")
            if getattr(value, "__name__", "") in _ASKING.get(module, ()):
                found.add(f"{module}.{value.__name__}")
    return sorted(found)
