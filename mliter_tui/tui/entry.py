"""Lines that a person types: a filter, which works while it is typed; the budget of the store; a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mliter_tui.view.filters import parse

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

EXAMPLES = "state:compute cost>1 name~tr size>10MB"


def ask_for(app: WatchApp, purpose: str, label: str, text: str) -> None:
    """Ask for a line of text. purpose: "filter", "budget" or "note"."""
    from mliter_tui.tui.prompt import Prompt

    app.main.mount(Prompt(purpose, label, text))


def typed(app: WatchApp, purpose: str, text: str) -> None:
    """While it is typed: a filter works at once, or what is wrong with it is said."""
    if purpose != "filter":
        return
    try:
        accepts = parse(text)
    except ValueError as error:
        app.word = str(error)
        app.hints()
        return
    picture = app.desk.picture
    count = sum(accepts(node, picture.source) for node in picture.nodes.values())
    app.word = f"{count} of {len(picture.nodes)} nodes" if accepts else EXAMPLES
    app.filtered(text if accepts else "")


def answered(app: WatchApp, purpose: str, text: str | None, before: str) -> None:
    """The line was taken, or left (None); `before` is what had been there."""
    for prompt in app.main.query("#prompt"):
        prompt.remove()
    app.main.set_focus(app.main.view(app.desk.room))
    app.say("")
    if purpose == "filter":
        _filter_taken(app, before if text is None else text, before)
    elif purpose == "note" and text is not None:
        from mliter_tui.tui.remarks import noted

        noted(app, text)
    elif text is not None:
        from mliter_tui.tui.steering import set_budget

        set_budget(app, text)


def _filter_taken(app: WatchApp, text: str, before: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        app.say(str(error))
        text = before
    if text:
        kept = app.kept.filters
        app.kept.filters = [text, *(each for each in kept if each != text)][:20]
    app.filtered(text)
