"""Settings of the process and of libraries that no name of the script holds, to be compared before and after a node.

Only what is loaded is looked at, and what has only come to be with an import is no change. Two looks at a process with
a hundred loggers take some tens of microseconds.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # without enumerations, which take time
import builtins
import os
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

from mliter_tui.kernel.identity import identity

_STREAMS = ("stdin", "stdout", "stderr", "excepthook", "displayhook", "unraisablehook", "tracebacklimit", "path_hooks")
_NAMES = "SIGINT SIGTERM SIGHUP SIGALRM SIGUSR1 SIGUSR2 SIGCHLD SIGPIPE SIGQUIT".split()
_SIGNALS = [int(getattr(_signal, name)) for name in _NAMES if hasattr(_signal, name)]
UNTOUCHED = (0, (), (), True, False)  # a logger nobody has set anything of
Parts = dict[str, Any]


class _Id(int):
    """The identity of an object, which means nothing in another process."""

    def __repr__(self) -> str:
        return "<object>"


def _id(value: Any) -> _Id:
    """Not the object itself: what the node lets go of must go at once."""
    return _Id(identity(value))


class _Builtins(tuple[int, ...]):
    """Identities of all builtins."""

    def __repr__(self) -> str:
        return "<builtins>"


def _interpreter() -> Any:
    digits = sys.get_int_max_str_digits() if hasattr(sys, "get_int_max_str_digits") else 0
    return (
        [_id(getattr(sys, name, None)) for name in _STREAMS], _id(sys.gettrace()), _id(sys.getprofile()),
        sys.getrecursionlimit(), digits, list(sys.path), sys.dont_write_bytecode,
        _Builtins(map(identity, vars(builtins).values())),
    )  # fmt: skip


def _folder() -> Any:
    try:
        return os.getcwd()
    except OSError:
        return None


def _arguments() -> Any:
    return list(list.__iter__(sys.argv))


def _mask() -> Any:
    if threading.active_count() > 1:
        return None  # another thread might make a file in between
    mask = os.umask(0o77)
    os.umask(mask)
    return mask


def _signals(deferred: dict[int, Any]) -> Any:
    return [deferred.get(number) or _signal.getsignal(number) for number in _SIGNALS]


def _warnings(module: Any) -> Any:
    return list(module.filters), _id(module.showwarning), _id(module.formatwarning), module.defaultaction


def _handler(handler: Any) -> Any:
    form = handler.formatter
    style = (form._fmt, form.datefmt) if form is not None and hasattr(form, "_fmt") else None
    return handler, handler.level, form, style, tuple(handler.filters), _id(getattr(handler, "stream", None))


def of_logger(logger: Any) -> Any:
    """Level, handlers, filters, whether it passes on, whether it is off."""
    handlers = tuple(map(_handler, logger.handlers)) if logger.handlers else ()
    return logger.level, handlers, tuple(logger.filters), logger.propagate, bool(logger.disabled)


def _logging(module: Any) -> Any:
    manager = module.root.manager
    found = {"": of_logger(module.root), "\0": (manager.disable, module.raiseExceptions, module._loggerClass)}
    for name, logger in list(manager.loggerDict.items()):
        if isinstance(logger, module.Logger) and not _untouched(logger):
            found[name] = of_logger(logger)
    return found


def _untouched(logger: Any) -> bool:
    return not (logger.level or logger.handlers or logger.filters or logger.disabled) and logger.propagate is True


def _numpy(module: Any) -> Any:
    return module.geterr(), module.geterrcall(), module.get_printoptions()


def _pandas(module: Any) -> Any:
    found, todo = [], [module._global_config]
    while todo:
        for key, value in todo.pop().items():
            todo.append(value) if type(value) is dict else found.append((key, value))
    return found


def _decimal(module: Any) -> Any:
    c = module.getcontext()
    return c.prec, c.rounding, c.Emin, c.Emax, c.capitals, c.clamp, dict(c.traps)


def _locale(module: Any) -> Any:
    return module.setlocale(module.LC_ALL)


def _csv(module: Any) -> Any:
    return module.field_size_limit(), {name: _id(module.get_dialect(name)) for name in module.list_dialects()}


def _collector(module: Any) -> Any:
    return module.isenabled(), module.get_threshold()


_ALWAYS: dict[str, Callable[[], Any]] = {
    "interpreter": _interpreter, "arguments": _arguments, "folder": _folder, "mask": _mask,
}  # fmt: skip
_OF_MODULES: dict[str, Callable[[Any], Any]] = {
    "warnings": _warnings, "logging": _logging, "numpy": _numpy, "pandas._config.config": _pandas,
    "decimal": _decimal, "_locale": _locale, "_csv": _csv, "gc": _collector,
}  # fmt: skip


def look(deferred: dict[int, Any]) -> Parts:
    """The settings now, by part; values are to be compared, not read. `deferred`: the script's signal handlers."""
    found: Parts = {name: part() for name, part in _ALWAYS.items()}
    found["signals"] = _signals(deferred)
    for name, read in _OF_MODULES.items():
        module = sys.modules.get(name)
        if module is not None:
            try:
                found[name] = read(module)
            except Exception:  # of a version made otherwise, or not all there yet
                continue
    return found


def changed(before: Parts, after: Parts) -> list[str]:
    """Parts that are not as they were; a part that was not there before is no change."""
    found = []
    for name, part in before.items():
        try:
            if part is not None and after.get(name) is not None and part != after[name]:
                found.append(name)
        except Exception:  # compared by the user's own code
            found.append(name)
    return found


def describe(parts: Parts, names: list[str]) -> str:
    """The settings of these parts in words that are the same in another process, as far as there are any."""
    return re.sub(r"0x[0-9a-f]+", "", repr([(name, parts.get(name)) for name in names]))


# a part, and a word without which the user's code leaves it alone
_WORDS = {
    "warnings": "warn", "logging": "logg", "numpy": "np.|numpy.", "pandas._config.config": "option", "gc": "gc.",
    "decimal": "decimal", "_locale": "locale",
}  # fmt: skip


def own(names: list[str], texts: list[str], imported: bool) -> list[str]:
    """Parts that the user's code may have set; `imported`: the node loaded libraries, which set some as they come."""
    if not imported:
        return names
    return [n for n in names if any(word in text for text in texts for word in _WORDS.get(n, "").split("|"))]
