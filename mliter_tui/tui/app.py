"""The app of `mliter watch`: events in, commands out, and one desk that every pane draws. `show` runs it."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.timer import Timer

from mliter_tui import commands, events
from mliter_tui.terminals import give_size, when_gone
from mliter_tui.tui import comparing, keys, state
from mliter_tui.tui.acts import ACTS, BY_NAME
from mliter_tui.tui.desk import Desk, Room
from mliter_tui.tui.history_view import PAGE
from mliter_tui.tui.link import Link
from mliter_tui.tui.moving import Pane
from mliter_tui.tui.news import take_news
from mliter_tui.tui.screen import LAYOUT, MainScreen
from mliter_tui.tui.steering import Question
from mliter_tui.tui.theme import Palette

TICK = 0.25
WORD_STAYS = 6.0
ASK_AFTER = 0.12
PERSON_LOOKS = 15.0
"""Seconds after a move in which a new version does not take the selection to what was edited."""


def show(
    reader: int, writer: int, *, script: str, ascii: bool = False, settings: Path | None = None
) -> events.IterationFinished | None:
    """Run the app on these two file descriptors (events in, commands out) until the user quits.

    The last finished iteration, for a summary line. settings: the config file, the user's own where None.
    """
    app = WatchApp(reader, writer, script=script, ascii=ascii, settings=settings)
    if (stdin := sys.__stdin__) is not None:  # from the first moment: a terminal may go while the app is on its way
        give_size(stdin.fileno())
        when_gone(stdin.fileno(), app.terminal_gone)
    app.run()
    return app.desk.last


class WatchApp(App[None]):
    """Wires link, desk and screen. What can be done is in the acts; what is seen is in the panes."""

    ENABLE_COMMAND_PALETTE = True
    CSS = LAYOUT

    def __init__(
        self, reader: int, writer: int, *, script: str, ascii: bool = False, settings: Path | None = None,
        memory: Path | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.desk = Desk(script=script)
        self.ascii = ascii
        self.link = Link(reader, writer, self._hear, self.engine_ended)
        self.question: Question | str | None = None
        self.word = self.opened = ""
        self.wanted: int | None = None
        self.noting = 0  # the iteration whose note is being typed
        self.playing = self.asked = False
        self._settings = settings
        self._memory = memory
        self.kept = state.load(self._memory_file())
        self.own_keys: dict[str, str] = {}
        self._wrong: list[str] = []
        self._ticking: Timer | None = None
        self._asking: Timer | None = None
        self._word_timer: Timer | None = None
        self._touched = 0.0
        self._mounted_in: asyncio.AbstractEventLoop | None = None
        self._palettes: dict[str, Palette] = {}
        self.title = f"mliter watch {Path(script).name}"

    # --- start and end
    def _memory_file(self) -> Path:
        return self._memory if self._memory is not None else state.state_file()

    def get_default_screen(self) -> Screen[None]:
        return MainScreen(id="main")

    def on_mount(self) -> None:
        if self.kept.theme in self.available_themes:
            self.theme = self.kept.theme
        self.theme_changed_signal.subscribe(self, self._restyled)
        path = self._settings if self._settings is not None else keys.config_file()
        self.own_keys, self._wrong = keys.own_keys(path, (act.name for act in ACTS))
        if self.own_keys:
            self.set_keymap(self.own_keys)
        for sentence in self._wrong:
            self.notify(sentence, severity="warning", markup=False, timeout=10)
        # what is loaded by now stays: looking it over again and again would hold up keys beside a long script
        gc.collect()
        gc.freeze()
        self._ticking = self.set_interval(TICK, self._tick, pause=True)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            try:  # the terminal is given back as it was, however the app ends
                loop.add_signal_handler(number, self.told_to_end)
            except (NotImplementedError, RuntimeError, ValueError):  # no signals here, or not in this thread
                pass
        self._mounted_in = loop

    def ready(self) -> None:
        """The screen is there: what the engine has said meanwhile can be shown."""
        self.link.open()
        self.send(commands.ListHistory())

    def on_unmount(self) -> None:
        self.link.close()
        self.kept.theme = self.theme
        state.save(self.kept, self._memory_file())

    def told_to_end(self) -> None:
        """Somebody ended the app from outside."""
        self.send(commands.Leave())
        self.exit()

    def terminal_gone(self) -> None:
        """Nobody will see anything any more; told by another thread."""
        if self._mounted_in is not None:
            self._mounted_in.call_soon_threadsafe(self.told_to_end)

    @property
    def main(self) -> MainScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    # --- events in, commands out
    def _hear(self, batch: list[events.Event]) -> None:
        # by way of the app's own queue, where keys have their turn and a failure is not lost
        self.call_later(self.told, batch)

    def told(self, batch: list[events.Event]) -> None:
        """Events came: apply them, ask for what they call for, and draw once."""
        desk = self.desk
        before = desk.view.live.nodes
        wanted_before = desk.past
        desk.tell(batch)
        if desk.past is not wanted_before and desk.past is not None:
            if self.wanted is not None and desk.past.iteration != self.wanted:
                desk.past = wanted_before  # a press that was overtaken by the next one
            else:
                self.wanted = None
                self._look_at(failed=True, changed=True)
        if desk.comparison is not None and desk.comparison.whole:
            comparison, desk.comparison = desk.comparison, None
            comparing.show(self, comparison)
        take_news(self)
        kinds = {type(event) for event in batch}
        if desk.view.live.nodes is not before:
            self.question = None if isinstance(self.question, Question) else self.question
        if self.question == "quit" and not desk.at_work:
            self.question = None  # the run it asked about has ended
        if desk.live and (events.VersionRead in kinds or events.IterationFinished in kinds):
            self._look_at(failed=events.IterationFinished in kinds, changed=events.VersionRead in kinds)
        if desk.room == "cache" and kinds & {events.Steered, events.IterationFinished, events.ValueKept}:
            self.send(commands.ListCache())
        self.sync()

    def _look_at(self, *, failed: bool, changed: bool) -> None:
        """Unless the person is looking elsewhere: to what failed, else to what was edited."""
        desk = self.desk
        if self.person_looks or desk.frozen is not None:
            return
        nodes = [node for node in desk.picture.nodes.values() if failed and node.failed]
        nodes += [n for n in desk.picture.nodes.values() if changed and n.info.lines[0] in desk.picture.changed]
        if nodes:
            desk.select(nodes[0].info.node)

    @property
    def person_looks(self) -> bool:
        """A person moved a moment ago: what is in sight stays there."""
        return self.desk.clock() - self._touched < PERSON_LOOKS

    def engine_ended(self) -> None:
        """The engine closed its pipe, and nobody asked it to."""
        self.desk.ended = "the engine has ended unexpectedly; this is the last it said, q quits"
        self.sync()

    def send(self, command: commands.Command) -> None:
        if not self.desk.ended:
            self.link.send(command)

    # --- drawing
    @property
    def up(self) -> bool:
        """Whether there is a screen to draw on: timers still fire while the app takes its screens down."""
        return self.is_running and bool(self.screen_stack)

    def sync(self) -> None:
        """Something may have changed: draw what did."""
        if not self.up:
            return
        self.desk.follow()
        self.main.sync()
        if self._ticking is not None:
            self._ticking.resume() if self.desk.running else self._ticking.pause()
        self._ask_why()

    def hints(self) -> None:
        """The lines at head and foot only."""
        if self.up:
            self.main.lines()

    def _tick(self) -> None:
        if self.up and self.desk.running:
            self.main.tick()

    def _restyled(self, _: object) -> None:
        if not self.up:
            return
        self.main.restyle()
        self.main.refresh(layout=True)
        for widget in self.main.query("*"):
            widget.refresh()

    @property
    def palette(self) -> Palette:
        """The styles of the theme that is set."""
        found = self._palettes.get(self.theme)
        if found is None:
            theme = self.current_theme
            found = Palette(self.theme_variables, theme.ansi, theme.dark, self.ascii)
            self._palettes[self.theme] = found
        return found

    def _ask_why(self) -> None:
        """Have the selected node explained, once it stays selected for a moment."""
        desk = self.desk
        node = desk.selected
        known = node in desk.view.explained
        if node is None or known or desk.past is not None or desk.frozen is not None or desk.ended:
            return
        if desk.asked_why == node:
            return
        if self._asking is not None:
            self._asking.stop()
        self._asking = self.set_timer(ASK_AFTER, self._explain)

    def _explain(self) -> None:
        desk = self.desk
        if desk.selected is not None and desk.live and desk.selected in desk.view.live.nodes:
            desk.asked_why = desk.selected
            self.send(commands.Explain(desk.selected))

    # --- what acts need
    def say(self, text: str) -> None:
        """One sentence at the foot, for a while."""
        self.word = text
        if self._word_timer is not None:
            self._word_timer.stop()
        if text:
            self._word_timer = self.set_timer(WORD_STAYS, lambda: self.say(""))
        self.hints()

    def select(self, node: int | None) -> None:
        """Select a node, by a person's own move."""
        self.desk.select(node)
        self.desk.moved_in_past = True
        self._touched, self.question = self.desk.clock(), None
        self.sync()

    def moved(self) -> None:
        """A person moved: what was asked about another row is not asked any more."""
        self._touched = self.desk.clock()
        self.question = None
        self.hints()

    @property
    def pane(self) -> Pane:
        """Where the keys go."""
        return self.main.pane

    def details(self, on: bool = True) -> None:
        """The node pane in front."""
        self.main.detail(on)

    def leave_detail(self) -> bool:
        """Back to the view; False where one is in it already."""
        if not self.main.in_detail:
            return False
        self.main.detail(False)
        return True

    def next_pane(self, by: int) -> None:
        self.main.next_pane(by)

    def go_room(self, room: Room) -> None:
        """Show one of the six views."""
        self.desk.room = room
        self.question = None
        self.main.remove_class("-detail")
        if room == "cache":
            self.send(commands.ListCache())
        if room in ("history", "study"):
            self._look_back(room)
        self.main.show_room(room)

    def _look_back(self, room: Room) -> None:
        """The study is asked for once; from then on it comes anew after each iteration."""
        many = max(PAGE, len(self.desk.view.history))
        if room == "history":
            self.send(commands.ListHistory(many))
        if self.desk.view.study is None:
            self.send(commands.Study(many))

    def filtered(self, text: str) -> None:
        """See only some nodes."""
        self.desk.filter = text
        self.sync()

    # --- acts
    def act(self, name: str) -> None:
        """Do it, or say why it cannot be done now."""
        act = BY_NAME[name]
        why = act.able(self)
        if why:
            self.say(why)
        else:
            if isinstance(self.question, Question) and self.question.act != name or self.question == "quit" != name:
                self.question = None
            act.run(self)
        self.hints()

    def doing(self, name: str) -> Callable[[], None]:
        return lambda: self.act(name)

    def action_do(self, name: str) -> None:
        self.act(name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Two acts may share a key in different views; any other one tells by itself why it cannot be done."""
        if action == "do":
            name = str(parameters[0])
            in_cache = self.desk.room == "cache"
            return BY_NAME[name].group != "cache" if not in_cache else name != "play"
        return super().check_action(action, parameters)

    def key_of(self, name: str) -> str:
        """The first key of an act, as people write it."""
        return keys.shown(self.own_keys.get(name, BY_NAME[name].keys).split(",")[0], self.ascii)

    def hinted(self, order: Iterable[str]) -> Iterator[keys.Act]:
        """The acts that the foot shows: those with a word for it, of this view, that can be done now."""
        for name in order:
            act = BY_NAME.get(name)
            if act is None or not act.hint or (act.rooms and self.desk.room not in act.rooms):
                continue
            if not act.able(self):
                yield act

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every act, with its key."""
        for act in ACTS:
            if act.name in ("down", "up", "escape"):
                continue
            key = self.key_of(act.name)
            title = act.help[:1].upper() + act.help[1:]
            name = act.name.replace("_", " ")
            yield SystemCommand(title, f"{name}, key {key}" if key else name, self.doing(act.name))
        yield SystemCommand("Theme …", "choose one of all themes", self.action_change_theme)

    def help(self) -> None:
        """A sheet with what this view shows and every key."""
        from mliter_tui.tui.sheet import Sheet, help_lines

        given = {act.name: self.own_keys.get(act.name, act.keys) for act in ACTS}
        lines = help_lines(self.desk.room, ACTS, given, self.size.width, self.ascii)
        self.push_screen(Sheet(f"Help: {self.desk.room}", lines, self.ascii))
