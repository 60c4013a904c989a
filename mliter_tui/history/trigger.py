"""What made an iteration another one than that it goes out from, in a few words: "lines 31, 40, features.py"."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from mliter_tui import events
from mliter_tui.history.iterations import Story, events_of
from mliter_tui.reasons import EnvironmentChanged, FileChanged, Forced
from mliter_tui.wording import MOST_NAMED, lines_text


def lines_changed(
    before: str, after: str, known: frozenset[str], nodes: Iterable[tuple[str, tuple[int, int]]]
) -> tuple[int, ...]:
    """First lines of the nodes on changed lines whose code is new. known: code keys there were before.

    nodes: code key and lines of each node of the new text. Comments and layout are no change.
    """
    touched: set[int] = set()
    old, new = before.splitlines(), after.splitlines()
    for kind, _, _, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind in ("replace", "insert"):
            touched.update(range(begin + 1, end + 1))
    found = {
        lines[0] for key, lines in nodes
        if key not in known and not touched.isdisjoint(range(lines[0], lines[1] + 1))
    }  # fmt: skip
    return tuple(sorted(found))


def text_changed(lines: Sequence[int], known: frozenset[str], keys: Iterable[str]) -> str:
    """In words, of a text that is another one. lines: as of `lines_changed`; known, keys: code keys before and now."""
    if not lines:
        return "statements taken out" if known.difference(keys) else "comments or layout"
    return lines_text(lines)


def modules_changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    """Names of the files of local modules, by path, that are others now, or are new or gone."""
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return [os.path.basename(path) for path in paths[:MOST_NAMED]]


def causes(story: Story) -> list[str]:
    """Why something was computed though no source had changed: files, what is installed, the user's wish."""
    found: dict[str, None] = {}
    for event in events_of(story):
        if isinstance(event, events.NodeFinished) and event.action == "compute":
            match event.reason:
                case FileChanged():
                    found[os.path.basename(event.reason.path) or event.reason.path] = None
                case EnvironmentChanged():
                    found[event.reason.package] = None
                case Forced():
                    found["by hand"] = None
    return list(found)[:MOST_NAMED]
