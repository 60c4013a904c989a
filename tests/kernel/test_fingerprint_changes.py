"""A change in place, wherever it is made, changes the fingerprint (rule R5)."""

from __future__ import annotations

import collections
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kernel.surroundings import fp


class Thing:
    def __init__(self, part: Any = None) -> None:
        self.part = part


class Loose:
    """Slots beside a dictionary; the slot of one instance may be empty."""

    __slots__ = ("__dict__", "fixed")

    def __init__(self, fixed: int = 0) -> None:
        if fixed:
            self.fixed = fixed


def _attribute(value: Any) -> None:
    value.part = 2


def _flags(value: Any) -> None:
    value.flags.writeable = False


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "array": (lambda: np.arange(1000.0), lambda v: v.__setitem__(999, -1)),
    "flags": (lambda: np.arange(3), _flags),
    "strided": (lambda: np.arange(100000.0)[::2], lambda v: v.__setitem__(49999, -1)),
    "fortran": (lambda: np.zeros((30, 40)).T, lambda v: v.__setitem__((39, 29), 1)),
    "object": (lambda: np.array([[1], [2]] * 3 + [None], object)[:-1], lambda v: v[3].append(1)),
    "struct": (lambda: np.zeros(3, "i1,f8"), lambda v: v["f1"].__setitem__(2, 1)),
    "masked": (lambda: np.ma.masked_array([1, 2], [0, 1]), lambda v: v.__setitem__(0, np.ma.masked)),
    "generator": (lambda: np.random.default_rng(1), lambda v: v.random()),
    "state": (lambda: np.random.RandomState(1), lambda v: v.rand()),
    "frame cell": (lambda: pd.DataFrame({"a": range(9), "b": 1.5}), lambda v: v.__setitem__("b", [1.5] * 8 + [1.6])),
    "frame label": (lambda: pd.DataFrame({"a": range(9)}), lambda v: setattr(v, "columns", ["b"])),
    "frame attrs": (lambda: pd.DataFrame({"a": range(9)}), lambda v: v.attrs.update(a=1)),
    "frame string": (lambda: pd.DataFrame({"a": ["x", "y"]}), lambda v: v.__setitem__("a", ["x", "z"])),
    "frame object": (lambda: pd.Series([[1], [2]]), lambda v: v[1].append(1)),
    "instance": (Thing, _attribute),
    "deep": (lambda: Thing([{"a": (Thing([1]),)}]), lambda v: v.part[0]["a"][0].part.append(2)),
    "iterator": (lambda: iter([1, 2]), next),
    "deque": (lambda: collections.deque([[1]]), lambda v: v[0].append(1)),
    "text": (io.StringIO, lambda v: v.write("a")),
    "default": (lambda: collections.defaultdict(list), lambda v: v["a"]),
    "slot": (lambda: [Loose(), Loose(1)], lambda v: setattr(v[1], "fixed", 2)),
    "bytearray": (lambda: bytearray(10), lambda v: v.__setitem__(5, 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_place_shows(name: str) -> None:
    make, change = CHANGES[name]
    value = make()
    before = fp(value)
    assert fp(value) == before == fp(make())
    change(value)
    assert fp(value) != before
