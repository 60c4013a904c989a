"""Dataclasses that are soon made give what those of the standard library do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field
from typing import Any

import pytest

from mliter_tui.lean import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2
    note: str = field(default="", compare=False, repr=False)

    def total(self) -> int:
        return self.x + self.y


@dataclass
class Row:
    """One that is changed."""

    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Own:
    x: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "own"


@dataclass(frozen=True)
class Empty:
    pass


def test_equality_hash_and_text_go_by_the_fields() -> None:
    assert Point(1) == Point(1, 2, "other") and hash(Point(1)) == hash(Point(1, note="other"))
    assert Point(1) != Point(2) and Point(1) != (1, 2) and Point(1).total() == 3
    assert repr(Point(1, note="x")) == "Point(x=1, y=2)" and {Point(1), Point(1)} == {Point(1)}
    assert Empty() == Empty() and hash(Empty()) == hash(Empty()) and repr(Empty()) == "Empty()"
    assert Point.__doc__ is None and Row.__doc__ == "One that is changed."
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]


def test_what_is_defined_stays() -> None:
    assert Own(1) == Own(2) and hash(Own(1)) == 7 and repr(Own(1)) == "own"


def test_one_that_is_changed_has_no_hash_and_defaults_of_its_own() -> None:
    one, other = Row(), Row()
    one.names.append("a")
    assert one != other and other == Row([])
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


@pytest.mark.parametrize("value", [Point(1, 3, "n"), Row(["a"]), Empty()])
def test_the_library_takes_them_for_dataclasses(value: Any) -> None:
    assert dataclasses.is_dataclass(value)
    assert dataclasses.replace(value) == value == copy.deepcopy(value) == pickle.loads(pickle.dumps(value))
    match value:
        case Point(1, 3, "n") | Row(["a"]) | Empty():
            pass
        case _:
            pytest.fail("positional patterns")
