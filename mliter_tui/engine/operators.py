"""Answers to what a kernel asks while it runs a node: known results of library calls, and whether new ones are kept."""

from __future__ import annotations

import configparser
import glob
import math
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from mliter_tui import events
from mliter_tui.engine.keeping import transfer
from mliter_tui.engine.listening import Emit
from mliter_tui.facts import Calls, Cell, Search
from mliter_tui.kernel.told import BOUND, line
from mliter_tui.plan.policies import Candidate, Policy
from mliter_tui.script.nodes import Node, shown
from mliter_tui.searches import with_cells
from mliter_tui.store import Store

GROUP = "mliter.operators"
_COMMIT_SECONDS = 1.0  # so much of a long search may be lost with the process
_OWN = {
    "sklearn": "mliter_tui.operators.scikit_learn:install",
    "xgboost": "mliter_tui.operators.xgboost:install",
    "lightgbm": "mliter_tui.operators.lightgbm:install",
}


Told = tuple[str, str, float, tuple[int, ...]]
Searched = tuple[str, list[str], list[list[str]], int]
"""What a kernel tells of its calls and searches: see `kernel.recall.Recall`."""


def registered() -> dict[str, str]:
    """Top-level module of a library -> what sees to it, "module:function": mliter's own and those installed."""
    found = dict(_OWN)
    for place in sys.path:
        for path in glob.glob(f"{glob.escape(place)}/*-info/entry_points.txt") if place.endswith("-packages") else ():
            try:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                if GROUP in text:
                    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
                    parser.optionxform = str  # type: ignore[assignment,method-assign]
                    parser.read_string(text)
                    found.update(dict(parser.items(GROUP)) if parser.has_section(GROUP) else {})
            except (OSError, ValueError, configparser.Error):
                continue  # somebody else's broken file
    return found


class Operators:
    """For one iteration. `policy` gives what decides, as for values of nodes: it may be another by now.

    node: the one that runs.
    """

    def __init__(self, store: Store, policy: Callable[[], Policy], emit: Emit) -> None:
        self.store, self.policy, self.emit = store, policy, emit
        self.node = -1
        self._committed = time.monotonic()

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """What is said to a kernel; it asks for calls by what `kernel.recall.Look` calls them."""
        match question["query"]:
            case "known":
                return {"found": self._known(question["calls"])}
            case "worth":
                return {"keep": self._worth(question)}
            case "told":
                begun = searches(question["searches"])
                self.emit(events.SearchWent(self.node, begun, cells(question["calls"])))
            case "kept":
                self.store.add_artifact(
                    _key(question["call"]), question["manifest"], load_seconds=question["took"],
                    compute_seconds=question["seconds"], label=question["name"],
                )  # fmt: skip
                if time.monotonic() > self._committed + _COMMIT_SECONDS:
                    self.store.commit()
                    self._committed = time.monotonic()
        return {}

    def made(self, node: int, reply: dict[str, Any]) -> None:
        """A node is over; its reply says which calls it has made."""
        if reply["calls"]:
            self.emit(events.CallsMade(node, rows(reply["calls"]), told_searches(reply)))

    def _known(self, calls: list[str]) -> dict[str, list[Any]]:
        found = {}
        for call in calls:
            kept = self.store.artifact(_key(call))
            if kept is not None:
                found[call] = [kept.manifest, kept.compute_seconds or 0.0]
        self.store.touch({_key(call) for call in found})
        return found

    def _worth(self, question: dict[str, Any]) -> bool:
        size, objects, seconds = question["size"], question["objects"], question["seconds"]
        load, write = transfer(size, objects)
        candidate = Candidate(
            fp=_key(question["call"]), nbytes=size, recovery_seconds=seconds, cumulative_seconds=seconds,
            load_seconds=load, write_seconds=write,
            free_bytes=max(0, self.store.budget - self.store.used_bytes()), budget=self.store.budget,
        )  # fmt: skip
        return self.policy().keep(candidate).keep


def rows(told: Iterable[Told]) -> tuple[Calls, ...]:
    """What a kernel told of its calls, each kind in one row, as they came."""
    found: dict[str, Calls] = {}
    for name, action, seconds, _ in told:
        c = found.get(name, Calls(name, 0, 0, 0.0, 0.0))
        if action == "load":
            found[name] = Calls(name, c.loaded + 1, c.computed, c.load_seconds + seconds, c.compute_seconds)
        elif action == "compute":
            found[name] = Calls(name, c.loaded, c.computed + 1, c.load_seconds, c.compute_seconds + seconds)
    return tuple(found.values())


def searches(known: Iterable[Searched]) -> tuple[Search, ...]:
    """Searches that a kernel told, nothing of them done yet."""
    return tuple(Search(name, tuple(names), tuple(map(tuple, values)), splits) for name, names, values, splits in known)


def told_searches(reply: dict[str, Any]) -> tuple[Search, ...]:
    """The searches of a node that is over."""
    return with_cells(searches(reply["searches"]), cells(reply["calls"]))


def best_scores(node: Node, reply: dict[str, Any]) -> list[tuple[str, bytes]]:
    """What a node measured in searches and cross-validations, as events: the mean of the best candidate, and its folds.

    scikit-learn's scores are such that more is better, also those it calls neg_mean_squared_error.
    """
    if not reply["searches"] or reply["outcome"] == "exception":
        return []
    found, names = [], sorted(map(shown, node.makes or node.guess))
    for search in told_searches(reply):
        count = search.splits
        rows = [search.scores[at : at + count] for at in range(0, len(search.scores), count)] if count > 1 else []
        best = max((row for row in rows if all(map(math.isfinite, row))), key=math.fsum, default=())
        if best:
            name = names[0] if len(names) == 1 else search.name
            name += " best score" if len(search.rows) > 1 else ""
            found.append((BOUND, line(name, math.fsum(best) / len(best), best)))
    return found


def cells(told: Iterable[Told]) -> tuple[Cell, ...]:
    """What is done of searches. A score may come later than its cell: then the letter is "." and stays as it was."""
    found: dict[tuple[int, ...], Cell] = {}
    for _, action, number, place in told:
        if len(place) == 3:
            search, candidate, split = place
            *_, letter, took, score = found.get(place, (search, candidate, split, ".", math.nan, math.nan))
            if action == "score":
                score = number
            else:
                letter, took = "L" if action == "load" else "C", number
            found[place] = search, candidate, split, letter, took, score
    return tuple(found.values())


def _key(call: str) -> str:
    return f"call:{call}"
