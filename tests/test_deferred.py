"""Dataclasses whose methods are made late: as those of the standard library, whoever asks first."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import threading
from typing import get_type_hints

import pytest

from mliter_tui.deferred import frozen
from mliter_tui.lean import dataclass


@frozen
class Point:
    x: int
    y: int = 2
    names: tuple[str, ...] = dataclasses.field(default_factory=tuple)

    def total(self) -> int:
        return self.x + self.y


@frozen
class Place(Point):
    label: str = ""


@frozen
class Unasked(Point):
    """One of which no instance is made."""

    more: int = 0


@dataclass(frozen=True)
class Usual(Unasked):
    last: int = 1


def test_instances_are_those_of_a_dataclass() -> None:
    place = Place(1, label="here")
    assert (place.x, place.y, place.names, place.label, place.total()) == (1, 2, (), "here", 3)
    assert repr(place) == "Place(x=1, y=2, names=(), label='here')"
    assert place == Place(1, 2, (), "here") and hash(place) == hash(Place(1, label="here"))
    assert place != Place(2, label="here") and Point(1) != place
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]
    assert dataclasses.replace(place, x=5).total() == 7
    assert copy.copy(place) == pickle.loads(pickle.dumps(place)) == place
    match place:
        case Place(1, 2, (), word):
            assert word == "here"
        case _:
            pytest.fail("positional patterns")


def test_fields_can_be_asked_for_before_there_is_an_instance() -> None:
    assert dataclasses.is_dataclass(Unasked)
    assert [f.name for f in dataclasses.fields(Usual)] == ["x", "y", "names", "more", "last"]
    assert [f.name for f in dataclasses.fields(Unasked)] == ["x", "y", "names", "more"]
    assert get_type_hints(Unasked)["more"] is int
    assert Usual(1).more == 0


def test_threads_that_make_the_first_instances() -> None:
    kinds = []
    for _ in range(60):

        @frozen
        class Kind:
            a: int
            b: int = 2

        kinds.append(Kind)
    start, made = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        made.extend([kind(1) for kind in kinds])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(made) == 240 and all(each.a == 1 and each.b == 2 and each == type(each)(1) for each in made)
