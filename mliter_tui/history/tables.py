"""Everything that is kept of a script's iterations, as tables of plain rows: for JSON, CSV and other tools.

TABLES documents each column; names and meanings stay within one VERSION, columns and tables may be added. Rows are made
one iteration after the other, so that a long history is never whole in memory. Seconds are floats, times seconds since
the epoch; what is not known is None.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from mliter_tui import events
from mliter_tui.history import iterations
from mliter_tui.history.corrections import metrics_said
from mliter_tui.history.iterations import Past, Story
from mliter_tui.history.metrics import Metric, of_story
from mliter_tui.history.noise import interval
from mliter_tui.history.study import Studied, study, version_of
from mliter_tui.history.varying import rows_of
from mliter_tui.lean import dataclass
from mliter_tui.store import Store
from mliter_tui.wording import LINES_APART, in_file

VERSION = 1
"""Of the tables and their columns."""
TABLES: dict[str, dict[str, str]] = {
    "iterations": {
        "iteration": "its number", "parent": "the iteration it goes out from", "again": "the iteration it repeats",
        "when": "when it began", "seconds": "how long it took", "status": "ok, failed or cancelled",
        "exit_status": "the script's own", "changed": "what changed, in words", "lines": "first lines of what changed",
        "kind": "what the change was for: dpr, li or ppr", "letter": "S, M, P, H, R, C or N",
        "by_hand": "whether the user said so", "why": "by which parts of the edit that is told",
        "repeats": "the earlier iteration with the same texts and arguments",
        "within_noise": "whether it brought no real change",
        "computed": "statements computed", "loaded": "statements loaded", "pruned": "statements left out",
        "compute_seconds": "seconds of computing", "load_seconds": "seconds of loading",
        "saved_seconds": "seconds that what was reused had taken", "predicted_seconds": "what the plan promised",
        "arguments": "of the script", "star": "whether it has a star", "note": "the user's note",
        "git_commit": "the commit it lies on", "git_dirty": "files that were not as committed",
        "python": "version", "platform": "operating system", "host": "name of the machine",
    },
    "nodes": {
        "iteration": "number of the iteration", "node": "number of the statement in it", "label": "its short name",
        "module": "file of the local module it stands in, by its number; empty for the script",
        "first_line": "its first line", "last_line": "its last line", "action": "compute, load or prune",
        "seconds": "what that took", "reason": "code of the reason", "told": "the reason in words",
    },
    "metrics": {
        "iteration": "number of the iteration", "metric": "its name", "value": "of percentages the share",
        "direction": "higher, lower (is better) or unknown", "measures": "whether it says how good the model is",
        "low": "what it may be, at 95 %", "high": "what it may be, at 95 %", "known_from": "by what that is known",
        "count": "of how many examples it is a share", "line": "of the statement it comes from",
    },
    "values": {
        "iteration": "number of the iteration", "metric": "name of the metric", "of": "epoch or fold",
        "step": "the how-manieth, from 1", "value": "its value there",
    },
    "parameters": {
        "iteration": "number of the iteration", "parameter": "its name", "value": "as in the source",
        "line": "where it stands in the last iteration that has it", "varies": "whether it is not the same in all",
    },
    "files": {
        "iteration": "number of the iteration", "path": "absolute", "content": "hash, - for none, dir, or link:TARGET",
        "kept": "whether the cache has the content",
    },
    "sources": {
        "iteration": "number of the iteration", "module": "name of the local module; empty for the script",
        "path": "absolute", "text": "hash of its text, as in the table texts",
    },
    "texts": {"text": "hash", "content": "the text"},
    "output": {"iteration": "number of the iteration", "channel": "stdout or stderr", "text": "what was printed"},
    "packages": {"iteration": "number of the iteration", "package": "name", "version": "version"},
}  # fmt: skip
Rows = Iterator[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Told:
    """One iteration with all that tables are made of."""

    past: Past
    studied: Studied | None
    story: Story
    metrics: Sequence[Metric]
    parameters: Sequence[tuple[str, str, int, bool]]


def told(store: Store, script: str, limit: int | None = None) -> Iterator[Told]:
    """The last iterations of a script (its absolute path), oldest first; repetitions are among them.

    parameters: (name, value, line, whether it varies) of each one that is given.
    """
    pasts = iterations.all_past(store, script, limit)
    studied = {row.number: row for row in study(store, script, limit).rows}
    rows = rows_of([version_of(store, past) for past in pasts])
    said = metrics_said(store, script)
    for at, past in enumerate(pasts):
        story = iterations.story_of(store, past)
        row = studied.get(past.number)
        metrics = row.metrics if row is not None else tuple(of_story(story, said))
        given = [(r.name, value, r.line, r.differs) for r in rows if (value := r.values[at])]
        yield Told(past, row, story, metrics, given)


def tables(store: Store, script: str, limit: int | None = None) -> Rows:
    """Rows of all tables, each with the name of its table, iteration by iteration."""
    known: set[str] = set()

    for each in told(store, script, limit):
        number = each.past.number
        yield "iterations", _iteration(store, each)
        yield from _nodes(each)
        yield from _metrics(each)
        for name, value, line, varies in each.parameters:
            yield "parameters", {"iteration": number, "parameter": name, "value": value, "line": in_file(line),
                                 "varies": varies}  # fmt: skip
        for path, content in iterations.files_of(store, each.past).items():
            yield "files", {"iteration": number, "path": path, "content": content, "kept": store.holds(content)}
        yield from _sources(store, each.past, known)
        heard = iterations.events_of(each.story)
        for channel in ("stdout", "stderr"):
            text = iterations.output_of(heard, channel)
            if text:
                yield "output", {"iteration": number, "channel": channel, "text": text}
        packages = iterations.surroundings_of(store, each.past).get("packages", {})
        for name, version in packages.items():
            yield "packages", {"iteration": number, "package": name, "version": version}


def _iteration(store: Store, each: Told) -> dict[str, Any]:
    from mliter_tui.history.gleaned import predicted

    past, row = each.past, each.studied
    info, around = past.info, iterations.surroundings_of(store, past)
    label = row.label if row is not None else None
    git = past.git
    found = {
        "iteration": past.number, "parent": past.parent, "again": past.again, "when": info.when,
        "seconds": info.seconds, "status": info.status, "exit_status": info.exit_status, "changed": info.trigger,
        "lines": [in_file(line) for line in past.changed], "kind": label.kind if label is not None else None,
        "letter": label.letter if label is not None else None, "by_hand": label is not None and label.by_hand,
        "why": list(label.why) if label is not None else [], "repeats": row.repeats if row is not None else None,
        "within_noise": row is not None and row.within_noise, "computed": info.computed, "loaded": info.loaded,
        "pruned": info.pruned, "compute_seconds": info.compute_seconds, "load_seconds": info.load_seconds,
        "saved_seconds": info.saved_seconds,
        "predicted_seconds": row.predicted if row is not None else predicted(each.story),
        "arguments": list(past.args) if past.args is not None else None, "star": past.remark.star,
        "note": past.remark.note, "git_commit": git.commit if git is not None else None,
        "git_dirty": list(git.dirty) if git is not None and git.dirty is not None else None,
        "python": around.get("python"), "platform": around.get("platform"), "host": around.get("host"),
    }  # fmt: skip
    assert found.keys() == TABLES["iterations"].keys()
    return found


def _nodes(each: Told) -> Rows:
    for event in iterations.events_of(each.story):
        if isinstance(event, events.NodeFinished):
            first, last = event.lines
            module = first // LINES_APART
            yield "nodes", {
                "iteration": each.past.number, "node": event.node, "label": event.label, "module": module or None,
                "first_line": in_file(first), "last_line": in_file(last), "action": event.action,
                "seconds": event.seconds, "reason": event.reason.code, "told": event.reason.short(),
            }  # fmt: skip


def _metrics(each: Told) -> Rows:
    number = each.past.number
    for metric in each.metrics:
        span = interval(metric)
        yield "metrics", {
            "iteration": number, "metric": metric.name, "value": metric.value, "direction": metric.direction,
            "measures": metric.measures, "low": span.low if span is not None else None,
            "high": span.high if span is not None else None, "known_from": span.source if span is not None else None,
            "count": metric.count, "line": metric.line and in_file(metric.line),
        }  # fmt: skip
        for of, values in (("epoch", metric.series), ("fold", metric.folds)):
            for step, value in enumerate(values, 1):
                yield "values", {"iteration": number, "metric": metric.name, "of": of, "step": step, "value": value}


def _sources(store: Store, past: Past, known: set[str]) -> Rows:
    """The texts of an iteration; each text once in the table of texts."""
    from hashlib import blake2b

    modules = iterations.modules_of(store, past) or ()
    texts = [("", past.script, iterations.text_of(store, past)), *((m.name, m.path, m.text) for m in modules)]
    for name, path, text in texts:
        if text is None:
            continue
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        yield "sources", {"iteration": past.number, "module": name, "path": path, "text": digest}
        if digest not in known:
            known.add(digest)
            yield "texts", {"text": digest, "content": text}


def seen_from(script: str, path: str) -> str:
    """A path as seen from the script's folder, where it lies below that; else its last part."""
    inside = os.path.relpath(path, os.path.dirname(script))
    return os.path.basename(path) if inside.startswith(os.pardir) or os.path.isabs(inside) else inside
