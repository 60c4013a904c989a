"""What a node asks for, told by the code that it reaches: the time, randomness, line numbers (rule R8)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from types import CodeType
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.addresses import asks_for_addresses
from mliter_tui.kernel.clocks import asks_for_text, clocks, line_numbers, reached
from mliter_tui.kernel.entropy import unseeded
from mliter_tui.kernel.live import Live
from mliter_tui.kernel.makers import calls_nothing, makes_simply, registers
from mliter_tui.kernel.observed import Observed
from mliter_tui.kernel.patching import mocks, patches

if TYPE_CHECKING:  # node_run imports this module
    from mliter_tui.kernel.node_run import NodeRun

Reached = tuple[set[str], list[Any], list[CodeType]]
"""Attributes, values and code: as of `clocks.reached`."""


def reach(live: Live, code: CodeType | None, names: Iterable[str], idle: Container[int] = ()) -> Reached:
    """What code reaches that uses these names. idle: ids of functions that it does not call."""
    names = list(names)
    held = set().union(*(live.scans[name].held for name in names if name in live.scans))
    return reached(code, [live.get(name) for name in names], live.definitions, idle, held)


def asks(run: NodeRun, observed: Observed) -> dict[str, Any]:
    """Whether a node asks for the time, for randomness of the system's, or for numbers of lines; whether it sets what
    is a library's; and whether it only defines something.
    """
    session, live = run.session, run.live
    found: Reached
    if run.used is not None and session.uses.unseen(observed):
        run.used = None
    if (defines := _only_defines(run)):
        found = set(), [], []
    else:
        found = reach(live, run.code, run.needs, live.idle(run.used))
    run.addresses = asks_for_addresses(found[2], live) or not live.addressed.isdisjoint(run.needs)
    lines = "values" if session.log_times.numbered else line_numbers(found[2])
    asked = clocks(*found) + session.log_times.asked
    entropy = unseeded(found[2]) or session.recall.unseeded
    sets = patches(found[2], live) or registers(run.node.get("called") or (), live)
    given = {"clock": asked, "entropy": entropy, "lines": lines, "patches": sets}
    return {**given, "text": asks_for_text(found[2]), "defines": defines}


def _only_defines(run: NodeRun) -> bool:
    """Whether a node makes a function or a class and runs none of the code that is in it."""
    called = run.node.get("called")
    if called is None or not calls_nothing(called, run.live):
        return False
    made = [run.live.get(name) for name in run.node["binds"]]
    return all(makes_simply(each, run.live) for each in made if isinstance(each, type))


def may_patch(run: NodeRun) -> bool:
    """Whether libraries may be others while a node runs than they were before it."""
    codes = reach(run.live, run.code, run.needs)[2]
    return patches(codes, run.live) or mocks(codes)
