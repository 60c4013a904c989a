"""What made an iteration another one than that it goes out from, in a few words: "line 31, features.py, arguments"."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from mliter_tui import events
from mliter_tui.history.iterations import Past, Story, events_of
from mliter_tui.reasons import EnvironmentChanged, FileChanged, Forced

MOST = 5
"""Lines, or other causes, that are named one by one."""


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


def what_changed(
    finished: events.IterationFinished, story: Story, row: Mapping[str, Any], parent: Past | None,
    changed: Sequence[int],
) -> str:  # fmt: skip
    """In words; "" where nothing did. row: what is kept of the iteration; changed: lines, as of `lines_changed`."""
    if parent is None:
        return "first run"
    words = [f"line {line}" for line in changed[:MOST]]
    if len(changed) > MOST:
        words.append(f"{len(changed) - MOST} more")
    pieces = parent.pieces
    if pieces.get("text") != row["text"] and not changed:
        words.append("lines taken out, comments or layout")
    if "modules" in pieces and pieces["modules"] != row["modules"]:
        words.append("local modules")
    if parent.args is not None and list(parent.args) != row["args"]:
        words.append("arguments")
    if not words and finished.computed:
        words += _causes(story)
    return ", ".join(words)


def _causes(story: Story) -> list[str]:
    """Of what was computed though no source had changed."""
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
    return list(found)[:MOST]
