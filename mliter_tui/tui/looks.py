"""Acts on the app itself: filter, freeze, zoom, theme, help, leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mliter_tui import commands
from mliter_tui.tui.entry import ask_for
from mliter_tui.tui.keys import Act
from mliter_tui.tui.output_view import OutputView
from mliter_tui.tui.theme import THEMES
from mliter_tui.tui.travel import live

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp


def _filter(app: WatchApp) -> None:
    if app.desk.room in ("cache", "history", "study"):
        app.say("Filters are for nodes; 1 shows them.")
        return
    ask_for(app, "filter", "/", app.desk.filter)


def _freeze(app: WatchApp) -> None:
    app.desk.freeze()
    app.sync()


def _theme(app: WatchApp) -> None:
    at = THEMES.index(app.theme) if app.theme in THEMES else -1
    app.theme = THEMES[(at + 1) % len(THEMES)]
    app.say(f"theme {app.theme}")


def _escape(app: WatchApp) -> None:
    """Out of the innermost thing one is in."""
    desk = app.desk
    if app.question is not None:
        app.question = None
        app.say("")
    elif app.screen.maximized is not None:
        app.screen.minimize()
    elif app.leave_detail():
        pass
    elif desk.sliced:
        desk.sliced = False
    elif desk.filter:
        app.filtered("")
    elif desk.past is not None or desk.frozen is not None:
        live(app)
    elif desk.marked:
        desk.marked.clear()
    app.sync()


def _zoom(app: WatchApp) -> None:
    screen = app.screen
    if screen.maximized is not None:
        screen.minimize()
    elif screen.focused is not None:
        screen.maximize(screen.focused, container=False)


def leave(app: WatchApp) -> None:
    """Quit; while a run goes on, only when asked twice."""
    if app.desk.at_work and app.question != "quit":
        app.question = "quit"
        app.hints()
        return
    app.send(commands.Leave())
    app.exit()


def _sort(app: WatchApp, by: int) -> None:
    app.main.cache.sort_next(by)


def _in_cache(app: WatchApp) -> str:
    return "" if app.desk.room == "cache" else "Sorting is for the cache; 3 shows it."


def _follow(app: WatchApp) -> None:
    app.main.query_one("#output" if app.desk.room == "output" else "#tail", OutputView).take_hold()


def _adrift(app: WatchApp) -> str:
    """The output is not at its newest line."""
    output = app.main.query_one("#output" if app.desk.room == "output" else "#tail", OutputView)
    return "The output is followed already." if output.follow else ""


def _choose(app: WatchApp) -> None:
    app.main.cache.toggle()


def _fold(app: WatchApp) -> None:
    app.kept.folded = not app.kept.folded
    app.main.flow.unfolded.clear()
    app.sync()


def _side(app: WatchApp, by: int) -> None:
    side = app.main.query_one("#side")
    app.kept.side = max(30, min(app.size.width - 50, (app.kept.side or side.size.width) + by))
    side.styles.width = app.kept.side


def _tail(app: WatchApp, by: int) -> None:
    app.kept.tail = max(1, min(app.size.height - 16, app.kept.tail + by))
    app.main.query_one("#tail").styles.height = app.kept.tail + 2


ACTS = [
    Act("filter", "slash", "filter: state:compute cost>1 name~tr", _filter, "looking", "filter",
        rooms=("flow", "graph", "output")),
    Act("fold", "Z", "fold or unfold runs of pruned lines", _fold, "looking", "fold",
        rooms=("flow",)),
    Act("zoom", "z", "the pane alone on the screen; again puts it back", _zoom, "views"),
    Act("wider", "ctrl+right", "the side pane narrower", lambda app: _side(app, -4), "views"),
    Act("narrower", "ctrl+left", "the side pane wider", lambda app: _side(app, 4), "views"),
    Act("taller", "ctrl+up", "the output pane taller", lambda app: _tail(app, 1), "views"),
    Act("lower", "ctrl+down", "the output pane lower", lambda app: _tail(app, -1), "views"),
    Act("freeze", "space", "hold the picture; the engine goes on", _freeze, "time", "freeze", rooms=("output",)),
    Act("sort_next", "greater_than_sign", "sort by the next column", lambda app: _sort(app, 1), "cache", "sort",
        _in_cache, ("cache",)),
    Act("sort_before", "less_than_sign", "sort by the column before", lambda app: _sort(app, -1), "cache",
        able=_in_cache),
    Act("choose", "v", "mark the row, to pin or evict several", _choose, "cache", "choose", _in_cache,
        ("cache",)),
    Act("follow", "F", "follow the output", _follow, "looking", "follow", _adrift,
        ("output",)),
    Act("theme", "T", "the next theme", _theme, "app"),
    Act("escape", "escape", "out of what one is in: a question, a filter, the past", _escape, "app"),
    Act("stop", "ctrl+z", "suspend; fg brings it back", lambda app: app.action_suspend_process(), "app"),
    Act("help", "question_mark", "help for this view", lambda app: app.help(), "app", "help"),
    Act("quit", "q", "quit", leave, "app", "quit"),
]  # fmt: skip
