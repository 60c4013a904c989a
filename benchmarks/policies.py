"""Which values to keep: each policy over budgets, on histories of real edits and on a pool of drawn pipelines.

    python benchmarks/policies.py [FOLDER] [--series NAME] [--pool N] [--seed S] [--cache FOLDER] [--estimated] [--md]
                                  [--json [FILE]]

FOLDER holds series of edits (see playing.py); each is run once with `mliter run`, ten saves or so, and what was
recorded is planned again under each policy and budget by the code behind `mliter whatif`. With `--cache` the runs are
kept there, and not repeated where they are there already. Budgets are parts of the bytes of all values a history makes.
With `--estimated` loading and writing take what the plan estimates for a machine that does nothing else, not what was
measured.

The pool is drawn (see pool.py): N pipelines in random order that have their preprocessing in common. Seconds are those
of all iterations, relative to `auto`: above 1 is slower.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import results
from playing import SCRIPT, Played, series
from pool import pool

from mliter_tui.engine.retracing import Recorded, retrace
from mliter_tui.engine.simulation import Measured, Scenario, all_bytes, least_seconds, measured, scenario
from mliter_tui.lookback.document import Block, Heading, Paragraph, Table
from mliter_tui.lookback.whatif import store_loads
from mliter_tui.options import POLICIES, STUDIED
from mliter_tui.render.plain import human_bytes, human_seconds
from mliter_tui.store import Store

BUDGETS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
NAMES = (*POLICIES, *STUDIED)
CLOSE = 0.01
"""What `auto` may be behind another policy and still be as good."""


@dataclass(frozen=True)
class History:
    """Iterations, and what is known of loading and writing in them. Bytes: of all their values."""

    name: str
    past: Sequence[Recorded]
    known: Measured
    nbytes: int


def recorded(
    folder: Path, names: Sequence[str] | None, cache: Path, estimated: bool = False
) -> Iterator[History]:
    """The series in a folder, each run once."""
    for source in series(folder, names):
        place = cache / source.name
        if not (place / ".mliter").exists():
            place.mkdir(parents=True, exist_ok=True)
            Played(source, place).play()
        with Store.open(place / ".mliter") as store:
            past = retrace(store, str((place / SCRIPT).absolute()))
            known = Measured() if estimated else measured(store_loads(store), past)
            yield History(source.name, past, known, all_bytes(past))


def drawn(count: int, seed: int) -> History:
    past = pool(count, seed)
    return History(f"pool of {count}", past, Measured(), all_bytes(past))


Grid = dict[tuple[str, float], Scenario]


def grid(history: History) -> Grid:
    """Each policy under each budget."""
    return {
        (name, part): scenario(history.past, name, max(1, round(part * history.nbytes)), history.known)
        for part in BUDGETS for name in NAMES
    }  # fmt: skip


def blocks(grids: Sequence[tuple[History, Grid]], title: str) -> Iterator[Block]:
    """One table over all of them: their seconds added up, relative to `auto`."""
    total = {key: sum(each[key].seconds for _, each in grids) for key in grids[0][1]}
    least = sum(least_seconds(history.past) for history, _ in grids)
    count = sum(len(history.past) for history, _ in grids)
    nbytes = ", ".join(f"{history.name} {human_bytes(history.nbytes)}" for history, _ in grids)
    yield Heading(f"{title}: {count} iterations")
    yield Table(
        ("budget / all values", *(f"{part:g}" for part in BUDGETS)),
        (
            *((name, *(f"{total[name, part] / total['auto', part]:.3f}" for part in BUDGETS)) for name in NAMES),
            ("least there is", *(f"{least / total['auto', part]:.3f}" for part in BUDGETS)),
            ("auto, seconds", *(human_seconds(total["auto", part]) for part in BUDGETS)),
        ),
        tuple(range(1, len(BUDGETS) + 1)),
    )
    yield Paragraph(f"All values: {nbytes}.", True)


def behind(history: History, found: Grid) -> Iterator[str]:
    """Where `auto` is not as good as another policy."""
    for (name, part), each in found.items():
        more = found["auto", part].seconds / each.seconds - 1
        if more > CLOSE:
            yield f"{history.name}, budget {part:g}: auto takes {more:.1%} more than {name}."


def in_json(history: History, found: Grid) -> dict[str, Any]:
    return {
        "name": history.name, "iterations": len(history.past), "nbytes": history.nbytes,
        "least_seconds": least_seconds(history.past), "recorded_seconds": sum(each.seconds for each in history.past),
        "scenarios": [
            {"policy": name, "part": part, "budget": each.budget, "seconds": each.seconds, "hits": each.hits,
             "evictions": each.evictions, "restarts": each.restarts, "most_nbytes": each.most}
            for (name, part), each in found.items()
        ],
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="series of edits")
    parser.add_argument("--series", action="append", help="only this one of them")
    parser.add_argument("--pool", type=int, default=200, help="pipelines to draw (0: none)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="where the runs of the series are, or are kept")
    parser.add_argument("--estimated", action="store_true", help="loading and writing as estimated, not as measured")
    results.ways(parser)
    options = parser.parse_args()
    found: list[tuple[History, Grid]] = []
    told: list[Block] = []
    with tempfile.TemporaryDirectory(prefix="mliter-policies-") as scratch:
        if options.folder is not None:
            place = options.cache or Path(scratch)
            histories = recorded(options.folder, options.series, place, options.estimated)
            found += [(history, grid(history)) for history in histories]
            told += blocks(found, "Recorded series of edits")
    if options.pool:
        one = drawn(options.pool, options.seed)
        found.append((one, grid(one)))
        told += blocks(found[-1:], "Drawn pipelines with preprocessing in common")
    lines = [line for each in found for line in behind(*each)]
    told += [Paragraph(line) for line in lines or ["auto is as good as each other policy, within a per cent."]]
    results.tell(options, told, {"histories": [in_json(*each) for each in found], "behind": lines})
    return 0


if __name__ == "__main__":
    sys.exit(main())
