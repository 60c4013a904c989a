"""`mliter diff`: two iterations compared, as text, as JSON or as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mliter_tui.engine.predictions import Predictions, of_pairs
from mliter_tui.errors import UsageError
from mliter_tui.history.comparison import Comparison, NodeTime, compare
from mliter_tui.history.iterations import Past, asked
from mliter_tui.lookback.opening import facts, named, opened, say_json, when_text, width, write_page
from mliter_tui.records import to_fields
from mliter_tui.render.cells import clean, shorten
from mliter_tui.render.plain import human_seconds, line_range, table
from mliter_tui.store import Store
from mliter_tui.wording import indented

if TYPE_CHECKING:
    from mliter_tui.options import Options

NOTICED = 0.05
"""Seconds; statements whose times differ by less are left out for people."""
_MOST_LINES = 60
_MOST_ROWS = 12
_LONGEST = 40
_TABLES = frozenset({"statements", "times"})


def diff_command(options: Options) -> int:
    """0, whether or not anything differs; raises UsageError where there are no two iterations to compare."""
    if options.examples:
        from mliter_tui.lookback.exampling import examples_command

        return examples_command(options)
    if len(options.numbers) > 2 or any(number < 0 for number in options.numbers):
        return _several(options)
    with opened(options) as (store, script):
        before, after = two(options, store, script)
        found = compare(store, before, after, Predictions(store, before, after))
        figures = _figures(store, (before, after)) if options.html is not None else []
    if options.html is not None:
        from mliter_tui.lookback.page import page

        write_page(options.html, page(found, figures))
        print(f"{options.html} shows iterations {before.number} and {after.number} side by side.")
    elif options.json:
        say_json(in_json(found))
    else:
        print("\n".join(lines_of(found, width())))
    return 0


def _several(options: Options) -> int:
    """More than two, or some that were imported, in one table."""
    from mliter_tui.history.several import side_by_side
    from mliter_tui.lookback import several, several_page
    from mliter_tui.lookback.columns import runs_named

    with opened(options) as (store, script):
        runs = runs_named(options, store, script)
        table = side_by_side(store, script, runs, partial(of_pairs, store))
        pasts = [run.past for run in runs if run.past is not None]
        figures = _figures(store, pasts) if options.html is not None else []
    if options.html is not None:
        write_page(options.html, several_page.page(table, figures))
        print(f"{options.html} shows {len(runs)} of {options.script_name} side by side.")
    elif options.json:
        say_json(several.in_json(table))
    else:
        print("\n".join(several.lines_of(table, width())))
    return 0


def _figures(store: Store, pasts: Sequence[Past]) -> list[str]:
    from mliter_tui.lookback.figures import sections

    return list(sections(store, pasts))


def two(options: Options, store: Store, script: str) -> tuple[Past, Past]:
    """The two that were named; with one, that and the last; with none, the last and what it goes out from."""
    if len(options.numbers) == 2:
        return named(options, store, script), named(options, store, script, 1)
    last = asked(store, script, 0, options.script_name)
    if options.numbers:
        return named(options, store, script), last
    if not last.parent:
        raise UsageError(f"There is only iteration {last.number} of {options.script_name}; run it again to compare.")
    return asked(store, script, last.parent, options.script_name), last


def in_json(found: Comparison) -> dict[str, Any]:
    """All that differs; times of all statements."""
    parts = "sources nodes parameters metrics times output files surroundings unknown".split()
    fields = {name: [_plain(each) for each in getattr(found, name)] for name in parts}
    return {"script": found.before.script, "before": facts(found.before), "after": facts(found.after), **fields}


def _plain(each: Any) -> Any:
    return each if isinstance(each, str) else to_fields(each)


# -- for people ----------------------------------------------------------------------------------------------------
def lines_of(found: Comparison, cells: int = 500) -> Iterator[str]:
    """What differs, part by part; a part in which nothing does is not there. Rows of tables end at so many cells."""
    for past in (found.before, found.after):
        yield heading(past)
    parts = list(parts_of(found))
    for title, lines in parts:
        yield ""
        yield f"{title}:"
        most = cells if title in _TABLES else None
        shown = (f"  {line}".rstrip() for line in lines)
        yield from (line if most is None else shorten(line, most, "…") for line in shown)
    if not parts:
        yield ""
        yield "Nothing differs that is known of both."
    if found.unknown:
        yield ""
        yield f"Not kept, and so not compared: {', '.join(found.unknown)}."


def heading(past: Past) -> str:
    """An iteration in one line."""
    info = past.info
    star = "*" if past.remark.star else ""
    note = f"  {clean(past.remark.note)}" if past.remark.note else ""
    counts = f"C {info.computed}  L {info.loaded}  P {info.pruned}"
    status = "" if info.status == "ok" else f"  {clean(info.status)}"
    took = human_seconds(info.seconds)
    return f"iteration {past.number}{star}  {when_text(info.when)}  {counts}  {took}{status}{note}"


def parts_of(found: Comparison) -> Iterator[tuple[str, Sequence[str]]]:
    """Title and lines of each part that has something to say."""
    for source in found.sources:
        title = clean(source.name) + ("" if source.kind == "changed" else f" ({source.kind})")
        yield title, _cut([indented(line) for line in source.diff])
    told = (f"{clean(p.name)}  {arrow(p.before, p.after)}  (line {p.line})" for p in found.parameters)
    yield from _full("parameters", told)
    yield from _full("metrics", _metrics(found))
    yield from _full("output", _cut([indented(line) for line in found.output]))
    yield from _full("statements", _nodes(found))
    yield from _full("times", _times(found.times))
    yield from _full("files", _files(found))
    yield from _full("surroundings", (f"{clean(c.name)}  {arrow(c.before, c.after)}" for c in found.surroundings))


def _full(title: str, lines: Iterable[str]) -> Iterator[tuple[str, Sequence[str]]]:
    some = list(lines)
    if some:
        yield title, some


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[:_MOST_LINES], f"... {len(lines) - _MOST_LINES} more lines; --json and --html have all"]


def arrow(before: str | None, after: str | None) -> str:
    """From one to the other, in words where one is not there."""
    one = "not given" if before is None else shorten(clean(before), _LONGEST, "…") or "none"
    other = "not given" if after is None else shorten(clean(after), _LONGEST, "…") or "none"
    return f"{one} -> {other}"


def _nodes(found: Comparison) -> list[str]:
    rows = []
    for change in found.nodes:
        lines = [line_range(place) for place in (change.before, change.after) if place is not None]
        where = lines[0] if len(set(lines)) == 1 else " -> ".join(lines)
        through = f"through {', '.join(map(clean, change.through[:3]))}" if change.through else ""
        rows.append((change.kind, where, shorten(clean(change.label), _LONGEST, "…"), through))
    shown = table(("", "LINES", "STATEMENT", ""), rows[: 2 * _MOST_ROWS]).splitlines() if rows else []
    return [*shown, *([f"... {len(rows) - 2 * _MOST_ROWS} more"] if len(rows) > 2 * _MOST_ROWS else [])]


def _metrics(found: Comparison) -> Iterator[str]:
    for metric in found.metrics:
        if metric.before != metric.after:
            yield f"{clean(metric.name)}  {clean(metric.text)}"


def noticed(times: Iterable[NodeTime]) -> list[NodeTime]:
    """Those whose times differ noticeably, the largest difference first."""
    some = [time for time in times if abs(time.seconds_after - time.seconds_before) >= NOTICED]
    return sorted(some, key=lambda time: -abs(time.seconds_after - time.seconds_before))


def _times(times: Iterable[NodeTime]) -> list[str]:
    rows = [
        (
            line_range(time.after or time.before or ()), shorten(clean(time.label), _LONGEST, "…"),
            spent(time.action_before, time.seconds_before), "->", spent(time.action_after, time.seconds_after),
        )
        for time in noticed(times)
    ]  # fmt: skip
    if not rows:
        return []
    lines = table(("LINES", "STATEMENT", "BEFORE", "", "AFTER"), rows[:_MOST_ROWS], right=(2, 4)).splitlines()
    return [*lines, *([f"... {len(rows) - _MOST_ROWS} more"] if len(rows) > _MOST_ROWS else [])]


def spent(action: str, seconds: float) -> str:
    """What was done with a statement, and how long that took."""
    return f"{action} {human_seconds(seconds)}" if action in ("C", "L") else action or "-"


def _files(found: Comparison) -> Iterator[str]:
    import os

    folder = os.path.dirname(found.before.script)
    for file in found.files:
        kind = "new" if file.before in ("", "-") else "gone" if file.after in ("", "-") else "changed"
        kept = [word for word, there in (("before", file.kept_before), ("after", file.kept_after)) if there]
        which = f"content kept: {' and '.join(kept)}" if kept else "content not kept"
        yield f"{clean(os.path.relpath(file.path, folder))}  {kind}, {which}"
