"""`mliter history`: the iterations of a script, one a line, the newest last; as a tree where the user went back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mliter_tui.errors import UsageError
from mliter_tui.history.imported import imported
from mliter_tui.history.iterations import Past, all_past, head
from mliter_tui.history.study import Study, study
from mliter_tui.lookback.imported import in_json, table_of
from mliter_tui.lookback.opening import facts, opened, say_json, when_text, width
from mliter_tui.records import plain_json
from mliter_tui.render.cells import clean, shorten
from mliter_tui.render.plain import human_seconds, table

if TYPE_CHECKING:
    from mliter_tui.options import Options

SHOWN = 40
_CHANGED = 36
_LANES = 12
_WIDE = 100
"""Cells from which there is room for what iterations teach."""
_LONGEST_NAME = 24


def history_command(options: Options) -> int:
    """0; raises UsageError where the script was never run."""
    with opened(options) as (store, script):
        limit = options.limit or (None if options.json else SHOWN)
        past = all_past(store, script, limit)
        if not past:
            raise UsageError(
                f"No iteration of {options.script_name} is kept here; run it first, or name its cache with --cache."
            )
        at = head(store, script)
        if options.json:
            others = [plain_json(in_json(run)) for run in imported(store, script)]
            say_json({"script": script, "head": at, "iterations": [facts(each) for each in past], "imported": others})
        else:
            cells = width()
            taught = study(store, script, limit) if cells >= _WIDE else None
            print(history_table(past, at, cells, taught), end="")
            earlier = past[0].number - 1
            if earlier:
                print(f"{earlier} earlier; `mliter history {options.script_name} -n {past[-1].number}` shows all")
            if runs := imported(store, script):
                print(f"\n{table_of(runs, cells)}", end="")
    return 0


def history_table(past: Sequence[Past], at: int | None, cells: int, taught: Study | None = None) -> str:
    """The rows in a table of at most that many cells. at: the iteration that the next one goes out from.

    taught: where there is room, what each one was for, and the metric to look at.
    """
    lanes = tree(past)
    branches = any(len(lane) > 1 for lane in lanes)
    told = _told(taught)
    metric = shorten(clean(taught.main_name), _LONGEST_NAME, "…") if taught is not None else ""
    header = ("", "ITER", "TREE", "WHEN", "C", "L", "P", "TIME", "SAVED", "FOR", metric, "CHANGED", "NOTE")
    rows = [_row(each, lane, at, told) for each, lane in zip(past, lanes)]
    shown = [
        i for i, name in enumerate(header)
        if (name != "TREE" or branches) and (name not in ("NOTE", "FOR", "") or any(row[i] for row in rows))
        and (name or any(row[i] for row in rows))
    ]  # fmt: skip
    right = [shown.index(i) for i in (1, 4, 5, 6, 7, 8, 10) if i in shown]
    text = table([header[i] for i in shown], [[row[i] for i in shown] for row in rows], right)
    return "".join(shorten(line, cells, "…") + "\n" for line in text.splitlines())


def _told(taught: Study | None) -> dict[int, tuple[str, str]]:
    """Label and metric of each iteration, by number."""
    if taught is None:
        return {}
    metrics = ((row, taught.main_of(row)) for row in taught.rows)
    return {row.number: (row.label.text, metric.text if metric is not None else "") for row, metric in metrics}


def _row(past: Past, lane: str, at: int | None, told: Mapping[int, tuple[str, str]]) -> tuple[str, ...]:
    info = past.info
    words = [] if info.status == "ok" else [info.status]
    if past.again is not None:
        words.append(f"{past.again} again")
    elif past.parent not in (None, past.number - 1):
        words.append(f"from {past.parent}")
    words += [clean(info.trigger)] if info.trigger else []
    marks = ("*" if past.remark.star else "") + (">" if past.number == at else "")
    return (
        marks, str(past.number), lane, when_text(info.when), str(info.computed), str(info.loaded), str(info.pruned),
        human_seconds(info.seconds), human_seconds(info.saved_seconds), *told.get(past.number, ("", "")),
        shorten(", ".join(words) or "-", _CHANGED, "…"),
        clean(past.remark.note),
    )  # fmt: skip


def tree(past: Sequence[Past]) -> list[str]:
    """For each iteration the lanes of the tree: `o` is its own, `|` one that goes on below; repetitions have none."""
    there = {each.number for each in past}
    left = Counter(each.parent for each in past if each.again is None and each.parent in there)
    lanes: list[int | None] = []  # what goes on in each

    def free() -> int:
        if None not in lanes:
            lanes.append(None)
        return lanes.index(None)

    found = []
    for each in past:
        own = None
        if each.again is None:
            own = lanes.index(each.parent) if each.parent in there and each.parent in lanes else free()
            lanes[own] = each.number
            if each.parent in there and each.parent is not None:
                left[each.parent] -= 1
                if left[each.parent]:
                    lanes[free()] = each.parent  # others will go out from it
        marks = ("o" if i == own else " " if lane is None else "|" for i, lane in enumerate(lanes))
        found.append(shorten("".join(marks).rstrip(), _LANES, "…"))
        if own is not None and not left[each.number]:
            lanes[own] = None
    return found
