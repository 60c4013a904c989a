"""A sheet over the screen with some lines of text: help, a value that was looked at, a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from mliter_tui import events
from mliter_tui.render.bars import histogram, sparkline
from mliter_tui.render.cells import width as cells
from mliter_tui.render.spans import Span
from mliter_tui.tui.keys import Act, shown
from mliter_tui.tui.rows import Rows, titled
from mliter_tui.view.iteration import GLYPHS, WORDS
from mliter_tui.wording import indented, one_line

Text = list[list[Span]]


class SheetRows(Rows):
    """The lines of a sheet; so many of them at the top, `fixed`, stay where they are."""

    selectable = False

    def __init__(self, lines: Text, fixed: int = 0) -> None:
        super().__init__(id="sheet_rows")
        self.lines, self.fixed = lines, fixed

    def row_at(self, y: int) -> int:
        return y if y < self.fixed else super().row_at(y)

    def count(self) -> int:
        return len(self.lines)

    def spans(self, index: int, width: int) -> Iterable[Span]:
        return self.lines[index]


class Sheet(ModalScreen[None]):
    """Any key that leaves something leaves it."""

    DEFAULT_CSS = """
    Sheet { align: center middle; background: $background 60%; }
    Sheet Vertical { border: round $primary; background: $background; padding: 0 1; height: auto; max-height: 92%; }
    Sheet SheetRows { height: auto; }
    Sheet.-ascii Vertical { border: ascii $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,i,d,M", "dismiss_sheet", show=False),
        Binding("j,down", "by(1)", show=False), Binding("k,up", "by(-1)", show=False),
        Binding("pagedown,space,ctrl+d", "page(1)", show=False), Binding("pageup,ctrl+u", "page(-1)", show=False),
        Binding("g,home", "edge(False)", show=False), Binding("G,end", "edge(True)", show=False),
    ]  # fmt: skip

    least = 20
    """Cells of text that it has room for."""

    def __init__(self, title: str, lines: Text, ascii: bool, fixed: int = 0) -> None:
        """fixed: lines at the top that stay in sight."""
        super().__init__(classes="-ascii" if ascii else "")
        self._title, self._lines, self._fixed = title, lines, fixed

    def compose(self) -> ComposeResult:
        widest = max((sum(cells(span.text) for span in line) for line in self._lines), default=self.least)
        with Vertical() as frame:
            frame.border_title = titled(self._title)
            frame.border_subtitle = "esc closes"
            frame.styles.width = min(max(widest, self.least, len(self._title) + 6) + 5, self.app.size.width)
            rows = SheetRows(self._lines, self._fixed)
            rows.styles.height = min(len(self._lines), max(3, self.app.size.height - 6))
            yield rows

    def sync(self) -> None:
        """Something may be another: what follows the engine's word draws itself again."""

    def renew(self, lines: Text) -> None:
        """Other lines in the place of those there were."""
        self._lines = lines
        if not self.is_mounted:
            return
        rows, frame = self.query_one(SheetRows), self.query_one(Vertical)
        widest = max((sum(cells(span.text) for span in line) for line in lines), default=self.least)
        frame.styles.width = min(max(widest, self.least, len(self._title) + 6) + 5, self.app.size.width)
        rows.styles.height = min(len(lines), max(3, self.app.size.height - 6))
        rows.lines = lines
        rows.sync()

    def action_dismiss_sheet(self) -> None:
        self.dismiss()

    def action_by(self, by: int) -> None:
        self.query_one(SheetRows).move(by)

    def action_page(self, by: int) -> None:
        self.query_one(SheetRows).page(by)

    def action_edge(self, last: bool) -> None:
        self.query_one(SheetRows).edge(last)


def value_lines(value: events.Previewed, width: int, ascii: bool) -> Text:
    """A value as it was looked at: its type and size, its text, a line and a histogram of some numbers."""
    lines: Text = [[Span(one_line(value.title), "title")], []]
    lines += [[Span(indented(line)[: width - 8])] for line in value.text.splitlines()]
    if value.numbers:
        room = max(10, min(60, width - 20))
        low, high = min(value.numbers), max(value.numbers)
        lines += [
            [], [Span("in order   ", "dim"), Span(sparkline(value.numbers, room, ascii=ascii), "load")],
            [Span("how often  ", "dim"), Span(histogram(value.numbers, room, ascii=ascii), "compute")],
            [Span(f"           {low:g} … {high:g}, {len(value.numbers)} numbers", "dim")],
        ]  # fmt: skip
    return lines


_ABOUT = {
    "flow": "Each row is a statement of the script: its state, its line, the rails its values run on, and what it took "
            "now and the last time.",
    "graph": "One node in the middle, what it reads at the left, what it feeds at the right. + and - show more, less.",
    "cache": "Each row is a value that is kept. saved/MB is what one load of it saves, by what it takes: the measure "
             "by which the policy keeps and drops.",
    "history": "Each row is one saved version of the script and its run; enter looks at it as it was. for is what "
               "the edit was for, by kind (dpr preprocessing, li learning, ppr postprocessing) and letter (S "
               "start, M model, P preprocessing, H hyper-parameter of the model, R of the preprocessing, C both, N "
               "none of these). The outcome is that of the main metric, against the iteration it goes out from; "
               "with a question mark, nothing tells how much is chance.",
    "output": "What the script printed, byte for byte but for control characters. Text can be selected with the mouse.",
    "study": "What all iterations taught, as mliter report tells it: the course of the main metric, shares of changes "
             "and of time beside those of published work, what was wasted, what reuse saved.",
}  # fmt: skip


def help_lines(room: str, acts: Iterable[Act], key_of: dict[str, str], width: int, ascii: bool) -> Text:
    """What the view shows, what the letters mean, and every key, those of this view first."""
    from mliter_tui.tui.node_pane import wrapped

    lines: Text = [[Span(line)] for line in wrapped(_ABOUT[room], min(72, width - 8))]
    lines.append([])
    states = []
    for letter, word in WORDS.items():
        states.append(Span(f"{letter} {'' if ascii else GLYPHS[letter]} ", word if letter != "?" else "undecided"))
        states.append(Span(f"{word}  "))
    lines += [states, [Span("* pinned   ~ not reproducible or never cached   ! forced   + edited", "dim")]]
    groups: dict[str, list[Act]] = {"in this view": []}
    for act in acts:
        if key_of.get(act.name):
            groups.setdefault("in this view" if room in act.rooms else act.group, []).append(act)
    for group, found in groups.items():
        if not found:
            continue
        lines += [[], [Span(group, "title")]]
        for act in found:
            keys = " ".join(shown(key, ascii) for key in key_of[act.name].split(","))
            lines.append([Span(f"  {keys:<12}", "key"), Span(act.help[: max(20, width - 24)])])
    lines += [[], [Span("All can be given other keys: [keys] in config.toml, by these names:", "dim")]]
    names = " ".join(act.name for act in acts)
    lines += [[Span(f"  {line}", "dim")] for line in wrapped(names, min(72, width - 10))]
    return lines
