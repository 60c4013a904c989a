"""Parts of a loop that is taken pass by pass, in the kernel.

See `script.loops` and `script.comprehensions` for their code.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

from mliter_tui.hidden import item, made, part
from mliter_tui.kernel.live import Live

Value = Callable[[Any], Any]
"""Evaluates the code of a part with what it is given."""
Run = Callable[[Any], str]
"""Executes the code of a part with what it is given; what `run_unit` returns."""


class _Item:
    """Iterates once, over the next item of the loop's iterator. over: there was none."""

    def __init__(self, iterator: Any) -> None:
        self._next = iterator.__next__
        self.over = self._given = False

    def __iter__(self) -> _Item:
        return self

    def __next__(self) -> Any:
        if self._given:
            raise StopIteration
        try:
            item = self._next()
        except StopIteration:
            self.over = True
            raise
        self._given = True
        return item


class Pass:
    """Iterates once, over itself; when it is asked again, over the items that follow.

    went_through: nothing has ended the pass before its end; goes_on: it was not ended by `break`.
    """

    def __init__(self, following: Any = None) -> None:
        self._following = following
        self._begun = self._given = False
        self.went_through = self.goes_on = False

    def __iter__(self) -> Any:
        if self._begun:
            return self._following
        self._begun = True
        return self

    def __next__(self) -> Pass:
        if self._given:
            self.goes_on = True
            raise StopIteration
        self._given = True
        return self

    @property
    def through(self) -> None:
        self.went_through = True


def run_part(kind: str, name: str, live: Live, run: Run) -> str:
    """Run a part of a loop, or the test of an `if`.

    "stop": there is no further pass; "continue", "break": the statement has ended this one; "else": it does not hold.
    """
    if kind == "next":
        following = _Item(live.get(name))
        outcome = run(following)
        if following.over:
            live.drop(name)
            return "stop"
        return outcome
    if kind in ("test", "if"):
        test = Pass()
        outcome = run(test)
        return outcome if test.went_through else "stop" if kind == "test" else "else"
    if kind == "turn":
        turn = Pass()
        outcome = way_of(turn, run(turn))
        if name and outcome == "break":
            live.drop(name)
        return outcome
    rest = Pass(live.get(name))
    outcome = run(rest)
    live.drop(name)
    return outcome if outcome != "next" or rest.went_through else "break"


def way_of(turn: Pass, outcome: str) -> str:
    """How a pass goes on behind a statement that may end it, by what running it has said."""
    if outcome != "next" or turn.went_through:
        return outcome
    return "continue" if turn.goes_on else "break"


def fill(kind: str, name: str, live: Live, value: Value) -> str:
    """Run a part of a comprehension; "stop" where there is no further item."""
    if kind == "begin":
        iterator, empty = value(iter)
        live.bind(name, iterator)
        live.bind(made(name), empty)
    elif kind == "item":
        following = _Item(live.get(name))
        found = value(following)
        if following.over:
            live.drop(name)
            return "stop"
        live.bind(item(name), tuple(found))
    elif kind == "element":
        live.bind(part(name), value(live.get(name)))
        live.drop(name)
    elif kind == "gather":
        _add(live.get(made(name)), live.get(name))
        live.drop(name)
    else:
        items = chain(live.get(item(name)), live.get(name))
        live.drop(item(name))
        live.drop(name)
        _add(live.get(made(name)), value(items))
    return "next"


def _add(whole: Any, more: Any) -> None:
    if isinstance(whole, dict):
        whole.update(more)
    else:
        whole.extend(more)
