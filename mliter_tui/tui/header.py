"""The first line: script, what the engine does, which iteration is shown, states, seconds and the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mliter_tui.render.bars import budget_bar
from mliter_tui.render.cells import shorten
from mliter_tui.render.spans import STATES, Span
from mliter_tui.tui.lines import Click, Lines, Piece, spread
from mliter_tui.view.iteration import WORDS, IterationView, Letter
from mliter_tui.wording import one_line, seconds_text

COUNTED: tuple[Letter, ...] = ("C", "L", "P", "F")


class Header(Lines):
    """Click a count of states to see only those nodes; click the iteration in replay to go back to live."""

    DEFAULT_CSS = "Header { background: $panel; }"

    def pieces(self, width: int) -> Sequence[Sequence[Piece]]:
        wide = width >= 100
        desk = self.watch_app.desk
        name = shorten(one_line(Path(desk.script).name), 28 if wide else 14, "…")
        start: list[Piece] = [Span(" mliter  ", "dim"), Span(name, "title")] if wide else [Span(f" {name}", "title")]
        gap = Span("   " if wide else "  ")
        start += [Span("  " if wide else " "), *self._doing(wide), gap, *self._which(wide), gap, *self._counts(wide)]
        seconds = self._seconds(wide)
        end = [*([seconds] if seconds.text else []), gap, *self._store(wide), Span(" ")]
        line = spread(start, end, width)
        return [line if len(line) > len(start) else spread(start, [seconds, Span(" ")], width)]

    def _doing(self, wide: bool) -> list[Piece]:
        desk, ascii = self.watch_app.desk, self.watch_app.ascii
        session = desk.view.session
        phase = "ended" if desk.ended else session.phase if session is not None else "starting"
        if phase == "waiting":
            auto = session is None or session.auto
            word, style = ("watching" if auto else "manual", "good" if auto else "warn")
        else:
            word, style = phase, {"running": "running", "ended": "bad"}.get(phase, "warn")
        dot = ("*" if phase != "ended" else "x") if ascii else ("●" if phase != "ended" else "✗")
        # the longest word decides, so that nothing right of it moves
        return [Span(dot + (f" {word:<10}" if wide else f" {word[:8]:<8}"), style)]

    def _which(self, wide: bool) -> list[Piece]:
        app, desk = self.watch_app, self.watch_app.desk
        newest = max([*desk.iterations()[-1:], desk.view.live.iteration])
        if desk.past is not None:
            past = desk.past
            at = f" event {past.at}/{len(past.lines)}" if past.at < len(past.lines) else ""
            text = f" REPLAY {past.iteration}/{newest}{at if wide else ''} "
            return [Click(Span(text, "replay"), lambda: app.act("live"))]
        if desk.frozen is not None:
            return [Click(Span(f" FROZEN {desk.missed} events since ", "frozen"), lambda: app.act("freeze"))]
        number = desk.picture.iteration
        return [Span(f"iter {number} " if number else "", ""), Span("LIVE", "good")]

    def _counts(self, wide: bool) -> list[Piece]:
        app = self.watch_app
        counts = app.desk.picture.counts()
        pieces: list[Piece] = []
        for letter in COUNTED:
            n = counts[letter] + (counts["R"] if letter == "C" else 0)
            if letter == "F" and not n:
                continue
            text = f"{letter} {n:<4}" if wide else f"{letter}{n} "
            pieces.append(Click(Span(text, STATES[letter]), self._only(letter)))
        return pieces

    def _only(self, letter: Letter) -> Callable[[], None]:
        app = self.watch_app
        wanted = f"state:{WORDS[letter]}" + (",running" if letter == "C" else "")

        def run() -> None:
            app.filtered("" if app.desk.filter == wanted else wanted)

        return run

    def _seconds(self, wide: bool) -> Span:
        desk = self.watch_app.desk
        picture = desk.picture
        if picture.finished is not None:
            return Span(*_finished(picture, wide))
        if picture.status == "running" and picture.begun is not None:
            spent = seconds_text(max(0.0, desk.now - picture.begun))
            left = picture.remaining(desk.now)
            done = sum(node.done for node in picture.nodes.values())
            more = f", ~{seconds_text(left)} left" if left is not None else ""
            return Span(f"{done}/{len(picture.nodes)}  {spent}{more}" if wide else f"{spent}{more}", "running")
        if picture.predicted_seconds is not None:
            return Span(f"will take ~{seconds_text(picture.predicted_seconds)}", "dim")
        return Span("")

    def _store(self, wide: bool) -> list[Piece]:
        session = self.watch_app.desk.view.session
        if session is None:
            return []
        bar = 6 if wide else 0
        return list(budget_bar(session.used, session.budget, bar, ascii=self.watch_app.ascii))


def _finished(picture: IterationView, wide: bool) -> tuple[str, str]:
    """What an iteration took and saved."""
    done = picture.finished
    if done is None:
        return "", ""
    took = seconds_text(done.seconds)
    if done.status != "ok":
        return f"{done.status} after {took}" if wide else f"{done.status} {took}", "bad"
    if abs(done.saved_seconds) < 0.05:
        return took, ""
    saved = seconds_text(abs(done.saved_seconds))
    if not wide:
        return f"{took} ({'-' if done.saved_seconds > 0 else '+'}{saved})", "good" if done.saved_seconds > 0 else ""
    word = "saved" if done.saved_seconds > 0 else "spent on the cache"
    return f"{took}, {word} {saved}", "good" if done.saved_seconds > 0 else ""
