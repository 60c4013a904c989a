"""What a script printed, kept for a screen: the newest part of it, by node, as lines nothing in a terminal obeys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_LINES = 5000
LONGEST_LINE = 2000
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_]|.)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line as it is shown; `node` is the number of the node that printed it, None outside any."""

    node: int | None
    channel: str
    text: str


@dataclass
class Log:
    """At most MOST_LINES lines, the oldest leaving first; `dropped` counts those. `version` grows with each change."""

    lines: list[LogLine] = field(default_factory=list)
    dropped: int = 0
    version: int = 0
    _open: bool = False

    def add(self, node: int | None, channel: str, text: str) -> None:
        """Append a piece of output: it may begin and end in the middle of a line, and hold anything at all."""
        if not text:
            return
        self.version += 1
        pieces = text.split("\n")
        ended = pieces[-1] == ""
        if ended:
            pieces.pop()
        excess = len(pieces) - MOST_LINES
        if excess > 0:  # nobody will see them
            pieces = pieces[excess:]
            self.dropped += excess
            self._open = False
        for at, piece in enumerate(pieces):
            last = self.lines[-1] if self.lines else None
            if at == 0 and self._open and last is not None and (last.node, last.channel) == (node, channel):
                self.lines[-1] = LogLine(node, channel, shown(last.text + piece))
            else:
                self.lines.append(LogLine(node, channel, shown(piece)))
        self._open = not ended
        if len(self.lines) > MOST_LINES + 500:  # in steps, so that a flood does not move the list for each line
            self.dropped += len(self.lines) - MOST_LINES
            del self.lines[:-MOST_LINES]

    def of(self, node: int | None) -> Iterator[LogLine]:
        """The lines one node printed; all of them for None."""
        return (line for line in self.lines if node is None or line.node == node)


def shown(text: str) -> str:
    """A line as a terminal may be given it: a carriage return overwrites, escapes go, what is left is printable."""
    text = text.rstrip("\r")
    if "\r" in text:
        text = text.rsplit("\r", 1)[1]
    if len(text) > LONGEST_LINE:
        text = text[:LONGEST_LINE] + "…"
    if text.isprintable():
        return text
    text = _ESCAPES.sub("", text).expandtabs(8)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
