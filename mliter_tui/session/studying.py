"""A process beside a session that studies its iterations and compares them: requests on stdin, events on stdout.

Both take long for a session that is to plan a save at once. Each line is a JSON object: the first {"folder", "script",
"name"}, the others {"study": limit} or {"compare": [iterations]}. A study that a later request asks for again is left
out. It ends when stdin does.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import IO, Any

from mliter_tui import events
from mliter_tui.engine.predictions import Columns, Predictions, of_pairs
from mliter_tui.errors import MliterError
from mliter_tui.history import iterations
from mliter_tui.history.comparison import compare
from mliter_tui.history.gleaned import unread
from mliter_tui.history.iterations import Past, asked
from mliter_tui.history.metrics import Metric
from mliter_tui.history.study import Paired, study
from mliter_tui.lessons import Part
from mliter_tui.lookback.differing import parts_of
from mliter_tui.lookback.taught import study_made
from mliter_tui.store import Store

Request = dict[str, Any]
_NICENESS = 5
_CELLS = 104
"""Of lines that tell of examples."""
_MANY = 30
"""Iterations that were never read from which a study comes in steps."""
_STEPS = (20, 80, 320)


def main() -> None:
    """Entry of the process."""
    os.nice(_NICENESS)
    lines, out = sys.stdin, os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints is nobody's answer
    about = json.loads(lines.readline())
    with Store.open(Path(about["folder"])) as store:
        known = Known(store)
        for request in _requests(lines):
            for event in _answered(store, about["script"], about["name"], request, known):
                out.write(events.encode(event) + "\n")
                out.flush()


class Known:
    """What the predictions of pairs of iterations told, each asked once: past iterations are what they were."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: set[tuple[int, int]] = set()
        self._bounds: dict[tuple[int, int, Metric, Metric], tuple[float, float] | None] = {}

    def pairing(self, pairs: Sequence[tuple[Past, Past]]) -> list[Paired]:
        """What a study asks. Columns are loaded at once, once something is asked, of the pairs that are new."""
        numbers = [(before.number, after.number) for before, after in pairs]
        new = {past.number: past for pair, at in zip(pairs, numbers) if at not in self._seen for past in pair}
        self._seen.update(numbers)
        columns = cache(lambda: Columns(self._store, new.values()))
        return [partial(self._ask, columns, set(new), pair) for pair in pairs]

    def _ask(
        self, columns: Callable[[], Columns], there: set[int], pair: tuple[Past, Past], before: Metric, after: Metric
    ) -> tuple[float, float] | None:
        numbers = (pair[0].number, pair[1].number)
        name = (*numbers, before, after)
        if name not in self._bounds:
            known = columns() if there.issuperset(numbers) else None
            self._bounds[name] = Predictions(self._store, *pair, known)(before, after)
        return self._bounds[name]


def _requests(lines: IO[str]) -> Iterator[Request]:
    """Requests as they come, without those that a later one makes needless."""
    came: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(lines, came), daemon=True).start()
    while True:
        some = [came.get()]
        while not came.empty():
            some.append(came.get())
        some.sort(key=lambda each: each is not None and "study" in each)  # somebody waits for the others
        some.sort(key=lambda each: each is None)
        for at, request in enumerate(some):
            if request is None:
                return
            if "study" in request and any("study" in later for later in some[at + 1 :] if later is not None):
                continue
            yield request


def _read(lines: IO[str], came: queue.SimpleQueue[Request | None]) -> None:
    for line in lines:
        came.put(json.loads(line))
    came.put(None)


def _answered(store: Store, script: str, name: str, request: Request, known: Known) -> Iterator[events.Event]:
    try:
        if "study" in request:
            for last in _steps(store, script):
                told = study_made(store, study(store, script, last, known.pairing), request["study"])
                yield replace(told, unread=max(0, store.last_iteration(script) - last) if last is not None else 0)
        else:
            yield _compared(store, script, name, request["compare"])
    except MliterError as error:
        yield events.Refused(str(error))
    except Exception:  # a fault of mliter's own must not end the session, nor be hidden
        yield events.Note(f"mliter itself failed; please report this: {traceback.format_exc()}")


def _steps(store: Store, script: str) -> Iterator[int | None]:
    """Of how many last iterations a study is made, one after the other: reading many for the first time takes long."""
    there = store.last_iteration(script)
    if unread(store, iterations.all_past(store, script)) > _MANY:
        yield from (step for step in _STEPS if step < there)
    yield None


def _compared(store: Store, script: str, name: str, numbers: Sequence[int]) -> events.Compared:
    pasts = [asked(store, script, number, name) for number in numbers]
    if len(pasts) == 2:
        before, after = pasts
        found = compare(store, before, after, Predictions(store, before, after))
        parts = [Part(title, tuple(lines)) for title, lines in parts_of(found)]
        return events.Compared(tuple(numbers), (*parts, *_examples(store, before, after)))
    from mliter_tui.history.several import run_of, side_by_side
    from mliter_tui.lookback.several import MOST_ROWS, cells_of

    table = side_by_side(store, script, [run_of(store, past) for past in pasts], partial(of_pairs, store))
    header, rows = cells_of(table, MOST_ROWS)
    return events.Compared(tuple(numbers), (), header, rows)


def _examples(store: Store, before: Past, after: Past) -> Iterator[Part]:
    """Which examples were fixed and which broken, where both iterations' predictions are kept."""
    from mliter_tui.engine.examples import MOST_ROWS, compare_examples
    from mliter_tui.lookback.document import Paragraph, Table, columns
    from mliter_tui.lookback.exampling import blocks

    try:
        found = compare_examples(store, before, after, None, None, MOST_ROWS)
    except MliterError:
        return
    lines: list[str] = []
    for block in [*blocks(found, before, after, _CELLS)][3:]:  # behind what says which iterations they are
        if isinstance(block, Paragraph):
            lines.append(block.text)
        elif isinstance(block, Table):
            lines += columns(block, _CELLS)
        else:
            lines.append(block.text)
    yield Part("examples", tuple(lines))
