"""Matching two sequences: a patience alignment of equal keys, and pairs of nodes that are versions of one.

Pairs are (position in old, position in new). All is near linear: quadratic comparisons are kept to small gaps.
Source: the patience diff of B. Cohen; longest increasing subsequences by patience sorting (Fredman, 1975).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Protocol

Pair = tuple[int, int]

SIMILAR = 0.5  # share of words two sources have in common (Dice) from which they are versions of one
_SMALL = 5_000  # comparisons a gap may cost
_WINDOW = 4  # neighbours looked at, either way, in a larger gap
_WORD = re.compile(r"\w+|[^\w\s()\[\]{},:]+")


class Sourced(Protocol):
    """What pairing looks at."""

    @property
    def source(self) -> str: ...
    @property
    def binds(self) -> frozenset[str]: ...


def align(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Pairs of equal keys, increasing on both sides."""
    pairs: list[Pair] = []
    stack = [(0, len(old), 0, len(new))]
    while stack:
        a, b, c, d = stack.pop()
        while a < b and c < d and old[a] == new[c]:
            pairs.append((a, c))
            a, c = a + 1, c + 1
        while a < b and c < d and old[b - 1] == new[d - 1]:
            b, d = b - 1, d - 1
            pairs.append((b, d))
        if a == b or c == d:
            continue
        anchors = _anchors(old, new, (a, b, c, d))
        if not anchors:
            pairs += _without_anchors(old, new, (a, b, c, d))
            continue
        for i, j in [*anchors, (b, d)]:
            stack.append((a, i, c, j))
            a, c = i + 1, j + 1
        pairs += anchors
    return sorted(pairs)


def _anchors(old: Sequence[str], new: Sequence[str], gap: tuple[int, int, int, int]) -> list[Pair]:
    a, b, c, d = gap
    in_old, in_new = Counter(old[a:b]), Counter(new[c:d])
    where = {old[i]: i for i in range(a, b) if in_old[old[i]] == 1}
    return _increasing([(where[new[j]], j) for j in range(c, d) if in_new[new[j]] == 1 and new[j] in where])


def _increasing(pairs: Sequence[Pair]) -> list[Pair]:
    """A longest subsequence of `pairs`, increasing by the second member, that increases by the first as well."""
    ends: list[int] = []  # the smallest first member a subsequence of each length can end with
    at: list[int] = []
    before: list[int] = []
    for number, (first, _) in enumerate(pairs):
        length = bisect_left(ends, first)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [first]
        at[length : length + 1] = [number]
    found = []
    number = at[-1] if at else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _without_anchors(old: Sequence[str], new: Sequence[str], gap: tuple[int, int, int, int]) -> list[Pair]:
    """Only repeated keys are left: by difflib, and where that would take long by the order of their occurrences."""
    a, b, c, d = gap
    if (b - a) * (d - c) <= _SMALL:
        blocks = SequenceMatcher(None, old[a:b], new[c:d], autojunk=False).get_matching_blocks()
        return [(a + i + step, c + j + step) for i, j, size in blocks for step in range(size)]
    numbered: dict[tuple[str, int], int] = {}
    seen: Counter[str] = Counter()
    for i in range(a, b):
        numbered[old[i], seen[old[i]]] = i
        seen[old[i]] += 1
    seen.clear()
    pairs = []
    for j in range(c, d):
        if (new[j], seen[new[j]]) in numbered:
            pairs.append((numbered[new[j], seen[new[j]]], j))
        seen[new[j]] += 1
    return _increasing(pairs)


def pair_edits(
    old: Sequence[Sourced], new: Sequence[Sourced], kept: Sequence[Pair], same: Iterable[Pair]
) -> list[Pair]:
    """Old and new nodes that are versions of one: within each gap between `kept` pairs first, then wherever they are.

    `same` are the pairs that are equal already. Across gaps, nodes have to bind the same names and look alike.
    """
    same = list(same)
    used_old, used_new = {i for i, _ in same}, {j for _, j in same}
    words_old = {i: _words(old[i].source) for i in range(len(old)) if i not in used_old}
    words_new = {j: _words(new[j].source) for j in range(len(new)) if j not in used_new}
    pairs: list[Pair] = []
    a = c = 0
    for i, j in [*kept, (len(old), len(new))]:
        left = [at for at in range(a, i) if at in words_old]
        right = [at for at in range(c, j) if at in words_new]
        pairs += _pair(old, new, left, right, words_old, words_new, anywhere=False)
        a, c = i + 1, j + 1
    left = sorted(words_old.keys() - {i for i, _ in pairs})
    right = sorted(words_new.keys() - {j for _, j in pairs})
    return pairs + _pair(old, new, left, right, words_old, words_new, anywhere=True)


def _pair(
    old: Sequence[Sourced],
    new: Sequence[Sourced],
    left: Sequence[int],
    right: Sequence[int],
    words_old: dict[int, Counter[str]],
    words_new: dict[int, Counter[str]],
    *,
    anywhere: bool,
) -> list[Pair]:
    """The best pairs first: same names bound, then likeness, then the smaller distance."""
    window = len(right) if len(left) * len(right) <= _SMALL else _WINDOW
    by_names: dict[frozenset[str], list[int]] = {}
    for order, j in enumerate(right):
        by_names.setdefault(new[j].binds, []).append(order)
    scored = []
    for order, i in enumerate(left):
        middle = order * len(right) // len(left)
        near = set(range(max(0, middle - window), min(len(right), middle + window + 1)))
        if old[i].binds:  # few nodes bind the same names; those count however far away they are
            fellows = by_names.get(old[i].binds, [])
            first = bisect_left(fellows, middle - window)
            near.update(fellows[first : first + 2 * window])
        for other in near:
            names = bool(old[i].binds) and old[i].binds == new[right[other]].binds
            alike = _alike(words_old[i], words_new[right[other]])
            if (names and alike >= SIMILAR) if anywhere else (names or alike >= SIMILAR):
                scored.append((not names, -alike, abs(order - other), i, right[other]))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, _, i, j in sorted(scored):
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    return sorted(found.items())


def _words(source: str) -> Counter[str]:
    return Counter(_WORD.findall(source))


def _alike(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * sum(min(count, other[word]) for word, count in one.items() if word in other) / total if total else 0.0
