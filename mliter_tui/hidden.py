"""Names under which parts of statements leave things that are none of the script's variables.

Those of passes of a comprehension go by the name of the iterator, "<iter 0>" or "main.<iter 0>": its next item, what
came of it, and all so far. That a context is entered is known by "<with 0>" or "main.<with 0>"; its manager goes by
that.
"""

from __future__ import annotations

ENTERING = frozenset({"ExitStack", "enter_context", "__enter__", "settrace", "setprofile", "Thread"})
"""Names by which a manager of contexts may leave others entered, or go on unseen."""
BASES_OF_MANAGERS = frozenset({"abc", "contextlib", "typing", "builtins"})
"""Modules whose classes do nothing of that kind for those derived from them."""


def item(name: str) -> str:
    """Of an iterator: its next item."""
    return name.replace("<iter ", "<item ")


def part(name: str) -> str:
    """Of an iterator, or an item: what came of that."""
    return name.replace("<iter ", "<part ").replace("<item ", "<part ")


def made(name: str) -> str:
    """Of an iterator, or a part: what has been made so far."""
    return name.replace("<iter ", "<made ").replace("<part ", "<made ")


def manager(name: str) -> str:
    """Of a context that is entered: what manages it."""
    return name.replace("<with ", "<manager ")


def lasts(name: str) -> bool:
    """Whether what has this name is a context, or its manager: there only while the process is in it."""
    return name.rpartition(".")[2].startswith(("<with ", "<manager "))
