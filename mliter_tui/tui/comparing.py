"""Iterations side by side. Two: metrics with verdicts, source, what was done otherwise; more: a table of columns.

Source and statements of two come from their recorded events and are there at once; metrics, parameters and the like are
worked out by the engine's side, and come into the sheet a moment later.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from mliter_tui import commands, events
from mliter_tui.lean import dataclass
from mliter_tui.lessons import Part
from mliter_tui.render.cells import left, right, shorten
from mliter_tui.render.course import STYLES
from mliter_tui.render.spans import STATES, Span
from mliter_tui.tui.differences import diff_lines
from mliter_tui.tui.keys import Act
from mliter_tui.view.iteration import IterationView, NodeView
from mliter_tui.view.model import replay
from mliter_tui.wording import in_file, indented, one_line, seconds_text

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

_SEEN = ("statements", "times")
"""Parts that the sheet tells in its own way."""
_MORE = "more metrics"
_LAST = (_MORE, "output", "files", "surroundings")
_MOST_METRICS = 8
NOTICED = 0.05
"""Seconds; a difference below this is not worth a line."""
Text = list[list[Span]]


@dataclass
class Comparison:
    """Two iterations that were asked for, those of them that have come, and what else differs, None until that has."""

    before: int
    after: int
    found: dict[int, IterationView] = field(default_factory=dict)
    parts: tuple[Part, ...] | None = None

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


def chosen(app: WatchApp) -> list[int]:
    """The iterations that are compared: those that are marked, and the one that one stands on."""
    at = other(app)
    return sorted({*app.desk.compared, *([at] if at is not None else [])})


def _able(app: WatchApp) -> str:
    marked = app.desk.compared
    if not marked:
        return f"First mark an iteration with {app.key_of('mark')}, then go to the other one."
    if len(chosen(app)) < 2:
        return f"Iteration {marked[0]} is the marked one itself; go to another one to compare."
    return ""


def _compare(app: WatchApp) -> None:
    numbers = chosen(app)
    app.say("comparing …")
    if len(numbers) == 2:
        app.desk.comparison = Comparison(numbers[0], numbers[1])
        for iteration in numbers:
            app.send(commands.Recall(iteration))
    app.send(commands.Compare(tuple(numbers)))


def show(app: WatchApp, comparison: Comparison) -> None:
    """The sheet, once both have come."""
    from mliter_tui.tui.compare_sheet import CompareSheet

    app.say("")
    app.push_screen(CompareSheet(app, comparison))


def told(app: WatchApp, event: events.Compared) -> None:
    """The rest of a comparison came: into its sheet, if that is still open; a table into one of its own."""
    from mliter_tui.tui.compare_sheet import CompareSheet, table_lines
    from mliter_tui.tui.sheet import Sheet

    waiting, top = app.desk.comparison, app.screen
    if event.header:
        app.say("")
        numbers = ", ".join(map(str, event.iterations))
        app.push_screen(Sheet(f"Iterations {numbers}", table_lines(event, app.size.width - 8), app.ascii, 1))
    elif isinstance(top, CompareSheet) and top.of(event):
        top.take(event.parts)
    elif waiting is not None and event.iterations == (waiting.before, waiting.after):
        waiting.parts = event.parts


def lines_of(
    before: IterationView, after: IterationView, width: int, parts: Sequence[Part] | None = (), main: str = ""
) -> Text:  # fmt: skip
    """All that differs, in lines of at most `width` cells; parts: of what the engine's side compared, None: not yet.

    main: the name of the metric to look at, which comes first.
    """
    width = min(width, 110)
    given = [part for each in parts or () for part in _parted(each, main)]
    first = [part for part in given if part.title not in (*_SEEN, *_LAST) and not _is_source(part)]
    first.sort(key=lambda part: part.title != "metrics")
    own = before.script.rpartition("/")[2]
    last = [part for part in given if (part.title in _LAST or _is_source(part)) and part.title != own]
    lines = _totals(before, after)
    if parts is None:
        lines += [[], [Span("metrics and parameters are being compared …", "dim")]]
    for part in first:
        lines += [[], *_part(part, width)]
    lines += [[], *_source(before, after, width), [], *_nodes(before, after, width)]
    for part in last:
        lines += [[], *_part(part, width)]
    return lines


def _parted(part: Part, main: str) -> list[Part]:
    """A long list of metrics in two: what comes first, and the rest."""
    if part.title != "metrics":
        return [part]
    lines = sorted(part.lines, key=lambda line: not (main and line.startswith(f"{main}  ")))
    rest = lines[_MOST_METRICS:]
    return [Part(part.title, tuple(lines[:_MOST_METRICS])), *([Part(_MORE, tuple(rest))] if rest else [])]


def _is_source(part: Part) -> bool:
    return any(line.startswith("@@") for line in part.lines[:1]) and part.title != "output"


def _part(part: Part, width: int) -> Text:
    """A part as `mliter diff` prints it; verdicts and signs have the colour of what they say."""
    lines: Text = [[Span(one_line(part.title), "title")]]
    for line in part.lines:
        text = shorten(indented(line), width - 2, "…")
        style = next((style for word, style in STYLES.items() if f", {word}" in text), "")
        signed = part.title == "output" or _is_source(part)
        if signed:
            style = {"-": "removed", "+": "added", "@": "dim"}.get(text[:1], "")
        lines.append([Span("  "), Span(text, style if part.title in ("metrics", _MORE) or signed else "")])
    return lines


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
    Act("compare", "d", "compare with the marked iteration, or several of them", _compare, "time", "compare", _able,
        ("history",)),
]
