"""Names under which the passes of a comprehension leave things that are none of the script's variables.

They go by the name of the iterator, "<iter 0>" or "main.<iter 0>": its next item, what came of it, and all so far.
"""

from __future__ import annotations


def item(name: str) -> str:
    """Of an iterator: its next item."""
    return name.replace("<iter ", "<item ")


def part(name: str) -> str:
    """Of an iterator, or an item: what came of that."""
    return name.replace("<iter ", "<part ").replace("<item ", "<part ")


def made(name: str) -> str:
    """Of an iterator, or a part: what has been made so far."""
    return name.replace("<iter ", "<made ").replace("<part ", "<made ")
