"""View 5, and the pane below the flow: what the script printed, all of it or one node's, errors first."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rich.segment import Segment
from textual.selection import Selection
from textual.strip import Strip

from mliter_tui.render.spans import Span
from mliter_tui.tui.rows import Rows, titled
from mliter_tui.view.filters import parse
from mliter_tui.view.iteration import IterationView
from mliter_tui.view.log import LogLine
from mliter_tui.wording import bytes_text, one_line


class OutputView(Rows):
    """Lines of the log. follow: stay at the newest line; scrolling up lets go, `F` or the end takes hold again.

    of_node: only what the selected node printed, where it printed anything. Text can be selected with the mouse.
    """

    ALLOW_SELECT = True
    selectable = False
    DEFAULT_CSS = "OutputView { overflow-x: hidden; }"

    def __init__(self, *, id: str, of_node: bool = False) -> None:
        super().__init__(id=id)
        self.of_node = of_node
        self.follow = True
        self.lines: list[LogLine] = []
        self._key: tuple[object, ...] = ()

    @property
    def allow_select(self) -> bool:
        return True

    def count(self) -> int:
        return len(self.lines)

    def sync(self) -> None:
        desk = self.watch_app.desk
        picture = desk.picture
        key = (id(picture.log), picture.log.version, desk.selected if self.of_node else None, desk.filter,
               len(picture.pictures), picture.status)  # fmt: skip
        if key == self._key:
            return
        self._key = key
        self.lines, what = self._shown(picture)
        dropped = f", {picture.log.dropped} lines before" if picture.log.dropped else ""
        self.border_title = titled(f"5 Output  {what}{dropped}")
        super().sync()
        if self.follow:
            failed = next((at for at, line in enumerate(self.lines) if line.channel == "stderr"), None)
            if picture.status == "failed" and failed is not None:
                self.scroll_to(y=max(0, self.count() - self.size.height), animate=False, force=True)
            else:
                self.scroll_end(animate=False, immediate=True, force=True, x_axis=False)
        self._followed()

    def _shown(self, picture: IterationView) -> tuple[list[LogLine], str]:
        """The lines, and whose they are in words."""
        desk = self.watch_app.desk
        node = desk.node
        if self.of_node and node is not None:
            lines = list(picture.log.of(node.info.node))
            if lines:
                return lines, one_line(node.info.label, 30)
        failed = next((n for n in picture.nodes.values() if n.failed), None)
        lines = list(picture.log.of(None))
        if not self.of_node and desk.filter:
            lines = self._of_filtered(picture, lines)
        if failed is not None:  # errors first: what the failed node said is at the end anyhow, and in sight
            lines = [*lines, *self._figures(picture)]
            return lines, f"all, {one_line(failed.info.label, 30)} failed"
        return [*lines, *self._figures(picture)], "all"

    def _of_filtered(self, picture: IterationView, lines: list[LogLine]) -> list[LogLine]:
        try:
            accepts = parse(self.watch_app.desk.filter)
        except ValueError:
            return lines
        source = picture.source
        nodes = {number for number, node in picture.nodes.items() if accepts(node, source)}
        return [line for line in lines if line.node in nodes]

    def _figures(self, picture: IterationView) -> list[LogLine]:
        key = self.watch_app.key_of("open")
        beside = os.path.dirname(picture.script) + os.sep
        lines = []
        for each in picture.pictures:
            what = f"{each.title}, left open" if each.title else f"figure {each.path.removeprefix(beside)}"
            lines.append(LogLine(each.node, "figure", f"{one_line(what)}  {bytes_text(each.nbytes)}  {key} opens it"))
        return lines

    def spans(self, index: int, width: int) -> Iterable[Span]:
        line = self.lines[index]
        style = {"stderr": "stderr", "figure": "key"}.get(line.channel, "")
        if line.channel == "stderr" and not line.text.startswith(" ") and "Error" in line.text[:60]:
            style = "failed"
        return (Span(line.text, style),)

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        strip = super().render_line(y)
        if not 0 <= index < self.count():
            return strip
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(index)) is not None:
            strip = self._selected(strip, span)
        return strip.apply_offsets(0, index)

    def _selected(self, strip: Strip, span: tuple[int, int]) -> Strip:
        start, end = span
        end = strip.cell_length if end == -1 else min(end, strip.cell_length)
        if end <= start:
            return strip
        style = self.screen.get_component_rich_style("screen--selection")
        before, chosen, after = strip.crop(0, start), strip.crop(start, end), strip.crop(end)
        marked = Strip([Segment(s.text, (s.style or style) + style) for s in chosen], end - start)
        return Strip.join([before, marked, after])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(line.text for line in self.lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    # --- following
    def enter(self) -> None:
        self.watch_app.act("output" if self.of_node else "follow")

    def take_hold(self) -> None:
        """Go to the newest line and stay there."""
        self.follow = True
        self.scroll_end(animate=False, immediate=True, force=True, x_axis=False)
        self._followed()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.follow = new_value >= self.max_scroll_y
        self._followed()

    def _followed(self) -> None:
        ascii = self.watch_app.ascii
        below = max(0, self.count() - self.size.height - self.scroll_offset.y)
        down = "v" if ascii else "▼"
        self.border_subtitle = f"follow {down}" if self.follow else f"{below} below, F follows"
