"""The line one types into: a filter, a budget. It takes every printable key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from mliter_tui.tui.entry import answered, typed

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp


class Prompt(Horizontal):
    """At the foot of the screen while it is open; `purpose` says whose text it is. Enter takes it, esc leaves it."""

    DEFAULT_CSS = """
    Prompt { height: 1; background: $panel; dock: bottom; }
    Prompt Static { width: auto; color: $accent; text-style: bold; padding-left: 1; }
    Prompt Input { border: none; height: 1; padding: 0; background: $panel; width: 1fr; }
    Prompt Input:focus { border: none; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("up", "earlier(1)", show=False),
        Binding("down", "earlier(-1)", show=False),
    ]  # fmt: skip

    def __init__(self, purpose: str, label: str, text: str) -> None:
        super().__init__(id="prompt")
        self.purpose, self._label, self._text = purpose, label, text
        self._at = -1

    @property
    def watch_app(self) -> WatchApp:
        return self.app  # type: ignore[return-value]

    def compose(self) -> ComposeResult:
        yield Static(self._label, markup=False)
        given = Input(self._text, compact=True)
        given.cursor_blink = False
        yield given

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        typed(self.watch_app, self.purpose, event.value)

    @on(Input.Submitted)
    def taken(self, event: Input.Submitted) -> None:
        answered(self.watch_app, self.purpose, event.value, self._text)

    def action_earlier(self, by: int) -> None:
        """The filters of before, the newest first."""
        filters = self.watch_app.kept.filters
        if self.purpose == "filter" and filters:
            self._at = max(-1, min(len(filters) - 1, self._at + by))
            given = self.query_one(Input)
            given.value = filters[self._at] if self._at >= 0 else self._text
            given.cursor_position = len(given.value)

    def action_leave(self) -> None:
        answered(self.watch_app, self.purpose, None, self._text)
