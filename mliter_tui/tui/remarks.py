"""Acts on the selected iteration of the history: a star, a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mliter_tui import commands
from mliter_tui.facts import IterationInfo
from mliter_tui.tui.entry import ask_for
from mliter_tui.tui.keys import Act

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp


def _selected(app: WatchApp) -> IterationInfo | None:
    """Of the row that the history stands on, where that is what is looked at; else of the past that is."""
    desk = app.desk
    number = app.main.history.iteration() if desk.room == "history" else desk.picture.iteration
    return next((info for info in desk.view.history if info.iteration == number), None)


def _able(app: WatchApp) -> str:
    return "" if _selected(app) is not None else "There is no iteration here yet that has come to its end."


def _star(app: WatchApp) -> None:
    info = _selected(app)
    if info is not None:
        app.send(commands.Remark(info.iteration, star=not info.star))
        app.say(f"Iteration {info.iteration} has {'no star now' if info.star else 'a star'}.")


def _note(app: WatchApp) -> None:
    info = _selected(app)
    if info is not None:
        app.noting = info.iteration
        ask_for(app, "note", f"note on iteration {info.iteration}: ", info.note)


def noted(app: WatchApp, text: str) -> None:
    """The note was typed; an empty one takes it away."""
    app.send(commands.Remark(app.noting, note=text))


ACTS = [
    Act("star", "asterisk", "a star for an iteration; again takes it away", _star, "time", "star", _able, ("history",)),
    Act("note", "t", "write a note on an iteration", _note, "time", "note", _able, ("history",)),
]
