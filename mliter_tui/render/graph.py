"""The Graph view: the neighbourhood of a node, in layers from left to right, or all nodes as a strip of glyphs.

    ▸ C▶ df 2.3s ─┬─▸ C▶ X 0.9s ────▸ …
                  ╰─▸ L◆ y 0.4s

`┬ ├ ╰` and the like part the line of one value, or join lines that arrive at one node, with `▴ ▾` where it would not be
clear which; where an upright line interrupts another, the two only cross. Lines go right, up and down, never left.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from mliter_tui.lean import dataclass
from mliter_tui.render.cells import cells_of, clean, left, shorten, width
from mliter_tui.render.channels import ROOMY, Net, Upright, has_circles, routed
from mliter_tui.render.layers import Item, Layers, layered
from mliter_tui.render.spans import STATES, Row, Span
from mliter_tui.view.iteration import GLYPHS, QUIET_KINDS, IterationView, NodeView
from mliter_tui.wording import seconds_text

MOST_NODES = 25
"""More are shown as the strip: their layers fit on no screen."""
LABELS = (24, 16, 10)
"""Cells of the longest label; a narrow screen gets the next smaller ones."""
_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_GOES_UP, _GOES_DOWN = 16, 17
_LINES = " ╵╷│╴╯╮┤╶╰╭├─┴┬┼▴▾"
_ASCII_LINES = " |||-+++-+++-+++^v"


@dataclass(frozen=True, slots=True)
class Box:
    """The cells of a node: `cells` wide from column `x`, `height` rows from row `y`."""

    node: int
    x: int
    y: int
    cells: int
    height: int = 1


@dataclass(frozen=True)
class Graph:
    """A drawn graph; rows are all `width` cells wide. strip: it is the strip of all nodes."""

    rows: tuple[Row, ...]
    boxes: tuple[Box, ...]
    width: int
    strip: bool = False

    def node_at(self, x: int, y: int) -> int | None:
        """The node drawn in that cell."""
        return next((b.node for b in self.boxes if b.x <= x < b.x + b.cells and b.y <= y < b.y + b.height), None)

    def box_of(self, node: int | None) -> Box | None:
        return next((box for box in self.boxes if box.node == node), None)


def neighbourhood(view: IterationView, node: int, hops: int) -> list[int]:
    """The nodes at most `hops` edges away, up or down, in program order."""
    found = near = {node}
    for _ in range(hops):
        near = {other for one in near for other in (*view.parents(one), *view.children(one))} - found
        found = found | near
    return [number for number in view.nodes if number in found]


def graph_view(
    view: IterationView, focus: int | None, hops: int | None, cells: int, *, selected: int | None = None,
    ascii: bool = False, boxed: bool = False,
) -> Graph:  # fmt: skip
    """What the Graph view shows: `hops` around `focus`, all for None; a strip `cells` wide where that is too much.

    Imports and definitions are left out of the graph, as all would hang on them, but for `focus` and `selected`, which
    is the same where it is not given. Labels are as short as it takes to fit.
    """
    selected = focus if selected is None else selected
    if focus is not None and hops is not None and focus in view.nodes:
        nodes = neighbourhood(view, focus, hops)
    else:
        nodes = list(view.nodes)
    nodes = [n for n in nodes if n in (focus, selected) or view.nodes[n].info.kind not in QUIET_KINDS]
    if len(nodes) > MOST_NODES:
        return overview(view, cells, selected=selected, marked=None if hops is None else nodes, ascii=ascii)
    drawn = graph(view, nodes, selected=selected, ascii=ascii, boxed=boxed)
    for label in LABELS[1:]:
        if drawn.width > cells:
            drawn = graph(view, nodes, selected=selected, ascii=ascii, boxed=boxed, label=label)
    return drawn


def graph(
    view: IterationView, nodes: Iterable[int], *, selected: int | None = None, ascii: bool = False,
    boxed: bool = False, label: int = LABELS[0],
) -> Graph:  # fmt: skip
    """These nodes and the edges between them; labels are at most `label` cells wide."""
    edges = [(edge.maker, edge.reader) for edge in view.edges]
    layers = layered([n for n in nodes if n in view.nodes], edges)
    roomy = any(has_circles(_nets(layers, order)) for order in layers.order)
    for item in layers.items:
        item.row *= ROOMY if roomy else 3 if boxed else 2
    labels = {item.node: node_label(view.nodes[item.node], ascii, label) for item in layers.items}
    return _Drawing(labels, view, layers, selected, ascii, boxed).drawn()


def overview(
    view: IterationView, cells: int, *, selected: int | None = None, marked: Container[int] | None = None,
    ascii: bool = False,
) -> Graph:  # fmt: skip
    """All nodes, one glyph each, in program order, in groups of ten; `[ ]` around the selected one.

    marked: all others are dim.
    """
    groups = max(1, (cells - 1) // 22)
    canvas, boxes = _Canvas(), []
    for at, (number, node) in enumerate(view.nodes.items()):
        row, place = divmod(at, groups * 10)
        x = 1 + 2 * place + 2 * (place // 10)
        letter = node.letter
        dim = marked is not None and number not in marked
        canvas.text(x, row, letter if ascii else GLYPHS[letter], "dim" if dim else STATES[letter])
        if number == selected:
            canvas.text(x - 1, row, "[", "selected")
            canvas.text(x + 1, row, "]", "selected")
        boxes.append(Box(number, x, row, 1))
    rows = canvas.rows(cells)
    return Graph(rows, tuple(boxes), cells, True)


def node_label(node: NodeView, ascii: bool = False, cells: int = LABELS[0]) -> str:
    """`C▶ clf 2.1s`: its state, its label, and what it took now or takes."""
    seconds = next((s for s in (node.seconds, node.expected, node.last) if s is not None), None)
    if node.letter == "P":
        seconds = None
    label = shorten(clean(node.info.label), cells, "..." if ascii else "…")
    state = node.letter if ascii else node.letter + GLYPHS[node.letter]
    return " ".join(filter(None, (state + node.marks[:3], label, seconds_text(seconds) if seconds is not None else "")))


def _nets(layers: Layers, order: list[int]) -> list[Net]:
    """What goes from a layer to the next, for each item that anything reads."""
    makers = [layers.items[at] for at in order if layers.items[at].below]
    return [Net(maker.row, tuple(sorted({layers.items[at].row for at in maker.below}))) for maker in makers]


class _Canvas:
    """Cells that have a character and a style each; None in the second cell of a wide character."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, str]] = {}
        self.height = self.width = 0

    def put(self, x: int, y: int, character: str, style: str) -> None:
        self.cells[x, y] = character, style
        self.height, self.width = max(self.height, y + 1), max(self.width, x + 1)

    def text(self, x: int, y: int, text: str, style: str) -> None:
        at = x
        for character in text:
            taken = cells_of(character)
            if not taken and at > x:  # a mark on the one before
                before, _ = self.cells[at - 1, y]
                self.cells[at - 1, y] = before + character, style
                continue
            for cell in range(taken):
                self.put(at + cell, y, "" if cell else character, style)
            at += taken

    def rows(self, cells: int) -> tuple[Row, ...]:
        return tuple(tuple(self._row(y, cells)) for y in range(self.height))

    def _row(self, y: int, cells: int) -> Iterator[Span]:
        text, style = "", ""
        for x in range(cells):
            character, new = self.cells.get((x, y), (" ", ""))
            if new != style and text:
                yield Span(text, style)
                text = ""
            text, style = text + character, new
        if text:
            yield Span(text, style)


