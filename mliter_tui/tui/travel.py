"""Acts that go back in time: to iterations of before, and event by event inside one. The engine is not disturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mliter_tui import commands
from mliter_tui.tui.keys import Act

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

LONGEST_PAUSE = 2.0
"""Seconds that playing waits at most for the next event."""


def _has_past(app: WatchApp) -> str:
    return "" if app.desk.iterations() else "There is no iteration yet to look back at."


def _in_past(app: WatchApp) -> str:
    return "" if app.desk.past is not None else "This is live; [ goes back to the iteration before."


def _ongoing(app: WatchApp) -> str:
    return "" if app.desk.past is not None or app.desk.frozen is not None else "This is live already."


def recall(app: WatchApp, iteration: int) -> None:
    """Look at a past iteration, as soon as the engine has sent it."""
    app.wanted = iteration
    app.send(commands.Recall(iteration))


def _step(app: WatchApp, by: int) -> None:
    desk = app.desk
    known = desk.iterations()
    at = app.wanted or (desk.past.iteration if desk.past is not None else None)
    if at is None:
        if by > 0:
            app.say("This is live, the newest there is.")
            return
        current = desk.view.current
        older = [n for n in known if n < current.iteration or current.finished is None]
        recall(app, older[-1] if older else known[-1])
        return
    others = [n for n in known if (n > at if by > 0 else n < at)]
    if others:
        recall(app, others[0] if by > 0 else others[-1])
    elif by > 0:
        live(app)
    else:
        app.say("This is the oldest iteration that is known.")


def _event(app: WatchApp, by: int) -> None:
    past = app.desk.past
    if past is None:
        known = app.desk.iterations()
        if known:
            recall(app, known[-1])
        return
    app.playing = False
    past.go(past.at + by)
    app.sync()


def live(app: WatchApp) -> None:
    """Look at the live iteration again."""
    app.playing, app.wanted = False, None
    app.desk.back()
    app.desk.frozen = None
    app.sync()


def _play(app: WatchApp) -> None:
    """Play on from the event it stands at, with the pauses there were; again stops."""
    past = app.desk.past
    if past is None:
        return
    if app.playing:
        app.playing = False
        return
    if past.at >= len(past.lines):
        past.go(1)
    app.playing = True
    _next(app)


def _next(app: WatchApp) -> None:
    past = app.desk.past
    if past is None or not app.playing:
        return
    if past.at >= len(past.lines):
        app.playing = False
        app.sync()
        return
    here = past.now
    to = past.at + 1
    while to < len(past.lines) and to < len(past.times) and past.times[to - 1] - here < 0.02:
        to += 1  # what came at once is shown at once
    past.go(to)
    app.sync()
    app.set_timer(min(LONGEST_PAUSE, max(0.03, past.now - here)), lambda: _next(app))


def _mark(app: WatchApp) -> None:
    desk = app.desk
    row = app.main.history.iteration()
    at = row if desk.room == "history" and row is not None else desk.picture.iteration
    if at in desk.compared:
        desk.compared.remove(at)
    elif at:
        desk.compared.append(at)
    marked, key = ", ".join(map(str, sorted(desk.compared))), app.key_of("compare")
    if len(desk.compared) > 1:
        app.say(f"Iterations {marked} are marked; {key} compares them, with the one you stand on.")
    else:
        app.say(f"Iteration {marked} is marked; {key} compares it with another." if marked else "The mark is gone.")
    app.sync()


ACTS = [
    Act("back", "left_square_bracket", "the iteration before", lambda app: _step(app, -1), "time", "back", _has_past,
        ("flow", "graph", "output")),
    Act("forward", "right_square_bracket", "the iteration after", lambda app: _step(app, 1), "time", "forward",
        _in_past),
    Act("event_back", "comma", "one event back", lambda app: _event(app, -1), "time", "event", _has_past, ("",)),
    Act("event", "full_stop", "one event on", lambda app: _event(app, 1), "time", able=_in_past),
    Act("play", "greater_than_sign", "play the iteration as it ran; again stops", _play, "time", "play", _in_past),
    Act("live", "L", "back to the live iteration", live, "time", "live", _ongoing),
    Act("mark", "m", "mark an iteration to compare, or several; again takes the mark away", _mark, "time", "mark",
        rooms=("history",)),
]  # fmt: skip
