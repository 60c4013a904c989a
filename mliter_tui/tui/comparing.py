"""Two iterations side by side: the source that differs, what was done otherwise and how long it took."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mliter_tui import commands, events
from mliter_tui.render.cells import left, right
from mliter_tui.render.spans import STATES, Span
from mliter_tui.tui.differences import diff_lines
from mliter_tui.tui.keys import Act
from mliter_tui.view.iteration import IterationView, NodeView
from mliter_tui.view.model import replay
from mliter_tui.wording import in_file, one_line, seconds_text

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

NOTICED = 0.05
"""Seconds; a difference below this is not worth a line."""
Text = list[list[Span]]


@dataclass
class Comparison:
    """Two iterations that were asked for, and those of them that have come."""

    before: int
    after: int
    found: dict[int, IterationView] = field(default_factory=dict)

    def take(self, event: events.Recalled) -> bool:
        """Whether it is one of the two."""
        if event.iteration not in (self.before, self.after) or event.iteration in self.found:
            return False
        self.found[event.iteration] = replay(event.lines, event.times)
        return True

    @property
    def whole(self) -> bool:
        return len(self.found) == len({self.before, self.after})


def other(app: WatchApp) -> int | None:
    """What the marked iteration is compared with: the one that is looked at, or the selected row of the history."""
    if app.desk.room == "history":
        return app.main.history.iteration()
    return app.desk.picture.iteration or None


def _able(app: WatchApp) -> str:
    marked = app.desk.compared
    if marked is None:
        return f"First mark an iteration with {app.key_of('mark')}, then go to the other one."
    if other(app) in (None, marked):
        return f"Iteration {marked} is the marked one itself; go to another one to compare."
    return ""


def _compare(app: WatchApp) -> None:
    marked, at = app.desk.compared, other(app)
    if marked is None or at is None:
        return
    app.desk.comparison = Comparison(min(marked, at), max(marked, at))
    app.say("comparing …")
    for iteration in (marked, at):
        app.send(commands.Recall(iteration))


def show(app: WatchApp, comparison: Comparison) -> None:
    """The sheet, once both have come."""
    from mliter_tui.tui.sheet import Sheet

    app.say("")
    before, after = comparison.found[comparison.before], comparison.found[comparison.after]
    title = f"Iterations {comparison.before} and {comparison.after}"
    app.push_screen(Sheet(title, lines_of(before, after, app.size.width - 8), app.ascii))


def lines_of(before: IterationView, after: IterationView, width: int) -> Text:
    """All that differs, in lines of at most `width` cells."""
    width = min(width, 110)
    return [*_totals(before, after), [], *_source(before, after, width), [], *_nodes(before, after, width)]


def _totals(before: IterationView, after: IterationView) -> Text:
    lines: Text = []
    for view in (before, after):
        done, counts = view.finished, view.counts()
        took = f"{done.status}, {seconds_text(done.seconds)}" if done is not None else "no end"
        states = "  ".join(f"{letter} {counts[letter]}" for letter in "CLPF" if counts[letter] or letter in "CLP")  # type: ignore[index]
        lines.append([Span(f"iter {view.iteration:<4}", "title"), Span(f"{took:<16}"), Span(states, "dim")])
    return lines


def _source(before: IterationView, after: IterationView, width: int) -> Text:
    found = list(difflib.unified_diff(before.source, after.source, lineterm="", n=0))[2:]
    if not found:
        return [[Span("the same source", "dim")]]
    lines: Text = []
    part: list[str] = []
    for line in [*found, "@@"]:
        if line.startswith("@@"):
            lines += list(diff_lines("\n".join(part), width))
            part = []
            at = line.partition("+")[2].partition(" ")[0].partition(",")[0]
            if at:
                lines.append([Span(f"line {at}", "dim")])
        else:
            part.append(line)
    return lines


def _nodes(before: IterationView, after: IterationView, width: int) -> Text:
    """A line for each node that was done otherwise, or took noticeably longer or shorter."""
    earlier: dict[str, list[NodeView]] = {}
    for node in before.nodes.values():
        earlier.setdefault(node.info.label, []).append(node)
    lines: Text = []
    for node in after.nodes.values():
        same = earlier.get(node.info.label)
        was = same.pop(0) if same else None
        if was is not None and was.letter == node.letter and abs(_spent(node) - _spent(was)) < NOTICED:
            continue
        name = left(one_line(node.info.label), max(12, min(34, width - 40)))
        lines.append([
            Span(right(str(in_file(node.info.lines[0])), 5), "dim"), Span(f"  {name}  "), *_state(was), Span(" → "),
            *_state(node),
        ])  # fmt: skip
    gone = [node for nodes in earlier.values() for node in nodes]
    lines += [[Span("       "), Span(left(one_line(node.info.label), 34)), Span("  gone", "dim")] for node in gone]
    return lines or [[Span("nothing was done otherwise", "dim")]]


def _state(node: NodeView | None) -> list[Span]:
    if node is None:
        return [Span("new        ", "dim")]
    seconds = seconds_text(_spent(node)) if node.letter != "P" else ""
    return [Span(f"{node.letter} {right(seconds, 8)} ", STATES[node.letter])]


def _spent(node: NodeView) -> float:
    return node.seconds if node.seconds is not None and node.letter != "P" else 0.0


ACTS = [
    Act("compare", "d", "compare with the marked iteration", _compare, "time", "compare", _able, ("history",)),
]
