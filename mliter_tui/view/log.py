"""What a script printed, kept for a screen: the newest part of it, by node, as lines nothing in a terminal obeys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from mliter_tui.lean import dataclass

MOST_LINES = 5000
LONGEST_LINE = 2000
_LONGEST_RAW = 4 * LONGEST_LINE
"""Characters of a line that are looked at; escapes are many characters that none sees."""
_RUBBED_OUT = re.compile("[^\b]\b")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]+[0-~]|[^\x1b])?", re.DOTALL)
_OPEN_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[ -/]+)?\Z")
"""One at the end that what follows may belong to."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line as it is shown; `node` is the number of the node that printed it, None outside any."""

    node: int | None
    channel: str
    text: str


@dataclass
class Log:
    """At most MOST_LINES lines, the oldest leaving first; `dropped` counts those. `version` grows with each change.

    A line is what was written up to its end by one node to one channel; another one's output in between parts it.
    """

    lines: list[LogLine] = field(default_factory=list)
    dropped: int = 0
    version: int = 0
    _unended: str | None = None
    """What was written of the last line, as it was written, while it may go on."""

    def add(self, node: int | None, channel: str, text: str) -> None:
        """Append a piece of output: it may begin and end in the middle of a line, and hold anything at all."""
        if not text:
            return
        self.version += 1
        pieces = text.split("\n")
        rest = pieces.pop()
        if self._unended is not None:
            last = self.lines[-1]
            if (last.node, last.channel) == (node, channel):
                self.lines.pop()
                if pieces:
                    pieces[0] = self._unended + pieces[0]
                else:
                    rest = self._unended + rest
        excess = len(pieces) - MOST_LINES
        if excess > 0:  # nobody will see them
            del pieces[:excess]
            self.dropped += excess
        self.lines += [LogLine(node, channel, shown(piece)) for piece in pieces]
        self._unended = None
        if rest:
            self._unended = _still_needed(rest)
            self.lines.append(LogLine(node, channel, shown(rest)))
        if len(self.lines) > MOST_LINES + 500:  # in steps, so that a flood does not move the list for each line
            self.dropped += len(self.lines) - MOST_LINES
            del self.lines[:-MOST_LINES]

    def of(self, node: int | None) -> Iterator[LogLine]:
        """The lines one node printed; all of them for None."""
        return (line for line in self.lines if node is None or line.node == node)


def _still_needed(text: str) -> str:
    """What of a line that may go on can still be seen when it did."""
    before = text.rstrip("\r\b")
    end = "\r" if "\r" in text[len(before) :] else text[len(before) :]
    text = before.rsplit("\r", 1)[-1][:_LONGEST_RAW]
    found = _OPEN_ESCAPE.search(text) if "\x1b" in text else None
    escape = found[0] if found is not None else ""
    text = _rubbed_out(_ESCAPES.sub("", text[: len(text) - len(escape)]))
    return text[: LONGEST_LINE + 1] + escape + end[:LONGEST_LINE]


def _rubbed_out(text: str) -> str:
    """Without what backspaces take away; those too many for it stay, as they belong to what is before it."""
    while "\b" in text and (without := _RUBBED_OUT.sub("", text)) != text:
        text = without
    return text


def shown(text: str) -> str:
    """A line as a terminal may be given it: a carriage return and backspaces overwrite, as soon as something follows;
    escapes go, and what is left is printable."""
    if text.isprintable() and len(text) <= LONGEST_LINE:
        return text
    text = text.rstrip("\r\b").rsplit("\r", 1)[-1]
    cut = len(text) > _LONGEST_RAW
    text = text[:_LONGEST_RAW]
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    text = _rubbed_out(text).lstrip("\b").expandtabs(8)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text[:LONGEST_LINE] + "…" if cut or len(text) > LONGEST_LINE else text
