"""`mliter whatif`: the recorded iterations under other policies and budgets, as text, Markdown or JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mliter_tui.engine.retracing import CALL, Recorded, retrace
from mliter_tui.engine.simulation import Measured, Scenario, all_bytes, least_seconds, measured, scenario
from mliter_tui.errors import UsageError
from mliter_tui.lookback.document import Block, Heading, Paragraph, Table
from mliter_tui.lookback.opening import opened, say_json, width
from mliter_tui.options import POLICIES, STUDIED
from mliter_tui.render.plain import human_bytes, human_seconds

if TYPE_CHECKING:
    from mliter_tui.options import Options
    from mliter_tui.store import Store

_QUARTER = 4
SHOWN = 100
"""Iterations that are planned again where no other number is asked for."""


def whatif_command(options: Options) -> int:
    """0; raises UsageError where the script was never run."""
    with opened(options) as (store, script):
        past = retrace(store, script, options.limit or SHOWN)
        last = store.last_iteration(script)
        if not past:
            name = options.script_name
            if last:
                raise UsageError(f"Of the iterations of {name} the events are not kept here; run it once more.")
            raise UsageError(f"No iteration of {name} is kept here; run it first, or name its cache with --cache.")
        known = measured(store_loads(store), past)
        own, used = store.budget, store.used_bytes()
    budgets = options.budgets or _usual(own, all_bytes(past))
    scenarios = [
        scenario(past, name, budget, known)
        for budget in dict.fromkeys(budgets) for name in dict.fromkeys(options.policies or (*POLICIES, *STUDIED))
    ]  # fmt: skip
    if options.json:
        say_json(in_json(script, past, scenarios, used))
        return 0
    from mliter_tui.lookback.document import markdown, print_blocks

    told = blocks(script, past, known, scenarios, used)
    if options.md:
        print(markdown(told), end="")
    else:
        print_blocks(told, width())
    return 0


def store_loads(store: Store) -> dict[str, float]:
    """Seconds that loading values took, of those that are kept and were loaded."""
    return {
        kept.fp: kept.load_seconds for kept in store.artifacts()
        if kept.uses and not kept.fp.startswith(CALL)
    }  # fmt: skip


def _usual(own: int, whole: int) -> tuple[int, ...]:
    """Budgets to try where none is named: the cache's own, and one that is tight."""
    tight = max(1, whole // _QUARTER)
    return (own, tight) if tight < own else (own,)


def blocks(
    script: str, past: Sequence[Recorded], known: Measured, scenarios: Sequence[Scenario], used: int
) -> Iterator[Block]:
    """The table, and in words what it rests on."""
    yield Heading(f"{len(past)} iterations of {os.path.basename(script)} under other policies and budgets")
    policies = ", ".join(sorted(set().union(*(each.policies for each in past)))) or "-"
    loaded = str(sum(each.loaded for each in past))
    rows = [(f"as it was ({policies})", "", human_seconds(_seconds(past)), "", loaded, "", human_bytes(used))]
    best = {each.budget: min(s.seconds for s in scenarios if s.budget == each.budget) for each in scenarios}
    for each in scenarios:
        more = each.seconds / best[each.budget] - 1 if best[each.budget] > 0 else 0.0
        behind = f"+{more:.0%}" if more > 0.005 else "best"
        rows.append((
            each.policy, human_bytes(each.budget), human_seconds(each.seconds), behind, str(each.hits),
            str(each.evictions), human_bytes(each.most),
        ))  # fmt: skip
    yield Table(("POLICY", "BUDGET", "TIME", "", "LOADED", "EVICTED", "MOST KEPT"), tuple(rows), (1, 2, 3, 4, 5, 6))
    for text in assumed(past, known):
        yield Paragraph(text, True)


def _seconds(past: Sequence[Recorded]) -> float:
    return sum(each.seconds for each in past)


def assumed(past: Sequence[Recorded], known: Measured) -> Iterator[str]:
    """What the numbers rest on, in sentences."""
    rest = sum(each.rest for each in past)
    if past[0].number > 1:
        yield (
            f"From iteration {past[0].number} on; more of them with -n. As it was, values of earlier ones were there "
            "when it began."
        )
    yield (
        f"No policy goes below {human_seconds(least_seconds(past))}, which it would be if all were kept and loaded in "
        f"no time. In it are {human_seconds(rest)} of starting, reading and book-keeping, taken to be as they were."
    )
    yield (
        "A statement takes what it took then, or when it was last computed. Loading was measured for "
        f"{len(known.loads)} values and writing for {len(known.writes)}; for others both are estimated by size, as "
        f"the plan does, times {known.load_factor:.2g} and {known.write_factor:.2g}, by which estimates of the "
        "measured ones are off."
    )
    yield (
        "Each begins with an empty cache. Pins, evictions by hand and other scripts in the same cache are left out, "
        "and what values have in common is counted for each."
    )
    lost = [each.number for each in past if not each.followed]
    if lost:
        numbers = ", ".join(map(str, lost[:5])) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
        yield (
            f"Of iteration{'s' * (len(lost) > 1)} {numbers} something is not known any more, such as what a statement "
            "that failed would have made; it is taken to be computed each time."
        )


def in_json(script: str, past: Sequence[Recorded], scenarios: Sequence[Scenario], used: int) -> dict[str, Any]:
    """All that the table rests on, in types JSON has."""
    return {
        "script": script, "least_seconds": least_seconds(past),
        "recorded": {
            "seconds": _seconds(past), "nbytes": used,
            "policies": sorted(set().union(*(each.policies for each in past))),
            "iterations": [
                {"iteration": each.number, "seconds": each.seconds, "rest_seconds": each.rest,
                 "followed": each.followed, "actions": {str(s.node.id): s.action for s in each.steps}}
                for each in past
            ],
        },
        "scenarios": [
            {"policy": each.policy, "budget": each.budget, "seconds": each.seconds, "hits": each.hits,
             "evictions": each.evictions, "restarts": each.restarts, "most_nbytes": each.most,
             "iterations": [
                 {("iteration" if key == "number" else key): value for key, value in asdict(row).items()}
                 for row in each.rows
             ]}
            for each in scenarios
        ],
    }  # fmt: skip
