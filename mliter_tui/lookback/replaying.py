"""`mliter replay`: an iteration told again from the journal, as `watch --ui plain` told it; nothing is run."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mliter_tui import events
from mliter_tui.errors import JournalError, UsageError
from mliter_tui.history.iterations import Story, story_of
from mliter_tui.lookback.opening import named, opened
from mliter_tui.render.lines import plain_line
from mliter_tui.view.model import View, apply
from mliter_tui.wording import indented

if TYPE_CHECKING:
    from mliter_tui.options import Options


def replay_command(options: Options) -> int:
    """0; raises UsageError where the events were not kept."""
    with opened(options) as (store, script):
        past = named(options, store, script)
        story = story_of(store, past)
    if not story:
        raise UsageError(
            f"Of iteration {past.number} no events were kept: an earlier mliter ran it; see mliter show"
            f" {options.script_name} {past.number}"
        )
    if options.json:
        for _, line in story:
            print(line)
        return 0
    before = story[0][0]
    for when, text in told(story):
        if options.speed is not None:
            sys.stdout.flush()
            time.sleep(max(0.0, when - before) / options.speed)
            before = when
        print(text)
        if options.step and not _go_on():
            break
    return 0


def _go_on() -> bool:
    """Wait for the enter key; whether there is anybody to press it, and no q before it."""
    sys.stdout.flush()
    return sys.stdin is not None and (line := sys.stdin.readline()) != "" and line.strip().lower() not in ("q", "quit")


def told(story: Story) -> Iterator[tuple[float, str]]:
    """When, and what is said of it: one or several lines without their end. What a script printed is made harmless."""
    view = View()
    begun = ""  # a line the script has not ended
    for when, line in story:
        try:
            event = events.decode(line)
        except JournalError:
            continue
        apply(view, event, when)
        if isinstance(event, events.Output):
            *whole, begun = (begun + event.text).split("\n")
            if whole:
                yield when, "\n".join(map(printed, whole))
            continue
        text = plain_line(event, view)
        if text is not None:
            if begun and not begun.endswith("\r"):  # what comes next is written over such a line
                yield when, printed(begun)
                begun = ""
            yield when, text
    if begun:
        yield story[-1][0], printed(begun)


def printed(line: str) -> str:
    """A line of output as it is seen in the end: what a bar of progress wrote over is gone."""
    return "  | " + indented(line.rstrip("\r").rpartition("\r")[2])
