"""Lines of Python source as styled spans: keywords, strings, numbers, comments, and names that are defined."""

from __future__ import annotations

import keyword
import re

from mliter_tui.render.spans import Span

_TOKENS = re.compile(
    r"""(?P<comment>\#.*)
    |(?P<string>\b[rbfu]{0,2}(?:'{3}.*?(?:'{3}|$)|"{3}.*?(?:"{3}|$)|'(?:\\.|[^'\\])*(?:'|$)|"(?:\\.|[^"\\])*(?:"|$)))
    |(?P<quoted>'{3}.*?(?:'{3}|$)|"{3}.*?(?:"{3}|$)|'(?:\\.|[^'\\])*(?:'|$)|"(?:\\.|[^"\\])*(?:"|$))
    |(?P<defined>(?<=\bdef\ )\w+|(?<=\bclass\ )\w+)
    |(?P<number>\b\d[\w.]*)
    |(?P<word>[^\W\d]\w*)
    |(?P<other>[^\w"'\#]+|.)""",
    re.VERBOSE | re.IGNORECASE,
)
_STYLES = {"comment": "comment", "string": "string", "quoted": "string", "defined": "name", "number": "number"}
LONGEST = 400
"""Characters of a line that are looked at; no screen is wider."""


def printable(line: str) -> str:
    """The line with its spaces, and nothing in it a terminal would obey."""
    line = line[: 2 * LONGEST].expandtabs(4)
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return line[:LONGEST]


def highlighted(line: str) -> tuple[Span, ...]:
    """One line, made printable. It is read by itself: what began on a line before it is not known."""
    spans: list[Span] = []
    for token in _TOKENS.finditer(printable(line)):
        text, kind = token[0], token.lastgroup or ""
        style = "keyword" if kind == "word" and keyword.iskeyword(text) else _STYLES.get(kind, "")
        if spans and spans[-1].style == style:
            spans[-1] = Span(spans[-1].text + text, style)
        else:
            spans.append(Span(text, style))
    return tuple(spans)
