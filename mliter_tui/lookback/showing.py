"""`mliter show`: one iteration in full, or the script as it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mliter_tui import events
from mliter_tui.errors import UsageError
from mliter_tui.history import iterations
from mliter_tui.history.comparison import git_text
from mliter_tui.history.iterations import Past
from mliter_tui.lookback.columns import imported_run
from mliter_tui.lookback.opening import facts, named, opened, say_json, when_text, width
from mliter_tui.lookback.replaying import printed
from mliter_tui.records import plain_json
from mliter_tui.render.cells import clean, shorten
from mliter_tui.render.plain import human_seconds, line_range, summary_line, table
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.history.imported import ImportedRun
    from mliter_tui.options import Options

MOST = 8
"""Statements, files and lines of output that are shown; --json has all."""
_NOTICEABLE = 0.001
_LETTERS = {"compute": "C", "load": "L", "prune": "P"}


def show_command(options: Options) -> int:
    """0; raises UsageError where there is no such iteration, or its text is lost."""
    with opened(options) as (store, script):
        if options.numbers and options.numbers[0] < 0:
            return _imported(options, imported_run(options, store, script, -options.numbers[0]))
        past = named(options, store, script)
        if options.source:
            return _source(store, past)
        told = iterations.events_of(iterations.story_of(store, past))
        if options.json:
            say_json(in_full(store, past, told))
        else:
            children = [each.number for each in iterations.all_past(store, script) if each.parent == past.number]
            print("\n".join(shorten(line, width(), "…") for line in lines_of(store, past, told, children)))
    return 0


def _imported(options: Options, run: ImportedRun) -> int:
    """An imported run."""
    from mliter_tui.lookback.imported import in_json as of_run
    from mliter_tui.lookback.imported import lines_of as lines_of_run

    if options.source:
        raise UsageError(f"Of {run.label}, which was imported, no source is known.")
    if options.json:
        say_json({"script": os.path.abspath(options.script_name), **plain_json(of_run(run))})
    else:
        print("\n".join(shorten(line, width(), "…") for line in lines_of_run(run)))
    return 0


def _source(store: Store, past: Past) -> int:
    content = iterations.content_of(store, past)
    if content is None:
        raise UsageError(f"The text of iteration {past.number} is not kept any more; see mliter history.")
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    return 0


def in_full(store: Store, past: Past, told: Sequence[events.Event]) -> dict[str, Any]:
    """All that is kept of an iteration, in types JSON has."""
    modules = iterations.modules_of(store, past)
    return facts(past) | {
        "script": past.script, "text": iterations.text_of(store, past),
        "modules": {m.path: m.text for m in modules} if modules is not None else None,
        "surroundings": iterations.surroundings_of(store, past), "files": iterations.files_of(store, past),
        "values": iterations.values_of(store, past), "stdout": iterations.output_of(told),
        "stderr": iterations.output_of(told, "stderr"),
        "nodes": [
            {"label": e.label, "lines": list(e.lines), "action": e.action, "seconds": e.seconds,
             "reason": e.reason.to_json()} for e in told if isinstance(e, events.NodeFinished)
        ],
    }  # fmt: skip


def lines_of(store: Store, past: Past, told: Sequence[events.Event], children: Sequence[int]) -> Iterator[str]:
    """For people."""
    end = next((e for e in reversed(told) if isinstance(e, events.IterationFinished)), None)
    info = past.info
    summary = summary_line(end).removeprefix("mliter: ") if end is not None else f"iteration {past.number}"
    yield summary if end is not None else f"{summary}: {clean(info.status)}, {human_seconds(info.seconds)}"
    yield ""
    for name, value in _facts(store, past, children):
        if value:
            yield f"{name:<12} {value}"
    yield from _part("what took its time", _times(told))
    yield from _part("files it left", _files(store, past))
    yield from _part("output", _output(told))


def _facts(store: Store, past: Past, children: Sequence[int]) -> Iterator[tuple[str, str]]:
    info, around = past.info, iterations.surroundings_of(store, past)
    yield "began", when_text(info.when, seconds=True)
    yield "note", clean(past.remark.note)
    yield "star", "yes" if past.remark.star else ""
    yield "goes out", f"from iteration {past.parent}" if past.parent and not past.again else ""
    yield "repeats", f"iteration {past.again}" if past.again else ""
    yield "followed by", f"iteration {', '.join(map(str, children))}" if children else ""
    yield "changed", clean(info.trigger)
    yield "exit status", str(info.exit_status) if info.exit_status else ""
    yield "arguments", " ".join(clean(arg) for arg in past.args or ())
    yield "modules", ", ".join(clean(m.name) for m in iterations.modules_of(store, past) or ())
    yield "git", git_text(past)
    if around:
        yield "python", f"{around['python']}, {len(around['packages'])} packages, on {clean(around['host'])}"


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in found)


def _times(told: Sequence[events.Event]) -> list[str]:
    finished = [e for e in told if isinstance(e, events.NodeFinished) and e.action != "prune"]
    finished = [e for e in finished if e.seconds > _NOTICEABLE]
    finished.sort(key=lambda e: -e.seconds)
    rows = [
        (_LETTERS[e.action], line_range(e.lines), clean(e.label), human_seconds(e.seconds), clean(e.reason.short()))
        for e in finished[:MOST]
    ]
    return table(("", "LINES", "NODE", "TIME", "WHY"), rows, right=(3,)).splitlines() if rows else []


def _files(store: Store, past: Past) -> Iterator[str]:
    files = {path: content for path, content in iterations.files_of(store, past).items() if content != "dir"}
    for path, content in sorted(files.items())[:MOST]:
        where = clean(os.path.relpath(path, os.path.dirname(past.script)))
        kept = "" if content == "-" or content.startswith("link:") else content[:12]
        if kept and not store.holds(content):
            kept += ", content no longer kept"
        yield f"{where}  {kept or ('taken away' if content == '-' else content)}".rstrip()
    if len(files) > MOST:
        yield f"... and {len(files) - MOST} more"


def _output(told: Sequence[events.Event]) -> Iterator[str]:
    lines = (iterations.output_of(told) + iterations.output_of(told, "stderr")).splitlines()
    if len(lines) > MOST:
        yield f"... {len(lines) - MOST} lines before these"
    yield from map(printed, lines[-MOST:])
