"""Numbers and foreign texts as a terminal line can show them: seconds, sizes, dates, paths, source.

What a terminal would obey instead of showing (control characters, lone surrogates) is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

LINES_APART = 1_000_000
"""Lines of a script's first local module are told as if they began there, those of the second at twice that, and so on,
so that no two lines of a program have one number."""


def in_file(line: int) -> int:
    """The number of a line in its own file."""
    return line % LINES_APART


def one_line(text: str, width: int | None = None) -> str:
    """The text on one printable line, cut with an ellipsis where it is longer than `width`."""
    text = " ".join("".join(c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text).split())
    return text if width is None or len(text) <= width else text[: width - 1].rstrip() + "…"


def seconds_text(seconds: float) -> str:
    """Seconds as people read them: 12ms, 2.1s, 3m05s."""
    if not 0 <= seconds < float("inf"):
        return "?" if seconds != float("inf") else "∞"
    if seconds < 0.0995:
        return f"{seconds * 1e3:.{0 if seconds >= 0.00095 else 2}f}ms"
    if seconds < 99.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    return f"{whole // 60}m{whole % 60:02}s" if whole < 6000 else f"{whole // 3600}h{whole % 3600 // 60:02}m"


def bytes_text(nbytes: int) -> str:
    """A size in decimal units: 512 B, 84 MB, 1.3 GB."""
    size, unit = float(nbytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" or size >= 9.95 else f"{size:.1f} {unit}"


MOST_NAMED = 5
"""Lines, or other things, that are named one by one."""


def lines_text(lines: Sequence[int]) -> str:
    """Numbers of lines in words: "line 31", "lines 31, 40", "line 7 of a module"; "" for none."""
    if not lines:
        return ""
    more = len(lines) - MOST_NAMED
    words = [f"{in_file(line)}" + " of a module" * (line != in_file(line)) for line in lines[:MOST_NAMED]]
    named = ", ".join(words) + (f" and {more} more" if more > 0 else "")
    return f"line{'s' if len(lines) > 1 else ''} {named}"


def tail(path: str, width: int) -> str:
    """The end of a path, which tells more than its start, on one line of at most `width` characters."""
    path = one_line(path)
    return path if len(path) <= width else "…" + path[len(path) - width + 1 :]


def indented(line: str) -> str:
    """As `one_line`, but the spaces of the line (of a diff, say) stay."""
    line = line.expandtabs(4)
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in line)


def date_text(when: float) -> str:
    """Seconds since the epoch as date and time, UTC."""
    try:
        return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):  # a time stamp no calendar has
        return f"{when}"
