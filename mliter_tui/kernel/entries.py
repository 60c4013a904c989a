"""The beginning of calls that something stands before: functions of local modules, commands of click and typer.

That the function is the one whose text was read is only seen here: anything may have been put in its place. Of a
command the library is asked for the arguments, with a function in its place that takes them; an error that leaves the
body goes through the library, which has its own ways with some.
"""

from __future__ import annotations

import abc
import functools
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mliter_tui.kernel.live import Live


_OWN_CODE = ("callback", "parser", "click_type", "default_factory")


class AnotherFunction(Exception):
    """The function that is called is not the one whose text was read."""


def arguments(
    live: Live, values: tuple[Any, ...], parameters: Sequence[str], module: str, name: str, line: int, entry: str,
    receiver: str, makes: bool,
) -> tuple[Any, ...]:  # fmt: skip
    """The arguments of a call. values: the function and its arguments, or what the library is asked with.

    Raises AnotherFunction, and what the library raises: SystemExit where it does not come to the call.
    """
    check = functools.partial(_check, live.names(module), name, line)
    if receiver:
        return (_object(live.names(module).get(receiver), makes, check, values[0]), *values[1:])
    if not entry:
        check(values[0])
        return values[1:]
    asks: dict[str, Callable[..., tuple[Any, ...]]] = {"click": _of_click, "typer": _of_app, "typer.run": _of_run}
    return asks[entry](check, parameters, *values)


def _object(cls: Any, makes: bool, check: Callable[[Any], None], called: Any) -> object:
    """The object that a method is called on, where it is of this class; a new one of it where the call makes one."""
    if not isinstance(cls, type):
        raise AnotherFunction
    if not makes:
        if type(called) is not MethodType or type(called.__self__) is not cls:
            raise AnotherFunction
        check(called.__func__)
        return called.__self__
    plain = type(cls) in (type, abc.ABCMeta) and getattr(cls, "__new__", None) is object.__new__
    if called is not cls or not plain or getattr(cls, "__abstractmethods__", None):
        raise AnotherFunction
    check(cls.__init__)
    return object.__new__(cls)


def _check(names: dict[str, Any], name: str, line: int, function: Any) -> None:
    code = getattr(function, "__code__", None) if type(function) is FunctionType else None
    known = code is not None and (code.co_name, code.co_firstlineno) == (name, line)
    if not known or function.__globals__ is not names or hasattr(function, "__wrapped__"):
        raise AnotherFunction


def _of_click(check: Callable[[Any], None], parameters: Sequence[str], command: Any) -> tuple[Any, ...]:
    import click

    if type(command) is not click.Command or any(isinstance(each.type, click.File) for each in command.params):
        raise AnotherFunction
    function: Any = command.callback
    check(function)
    taker = _Taker(function, parameters)
    command.callback = taker.take
    try:
        return taker.ask(command)
    finally:
        command.callback = function


def _of_app(check: Callable[[Any], None], parameters: Sequence[str], app: Any) -> tuple[Any, ...]:
    import typer

    alone = type(app) is typer.Typer and len(app.registered_commands) == 1
    if not alone or app.registered_groups or app.registered_callback:
        raise AnotherFunction
    command = app.registered_commands[0]
    function = command.callback
    check(function)
    _plain(function)
    taker = _Taker(function, parameters)
    command.callback = taker.standing_in()
    try:
        return taker.ask(app)
    finally:
        command.callback = function


def _of_run(
    check: Callable[[Any], None], parameters: Sequence[str], run: Callable[[Any], Any], function: Any
) -> tuple[Any, ...]:
    check(function)
    _plain(function)
    taker = _Taker(function, parameters)
    return taker.ask(functools.partial(run, taker.standing_in()))


def _plain(function: Callable[..., Any]) -> None:
    """Raises AnotherFunction where code of the user's takes part in reading the command line: it may set anything."""
    from typer.utils import get_params_from_function

    for each in get_params_from_function(function).values():
        asked = each.default
        own = any(getattr(asked, name, None) is not None for name in _OWN_CODE)
        if own or callable(getattr(asked, "default", None)) or "File" in repr(each.annotation):
            raise AnotherFunction


class _Taker:
    """Stands in a function's place and takes what it is called with."""

    def __init__(self, function: Callable[..., Any], parameters: Sequence[str]) -> None:
        self._function, self._parameters = function, parameters
        self._given: tuple[Any, ...] | None = None

    def take(self, *given: Any, **named: Any) -> None:
        try:
            bound = inspect.signature(self._function).bind(*given, **named)
        except TypeError:
            raise AnotherFunction from None  # let the call itself raise it
        bound.apply_defaults()
        self._given = tuple(bound.arguments[each] for each in self._parameters)

    def standing_in(self) -> Callable[..., None]:
        """A function that looks like the one it is for."""

        @functools.wraps(self._function)
        def take(*given: Any, **named: Any) -> None:
            self.take(*given, **named)

        return take

    def ask(self, library: Callable[[], Any]) -> tuple[Any, ...]:
        """What the library calls the function with."""
        try:
            library()
        except SystemExit:
            if self._given is None:
                raise
        if self._given is None:
            raise AnotherFunction
        return self._given


def through(entry: str, call: Callable[[], Any]) -> Any:
    """Make a call that the library makes; what it raises goes through the library."""
    try:
        return call()
    except BaseException as error:  # the script's own, of whatever kind: it is raised again at once
        raised = error

    def again() -> None:
        raise raised

    words: dict[str, Any] = {"args": [], "prog_name": os.path.basename(list.__getitem__(sys.argv, 0))}
    if entry == "click":
        import click

        click.Command(None, callback=again)(**words)
    else:
        import typer

        app = typer.Typer(add_completion=False)
        app.command()(again)
        app(**words)
    raise raised
