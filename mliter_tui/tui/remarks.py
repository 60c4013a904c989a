"""Acts on the selected iteration of the history: a star, a note, what it was for; and on the metric to look at."""

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


def _not_studied(app: WatchApp) -> str:
    if app.desk.room in ("history", "study"):
        return "The iterations are still being read; a moment, please."
    return f"Metrics and labels are shown with the history; {app.key_of('history')} goes there."


def _labelled(app: WatchApp) -> str:
    info = _selected(app)
    if info is None:
        return _able(app)
    if app.desk.view.study is None:
        return _not_studied(app)
    if info.iteration not in app.desk.view.lessons:
        return f"Iteration {info.iteration} repeats an earlier one as it was; label that one."
    return ""


def _label(app: WatchApp) -> None:
    from mliter_tui.tui.label_sheet import LabelSheet

    info = _selected(app)
    if info is not None:
        app.push_screen(LabelSheet(app, app.desk.view.lessons[info.iteration]))


def _has_metrics(app: WatchApp) -> str:
    study = app.desk.view.study
    if study is None:
        return _not_studied(app)
    return "" if study.metrics else "The script printed no number with a name, so there is no metric to look at."


def _metric(app: WatchApp) -> None:
    from mliter_tui.tui.metric_sheet import MetricSheet

    app.push_screen(MetricSheet(app))


ACTS = [
    Act("star", "asterisk", "a star for an iteration; again takes it away", _star, "time", "star", _able, ("history",)),
    Act("note", "t", "write a note on an iteration", _note, "time", "note", _able, ("history",)),
    Act("label", "K", "what an iteration was for: its kind and letter", _label, "time", "label", _labelled,
        ("history",)),
    Act("metric", "b", "the metric to look at, and which way is better", _metric, "time", "metric", _has_metrics,
        ("history", "study")),
]
