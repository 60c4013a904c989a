"""The app of `mliter demo`: the app of `mliter watch`, and above it a few lines of who makes the edits.

Two keys more: the next edit now, and hold the edits. All others steer the engine as ever, also while an edit runs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Protocol

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from mliter_tui import events
from mliter_tui.render.cells import shorten
from mliter_tui.render.cells import width as cells
from mliter_tui.render.spans import Span
from mliter_tui.terminals import give_size, when_gone
from mliter_tui.tui import state
from mliter_tui.tui.acts import ACTS
from mliter_tui.tui.app import WatchApp
from mliter_tui.tui.keys import shown
from mliter_tui.tui.lines import WIDE, Click, Lines, Piece, spread
from mliter_tui.tui.screen import MainScreen
from mliter_tui.wording import indented, one_line

_TICK = 0.1
_LOOKS = 6.0
"""Seconds after a person's move for which the next edit waits."""
_KEYS = {"demo_step": "E", "demo_pause": "P"}
_ACTS = {"demo_step": "the next edit now; the table, once all were made", "demo_pause": "hold the edits, or go on"}


class Told(Protocol):
    """What to say of it now."""

    @property
    def badge(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def aside(self) -> str: ...
    @property
    def paused(self) -> bool: ...
    @property
    def over(self) -> bool: ...
    @property
    def ready(self) -> bool: ...


class Rows(Protocol):
    """What each edit took."""

    def lines(self, width: int, ascii: bool) -> list[str]: ...


class Guide(Protocol):
    """Who makes the edits."""

    @property
    def rows(self) -> Rows: ...
    def tell(self, event: events.Event) -> None: ...
    def tick(self, held: bool) -> None: ...
    def step(self) -> str: ...
    def pause(self) -> str: ...
    def told(self) -> Told: ...


def show_demo(
    reader: int, writer: int, guide: Guide, *, script: str, memory: Path, ascii: bool = False
) -> None:
    """Run the app until the user quits. memory: where its settings are kept; the user's own stay as they are."""
    state.save(state.load(state.state_file()), memory)
    app = DemoApp(reader, writer, guide, script=script, ascii=ascii, memory=memory)
    if (stdin := sys.__stdin__) is not None:
        give_size(stdin.fileno())
        when_gone(stdin.fileno(), app.terminal_gone)
    app.run()


class DemoLine(Lines):
    """Three lines on a narrow screen, two on a wide one: the edit, why one makes it, the times, and the two keys."""

    DEFAULT_CSS = "DemoLine { height: 3; background: $panel; }"

    def pieces(self, width: int) -> Sequence[Sequence[Piece]]:
        app = self.demo_app
        told = app.guide.told()
        badge = [Span(" "), Span(f" {told.badge} ", "replay"), Span(" ")]
        taken = sum(cells(span.text) for span in badge)
        aside: list[Piece] = [Span(plain(told.aside, app.ascii), "warn" if told.paused else "own"), Span(" ")]
        keys = self._keys(told)
        if width >= WIDE:
            room = width - taken - sum(cells(_text(piece)) for piece in aside) - 2
            first = spread([*badge, Span(shorten(one_line(told.what), room, "…"), "title")], aside, width)
            room = width - 3 - sum(cells(_text(piece)) for piece in keys)
            return [first, spread([Span("   "), Span(shorten(one_line(told.why), room, "…"))], keys, width)]
        first = [*badge, Span(shorten(one_line(told.what), width - taken - 1, "…"), "title")]
        second: list[Piece] = [Span("   "), Span(shorten(one_line(told.why), width - 4, "…"))]
        return [first, second, spread([Span("   "), *aside], keys, width)]

    def _keys(self, told: Told) -> list[Piece]:
        app = self.demo_app
        pairs = [("demo_step", "the table" if told.over else "next now")] * (told.over or told.ready)
        pairs += [("demo_pause", "go on" if told.paused else "pause")] * (not told.over)
        line: list[Piece] = []
        for name, word in pairs:
            run = app.doing(name)
            line += [Click(Span(app.key_of(name), "key"), run), Click(Span(f" {word}  ", "dim"), run)]
        return line

    @property
    def demo_app(self) -> DemoApp:
        return self.app  # type: ignore[return-value]

    def on_resize(self) -> None:  # that of the class above is called by textual, too
        self.styles.height = 2 if self.app.size.width >= WIDE else 3


class DemoScreen(MainScreen):
    """The screen of the app with the lines of the demo below its header."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"app.do('{name}')", _ACTS[name], id=name, show=False) for name, key in _KEYS.items()
    ]

    def on_mount(self) -> None:  # that of the class above is called by textual, too
        self.mount(DemoLine(id="demo"), after="#header")

    def lines(self) -> None:
        super().lines()
        for line in self.query(DemoLine):
            line.sync()


class DemoApp(WatchApp):
    """Tells the guide of events and of the time, and shows the table once all edits were made."""

    def __init__(
        self, reader: int, writer: int, guide: Guide, *, script: str, ascii: bool = False, memory: Path | None = None,
        settings: Path | None = None,
    ) -> None:  # fmt: skip
        super().__init__(reader, writer, script=script, ascii=ascii, memory=memory, settings=settings)
        self.guide = guide
        self.title = "mliter demo"
        self._shown = False

    def get_default_screen(self) -> Screen[None]:
        return DemoScreen(id="main")

    def ready(self) -> None:
        super().ready()
        self.set_interval(_TICK, self._pass)

    def told(self, batch: list[events.Event]) -> None:
        for event in batch:
            self.guide.tell(event)
        super().told(batch)

    def _pass(self) -> None:
        """A moment has passed. The next edit waits while somebody reads, types, or looks at the past."""
        if not self.up:
            return
        desk = self.desk
        moved = desk.clock() - self._touched < _LOOKS
        elsewhere = len(self.screen_stack) > 1 or desk.past is not None or desk.frozen is not None
        self.guide.tick(moved or elsewhere or self.question is not None or bool(self.main.query("#prompt")))
        for line in self.main.query(DemoLine):
            line.sync()
        if self.guide.told().over and not self._shown and not elsewhere and not moved:
            self._shown = True
            self.table()

    def table(self) -> None:
        """The times of all edits, as a sheet."""
        from mliter_tui.tui.sheet import Sheet

        lines = self.guide.rows.lines(min(self.size.width - 6, 120), self.ascii)
        self.push_screen(Sheet("What each edit took", [[Span(indented(line))] for line in lines], self.ascii))

    def help(self) -> None:
        from mliter_tui.tui.sheet import Sheet, help_lines

        lines = [[Span("the demo", "title")]]
        lines += [[Span(f"  {self.key_of(name):<12}", "key"), Span(text)] for name, text in _ACTS.items()]
        given = {act.name: self.own_keys.get(act.name, act.keys) for act in ACTS}
        lines += [[], *help_lines(self.desk.room, ACTS, given, self.size.width, self.ascii)]
        self.push_screen(Sheet(f"Help: {self.desk.room}", lines, self.ascii))

    # --- the two acts
    def act(self, name: str) -> None:
        if name == "demo_step":
            if self.guide.told().over:
                self.table()
                return
            self._touched = 0.0  # who asks for the next edit has looked enough
            self.say(self.guide.step())
        elif name == "demo_pause":
            self.say(self.guide.pause())
        else:
            super().act(name)
        for line in self.main.query(DemoLine):
            line.sync()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "do" and str(parameters[0]) in _ACTS:
            return True
        return super().check_action(action, parameters)

    def key_of(self, name: str) -> str:
        return shown(_KEYS[name], self.ascii) if name in _KEYS else super().key_of(name)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for name, text in _ACTS.items():
            yield SystemCommand(f"Demo: {text}", f"key {self.key_of(name)}", self.doing(name))
        yield from super().get_system_commands(screen)


def plain(text: str, ascii: bool) -> str:
    """With the signs that the terminal has."""
    return text.replace("·", "|").replace("…", "...") if ascii else text


def _text(piece: Piece) -> str:
    return piece.span.text if isinstance(piece, Click) else piece.text
