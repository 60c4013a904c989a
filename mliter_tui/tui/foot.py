"""The last lines: what is asked or was said, else why the selected node is in its state; and the keys that work now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mliter_tui import events
from mliter_tui.kinds import WORDS as KINDS
from mliter_tui.render.bars import iteration_sparkline
from mliter_tui.render.cells import shorten
from mliter_tui.render.cells import width as cells
from mliter_tui.render.spans import STATES, Span
from mliter_tui.tui.keys import shown
from mliter_tui.tui.lines import WIDE, Click, Lines, Piece
from mliter_tui.tui.steering import Question
from mliter_tui.tui.travel import live, recall
from mliter_tui.view.iteration import WORDS
from mliter_tui.wording import one_line


class Status(Lines):
    """One line, by rank: a question, what is wrong with the script, the latest word, the selected node's reason."""

    def pieces(self, width: int) -> Sequence[Sequence[Piece]]:
        text, style = self._text()
        if text:
            if cells(text) > width - 2 and isinstance(self.watch_app.question, Question):
                text = self.watch_app.question.in_short() + text
            return [[Span(" "), Span(shorten(text, width - 2, "…"), style)]]
        room = self.watch_app.desk.room
        return [self._iteration(width) if room == "history" else [] if room == "study" else self._reason(width)]

    def _text(self) -> tuple[str, str]:
        app = self.watch_app
        question = app.question
        if question == "quit":
            return f"A run is going; {app.key_of('quit')} again quits all the same, esc stays.", "question"
        if isinstance(question, Question):
            if question.told is None:
                return "weighing what that changes …", "dim"
            return one_line(question.told.text), "question"
        return one_line(app.word), "note"

    def _iteration(self, width: int) -> list[Piece]:
        """What the selected iteration of the history changed, and what the metric's verdict is of."""
        app = self.watch_app
        number = app.main.history.iteration()
        lesson = app.desk.view.lessons.get(number) if number is not None else None
        if lesson is None or not lesson.kind:
            return [Span("")]
        start = [Span(f" {lesson.iteration}: ", "title"), Span(f"{lesson.kind} {KINDS[lesson.kind]}, ", "dim"),
                 Span(f"{lesson.letter} {KINDS[lesson.letter]}  ", "dim")]  # fmt: skip
        left = width - sum(cells(span.text) for span in start) - 1
        return [*start, Span(shorten(one_line("; ".join(lesson.why) or lesson.changed), left, "…"))]

    def _reason(self, width: int) -> list[Piece]:
        node = self.watch_app.desk.failed or self.watch_app.desk.node  # a failure is never out of sight
        if node is None:
            return [Span("")]
        word, reason = WORDS[node.letter], node.reason
        label = shorten(one_line(node.info.label), max(12, width // 3), "…")
        why = f", {reason.short()}" if reason is not None else ""
        failure = self.watch_app.desk.failure(node)
        if failure:
            why = f", {one_line(failure[-1])}"
        start = [Span(f" {label}: ", "title"), Span(word, STATES[node.letter])]
        left = width - sum(len(span.text) for span in start) - 1
        return [*start, Span(shorten(why, left, "…"))]


class Foot(Lines):
    """Keys and their words, in one order always; those that do not work on the selected row now are not there."""

    ORDER = (
        "live", "why", "matrix", "pin", "evict", "choose", "undo", "force", "accept", "slice", "details", "inspect",
        "cancel", "run", "filter", "sort_next", "mark", "compare", "label", "metric", "star", "note", "follow", "play",
        "back", "forward", "edit", "copy", "write", "open", "fold", "freeze", "event_back",
    )  # fmt: skip

    def pieces(self, width: int) -> Sequence[Sequence[Piece]]:
        app = self.watch_app
        if isinstance(app.question, Question):
            return [self._asked(app.question)]
        end: list[Piece] = []
        for name in ("help", "quit"):
            end += [Span(f" {app.key_of(name)}", "key"), Click(Span(f" {name} ", "dim"), app.doing(name))]
        end += [Click(Span(" ^p", "key"), app.action_command_palette), Span(" all ", "dim")]
        taken_at_end = sum(cells(_text(piece)) for piece in end)
        left = width - taken_at_end - 1
        line: list[Piece] = [Span(" ")]
        for act in app.hinted(self.ORDER):
            key = shown(app.key_of(act.name), app.ascii)
            taken = len(key) + len(act.hint) + 3
            if not key or taken > left:
                continue
            left -= taken
            run = app.doing(act.name)
            line += [Click(Span(key, "key"), run), Click(Span(f" {act.hint}  ", "dim"), run)]
        used = sum(cells(_text(piece)) for piece in line)
        return [[*line, Span(" " * max(0, width - used - taken_at_end)), *end]]


    def _asked(self, question: Question) -> list[Piece]:
        """While a question is open there are two ways out of it."""
        app = self.watch_app
        key, leave = app.key_of(question.act) or "enter", app.key_of("escape")
        yes, no = app.doing(question.act), app.doing("escape")
        return [
            Click(Span(f" {key}", "key"), yes), Click(Span(" again to do it   "), yes),
            Click(Span(leave.replace("escape", "esc"), "key"), no), Click(Span(" to leave it"), no),
        ]  # fmt: skip


class Banner(Lines):
    """What stays so: a script that is not Python, an engine that is gone, a version that ran before. Else no line."""

    DEFAULT_CSS = """
    Banner { height: auto; max-height: 4; background: $error 20%; }
    Banner.-calm { background: $primary 20%; }
    """

    def texts(self) -> list[tuple[str, str]]:
        desk = self.watch_app.desk
        found = []
        if desk.ended:
            found.append((desk.ended, "bad"))
        broken = desk.view.broken
        if broken is not None and desk.past is None:
            found.append((f"line {broken.line}: {one_line(broken.message)}; the last good version stays below", "bad"))
            lines = broken.text.splitlines()
            if 0 < broken.line <= len(lines):
                found.append((f"{broken.line:>4}  {lines[broken.line - 1].rstrip().expandtabs(4)}", ""))
        return found

    def tried(self) -> events.TriedBefore | None:
        """That the version on screen ran before, and what it brought: while it waits, runs, and is the newest."""
        desk = self.watch_app.desk
        return desk.view.live.tried if desk.past is None and not desk.ended else None

    def pieces(self, width: int) -> Sequence[Sequence[Piece]]:
        found: list[Sequence[Piece]] = [
            [Span(" "), Span(shorten(printable(text), width - 2, "…"), style)] for text, style in self.texts()
        ]
        tried = self.tried()
        if tried is not None:
            app, sign = self.watch_app, "=" if self.watch_app.ascii else "≈"
            more = f"  {app.key_of('history')} History has it" if width >= 100 else ""
            text = shorten(one_line(tried.text), width - 4 - len(more), "…")
            go = partial(recall, app, tried.iteration)
            found.append([Span(f" {sign} ", "key"), Click(Span(text, "title"), go), Span(more, "dim")])
        return found

    def sync(self) -> None:
        wrong = len(self.texts())
        lines = wrong + (self.tried() is not None)
        self.set_class(not wrong, "-calm")
        self.display = lines > 0
        if lines:
            self.styles.height = lines
        super().sync()


def _text(piece: Piece) -> str:
    return piece.span.text if isinstance(piece, Click) else piece.text


def printable(text: str) -> str:
    """What a terminal obeys, replaced; spaces stay."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class Scrubber(Lines):
    """The iterations in one row, the newest at the right; the one that is looked at in brackets. Click goes there."""

    def pieces(self, width: int) -> Sequence[Sequence[Piece]]:
        app, desk = self.watch_app, self.watch_app.desk
        history = desk.view.history
        looked = desk.past.iteration if desk.past is not None else None
        current = desk.view.live.iteration
        numbers = [(info.iteration, info.status) for info in history]
        if current and (not numbers or numbers[-1][0] < current):
            numbers.append((current, desk.view.live.status))
        if width < WIDE and len(history) > 1:
            return [self._by_seconds(width, looked, current)]
        line: list[Piece] = []
        left = width - 8
        for number, status in reversed(numbers):
            here = number == looked if looked is not None else number == current
            text = f"[{number}]" if here else f" {number} "
            if cells(text) > left:
                line.insert(0, Span("…", "dim"))
                break
            left -= cells(text)
            style = "selected" if here else "failed" if status == "failed" else "dim"
            go = partial(live, app) if number == current else partial(recall, app, number)
            line.insert(0, Click(Span(text, style), go))
        return [[Span(" iters ", "dim"), *line]] if line else [[]]

    def _by_seconds(self, width: int, looked: int | None, current: int) -> list[Piece]:
        """Where there is no room for the chart: one cell an iteration, as high as it took long."""
        app = self.watch_app
        bars = iteration_sparkline(app.desk.view.history, width - 14, selected=looked, ascii=app.ascii)
        line: list[Piece] = [Span(" iters ", "dim")]
        for span, number in zip(bars.rows[0], bars.columns):
            if number is not None:
                go = partial(live, app) if number == current else partial(recall, app, number)
                line.append(Click(span, go))
        return [*line, Span(f" [{looked or current}]", "selected")]
