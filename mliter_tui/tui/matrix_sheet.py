"""A sheet with the searches of a node and the loop it is in, in rows and columns, as they go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mliter_tui.render.matrix import legend, matrix_head, matrix_rows, under_way
from mliter_tui.tui.sheet import Sheet, SheetRows, Text
from mliter_tui.view.matrix import Matrix, matrices
from mliter_tui.wording import one_line

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

_SECONDS = 0.25


class MatrixSheet(Sheet):
    """Drawn anew four times a second. What is under way stays in sight until somebody scrolls."""

    least = 70

    def __init__(self, app: WatchApp) -> None:
        self._of, self._node = app, app.desk.selected
        node = app.desk.node
        found = self._found()
        lines = self._text(found)
        fixed = len(lines) - len(found[0].rows) if len(found) == 1 else 0
        super().__init__(one_line(node.info.label, 60) if node else "", lines, app.ascii, fixed)

    def on_mount(self) -> None:
        self._moved = False
        self.set_interval(_SECONDS, self._renew)
        self.call_after_refresh(self._follow)

    def _found(self) -> list[Matrix]:
        picture = self._of.desk.picture
        node = picture.nodes.get(self._node) if self._node is not None else None
        return matrices(picture, node) if node is not None else []

    def _text(self, found: list[Matrix]) -> Text:
        lines: Text = []
        width, ascii = self._of.size.width - 6, self._of.ascii
        for matrix in found:
            lines += [[]] * bool(lines)
            lines += [*map(list, matrix_head(matrix, width, ascii=ascii))]
            lines.insert(-1, list(legend(matrix, ascii=ascii)))
            lines += map(list, matrix_rows(matrix, width, ascii=ascii))
        return lines

    def _renew(self) -> None:
        lines = self._text(self._found())
        for rows in self.query(SheetRows):  # none while the sheet is taken down
            if lines and lines != rows.lines:
                if len(lines) != len(rows.lines):
                    rows.styles.height = min(len(lines), max(3, self.app.size.height - 6))
                rows.lines = lines
                rows.sync()
                self._follow()

    def _follow(self) -> None:
        found = self._found()
        if self._moved or len(found) != 1 or (at := under_way(found[0])) is None:
            return
        for rows in self.query(SheetRows):
            rows.scroll_to(y=max(0, at + rows.fixed + 3 - rows.size.height), animate=False)

    def action_by(self, by: int) -> None:
        self._moved = True
        super().action_by(by)

    def action_page(self, by: int) -> None:
        self._moved = True
        super().action_page(by)

    def action_edge(self, last: bool) -> None:
        self._moved = True
        super().action_edge(last)
