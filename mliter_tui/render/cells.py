"""Text measured in terminal cells: foreign text made harmless, its width, and text cut or filled to a width."""

from __future__ import annotations

import unicodedata


def clean(text: str) -> str:
    """One line without control characters: names and reasons come from files, and a terminal must not act on them."""
    if text.isprintable():
        return text
    spaced = " ".join(text.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in spaced)


def cells_of(character: str) -> int:
    """Cells of one printable character: 2 for wide ones, 0 for marks that stand on the one before."""
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text: str) -> int:
    """Terminal cells a printable text takes."""
    return len(text) if text.isascii() else sum(map(cells_of, text))


def shorten(text: str, cells: int, mark: str = "...") -> str:
    """The text, cut to that many cells with `mark` at its end where it is longer."""
    if width(text) <= cells:
        return text
    return head(text, cells - width(mark)) + mark if width(mark) <= cells else head(mark, cells)


def head(text: str, cells: int) -> str:
    """As much of the start of the text as goes into that many cells."""
    if text.isascii():
        return text[: max(0, cells)]
    taken = 0
    for at, character in enumerate(text):
        taken += cells_of(character)
        if taken > cells:
            return text[:at]
    return text


def left(text: str, cells: int, mark: str = "…") -> str:
    """Exactly that many cells: cut or filled with spaces at the end."""
    text = shorten(text, cells, mark)
    return text + " " * (cells - width(text))


def right(text: str, cells: int, mark: str = "…") -> str:
    """Exactly that many cells: cut, or filled with spaces before it."""
    text = shorten(text, cells, mark)
    return " " * (cells - width(text)) + text
