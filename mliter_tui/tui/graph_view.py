"""View 2: what one node reads and feeds, in layers from left to right. The drawing is `render.graph`'s."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events as ui
from textual.geometry import Region, Size
from textual.strip import Strip

from mliter_tui.render.graph import Graph, graph_view, overview
from mliter_tui.render.spans import Row, Span
from mliter_tui.tui.keys import Act
from mliter_tui.tui.rows import Rows, strip_of

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp


class GraphView(Rows):
    """The node in the middle stays while others in sight are selected; enter puts the selected one there.

    hops: how far around it is shown, None for the whole graph.
    """

    selectable = False
    DEFAULT_CSS = "GraphView { overflow-x: auto; scrollbar-size-horizontal: 1; padding: 0 1; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.hops: int | None = 1
        self.middle: int | None = None
        self._graph = Graph((), (), 0)
        self._seen = 0
        self._strip_at = 0

    def count(self) -> int:
        return len(self._graph.rows)

    def spans(self, index: int, width: int) -> Iterable[Span]:
        return self._graph.rows[index]

    def sync(self) -> None:
        desk = self.watch_app.desk
        picture, width = desk.picture, self.size.width
        if desk.selected is not None and (self.middle not in picture.nodes or self._seen != id(picture.nodes)):
            self.middle = desk.selected
        drawn = self._made(self.middle)
        shown = drawn.boxes[: self._strip_at] if self._strip_at else drawn.boxes
        if desk.selected is not None and all(box.node != desk.selected for box in shown):
            self.middle = desk.selected
            drawn = self._made(self.middle)
        self._seen = id(picture.nodes)
        self._graph = drawn
        far = "whole graph" if self.hops is None else f"{self.hops} hop{'s' * (self.hops != 1)}"
        self.border_title = "2 Graph"
        self.border_subtitle = f"{far}  + - 0" + ("" if not drawn.strip else "  too many for lines")
        size = Size(max(width, drawn.width), max(1, len(drawn.rows)))
        if size != self.virtual_size:
            self.virtual_size = size
        self.refresh()
        self._reveal_box()

    def _made(self, middle: int | None) -> Graph:
        """The neighbourhood, and below it, where there is room, all nodes as a strip."""
        app, self._strip_at = self.watch_app, 0
        picture, cells = app.desk.picture, max(20, self.scrollable_content_region.width)
        selected = app.desk.selected
        drawn = graph_view(picture, middle, self.hops, cells, selected=selected, ascii=app.ascii)
        if drawn.strip:
            return drawn
        nodes = {box.node for box in drawn.boxes}
        strip = overview(picture, cells, selected=selected, marked=nodes, ascii=app.ascii)
        top = self.size.height - len(strip.rows)
        if len(drawn.rows) >= top - 1:
            return drawn
        between: tuple[Row, ...] = ((),) * (top - len(drawn.rows) - 1)
        title: Row = (Span("all nodes, these bright", "dim"),)
        boxes = tuple(replace(box, y=box.y + top) for box in strip.boxes)
        self._strip_at = len(drawn.boxes)
        return Graph((*drawn.rows, *between, title, *strip.rows), (*drawn.boxes, *boxes), drawn.width)

    def _reveal_box(self) -> None:
        box = self._graph.box_of(self.watch_app.desk.selected)
        if box is not None and self.size.area:
            region = Region(box.x, box.y, box.cells, box.height)
            self.scroll_to_region(region, animate=False, immediate=True, force=True)

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        across, down = self.scroll_offset
        if not 0 <= down + y < self.count():
            return Strip.blank(width, base)
        strip = strip_of(self.spans(down + y, width), self.watch_app.palette, max(width, self._graph.width))
        return strip.crop_extend(across, across + width, base).apply_style(base)

    def move(self, by: int) -> None:
        """To the nearest node below or above; where there is none, the next in program order."""
        app = self.watch_app
        box = self._graph.box_of(app.desk.selected)
        if box is None:
            return
        shown = self._graph.boxes[: self._strip_at] if self._strip_at else self._graph.boxes
        beyond = [b for b in shown if (b.y - box.y) * by > 0]
        if beyond:
            app.select(min(beyond, key=lambda b: (abs(b.x - box.x), abs(b.y - box.y))).node)
            return
        nodes = list(app.desk.picture.nodes)
        at = nodes.index(box.node) + (1 if by > 0 else -1)
        if 0 <= at < len(nodes):
            app.select(nodes[at])

    def page(self, by: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + by * self.size.height, animate=False, force=True)

    def edge(self, last: bool) -> None:
        nodes = list(self.watch_app.desk.picture.nodes)
        if nodes:
            self.watch_app.select(nodes[-1 if last else 0])

    def enter(self) -> None:
        """The selected node in the middle; when it is there, its details."""
        if self.middle == self.watch_app.desk.selected:
            self.watch_app.details()
        self.middle = self.watch_app.desk.selected
        self.sync()

    def on_click(self, event: ui.Click) -> None:
        place = event.get_content_offset(self)
        if place is None:
            return
        node = self._graph.node_at(place.x + self.scroll_offset.x, place.y + self.scroll_offset.y)
        if node is not None:
            self.watch_app.select(node)
            if event.chain == 2:
                self.enter()

    def show_hops(self, by: int) -> None:
        """More or less around the middle; 0 is all."""
        self.hops = None if by == 0 and self.hops is not None else max(1, (self.hops or 1) + by)
        self.sync()


def _in_graph(app: WatchApp) -> str:
    return "" if app.desk.room == "graph" else "That is for the graph; 2 shows it."


def _hops(by: int) -> Callable[[WatchApp], None]:
    return lambda app: app.main.query_one(GraphView).show_hops(by)


ACTS = [
    Act("more", "plus,equals_sign", "one hop more around the node", _hops(1), "graph", "more", _in_graph, ("graph",)),
    Act("less", "minus", "one hop less", _hops(-1), "graph", "less",
        _in_graph, ("graph",)),
    Act("whole", "0", "the whole graph, or the neighbourhood again", _hops(0), "graph", "whole", _in_graph, ("graph",)),
]  # fmt: skip
