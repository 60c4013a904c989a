"""What the app does with answers to a person, as they come out of the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mliter_tui import events
from mliter_tui.tui import comparing
from mliter_tui.tui.steering import Question

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp


def take_news(app: WatchApp) -> None:
    """All that wait."""
    while app.desk.news:
        event = app.desk.news.popleft()
        match event:
            case events.Weighed():
                if isinstance(app.question, Question) and app.question.sent == event.command:
                    app.question.told = event
            case events.Refused(text):
                if isinstance(app.question, Question):
                    app.question = None
                app.wanted = None
                app.say(text)
            case events.Previewed():
                _previewed(app, event)
            case events.Compared():
                comparing.told(app, event)
            case events.StudyMade():
                _studied(app)
            case events.Steered(_, text) | events.Note(text):
                app.wanted = None if isinstance(event, events.Note) else app.wanted
                app.say(text)


def _previewed(app: WatchApp, event: events.Previewed) -> None:
    if app.asked:
        from mliter_tui.tui.sheet import Sheet, value_lines

        app.asked = False
        app.say("")
        lines = value_lines(event, app.size.width, app.ascii)
        app.push_screen(Sheet(event.name or "value", lines, app.ascii))


def _studied(app: WatchApp) -> None:
    """A sheet that lists metrics has others to list."""
    from mliter_tui.tui.sheet import Sheet

    for screen in app.screen_stack:
        if isinstance(screen, Sheet):
            screen.sync()
