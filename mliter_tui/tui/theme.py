"""Style words as styles: what colour a state, a title or a number has in the theme that is set.

Letters and glyphs tell states apart; colour repeats it. Themes of the terminal's own palette (ansi-…) get its colours,
the others their own.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.color import Color, ColorParseError

THEMES = ("textual-dark", "textual-light", "ansi-dark", "ansi-light")
"""What `T` goes through; the palette lists all there are."""

_STYLES: dict[str, tuple[str, str]] = {
    # style word (see render/spans.py): variable of the theme, attributes
    "compute": ("warning", ""), "load": ("primary", ""), "prune": ("faint", ""), "running": ("success", "bold"),
    "failed": ("error", "bold"), "undecided": ("faint", ""), "overhead": ("faint", ""), "dim": ("faint", ""),
    "rail": ("faint", ""), "own": ("", "bold"), "selected": ("accent", "bold"), "changed": ("accent", "bold"),
    "mark": ("accent", "bold"), "key": ("accent", "bold"), "note": ("faint", ""), "title": ("", "bold"),
    "good": ("success", ""), "warn": ("warning", ""), "bad": ("error", "bold"), "replay": ("secondary", "bold reverse"),
    "frozen": ("warning", "bold reverse"), "added": ("success", ""), "removed": ("error", ""),
    "added_part": ("success", "bold underline"), "removed_part": ("error", "bold underline"),
    "stderr": ("warning", ""),
    "keyword": ("secondary", ""), "string": ("success", ""), "number": ("primary", ""), "comment": ("faint", ""),
    "name": ("", "bold"), "match": ("", "underline"), "question": ("warning", "bold"),
}  # fmt: skip


PLAIN = str.maketrans("…→←◂▸▾▼●○✓✗—≈·│╴▴", "~><<>vv*ox x-~.|-^".replace(" ", ""))
"""For terminals that have ASCII only, each in one cell."""


class Palette:
    """The styles of one theme, by style word; an unknown one is plain text."""

    def __init__(self, variables: Mapping[str, str], ansi: bool, dark: bool, ascii: bool) -> None:
        self._variables, self._ansi, self._dark, self.ascii = variables, ansi, dark, ascii
        self._made: dict[str, Style] = {}

    def __call__(self, word: str) -> Style:
        found = self._made.get(word)
        if found is None:
            name, attributes = _STYLES.get(word, ("", ""))
            found = Style.parse(attributes) if attributes else Style()
            if name == "faint":
                found += self._faint()
            elif name:
                found += self._colour(name)
            self._made[word] = found
        return found

    def _faint(self) -> Style:
        """Quieter than text, still readable: the terminal's grey, or the theme's text on its ground, mixed."""
        if self._ansi:
            return Style(dim=True)
        try:
            text, ground = Color.parse(self._variables["foreground"]), Color.parse(self._variables["background"])
        except (KeyError, ColorParseError):
            return Style(dim=True)
        return Style(color=ground.blend(text, 0.62 if self._dark else 0.68).rich_color)

    def _colour(self, name: str) -> Style:
        shade = name if self._ansi else f"text-{name}"
        for variable in (shade, name):
            try:
                colour = Color.parse(self._variables[variable])
            except (KeyError, ColorParseError):
                continue
            if self._ansi or colour.a == 1:
                return Style(color=colour.rich_color)
            ground = Color.parse(self._variables["background"])
            return Style(color=ground.blend(colour.with_alpha(1), colour.a).rich_color)
        return Style()

    def cursor(self, focused: bool) -> Style:
        """What the selected row has; reverse where the theme has no grounds of its own."""
        if self._ansi:
            return Style(reverse=True) if focused else Style(underline=True)
        try:
            ground = Color.parse(self._variables["surface"])
            tint = Color.parse(self._variables["primary"])
        except (KeyError, ColorParseError):
            return Style(reverse=True)
        return Style(bgcolor=ground.blend(tint, 0.38 if focused else 0.16).rich_color)
