"""How many passes of a loop are taken one by one, by what they cost and by how many there were.

Nothing is known of a loop that has never run: its first pass is taken so, and further ones where that pays. The first
one is so from the beginning, as to take it later is to read the script once more. What was done stays for as long as
the loop is what it was, since its traces are those of that form. After an edit, the body or the first
line tells which loop it was.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mliter_tui.engine.lookup import CHEAP_SECONDS
from mliter_tui.script.loops import Loop
from mliter_tui.script.nodes import Script
from mliter_tui.script.unrolling import MOST_NODES
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.engine.forecast import Forecast
    from mliter_tui.engine.version import Version

NODE_SECONDS = float(os.environ.get("MLITER_PASSES_FROM", "0.0125"))
"""What the nodes of a pass have to take on average: to trace one takes about a millisecond. 0: look at every loop."""
_LOOK_AGAIN = 0.5
_MOST_READING = 0.1  # of the time that passes take
_MOST = 400  # loops remembered of a script


class Unrolling:
    """What `read_script` asks about each loop of a script."""

    def __init__(self, store: Store, filename: str) -> None:
        self._memory = _Memory(store, filename)

    def __call__(self, whole: str, hints: tuple[str, str]) -> int | None:
        memory = self._memory
        if whole in memory.passes:
            return memory.passes[whole]
        for hint in hints:
            if hint in memory.hints:
                passes, pays = memory.hints[hint]
                return passes if pays else None
        return 1


class _Memory:
    """What is kept in the store. passes: by the loops' keys as one node; hints: (passes, whether they pay)."""

    def __init__(self, store: Store, filename: str) -> None:
        self._store, self._name = store, f"loops of {filename}"
        kept = store.meta(self._name)
        self.passes: dict[str, int | None] = dict(kept["passes"]) if isinstance(kept, dict) else {}
        self.hints: dict[str, list[Any]] = dict(kept["hints"]) if isinstance(kept, dict) else {}

    def write(self) -> None:
        kept = {"passes": _last(self.passes), "hints": _last(self.hints)}
        if kept != self._store.meta(self._name):
            self._store.set_meta(self._name, kept)


def _last(known: dict[str, Any]) -> dict[str, Any]:
    return dict(list(known.items())[-_MOST:])


def foreseen(version: Version, forecast: Forecast) -> bool:
    """Take as many passes as the traces of former runs go on for; whether that changes any, so that it is to be planned
    again."""
    script, wanted = version.script, {}
    outcomes = {n: found.trace["outcome"] for n, found in forecast.found.items() if found.trace is not None}
    for loop in script.loops:
        ends = [at for at, turn in enumerate(loop.turns) if outcomes.get(turn) == "stop"]
        if ends:
            wanted[loop.head] = ends[0]
        elif loop.rest in forecast.found and forecast.found[loop.rest].trace is None and loop.turns[-1] in outcomes:
            traces = {n: found.trace for n, found in forecast.found.items() if found.trace is not None}
            took, reading = ({n: t[what] for n, t in traces.items()} for what in ("seconds", "reading"))
            wanted[loop.head] = more(script, loop, took, reading)
    changed = {loop.head for loop in script.loops if wanted.get(loop.head, loop.passes) != loop.passes}
    if changed:
        version.unroll({head: wanted[head] for head in changed})
    return bool(changed)


def asking(version: Version, forecast: Forecast) -> set[int]:
    """The cheap nodes in loops and `with` that have a trace and ask for the time."""
    held = {n for n, f in forecast.found.items() if f.trace is not None and version.lookup.runs_again(f.trace)}
    return {n for n in held if version.script.by_number[n].within}


def restless(version: Version, forecast: Forecast) -> bool:
    """Let the nodes run again that ask for the time in passes, and `with`, where something is new, and in cheap loops;
    whether there are any that did not."""
    script, lookup = version.script, version.lookup
    waiting = asking(version, forecast) - lookup.restless
    if not waiting:
        return False
    spans = {loop.head: (loop.head, loop.end) for loop in script.loops}  # of loops and passes, by their first nodes
    spans |= {turn: (turn, end) for loop in script.loops for turn, end in zip(loop.turns, (*loop.turns[1:], loop.rest))}
    contexts = {guard.head: (guard.head, guard.end) for guard in script.guards if guard.close >= 0}
    wholes = [(loop.head, loop.end) for loop in script.loops] + list(contexts.values())
    spans |= contexts
    parts = ("iter", "next")
    new = [n for n, f in forecast.found.items() if f.trace is None and script.by_number[n].kind not in parts]
    took = [(n, f.trace["seconds"]) for n, f in forecast.found.items() if f.trace is not None]
    found = set()
    for asks in waiting:
        first, end = next(spans[group] for group in reversed(script.by_number[asks].groups) if group in spans)
        begin, over = min(each for each in wholes if each[0] <= asks < each[1])
        cheap = sum(seconds for n, seconds in took if begin <= n < over) < CHEAP_SECONDS
        if cheap or any(first <= n < end for n in new):
            found.add(asks)
    lookup.restless |= found
    return bool(found)


def more(script: Script, loop: Loop, seconds: Mapping[int, float], reading: Mapping[int, float]) -> int:
    """How many passes to take one by one. seconds: what each node took, now or when it was computed.

    reading: what it took to read what it might have changed: where each pass changes something large, one node does
    that once.
    """
    if len(script.nodes) > MOST_NODES:
        return loop.passes
    pays = not loop.passes or _pays(script, loop, seconds, reading)
    return 2 * loop.passes + 1 if pays else loop.passes


def _pays(script: Script, loop: Loop, seconds: Mapping[int, float], reading: Mapping[int, float]) -> bool:
    """Whether the passes that were taken one by one are worth it; arguments as of _more."""
    inside = [node.id for node in script.nodes if loop.turns[0] <= node.id < loop.turns[-1]]
    took = [seconds[each] for each in inside if seconds.get(each)]
    if not took or sum(took) < NODE_SECONDS * len(took):
        return False
    return not NODE_SECONDS or sum(reading.get(each, 0.0) for each in inside) <= _MOST_READING * sum(took)


def remember(
    store: Store, script: Script, seconds: Mapping[int, float], reading: Mapping[int, float]
) -> None:  # fmt: skip
    """After a run, of the loops that have come to their end."""
    if not script.asked_passes and not script.loops:
        return
    memory = _Memory(store, script.filename)
    for loop in script.loops:
        if loop.turns[-1] in seconds or loop.rest in seconds:
            pays = _pays(script, loop, seconds, reading)
            memory.passes.pop(loop.whole, None)  # what is new stands last
            memory.passes[loop.whole] = loop.passes
            for hint in loop.hints:
                memory.hints.pop(hint, None)
                memory.hints[hint] = [loop.passes, pays]
    whole = {node.key: seconds.get(node.id, 0.0) for node in script.nodes}
    for (key, hints), passes in script.asked_passes.items():
        if passes is None:
            memory.passes[key] = None
            if whole.get(key, 0.0) > _LOOK_AGAIN:  # when it is edited next
                for hint in hints:
                    memory.hints.pop(hint, None)
    memory.write()
