"""The one screen: six views, a side with node and charts, output below; what is in sight at which size; the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events as ui
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from mliter_tui.tui.acts import ACTS
from mliter_tui.tui.cache_view import CacheView
from mliter_tui.tui.chart import Chart, Course
from mliter_tui.tui.desk import ROOMS, Room
from mliter_tui.tui.flow_view import FlowView
from mliter_tui.tui.foot import Banner, Foot, Scrubber, Status
from mliter_tui.tui.graph_view import GraphView
from mliter_tui.tui.header import Header
from mliter_tui.tui.history_view import HistoryView
from mliter_tui.tui.lines import WIDE
from mliter_tui.tui.moving import Pane
from mliter_tui.tui.node_pane import NodePane
from mliter_tui.tui.output_view import OutputView
from mliter_tui.tui.study_view import StudyView

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

_WITH_SIDE = ("flow", "graph", "history")
LAYOUT = """
MainScreen { background: $background; layout: vertical; }
#body { height: 1fr; }
#body Rows, #side > *, #tail { border: round $foreground 25%; border-title-color: $foreground 70%;
    border-subtitle-color: $foreground 55%; border-subtitle-align: right; }
#body > Rows { width: 1fr; }
#body Rows:focus, #side > *:focus, #tail:focus { border: round $primary; border-title-color: $primary; }
#side { width: 38%; min-width: 40; max-width: 72; }
#node { height: 1fr; } #chart { height: 11; background: $background; }
.-low #chart { height: 8; }
#tail { height: 8; }
.-narrow #side, .-narrow #tail, .-low #tail { display: none; }
.-narrow.-detail #side { display: block; width: 1fr; max-width: 100%; } .-narrow.-detail #chart { display: none; }
.-narrow.-detail #body > Rows { display: none; }
#course { display: none; background: $background; }
.-room-history #node { display: none; } .-room-history #body { layout: vertical; }
.-room-history #side { layout: horizontal; width: 100%; max-width: 100%; height: 14; }
.-room-history.-low #side { height: 9; }
.-room-history #chart { height: 1fr; width: 1fr; } .-room-history #course { display: block; height: 1fr; width: 3fr; }
.-room-history #chart { width: 2fr; }
#status { background: $background; } #foot { background: $panel; } #scrubber { background: $background; }
.-ascii #body Rows, .-ascii #side > *, .-ascii #tail { border: ascii $foreground 25%; }
.-ascii #body Rows:focus, .-ascii #side > *:focus, .-ascii #tail:focus { border: ascii $primary; }
.-ansi #body Rows, .-ansi #side > *, .-ansi #tail { border: round ansi_bright_black; }
.-ansi #body Rows:focus, .-ansi #side > *:focus, .-ansi #tail:focus { border: round ansi_blue; }
"""
"""The style sheet of the app."""



class MainScreen(Screen[None], inherit_bindings=False):
    """All acts are bound here, so that a sheet or the palette over it has its own keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(act.keys, f"app.do('{act.name}')", act.help, id=act.name, show=False) for act in ACTS if act.keys),
        Binding("ctrl+c,super+c", "screen.copy_text", "copy selected text", show=False),
    ]
    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012

    @property
    def watch_app(self) -> WatchApp:
        return self.app  # type: ignore[return-value]

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield Banner(id="banner")
        with Horizontal(id="body"):
            yield FlowView(id="flow")
            yield GraphView(id="graph")
            yield CacheView(id="cache")
            yield HistoryView(id="history")
            yield OutputView(id="output")
            yield StudyView(id="study")
            with Vertical(id="side"):
                yield NodePane(id="node")
                yield Course(id="course")
                yield Chart(id="chart")
        yield OutputView(id="tail", of_node=True)
        yield Scrubber(id="scrubber")
        yield Status(id="status")
        yield Foot(id="foot")

    def on_mount(self) -> None:
        app = self.watch_app
        self.set_class(app.ascii, "-ascii")
        self.restyle()
        self.show_room(app.desk.room)
        app.ready()

    def restyle(self) -> None:
        """After the theme changed."""
        self.set_class(self.app.current_theme.ansi, "-ansi")

    def on_resize(self, event: ui.Resize) -> None:
        self.call_after_refresh(self.sync)

    @property
    def flow(self) -> FlowView:
        return self.query_one("#flow", FlowView)

    @property
    def cache(self) -> CacheView:
        return self.query_one("#cache", CacheView)

    @property
    def history(self) -> HistoryView:
        return self.query_one("#history", HistoryView)

    # --- views and focus
    def view(self, room: Room) -> Widget:
        return self.query_one(f"#{room}")

    def show_room(self, room: Room) -> None:
        """Bring a view on screen, and what belongs beside it."""
        for each in ROOMS:
            self.view(each).display = each == room
            self.set_class(each == room, f"-room-{each}")
        self.query_one("#side").display = room in _WITH_SIDE or self.has_class("-detail")
        self.query_one("#tail").display = room in ("flow", "graph")
        kept = self.watch_app.kept
        if kept.side and room != "history":
            self.query_one("#side").styles.width = kept.side
        else:
            self.query_one("#side").styles.clear_rule("width")
        self.query_one("#tail").styles.height = kept.tail + 2
        self._apply_size()
        self.set_focus(self.view(room))
        self.sync()

    def _apply_size(self) -> None:
        """Inline display set above would outrank the size's own rules."""
        room = self.watch_app.desk.room
        narrow, low = self.app.size.width < WIDE, self.app.size.height < 30
        detail = self.has_class("-detail")
        self.query_one("#side").display = detail if narrow else room in _WITH_SIDE
        self.query_one("#tail").display = room in ("flow", "graph") and not narrow and not low
        self.view(room).display = not (detail and narrow)

    def panes(self) -> list[Widget]:
        """What can have the focus now, in order."""
        names = ("#node", "#course", "#chart", "#tail")
        shown = [self.view(self.watch_app.desk.room), *map(self.query_one, names)]
        return [pane for pane in shown if pane.display and pane.region.area]

    @property
    def pane(self) -> Pane:
        """Where the keys go."""
        focused = self.focused
        if focused is None or not hasattr(focused, "page"):
            focused = self.view(self.watch_app.desk.room)
        return cast(Pane, focused)

    def next_pane(self, by: int) -> None:
        if self.app.size.width < WIDE and self.watch_app.desk.room in ("flow", "graph"):
            self.detail(not self.has_class("-detail"))
            return
        panes = self.panes()
        at = panes.index(self.focused) if self.focused in panes else -1
        if panes:
            self.set_focus(panes[(at + by) % len(panes)])

    def detail(self, on: bool) -> None:
        """The node pane in front: alone on a narrow screen, with the focus on a wide one."""
        narrow = self.app.size.width < WIDE
        self.set_class(on and narrow, "-detail")
        self._apply_size()
        room = self.watch_app.desk.room
        self.set_focus(self.query_one("#node") if on and room in ("flow", "graph", "history") else self.view(room))
        self.sync()

    @property
    def in_detail(self) -> bool:
        beside = self.focused is not None and self.focused.id in ("node", "course", "chart", "tail")
        return self.has_class("-detail") or beside

    # --- drawing
    def sync(self) -> None:
        """Look everywhere in sight whether something is new."""
        self._apply_size()
        self.query_one("#banner", Banner).sync()
        for pane in (self.view(self.watch_app.desk.room), *self.query("#node, #course, #chart, #tail")):
            if pane.display:
                pane.sync()
        self.lines()

    def charts(self) -> None:
        """The row of the history is another one, and the charts point at it."""
        for name in ("#course", "#chart"):
            chart = self.query_one(name, Chart)
            if chart.display:
                chart.sync()

    def lines(self) -> None:
        """Header, scrubber, status and foot."""
        for name in ("#header", "#scrubber", "#status", "#foot"):
            self.query_one(name).sync()  # type: ignore[attr-defined]

    def tick(self) -> None:
        """A second of a running node has gone on."""
        self.query_one("#header", Header).sync()
        if self.watch_app.desk.room == "flow":
            self.query_one("#flow", FlowView).tick()
        node = self.query_one("#node", NodePane)
        if node.display:
            node.sync()