class _Drawing:
    """Paints layers and the channels between them, from left to right."""

    def __init__(
        self, labels: dict[int, str], view: IterationView, layers: Layers, selected: int | None, ascii: bool,
        boxed: bool,
    ) -> None:  # fmt: skip
        self.labels, self.view, self.layers = labels, view, layers
        self.selected, self.ascii, self.boxed = selected, ascii, boxed
        self.canvas = _Canvas()
        self.boxes: list[Box] = []
        self.lines: dict[tuple[int, int], int] = {}
        self.bright: set[tuple[int, int]] = set()
        self.top = 1 if boxed else 0

    def drawn(self) -> Graph:
        x = 0
        for number, order in enumerate(self.layers.order):
            x = self._layer(x, order)
            if number + 1 < len(self.layers.order):
                x = self._channel(x, order)
        lines = _ASCII_LINES if self.ascii else _LINES
        for (column, row), bits in self.lines.items():
            style = "selected" if (column, row) in self.bright else "rail"
            self.canvas.put(column, row + self.top, lines[bits], style)
        for box in self.boxes:  # over the ends of lines
            self._node(box)
        return Graph(self.canvas.rows(self.canvas.width), tuple(self.boxes), self.canvas.width)

    def _layer(self, x: int, order: list[int]) -> int:
        """Places for the nodes of a layer; answers the column right of it."""
        labels = {at: self.labels[self._item(at).node] for at in order if not self._item(at).passing}
        frame = 4 if self.boxed else 2
        cells = max((width(label) + frame for label in labels.values()), default=1)
        for at in order:
            item = self._item(at)
            if item.passing:
                self._across(x, x + cells, item.row, self._is_bright(item.node, item.below))
                continue
            own = width(labels[at]) + frame
            if self.boxed:
                self.boxes.append(Box(item.node, x, item.row + self.top - 1, own, 3))
            else:
                self.boxes.append(Box(item.node, x, item.row + self.top, own))
            if item.below:
                self._across(x + own, x + cells, item.row, self._is_bright(item.node, item.below))
        return x + cells

    def _channel(self, x: int, order: list[int]) -> int:
        """The lines from a layer to the next; answers the column where that begins."""
        makers = [self._item(at) for at in order if self._item(at).below]
        nets = _nets(self.layers, order)
        columns = routed(nets)
        first = x + 1
        end = first + 2 * max(1, columns)
        painted = sorted(zip(nets, makers), key=lambda pair: self._is_bright(pair[1].node, pair[1].below))
        for net, maker in painted:
            self._horizontals(net, maker, x, first, end)
        for net, maker in painted:
            for part in net.uprights:
                bright = self._is_bright(maker.node, maker.below)
                self._upright(first + 2 * part.column, part, bright)
        for item in (self._item(at) for maker in makers for at in maker.below):
            if not item.passing:
                self.lines[end, item.row] = 0
                style = "selected" if (end - 1, item.row) in self.bright else "rail"
                self.canvas.put(end, item.row + self.top, ">" if self.ascii else "▸", style)
        for item in (self._item(at) for maker in makers for at in maker.below):
            if item.passing:
                self._across(end, end + 1, item.row, self._is_bright(item.node, item.below))
            else:
                self.lines.pop((end, item.row), None)
        return end + 1

    def _horizontals(self, net: Net, maker: Item, x: int, first: int, end: int) -> None:
        bright = self._is_bright(maker.node, maker.below)
        if not net.uprights:
            self._across(x, end, net.start, bright)
            return
        at = x
        for part in net.uprights:
            column = first + 2 * part.column
            self._across(at, column, part.enters, bright)
            self._bits(column, part.enters, _LEFT, bright)
            at = column + 1
            if part is not net.uprights[-1]:
                self._bits(column, part.leaves[0], _RIGHT, bright)
        column = first + 2 * net.uprights[-1].column
        for row in net.ends:
            to_selected = any(self._item(at).row == row and self._item(at).node == self.selected for at in maker.below)
            lit = bright if maker.node == self.selected else to_selected or self._leads_on(maker, row)
            self._bits(column, row, _RIGHT, lit)
            self._across(column + 1, end, row, lit)

    def _leads_on(self, maker: Item, row: int) -> bool:
        """Whether the line that passes by in that row goes to the selected node."""
        return any(
            item.row == row and item.passing and self._is_bright(item.node, item.below)
            for item in map(self._item, maker.below)
        )

    def _is_bright(self, node: int, below: list[int]) -> bool:
        """Whether a line begins or ends at the selected node."""
        if self.selected is None:
            return False
        return node == self.selected or any(
            self._is_bright(node, self._item(at).below) if self._item(at).passing
            else self._item(at).node == self.selected
            for at in below
        )  # fmt: skip

    def _item(self, at: int) -> Item:
        return self.layers.items[at]

    def _across(self, first: int, end: int, row: int, bright: bool) -> None:
        for column in range(first, end):
            self._bits(column, row, _LEFT | _RIGHT, bright)

    def _bits(self, column: int, row: int, bits: int, bright: bool) -> None:
        self.lines[column, row] = self.lines.get((column, row), 0) | bits
        if bright:
            self.bright.add((column, row))

    def _upright(self, column: int, part: Upright, bright: bool) -> None:
        beside = {row: before for row in part.leaves if (before := self._beside(column, row, part)) is not None}
        joints = {part.enters, *part.leaves} - beside.keys()
        for row in range(part.low, part.high + 1):
            bits = (_UP if row > part.low else 0) | (_DOWN if row < part.high else 0)
            if row not in joints:  # a line that crosses is interrupted
                self.lines[column, row] = 0
                self.bright.discard((column, row))
            self._bits(column, row, bits, bright)
        for row, before in beside.items():
            down = row > before
            self._bits(column, before, _RIGHT, bright)
            self._bits(column + 1, before, _LEFT | (_DOWN if down else _UP), bright)
            self._bits(column + 1, row, _LEFT | _RIGHT | (_UP if down else _DOWN), bright)
        for row in part.leaves if len(part.leaves) > 1 else ():
            if row in (part.low, part.high) and row != part.enters and self.lines[column, row] & _LEFT:
                down = row > part.enters
                self.lines[column, row - 1 if down else row + 1] = _GOES_DOWN if down else _GOES_UP

    def _beside(self, column: int, row: int, part: Upright) -> int | None:
        """An upright part that goes on past a line that it also joins crosses that line, and joins it beside, by a
        branch from this row: else the line would seem to go into it."""
        if row in (part.low, part.high, part.enters) or not self.lines.get((column, row), 0) & _LEFT:
            return None
        before = row - 1 if row > part.enters else row + 1
        return None if self.lines.get((column + 1, before)) else before

    def _node(self, box: Box) -> None:
        node = self.view.nodes[box.node]
        style = "selected" if box.node == self.selected else STATES[node.letter]
        label = self.labels[box.node]
        if not self.boxed:
            ends = "[]" if box.node == self.selected else "  "
            self.canvas.text(box.x, box.y, ends[0] + label + ends[1], style)
            return
        corner, flat, side = ("++++", "-", "|") if self.ascii else ("╭╮╰╯", "─", "│")
        if box.node == self.selected and not self.ascii:
            corner, flat, side = "┏┓┗┛", "━", "┃"
        inner = flat * (box.cells - 2)
        self.canvas.text(box.x, box.y, corner[0] + inner + corner[1], style)
        self.canvas.text(box.x, box.y + 1, f"{side} {left(label, box.cells - 4)} {side}", style)
        self.canvas.text(box.x, box.y + 2, corner[2] + inner + corner[3], style)
