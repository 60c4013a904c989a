"""A sheet that says what an iteration was for and by what that is told, and takes another word for it."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from mliter_tui import commands
from mliter_tui.kinds import KINDS, LETTERS, WORDS
from mliter_tui.lessons import Lesson
from mliter_tui.render.cells import left, shorten
from mliter_tui.render.spans import Span
from mliter_tui.tui.sheet import Sheet, Text
from mliter_tui.wording import one_line

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

_MEANT = {
    "dpr": "data preprocessing", "li": "learning and inference", "ppr": "postprocessing",
}  # fmt: skip
_MOST_PARTS = 5


class LabelSheet(Sheet, inherit_bindings=False):
    """A digit takes a kind, a letter a letter; enter keeps them, backspace takes back what the user said before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,K", "dismiss_sheet", show=False), Binding("enter", "keep", show=False),
        Binding("backspace,delete", "take_back", show=False),
        *(Binding(str(at), f"kind('{kind}')", show=False) for at, kind in enumerate(KINDS, 1)),
        *(Binding(f"{each.lower()},{each}", f"letter('{each}')", show=False) for each in LETTERS),
        Binding("j,down", "step(1)", show=False), Binding("k,up", "step(-1)", show=False),
    ]  # fmt: skip

    def __init__(self, app: WatchApp, lesson: Lesson) -> None:
        self._of, self._lesson = app, lesson
        self._kind, self._letter = lesson.kind, lesson.letter if lesson.kind else ""
        super().__init__(f"Iteration {lesson.iteration}: what was it for?", self._text(), app.ascii)

    def _text(self) -> Text:
        width = min(76, self._of.size.width - 10)
        lesson, low = self._lesson, self._of.size.height < 30
        lines: Text = [[Span("told by", "dim")]]
        if lesson.by_hand:
            lines = [[Span("you said so; backspace takes that back", "dim")]]
        parts = lesson.why[: _MOST_PARTS // (2 if low else 1)] if not lesson.by_hand else (lesson.changed,)
        lines += [[Span("  " + shorten(one_line(part), width - 2, "…"))] for part in parts]
        lines += [[], [Span("kind", "dim")]]
        for at, kind in enumerate(KINDS, 1):
            lines.append(self._choice(str(at), f"{kind:<4} {_MEANT[kind]}", kind == self._kind))
        lines += [[], [Span("letter", "dim")]]
        choices: Text = [self._choice(each, left(WORDS[each], 26), each == self._letter) for each in LETTERS]
        if low:  # side by side
            nothing: list[Span] = []
            choices = [[*one, *other] for one, other in zip_longest(choices[::2], choices[1::2], fillvalue=nothing)]
        lines += choices
        ready = bool(self._kind and self._letter)
        words = f"enter keeps {self._kind} {self._letter}" if ready else "choose a kind and a letter"
        return [*lines, [], [Span(words, "key" if ready else "dim"), Span("   esc leaves it", "dim")]]

    def _choice(self, key: str, words: str, on: bool) -> list[Span]:
        return [Span(f"  {'●' if on else '○'} ", "mark" if on else "dim"), Span(f"{key}  ", "key"),
                Span(words, "title" if on else "")]  # fmt: skip

    def action_kind(self, kind: str) -> None:
        self._kind = kind
        self.renew(self._text())

    def action_letter(self, letter: str) -> None:
        self._letter = letter
        self.renew(self._text())

    def action_step(self, by: int) -> None:
        """The next letter, for those who rather go than type."""
        at = LETTERS.index(self._letter) if self._letter in LETTERS else -1
        self.action_letter(LETTERS[(at + by) % len(LETTERS)])

    def action_keep(self) -> None:
        if self._kind and self._letter:
            self._say(f"{self._kind} {self._letter}", f"Iteration {self._lesson.iteration} was {self._kind} "
                      f"{self._letter}: {WORDS[self._letter]}.")  # fmt: skip

    def action_take_back(self) -> None:
        if self._lesson.by_hand:
            self._say("", f"What iteration {self._lesson.iteration} was for is told by its edit again.")

    def _say(self, label: str, word: str) -> None:
        self._of.send(commands.SetLabel(self._lesson.iteration, label))
        self._of.say(word)
        self.dismiss()
