"""Many instances of one class are read at once where they are alike, and tell what one by one would tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kernel.surroundings import back, fp, look

from mliter_tui.kernel.identity import identity

N = 2000  # so many that several pieces are read at once


@dataclasses.dataclass
class Row:
    text: str
    label: int
    words: list[str]


@dataclasses.dataclass
class Other:
    text: str
    label: int
    words: list[str]


def rows() -> list[Any]:
    return [Row(f"t{at}", at % 3, [f"w{at}", "x"]) for at in range(N)]


def _alias(into: list[Any]) -> None:
    into[1500].words = into[900].words


def _same(into: list[Any]) -> None:
    into[1500] = into[900]


def _dictionary(into: list[Any]) -> None:
    into[1500].__dict__ = into[900].__dict__


def _kind(into: list[Any]) -> None:
    into[1500] = Other(into[1500].text, into[1500].label, into[1500].words)


CHANGES: dict[str, Callable[[list[Any]], object]] = {
    "an attribute": lambda v: setattr(v[1999], "label", 7),
    "an attribute's type": lambda v: setattr(v[1500], "label", bool(v[1500].label)),
    "something in an attribute": lambda v: v[1500].words.append("y"),
    "one attribute more": lambda v: setattr(v[1500], "more", None),
    "one attribute less": lambda v: delattr(v[1500], "label"),
    "two that change places": lambda v: v.__setitem__(slice(1500, 1502), v[1500:1502][::-1]),
    "one less": lambda v: v.pop(),
    "a list that two have": _alias,
    "one that is there twice": _same,
    "a dictionary that two have": _dictionary,
    "another class": _kind,
    "one that holds another": lambda v: setattr(v[1500], "text", v[900]),
    "one that holds all": lambda v: v[1500].words.append(v),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen_and_told_from_every_other(change: Callable[[list[Any]], object]) -> None:
    one, two = rows(), rows()
    assert fp(one) == fp(two)
    change(one)
    assert fp(one) != fp(two)
    change(two)
    assert fp(one) == fp(two)


def test_no_two_changes_look_alike() -> None:
    found = []
    for change in CHANGES.values():
        value = rows()
        change(value)
        found.append(fp(value))
    assert len({*found}) == len(found)


def test_who_else_holds_one_is_told() -> None:
    value = rows()
    numbers = [fp([value, value[at]]) for at in (0, 700, 1500)]
    numbers += [fp([value, Row(*vars(value[700]).values())]), *(fp([value, value[at].words]) for at in (700, 701))]
    assert len({*numbers}) == len(numbers)
    assert fp([value, value[700]]) == fp((lambda v: [v, v[700]])(rows()))


def test_all_that_can_change_is_reached() -> None:
    value = rows()
    found = look(value)
    wanted = {identity(value)} | {identity(each) for row in value for each in (row, vars(row), row.words)}
    assert wanted <= found.mutable and wanted <= {*found.order} and found.storable
    assert {identity(vars(row)): identity(row) for row in value}.items() <= found.fragile.items()
    assert not look([value, vars(value[1500])]).storable  # a pickle fills a new dictionary


def test_they_come_back_as_they_were(tmp_path: Path) -> None:
    value = rows()
    _alias(value)
    _same(value)
    loaded = back(tmp_path, value=value)
    assert loaded == value and loaded[1500] is loaded[900] and fp(loaded) == fp(value)
