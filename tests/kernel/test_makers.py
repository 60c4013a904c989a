"""Which functions of the user's are known to do nothing but make others."""

from __future__ import annotations

import functools
import time
import typing
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from mliter_tui.kernel.makers import only_makes

SEEN: list[Any] = []
TABLE: dict[str, Any] = {}


def timer(function: Any) -> Any:
    """With a docstring."""

    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        begin = time.time()
        return function(*args, **kwargs), begin

    return inner


def timer_by_name(function: Any) -> Any:
    @wraps(function)
    def inner(*args: typing.Any, again: int = 2) -> Any:
        return [function(*args) for _ in range(again)]

    return inner


def bare(function: Any) -> Any:
    def inner() -> Any:
        return function()

    return inner


def the_same(function: Any) -> Any:
    return function


def stage(name: str, often: int = 1) -> Any:
    def wrap(function: Any) -> Any:
        @wraps(function)
        def inner(*args: Any) -> Any:
            print(name, often)
            return function(*args)

        return inner

    return wrap


def two(function: Any) -> Any:
    def one() -> Any:
        return function()

    def other() -> Any:
        return one()

    return other


@pytest.mark.parametrize("function", [timer, timer_by_name, bare, the_same, two], ids=lambda f: f.__name__)
def test_a_decorator_only_makes_a_function(function: Any) -> None:
    assert only_makes(function, False)


def test_one_that_is_called_makes_one_that_does() -> None:
    assert only_makes(stage, True)
    assert only_makes(stage, False)
    assert not only_makes(timer, True)  # what it makes asks for the time


def calls_it(function: Any) -> Any:
    function()
    return function


def calls_what_it_made(function: Any) -> Any:
    @wraps(function)
    def inner() -> Any:
        return function()

    return inner()


def calls_first(function: Any) -> Any:
    kept = wraps(function)
    del kept

    def inner() -> Any:
        return function()

    return inner()


def calls_aside(function: Any) -> Any:
    found = wraps(function)

    def inner() -> Any:
        return function()

    return found(inner())


def says_so(function: Any) -> Any:
    print("decorated")

    def inner() -> Any:
        return function()

    return inner


def puts_into(function: Any) -> Any:
    TABLE[function.__name__] = function
    return function


def asks(function: Any, begin: Callable[[], float] = time.time) -> Any:
    at = begin()

    def inner() -> Any:
        return function(), at

    return inner


def a_generator(function: Any) -> Any:
    yield function


def wrapped_by_another(function: Any) -> Any:
    @functools.lru_cache(len(SEEN))
    def inner() -> Any:
        return function()

    return inner


def by_chance(function: Any) -> Any:
    if SEEN:
        return function()
    return function


@pytest.mark.parametrize(
    "function",
    [calls_it, calls_what_it_made, calls_first, calls_aside, says_so, puts_into, asks, a_generator,
     wrapped_by_another, by_chance],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_one_that_does_more_does_not(function: Any) -> None:
    assert not only_makes(function, False)


def test_another_function_by_the_name_of_wraps_is_no_such() -> None:
    space: dict[str, Any] = {"wraps": lambda function: lambda inner: inner()}
    exec("def deco(f):\n    @wraps(f)\n    def inner():\n        return f()\n    return inner", space)
    assert not only_makes(space["deco"], False)
    space["wraps"] = functools.wraps
    assert only_makes(space["deco"], False)
