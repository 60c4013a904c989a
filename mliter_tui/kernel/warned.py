"""Warnings of a call that is watched: noted, so that they can be given again where the call is answered.

A warning is given for a place in the source: of the library itself, or some frames above the call. Frames of our own
between the two do not count, neither now nor then; whether it is shown is up to the filters and registries, as ever.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

Warned = tuple[str, str, str, int, str, str, int]
"""Text, module and name of the category; frames above the call, or -1 with module, file and line of the library's."""
Place = tuple[str, str, int]
"""Module, file and line that a warning is given for."""
_OURS = __name__.partition(".")[0]


Around = Callable[[Warned, Callable[[], None]], None]
_noted: list[Noted] = []
"""The calls that are watched now, innermost last."""


class Noted:
    """The warnings of a call, until `over`. lost: there was one that cannot be given again.

    around: called with each that can, and with what gives it now.
    """

    def __init__(self, around: Around) -> None:
        self.lost, self._around = False, around
        self._warn, self._filters, self._show = warnings.warn, warnings.filters, _shower()
        self._above = _above(sys._getframe(1))
        warnings.warn = self._warning
        _noted.append(self)

    def over(self) -> None:
        warnings.warn = self._warn
        _noted.remove(self)
        self._above = []

    def _warning(
        self, message: Any, category: Any = None, stacklevel: int = 1, source: Any = None, **more: Any
    ) -> None:
        kind = type(message) if isinstance(message, Warning) else category or UserWarning
        if more or not (isinstance(kind, type) and issubclass(kind, Warning)):
            self.lost = True
            self._warn(message, category, stacklevel + 1, source, **more)
        elif not ignored(message, kind):
            _pass_on(len(_noted) - 1, message, kind, _at(sys._getframe(1), stacklevel), None, source)

    def take(self, message: Any, kind: Any, frame: Any, place: Place | None, source: Any) -> Warned | None:
        """The warning as it can be given again; None, and it is lost, where somebody between looks at it."""
        text = str(message)
        known = getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind
        plain = not isinstance(message, Warning) or message.args == (text,)
        ours = warnings.filters is self._filters and _shower() is self._show
        if not known or not plain or not ours or source is not None or (frame is None and place is None):
            self.lost = True
            return None
        if place is not None:
            return (text, kind.__module__, kind.__name__, -1, *place)
        above = next((at for at, each in enumerate(self._above) if each is frame), -1)
        within = str(frame.f_globals.get("__name__", "<string>")), frame.f_code.co_filename, frame.f_lineno
        return (text, kind.__module__, kind.__name__, above, *within)

    def around(self, warned: Warned | None, give: Callable[[], None]) -> None:
        if warned is None:
            give()
        else:
            self._around(warned, give)


def give_again(warned: Warned) -> None:
    """Give a warning of a call that is answered now."""
    text, module, name, at, within, file, line = warned
    above = _above(sys._getframe(1))
    frame = above[at] if 0 <= at < len(above) else None
    kind = getattr(sys.modules[module], name)
    _pass_on(len(_noted) - 1, text, kind, frame, None if frame is not None else (within, file, line), None)


def _pass_on(level: int, message: Any, kind: Any, frame: FrameType | None, place: Place | None, source: Any) -> None:
    """Let the watched calls note a warning, from the innermost outwards, and give it."""
    if level < 0:
        _give(message, kind, frame, place, source)
        return
    noted = _noted[level]
    warned = noted.take(message, kind, frame, place, source)
    noted.around(warned, functools.partial(_pass_on, level - 1, message, kind, frame, place, source))


def _shower() -> Any:
    return vars(warnings).get("_showwarnmsg_impl")


def _give(message: Any, kind: Any, frame: FrameType | None, place: Place | None, source: Any) -> None:
    names: dict[str, Any]
    if place is not None:
        module, file, line = place
        names = vars(sys.modules[module]) if module in sys.modules else {}
    elif frame is not None:
        names, file, line = frame.f_globals, frame.f_code.co_filename, frame.f_lineno
        module = str(names.get("__name__", "<string>"))
    else:
        names, module, file, line = vars(sys), "sys", "sys", 1
    registry = names.setdefault("__warningregistry__", {})
    warnings.warn_explicit(message, kind, file, line, module, registry, source=source)


def _ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == _OURS


def _at(frame: FrameType, level: int) -> FrameType | None:
    """The frame so many levels up, itself the first, without those of our own."""
    found: FrameType | None = frame
    while found is not None and (level > 1 or _ours(found)):
        level -= not _ours(found)
        found = found.f_back
    return found


def _above(frame: FrameType) -> list[FrameType]:
    """The frames from the one that made a call upwards, without those of our own."""
    found: list[FrameType] = []
    each: FrameType | None = frame
    while each is not None:
        if not _ours(each):
            found.append(each)
        each = each.f_back
    return found


def ignored(message: Any, kind: type[Warning]) -> bool:
    """Whether a warning is ignored, wherever it comes from."""
    for action, text, warned, module, line in warnings.filters:
        if (text is None or text.match(str(message))) and issubclass(kind, warned):
            return action == "ignore" and module is None and line == 0
    return False
