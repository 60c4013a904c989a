"""View 1: the script's lines with what is done with each, its rails and its times. The layout is `render.flow`'s."""

from __future__ import annotations

from collections.abc import Iterable

from mliter_tui.render.flow import FlowLayout, Style
from mliter_tui.render.spans import Span
from mliter_tui.tui.rows import Rows, titled
from mliter_tui.view.filters import parse
from mliter_tui.view.folding import shown_rows
from mliter_tui.view.iteration import IterationView

FEWEST = 4
"""Rows below which nothing is folded."""


class FlowView(Rows):
    """The selected row is the desk's selected node. The layout is made again only for another version or filter."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.unfolded: set[int] = set()
        self._layout: FlowLayout | None = None
        self._key: tuple[object, ...] = ()
        self._marked: set[int] | None = None

    def count(self) -> int:
        return len(self._layout) if self._layout is not None else 0

    def spans(self, index: int, width: int) -> Iterable[Span]:
        app = self.watch_app
        if self._layout is None:
            return ()
        style = Style(ascii=app.ascii, marked=self._marked, fold_key=app.key_of("fold"))
        return self._layout.row(index, width, app.desk.now, selected=index == self.cursor, style=style)

    def nothing(self) -> Iterable[Span]:
        app = self.watch_app
        if not app.desk.filter or not app.desk.picture.nodes:
            return ()
        return (Span(f" no node is such; {app.key_of('filter')} changes the filter", "dim"),)

    def sync(self) -> None:
        desk, kept = self.watch_app.desk, self.watch_app.kept
        picture = desk.picture
        # which nodes are pruned decides what is folded, and states decide what a filter shows
        letters = "".join(n.letter for n in picture.nodes.values()) if kept.folded or desk.filter else ""
        if picture.status == "running" and kept.folded and not desk.filter:
            letters = letters.replace("R", "C").replace("?", "C")
        key = (id(picture.nodes), len(picture.nodes), id(picture.edges), letters, desk.filter, kept.folded,
               frozenset(self.unfolded))  # fmt: skip
        layout = self._layout
        if key != self._key or layout is None:
            if self._key and self._key[0] != key[0]:
                self.unfolded.clear()
            layout = self._lay(picture, key)
        self._marked = desk.picture.reach([desk.selected]) if desk.sliced and desk.selected is not None else None
        shown = layout.rows
        index = shown.nearest(desk.selected)
        if index != self.cursor:
            self.cursor = index
            self.reveal(index)
        running = picture.running
        if running is not None and not self.watch_app.person_looks:
            self.reveal(shown.nearest(running.info.node))
        self.border_title = "1 Flow"
        self.border_subtitle = titled(f"{desk.filter}  {shown.hidden} hidden") if desk.filter else ""
        super().sync()

    def _lay(self, picture: IterationView, key: tuple[object, ...]) -> FlowLayout:
        """A layout for the rows to show; the one there is where they are the same ones."""
        desk = self.watch_app.desk
        accepts = None
        if desk.filter:
            try:
                accepts = parse(desk.filter)
            except ValueError:
                accepts = None
        rows = shown_rows(picture, accepts, self.watch_app.kept.folded, self.unfolded)
        if not accepts and len(rows) < FEWEST < len(picture.nodes):  # all of it is pruned: the script is worth seeing
            rows = shown_rows(picture, accepts)
        layout, before, self._key = self._layout, self._key, key
        if layout is None or (before[0], before[2]) != (key[0], key[2]) or rows.rows != layout.rows.rows:
            layout = self._layout = FlowLayout(picture, rows, ascii=self.watch_app.ascii)
            self._place()
        return layout

    def _place(self) -> None:
        if self._layout is not None:
            self.cursor = self._layout.rows.nearest(self.watch_app.desk.selected)
            self.call_after_refresh(lambda: self.reveal(self.cursor))

    def tick(self) -> None:
        """Count on the seconds of the rows that run."""
        if self._layout is not None:
            for number, node in self.watch_app.desk.picture.nodes.items():
                if node.letter == "R" and (index := self._layout.rows.index_of(number)) is not None:
                    self.refresh_row(index)

    def chosen(self, index: int) -> None:
        if self._layout is not None:
            self.watch_app.select(self._layout.rows.node_at(index))

    def entered(self, index: int, column: int = -1) -> None:
        if self._layout is None or not 0 <= index < self.count():
            return
        row = self._layout.rows.rows[index]
        if row.folded:
            self.unfolded.add(row.nodes[0])  # what is folded inside stays so
            self.sync()
        else:
            self.watch_app.details()
