"""Answers to what a kernel asks while it runs a node: known results of library calls, and whether new ones are kept."""

from __future__ import annotations

import configparser
import functools
import glob
import math
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from mliter_tui import events
from mliter_tui.engine.keeping import Keeper, transfer
from mliter_tui.engine.later import Later
from mliter_tui.engine.listening import Emit
from mliter_tui.facts import Calls, Cell, Search
from mliter_tui.kernel.told import BOUND, line
from mliter_tui.plan.policies import Candidate
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


Answered = list[Any]
"""A call that was answered, or might be from now on: its key, seconds it takes, bytes, objects, and how many of those
before it in the row are part of it."""


class Operators:
    """For one iteration. `keeper` gives what decides, as for values of nodes: it may be another by now.

    node: the one that runs.
    """

    def __init__(self, store: Store, keeper: Callable[[], Keeper], emit: Emit, later: Later) -> None:
        self.store, self.keeper, self.emit, self._later = store, keeper, emit, later
        self._committed = time.monotonic()
        self.begin(-1)

    def begin(self, node: int) -> None:
        """This node runs now."""
        self.node = node
        self._questions = 0
        self._asked: dict[str, int] = {}  # in which question
        self._estimates: dict[str, float] = {}  # seconds of writing what is about to be
        self._answered: list[tuple[int, list[Answered]]] = []  # (question, it and what is part of it)

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
                self.keeper().learn(self._estimates.pop(question["call"], 0.0), question["took"])
                self._later.add(functools.partial(self._file, question))
        return {}

    def _file(self, question: dict[str, Any]) -> None:
        """The result of a call was written."""
        self.store.add_artifact(
            _key(question["call"]), question["manifest"], load_seconds=question["took"],
            compute_seconds=question["seconds"], label=question["name"],
        )  # fmt: skip
        if time.monotonic() > self._committed + _COMMIT_SECONDS:
            self.store.commit()
            self._committed = time.monotonic()

    def made(self, node: int, reply: dict[str, Any]) -> None:
        """A node is over; its reply says which calls it has made. What is known of them is added to it."""
        reply["answered"] = [row for _, rows in self._answered for row in rows]
        if reply["calls"]:
            self.emit(events.CallsMade(node, rows(reply["calls"]), told_searches(reply)))

    def _known(self, calls: list[str]) -> dict[str, list[Any]]:
        found = {}
        self._questions += 1
        for call in calls:
            self._asked[call] = self._questions
            kept = self.store.artifact(_key(call))
            if kept is not None:
                found[call] = [kept.manifest, kept.compute_seconds or 0.0]
                self._answered.append((self._questions, [[_key(call), kept.compute_seconds, kept.nbytes, 0, 0]]))
        self.store.touch({_key(call) for call in found})
        return found

    def _worth(self, question: dict[str, Any]) -> bool:
        key, seconds = _key(question["call"]), question["seconds"]
        size, objects = question["size"], question["objects"]
        asked, parts = self._asked.get(question["call"], 0), list[Answered]()
        while self._answered and self._answered[-1][0] > asked:  # asked for while it ran
            parts = [*self._answered.pop()[1], *parts]
        self._answered.append((asked, [*parts, [key, seconds, size, objects, len(parts)]]))
        self._estimates[question["call"]] = transfer(size, objects)[1]
        return worth(self.keeper(), key, seconds, size, objects)


def worth(keeper: Keeper, key: str, seconds: float, size: int, objects: int) -> bool:
    """Whether the result of a call is to be kept."""
    store = keeper.store
    load, write = transfer(size, objects, keeper.pace)
    candidate = Candidate(
        fp=key, nbytes=size, recovery_seconds=seconds, cumulative_seconds=seconds, load_seconds=load,
        write_seconds=write, free_bytes=max(0, store.budget - store.used_bytes()), budget=store.budget,
    )  # fmt: skip
    return keeper.policy.keep(candidate).keep


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
