"""The selected node in full: the why chain, root cause first, what it needs and feeds, costs, and what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mliter_tui.reasons import Kept, NotStored, SourceChanged, UpstreamChanged
from mliter_tui.render.cells import shorten
from mliter_tui.render.cells import width as cells
from mliter_tui.render.lines import calls_text
from mliter_tui.render.matrix import first_rows, matrix_head, matrix_rows
from mliter_tui.render.plain import line_range
from mliter_tui.render.spans import STATES, Span
from mliter_tui.tui.differences import diff_lines
from mliter_tui.tui.rows import Rows
from mliter_tui.view.iteration import GLYPHS, WORDS, IterationView, NodeView
from mliter_tui.view.matrix import matrices
from mliter_tui.wording import bytes_text, in_file, one_line, seconds_text

Line = list[Span]
_ROWS = 8
"""Of a matrix."""


class NodePane(Rows):
    """Rows of text about one node. What only the engine knows comes with `Explained`, which the app asks for."""

    selectable = False
    DEFAULT_CSS = "NodePane { padding: 0 1; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.lines: list[Line] = []
        self._node: int | None = None

    def count(self) -> int:
        return len(self.lines)

    def spans(self, index: int, width: int) -> Iterable[Span]:
        return self.lines[index]

    def sync(self) -> None:
        desk = self.watch_app.desk
        node = desk.node
        self.border_title = "Node"
        width = self.scrollable_content_region.width or 40
        if node is None:
            self.lines = [[Span("nothing is selected", "dim")]] if desk.picture.nodes else waiting(desk.script)
        else:
            self.lines = list(self._about(node, desk.picture, width))
        if desk.selected != self._node:
            self._node = desk.selected
            self.scroll_to(y=0, animate=False, force=True)
        super().sync()

    def enter(self) -> None:
        self.watch_app.leave_detail()

    def _about(self, node: NodeView, picture: IterationView, width: int) -> Iterator[Line]:
        yield from head(node, picture, width, self.watch_app.ascii)
        yield []
        failure = self.watch_app.desk.failure()
        if failure:  # what it is comes before where it is
            yield from ([Span(line, "failed")] for line in wrapped(failure[-1].strip(), width))
            yield from ([Span(shorten(text, width, "…"), "stderr")] for text in failure[-5:-1])
            yield []
        yield from why(node, self._chain(node), width)
        yield from self._matrices(node, picture, width)
        yield []
        yield from neighbours(node, picture, width)
        yield []
        yield from costs(node, self.watch_app.desk.now, width)
        word = "calls  "
        for calls in node.calls:
            for line in packed([one_line(calls.name), *calls_text(calls).split(", ")], width - 7):
                yield [Span(word, "dim"), Span(line)]
                word = "       "
        yield from self._whole(width)
        yield from self._values(node, width)

    def _matrices(self, node: NodeView, picture: IterationView, width: int) -> Iterator[Line]:
        """Searches and loops in rows and columns, their first rows; all of them are a key away."""
        ascii = self.watch_app.ascii
        for matrix in matrices(picture, node):
            yield []
            yield from map(list, matrix_head(matrix, width, ascii=ascii))
            yield from map(list, matrix_rows(matrix, width, ascii=ascii, rows=first_rows(matrix, _ROWS)))
            if (more := len(matrix.rows) - _ROWS) > 0:
                yield [Span(f"{more} more, M shows all", "dim")]

    def _whole(self, width: int) -> Iterator[Line]:
        explained = self.watch_app.desk.explained()
        word = "unit   "
        for line in wrapped(one_line(explained.whole), width - 7) if explained is not None and explained.whole else ():
            yield [Span(word, "dim"), Span(line)]
            word = "       "

    def _chain(self, node: NodeView) -> tuple[str, ...]:
        explained = self.watch_app.desk.explained()
        if explained is not None and explained.chain:
            return explained.chain
        reason = node.reason
        return reason.path if isinstance(reason, UpstreamChanged) else ()

    def _values(self, node: NodeView, width: int) -> Iterator[Line]:
        explained = self.watch_app.desk.explained()
        for value in explained.values if explained is not None else ():
            yield []
            size = f"  {bytes_text(value.nbytes)}" if value.nbytes is not None else ""
            pinned = Span("  pinned", "mark") if value.pinned else Span("")
            kept = Span("kept" if value.kept else "not kept", "good" if value.kept else "dim")
            name = shorten(one_line(value.name), max(8, width - 24), "…")
            yield [Span(name, "title"), Span("  "), kept, Span(size), pinned]
            if value.reason is not None:
                yield from _policy(value.reason, width)
            if value.key:
                yield [Span("  key ", "dim"), Span(shorten(one_line(value.key), width - 8, "…"), "dim")]


def _policy(reason: object, width: int) -> Iterator[Line]:
    """The comparison that decided, and its numbers on as many lines as they need."""
    if not isinstance(reason, Kept | NotStored):
        for line in wrapped(getattr(reason, "headline", str)(), width - 2):
            yield [Span("  "), Span(line)]
        return
    for line in wrapped(one_line(reason.headline()), width - 2):
        yield [Span("  "), Span(line)]
    for line in packed((one_line(detail) for detail in reason.details()), width - 2):
        yield [Span("  "), Span(line, "dim")]


def waiting(script: str) -> list[Line]:
    """Before there is anything to tell."""
    return [[Span("reading the script …", "dim")]]


def head(node: NodeView, picture: IterationView, width: int, ascii: bool) -> Iterator[Line]:
    """Which node it is and what is done with it."""
    info = node.info
    glyph = "" if ascii else f" {GLYPHS[node.letter]}"
    lines = f"line{'s' if info.lines[0] != info.lines[1] else ''} {line_range(info.lines)}"
    if info.file:
        lines = f"{Path(info.file).name} {lines}"
    state = f"{node.letter}{glyph} {WORDS[node.letter]}"
    right = f"{lines}  iter {picture.iteration}"
    name = shorten(one_line(info.label), max(8, width - cells(right) - 2), "…")
    yield [Span(name, "title"), Span(" " * max(1, width - cells(name) - cells(right))), Span(right, "dim")]
    marks = {"*": "pinned", "~": "not reproducible or never cached", "!": "forced"}
    said = ", ".join(word for mark, word in marks.items() if mark in node.marks)
    yield [Span(state, STATES[node.letter]), Span(f"  {said}" if said else "", "mark")]


def why(node: NodeView, chain: tuple[str, ...], width: int) -> Iterator[Line]:
    """The root cause, its evidence, and the path from it down to this node."""
    reason = node.reason
    if reason is None:
        yield [Span("why  ", "dim"), Span("not reached, as far as is known")]
        return
    root = reason
    while isinstance(root, UpstreamChanged) and root.cause is not None:
        root = root.cause
    first = True
    for line in wrapped(one_line(root.headline()), width - 5):
        yield [Span("why  " if first else "     ", "dim"), Span(line, "title" if first else "")]
        first = False
    if isinstance(root, SourceChanged):
        for row in diff_lines(root.diff, width - 5):
            yield [Span("     "), *row]
    else:
        for text in root.details():
            for line in wrapped(one_line(text), width - 5):
                yield [Span("     "), Span(line, "dim")]
    if len(chain) > 1:
        yield from _path(chain, width)
    if isinstance(reason, UpstreamChanged) and reason.names:
        for line in wrapped(", ".join(one_line(name) for name in reason.names), width - 5):
            yield [Span("via  ", "dim"), Span(line)]


def _path(chain: tuple[str, ...], width: int) -> Iterator[Line]:
    """From the root cause down to this node, which is the last."""
    word = "path "
    labels = [one_line(label) for label in reversed(chain)]
    text = ""
    for at, label in enumerate(labels):
        piece = label if at == 0 else f" → {label}"
        if text and cells(text) + cells(piece) > width - 5:
            yield [Span(word, "dim"), Span(text)]
            word, text = "     ", piece.strip()
        else:
            text += piece
    yield [Span(word, "dim"), Span(shorten(text, width - 5, "…"))]


def neighbours(node: NodeView, picture: IterationView, width: int) -> Iterator[Line]:
    """What it reads, with what is done with that, and who reads what it makes."""
    number = node.info.node
    needs = [edge for edge in picture.edges if edge.reader == number and edge.maker in picture.nodes]
    quiet = [edge for edge in needs if picture.nodes[edge.maker].info.kind != "statement"]
    word = "needs  "
    for edge in [edge for edge in needs if edge not in quiet][:6]:
        maker = picture.nodes[edge.maker]
        names = shorten(", ".join(one_line(name) for name in edge.names), max(8, width - 28), "…")
        took = maker.seconds if maker.seconds is not None else maker.expected
        seconds = f" {seconds_text(took)}" if took and maker.letter != "P" else ""
        yield [
            Span(word, "dim"), Span(f"{names} "), Span(f"◂ {maker.letter}{seconds}", STATES[maker.letter]),
            Span(f"  line {in_file(maker.info.lines[0])}", "dim"),
        ]  # fmt: skip
        word = "       "
    if quiet:
        names_ = ", ".join(sorted({one_line(name) for edge in quiet for name in edge.names}))
        yield [Span("uses   ", "dim"), Span(shorten(names_, width - 7, "…"), "dim")]
    feeds = [one_line(picture.nodes[child].info.label) for child in picture.children(number) if child in picture.nodes]
    word = "feeds  "
    for line in wrapped("  ".join(feeds) or "nothing", width - 7)[:3]:
        yield [Span(word, "dim"), Span(line, "" if feeds else "dim")]
        word = "       "


def costs(node: NodeView, now: float, width: int) -> Iterator[Line]:
    """Seconds and bytes: what was expected, what it took, what a load would take."""
    plan = node.plan
    parts = []
    if node.letter == "R" and node.begun is not None:
        of = f" of ~{seconds_text(node.expected)}" if node.expected is not None else ""
        parts.append(f"running {seconds_text(max(0.0, now - node.begun))}{of}")
    elif node.seconds is not None and node.letter in "CL":
        of = f" (expected {seconds_text(node.expected)})" if node.expected is not None else ""
        parts.append(f"took {seconds_text(node.seconds)}{of}")
    if plan is not None and plan.compute_seconds is not None:
        parts.append(f"compute {seconds_text(plan.compute_seconds)}")
    if plan is not None and plan.load_seconds is not None:
        parts.append(f"load {seconds_text(plan.load_seconds)}")
    if plan is not None and plan.nbytes is not None:
        parts.append(f"size {bytes_text(plan.nbytes)}")
    word = "cost   "
    for line in packed(parts or ["not known yet"], width - 7):
        yield [Span(word, "dim"), Span(line, "" if parts else "dim")]
        word = "       "


def packed(parts: Iterable[str], width: int) -> list[str]:
    """Facts in lines of at most `width` cells, none of them broken."""
    lines: list[str] = []
    for part in parts:
        if lines and cells(lines[-1]) + 3 + cells(part) <= width:
            lines[-1] += f"   {part}"
        else:
            lines.append(shorten(part, width, "…"))
    return lines


def wrapped(text: str, width: int) -> list[str]:
    """Text in lines of at most `width` cells, broken at spaces."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cells(lines[-1]) + 1 + cells(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(shorten(word, width, "…"))
    return [line.strip() for line in lines]
