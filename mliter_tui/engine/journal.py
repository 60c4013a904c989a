"""An iteration's end: the event that says what came of it, and its record in the store."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from mliter_tui import events
from mliter_tui.engine.result import Result
from mliter_tui.engine.story import Story
from mliter_tui.engine.telling import nodes_and_edges
from mliter_tui.facts import IterationInfo
from mliter_tui.history import iterations
from mliter_tui.history.recording import Draft, keep
from mliter_tui.script.nodes import Script, is_hidden
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.engine.iteration import Iteration


def finished(number: int, result: Result) -> events.IterationFinished:
    """The last event of an iteration. A script that ends itself with another status than 0 has failed, too."""
    status = "failed" if result.status == "ok" and result.exit_status > 0 else result.status
    return events.IterationFinished(
        number, status, result.computed, result.loaded, result.pruned, result.seconds, result.saved_seconds,
        result.exit_status, result.compute_seconds, result.load_seconds,
    )  # fmt: skip


def record(
    iteration: Iteration, script: Script, what: events.IterationFinished, story: Story, begun: float,
    again: int | None = None,
) -> int:  # fmt: skip
    """Keep an iteration that has ended; its number. script: as it was read, before loops were taken apart in the run.

    again: the iteration that it repeats.
    """
    version, env = iteration.version, iteration.env
    values = {name: str(record["fp"]) for name, record in env.records.items() if not is_hidden(name)}
    return keep(version.store, Draft(
        version.path, what, begun, version.text, version.content, [(n.key, n.lines) for n in script.nodes],
        lambda: nodes_and_edges(script), version.settings.args, version.local, story.lines, env.files, values,
        again,
    ))  # fmt: skip


def past(store: Store, script: str, limit: int) -> tuple[IterationInfo, ...]:
    """The last iterations of a script, oldest first."""
    return tuple(each.info for each in iterations.all_past(store, script, limit))


def story(store: Store, script: str, number: int) -> list[tuple[float, str]]:
    """The events of an iteration, encoded, and when each was; none where they were not kept."""
    found = iterations.one_past(store, script, number)
    return iterations.story_of(store, found) if found is not None else []


def remark(store: Store, script: str, number: int, note: str | None, star: bool | None) -> None:
    """Keep what the user says of an iteration; what is None stays. Raises UsageError where there is no such one."""
    found = iterations.asked(store, script, number, os.path.basename(script))
    said = found.remark
    said = said if note is None else replace(said, note=" ".join(note.split()))
    said = said if star is None else replace(said, star=star)
    iterations.set_remark(store, found, said)
    store.commit()


def labels(store: Store, script: str) -> dict[str, str]:
    """Code keys of the statements of a script's last iteration, by what each is called."""
    last = iterations.all_past(store, script, 1)
    read = iterations.read_of(store, last[0]) if last else None
    if read is not None:
        return {node.label: node.key for node in read.nodes}
    rows = store.iterations(script, 1)  # of the first format
    return {label: key for row in rows for key, label, _ in row.get("nodes", ())}
