"""Contexts that are entered and left by nodes of their own, and errors on their way through guards, in the kernel.

See `script.guards` for their code: it is that of the statement, with RESULT in the place of its body or its manager.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from types import CodeType, TracebackType
from typing import Any

from mliter_tui.hidden import manager
from mliter_tui.kernel.hiding import own
from mliter_tui.kernel.live import Live
from mliter_tui.kernel.managers import can_be_entered, known, special
from mliter_tui.kernel.turns import Pass, way_of

Run = Callable[[CodeType, dict[str, Any], Any], str]
"""Executes code where it stands, as of a unit, with what it is given; what `run_unit` returns."""


class Unknown(BaseException):
    """Nothing is known of what a manager does: its `with` has to stay one node."""


class _Entering:
    """Enters the context of what it is called with, and does not leave it. known: as of `managers.known`."""

    def __init__(self, live: Live) -> None:
        self._live, self.manager, self.known = live, None, ""

    def __call__(self, manager: Any) -> Any:
        if not can_be_entered(manager):
            return manager  # python says what is wrong with it
        self.known = known(manager, self._live)
        if not self.known:
            raise Unknown(type(manager).__qualname__)
        self.manager = manager
        return self

    def __enter__(self) -> Any:
        return special(self.manager, "__enter__")()

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        pass


class _Leaving(Pass):
    """A manager in the place of one that was entered, and an error to be raised again inside.

    Its traceback is as python has it there: from the function on in which the guard stands.
    """

    def __init__(self, manager: Any = None, error: BaseException | None = None) -> None:
        super().__init__()
        self._manager, self._error = manager, error
        self._traceback = error.__traceback__ if error is not None else None

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> Any:
        if error is not None:
            error.__traceback__ = self._traceback
        return special(self._manager, "__exit__")(kind, error, self._traceback if error is not None else None)

    @property
    def again(self) -> None:
        assert self._error is not None
        raise self._error

    def mend(self) -> None:
        """Once the guard has let the error go, or another one has come up."""
        if self._error is not None:
            self._error.__traceback__ = _without_pieces(self._error.__traceback__)

    @property
    def cut(self) -> None:
        if self._error is not None:
            self._error.__traceback__ = self._traceback


def enter(unit: dict[str, Any], code: CodeType, live: Live, run: Run) -> str:
    """Enter a context; what has come of it is bound by the code."""
    entering = _Entering(live)
    outcome = run(code, unit, entering)
    live.bind(manager(unit["iterator"]), entering.manager)
    live.bind(unit["iterator"], entering.known)
    return outcome


def leave(unit: dict[str, Any], code: CodeType, live: Live, run: Run) -> str:
    """Leave a context, no error having come up in it."""
    left = _Leaving(live.get(manager(unit["iterator"])))
    _forget(unit["iterator"], live)
    return run(code, unit, left)


def unwind(unit: dict[str, Any], live: Live, run: Run) -> str:
    """Have the guards of a statement see to the error that has left it, until it is caught; how the script goes on.

    Raises it, or what has come of it, where none does.
    """
    error, live.raised = live.raised, None
    assert error is not None
    for guard in reversed(unit["guards"]):
        depth = len(guard["frames"])
        for tag, *_ in unit["frames"][depth:]:
            live.leave(tag)
        error.__traceback__ = inner(error.__traceback__, depth)
        left = live.get(manager(guard["iterator"])) if guard["kind"] == "with" else None
        for name in live.hidden_inside(guard["frames"][-1][0] if depth else "", guard["around"], guard["iterator"]):
            live.drop(name)
        leaving = _Leaving(left, error)
        del left
        outcome, error = _through(guard, leaving, run)
        if error is None:
            way = way_of(leaving, outcome) if guard["turn"] else outcome
            if way == "break":
                live.drop(guard["over"])
            return f"{'caught' if way == 'next' else way}:{guard['number']}"
    raise error


def _through(guard: dict[str, Any], leaving: _Leaving, run: Run) -> tuple[str, BaseException | None]:
    """(how the guard's code ended, the error that left it)."""
    piece = {"kind": "turn" if guard["turn"] else "piece", "frames": guard["frames"]}
    try:
        return run(marshal.loads(guard["code"]), piece, leaving), None
    except BaseException as error:  # of whatever kind: the next guard sees to it
        error.__traceback__ = _without_pieces(error.__traceback__)
        leaving.mend()
        return "", error


def _forget(name: str, live: Live) -> None:
    live.drop(name)
    live.drop(manager(name))


def inner(traceback: TracebackType | None, depth: int) -> TracebackType | None:
    """A traceback without mliter's own frames and the so many calls around the function in which it is looked at."""
    return _joined([each for each in _entries(traceback) if not own(each.tb_frame.f_code.co_filename)][depth:])


def _without_pieces(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback without the places where guards have raised the error again."""
    entries = _entries(traceback)
    again = _Leaving.again.fget.__code__  # type: ignore[attr-defined]
    raised = {at for at, each in enumerate(entries) if each.tb_frame.f_code is again}
    return _joined([each for at, each in enumerate(entries) if not {at, at + 1} & raised])


def _entries(traceback: TracebackType | None) -> list[TracebackType]:
    found = []
    while traceback is not None:
        found.append(traceback)
        traceback = traceback.tb_next
    return found


def _joined(entries: list[TracebackType]) -> TracebackType | None:
    following = None
    for entry in reversed(entries):
        entry.tb_next = following
        following = entry
    return following
