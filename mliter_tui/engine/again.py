"""`mliter run --iteration`: a past iteration run as it was, the user's own script and modules left alone.

What runs is the recorded text under the script's own name, with the arguments it had, importing the local modules as
they were. Files that the script itself writes it writes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mliter_tui import events
from mliter_tui.engine.settings import Settings
from mliter_tui.engine.story import MOST_TEXT, Story
from mliter_tui.errors import UsageError
from mliter_tui.history import iterations
from mliter_tui.history.iterations import Past
from mliter_tui.history.surroundings import surroundings
from mliter_tui.lean import dataclass

if TYPE_CHECKING:
    from mliter_tui.options import Options
    from mliter_tui.store import Store

_NAMED = 4
_CHANNELS: tuple[events.Channel, ...] = ("stdout", "stderr")


@dataclass(frozen=True, slots=True)
class Again:
    """The iteration to run again, its text, what was in its file, and how."""

    past: Past
    text: str
    content: bytes
    settings: Settings

    def verdict(self, store: Store, story: Story, exit_status: int, files: dict[str, str]) -> list[str]:
        """Sentences for the user: whether it came to what was recorded, and what else is different now."""
        number = self.past.number
        before = iterations.events_of(iterations.story_of(store, self.past))
        if not before:
            return [f"Iteration {number} was run again; what it printed then was not kept, so nothing is compared."]
        now = iterations.events_of(story.lines)
        found = [each for channel in _CHANNELS if (each := _different(channel, before, now))]
        if self.past.info.exit_status != exit_status:
            found.append(f"the exit status, {self.past.info.exit_status} then and {exit_status} now")
        if "surroundings" in self.past.pieces:
            then = iterations.files_of(store, self.past)
            different = sorted(path for path in then.keys() | files.keys() if then.get(path) != files.get(path))
            found += [f"file {path}" for path in different[:_NAMED]]
            found += [f"{len(different) - _NAMED} more files"] if len(different) > _NAMED else []
        if found:
            what = ", ".join(found)
            return [f"Iteration {number} came out otherwise than it was recorded: {what}.", *_since(store, self.past)]
        whole = sum(len(iterations.output_of(now, channel)) for channel in _CHANNELS) < MOST_TEXT
        return [f"Iteration {number} came out as it was recorded{'' if whole else ', as far as that was kept'}."]


def again(options: Options, store: Store, script: str, settings: Settings) -> Again:
    """Raises UsageError where there is no such iteration, its sources are lost, or arguments are given besides."""
    past = iterations.asked(store, script, options.iteration or 0, options.script_name)
    text, modules = iterations.text_of(store, past), iterations.modules_of(store, past)
    content = iterations.content_of(store, past)
    if text is None or content is None or (modules is None and "modules" in past.pieces):
        raise UsageError(f"The sources of iteration {past.number} are not kept any more; choose another one.")
    if options.args and past.args is not None and options.args != past.args:
        raise UsageError(f"Iteration {past.number} has arguments of its own; leave out those behind the script.")
    args = past.args if past.args is not None else options.args
    return Again(past, text, content, settings._replace(args=args, recorded=modules))


def _different(channel: events.Channel, before: Sequence[events.Event], now: Sequence[events.Event]) -> str:
    """From where on a stream is another one, in words; "" where it is not."""
    one, other = iterations.output_of(before, channel), iterations.output_of(now, channel)
    if one == other:
        return ""
    lines = one.splitlines(), other.splitlines()
    at = next((i for i, (a, b) in enumerate(zip(*lines), 1) if a != b), min(map(len, lines)) + 1)
    return f"{channel} from line {at} on"


def _since(store: Store, past: Past) -> list[str]:
    """What of the surroundings is different now, as one sentence."""
    then, now = iterations.surroundings_of(store, past), surroundings()
    if not then:
        return []
    names = [name for name, version in then["packages"].items() if now["packages"].get(name) != version]
    told = [f"{name} {then['packages'][name]} then, {now['packages'].get(name, 'none')} now" for name in names[:_NAMED]]
    if then["python"] != now["python"]:
        told.insert(0, f"python {then['python']} then, {now['python']} now")
    return [f"Different since: {'; '.join(told)}."] if told else []
