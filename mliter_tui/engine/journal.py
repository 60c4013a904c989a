"""An iteration's end: the event that says what came of it, and its row in the store."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterable
from typing import Any

from mliter_tui import events
from mliter_tui.engine.result import Result
from mliter_tui.engine.version import Version
from mliter_tui.facts import IterationInfo
from mliter_tui.store import Store


def finished(number: int, result: Result) -> events.IterationFinished:
    """The last event of an iteration. A script that ends itself with another status than 0 has failed, too."""
    status = "failed" if result.status == "ok" and result.exit_status > 0 else result.status
    return events.IterationFinished(
        number, status, result.computed, result.loaded, result.pruned, result.seconds, result.saved_seconds,
        result.exit_status, result.compute_seconds, result.load_seconds,
    )  # fmt: skip


def record(
    version: Version, what: events.IterationFinished, trigger: str = "", story: Iterable[tuple[float, str]] = ()
) -> None:
    """Keep an iteration. trigger: what changed, in words; story: its events, encoded, and when each was."""
    store = version.store
    text = store.put_blob(version.text.encode("utf-8", "surrogatepass"))
    row: dict[str, Any] = {
        "when": time.time(), "text": text, "blobs": [text], "status": what.status, "computed": what.computed,
        "loaded": what.loaded, "pruned": what.pruned, "seconds": what.seconds, "saved_seconds": what.saved_seconds,
        "compute_seconds": what.compute_seconds, "load_seconds": what.load_seconds, "exit_status": what.exit_status,
        "trigger": trigger, "nodes": [[n.key, n.label, list(n.lines)] for n in version.script.nodes],
    }  # fmt: skip
    if told := list(story):
        row["story"] = store.put_blob(zlib.compress(json.dumps(told).encode(), 1))
        row["blobs"].append(row["story"])
    store.add_iteration(version.path, row)
    store.commit()


def past(store: Store, script: str, limit: int) -> tuple[IterationInfo, ...]:
    """The last iterations of a script, oldest first."""
    return tuple(
        IterationInfo(
            row["id"], row["when"], row["status"], row["computed"], row["loaded"], row["pruned"], row["seconds"],
            row["saved_seconds"], row.get("compute_seconds", 0.0), row.get("load_seconds", 0.0), row["exit_status"],
            row.get("trigger", ""),
        )
        for row in reversed(store.iterations(script, limit))
    )  # fmt: skip


def story(store: Store, script: str, number: int) -> list[tuple[float, str]]:
    """The events of an iteration, encoded, and when each was; none where they were not kept."""
    row = store.iteration(script, number)
    data = store.blob(row["story"]) if row is not None and "story" in row else None
    return [(float(when), str(line)) for when, line in json.loads(zlib.decompress(data))] if data is not None else []
