"""Which iterations differ by a seed alone: runs that tell how much of a metric is chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from mliter_tui.history.metrics import Metric, match
from mliter_tui.history.roles import SEEDS

Link = Literal["seed", "same", "other"]
"""How an iteration differs from the one it goes out from: by seeds alone, in nothing that matters, or otherwise."""


def groups(links: Iterable[tuple[int, int | None, Link]]) -> dict[int, tuple[int, ...]]:
    """For each iteration those of its code, one for each seed: (iteration, the one it goes out from, how it differs).

    Parents come before those that go out from them. An iteration that is the same as its parent is in no tuple, as its
    numbers are no others. One that was never repeated has the tuple of the last one before it that was.
    """
    roots: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    parents: dict[int, int | None] = {}
    for number, parent, link in links:
        parents[number] = parent
        root = roots.get(parent, parent) if parent is not None and link != "other" else number
        roots[number] = root
        if link != "same":
            members.setdefault(root, [root] if root != number else []).append(number)
    found: dict[int, tuple[int, ...]] = {}
    for number, root in roots.items():
        own, parent = tuple(members.get(root, (root,))), parents[number]
        found[number] = found.get(parent, own) if len(own) < 2 and parent is not None else own
    return found


def seeds_apart(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether two lists of arguments are the same but for the values of seeds."""
    return _without_seeds(before) == _without_seeds(after)


def _without_seeds(args: Sequence[str]) -> list[str]:
    found: list[str] = []
    seed = False
    for arg in args:
        name, _, value = arg.partition("=")
        named = arg.startswith("-") and SEEDS.match(name.lstrip("-").replace("-", "_")) is not None
        found.append("" if seed else name if named and value else arg)
        seed = named and not value
    return found


def values_of(metric: Metric, numbers: Iterable[int], metrics: Mapping[int, Sequence[Metric]]) -> list[float]:
    """The values of a metric in these iterations, as far as they have it."""
    found = (match(metrics[number], [metric]) for number in numbers if number in metrics)
    return [old.value for pairs in found for old, new in pairs if old is not None and new is not None]
