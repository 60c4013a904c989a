"""Fingerprints: equal for equal content in any process, different for any change, and truthful about the rest."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import functools
import gc
import io
import marshal
import os
import re
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel.surroundings import Surroundings, fp, look

from mliter_tui.kernel.fingerprint import ATOMS, scan
from mliter_tui.kernel.identity import identity

# -- plain values ------------------------------------------------------------------------------------------------------

atoms = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.binary(max_size=9)
    | st.text(max_size=9)
)
keys = st.integers() | st.text(max_size=9) | st.booleans() | st.tuples(st.integers(), st.text(max_size=3))
nested = st.recursive(
    atoms,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
    | st.tuples(inner, inner) | st.frozensets(keys, max_size=4).map(lambda items: [items]),
    max_leaves=20,
)


def rebuilt(value: Any) -> Any:
    """The same content in new objects, strings and numbers too; nothing shared."""
    if type(value) in (list, tuple):
        return type(value)([rebuilt(item) for item in value])
    if type(value) is dict:
        return {rebuilt(key): rebuilt(item) for key, item in value.items()}
    if type(value) is str:
        return "".join(list(value)) if len(value) > 1 else value
    if type(value) in (int, float) and value == value:
        return type(value)(repr(value))
    return value


@settings(max_examples=150, deadline=None)
@given(nested)
def test_equal_content_in_new_objects_has_the_same_fingerprint(value: Any) -> None:
    assert fp(value) == fp(rebuilt(value))


@settings(max_examples=150, deadline=None)
@given(nested)
def test_whole_subtrees_and_single_objects_are_written_alike(value: Any) -> None:
    """A part that marshal cannot take puts all above it on the slow path; the rest must be hashed to the same bytes."""
    from mliter_tui.kernel.walk import Walk

    slow, fast = Walk(Surroundings()), Walk(Surroundings())
    slow.subtree = lambda value: False  # type: ignore[method-assign]
    slow.run([value])
    fast.run([value])
    assert slow.hasher.hexdigest() == fast.hasher.hexdigest()
    assert slow.seen == fast.seen


@settings(max_examples=200, deadline=None)
@given(nested, st.data())
def test_a_change_anywhere_changes_the_fingerprint(value: Any, data: st.DataObject) -> None:
    value = rebuilt([value])
    before = fp(value)
    places = [item for item in walk_all(value) if type(item) in (list, dict)]
    place = data.draw(st.sampled_from(range(len(places))))
    chosen = places[place]
    if type(chosen) is list:
        chosen.append(None)
    else:
        chosen[("a", "new", "key")] = 0
    assert fp(value) != before


def walk_all(value: Any) -> list[Any]:
    found = [value]
    if type(value) in (list, tuple):
        found += [each for item in value for each in walk_all(item)]
    elif type(value) is dict:
        found += [each for item in value.values() for each in walk_all(item)]
    return found


LOOKALIKES: list[Any] = [
    1, True, 1.0, 1 + 0j, "1", b"1", 0, False, 0.0, -0.0, None, "", b"", (), [], {}, set(), frozenset(), float("nan"),
    [1], (1,), {1}, frozenset([1]), {1: 1}, [[1]], [1, [2]], [[1], 2], {"a": 1, "b": 2}, {"b": 2, "a": 1}, bytearray(),
    bytearray(b"1"), collections.OrderedDict(a=1), collections.Counter(a=1), collections.defaultdict(int, a=1),
    collections.defaultdict(list, a=1), {"a": 1}, collections.deque([1]), collections.deque([1], maxlen=3), range(1),
    slice(1), slice(0, 1), ..., NotImplemented, int, float, len, abs, re.compile("a"), re.compile("a", re.I), Path("a"),
    datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), decimal.Decimal("1"), decimal.Decimal("1.0"),
    types.MappingProxyType({"a": 1}), iter([1]), iter((1,)), functools.partial(int, 1), functools.partial(int, "1"),
    np.float64(1), np.float32(1), np.int64(1), np.bool_(True), np.array(1.0), np.array([1.0]), np.array([[1.0]]),
    np.array([1]), np.array([1], "i4"), np.array([1], ">i8"), np.array([1], object), np.array(["1"]),
    np.array([1, 2], "M8[D]"), np.array([1, 2], "M8[s]"), np.array([1, 2]), np.dtype("f8"), np.add, np.subtract,
    np.mean,
    np.zeros((2, 3)), np.zeros((3, 2)), np.zeros((2, 3), order="F"), np.zeros((2, 3), "f4"), np.array([0.0, -0.0]),
    np.array([0.0, 0.0]), np.ma.masked_array([1, 2], [0, 1]), np.ma.masked_array([1, 2], [1, 0]),
    np.zeros(1).view(np.recarray),
    np.random.default_rng(1), np.random.default_rng(2), np.random.RandomState(1), np.random.RandomState(2),
    pd.Series([1]), pd.Series([1.0]), pd.Series([1], name="a"), pd.Series([1], index=[1]), pd.DataFrame({"a": [1]}),
    pd.DataFrame({"b": [1]}), pd.DataFrame({"a": [1]}, index=["x"]), pd.DataFrame({"a": ["1"]}), pd.RangeIndex(1),
    pd.DataFrame({"a": pd.Series(["1"], dtype=object)}), pd.Index([0]), pd.Index([0], name="a"), pd.Categorical(["a"]),
    pd.Categorical(["a"], ["a", "b"]), pd.Categorical(["a"], ordered=True), pd.Series([1, None], dtype="Int64"),
    pd.Series([1, None], dtype="float"), pd.Timestamp("2020"), pd.NaT, pd.NA, pd.date_range("2020", periods=3),
    pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-01-03"]), pd.date_range("2020", periods=3, tz="UTC"),
    pd.interval_range(0, 2), pd.period_range("2020", periods=2), pd.MultiIndex.from_product([[1], [2]]),
    pd.arrays.SparseArray([0, 0, 1]), pd.arrays.SparseArray([0, 1, 0]),
]


def test_things_that_compare_equal_or_look_alike_differ() -> None:
    prints: dict[str, Any] = {}
    for value in LOOKALIKES:
        print_ = fp(value)
        assert print_ not in prints, (prints[print_], value)
        prints[print_] = value


@pytest.mark.parametrize("value", LOOKALIKES, ids=lambda value: f"{type(value).__name__}")
def test_looking_twice_sees_the_same_and_content_is_exact(value: Any) -> None:
    first = look(value)
    assert first == look(value)
    assert first.exact


@settings(max_examples=200, deadline=None)
@given(nested.filter(lambda value: "frozenset" not in repr(value)))
def test_marshal_format_two_knows_no_identity_of_strings(value: Any) -> None:
    """What the fast path rests on, also for strings that are interned and shared."""
    shared = [sys.intern("abc"), "abc", value]
    fresh = ["".join(["a", "bc"]), "".join(["ab", "c"]), rebuilt(value)]
    assert shared[0] is shared[1] and fresh[0] is not fresh[1]
    assert marshal.dumps(shared, 2) == marshal.dumps(fresh, 2)


def test_an_array_that_marshal_would_take_for_bytes_is_none() -> None:
    assert fp([np.array([1, 2], "u1")]) != fp([b"\1\2"])
    assert fp([np.float64(1)]) != fp([1.0])
    assert fp([np.str_("a")]) != fp(["a"])


def test_the_order_of_a_set_shows() -> None:
    one, other = {0, 8}, {8, 0}
    assert one == other and list(one) != list(other)
    assert fp(one) != fp(other)
    assert look({1, 2, 3}).storable
    assert not look({object(), object()}).storable  # hashed by address
    assert not look({str, int, float}).storable


def test_a_set_that_would_be_iterated_otherwise_when_rebuilt_is_not_storable() -> None:
    turned = set()
    for number in (8, 0):
        turned.add(number)
    assert list(set(list(turned))) == list(turned)
    assert look(turned).storable
    grown = set(range(40)) | {1 << 20}
    for number in range(40):
        grown.discard(number)
    grown |= {33, 1, 65}  # collide in a small table, not in this large one
    assert look(grown).storable == (list(set(list(grown))) == list(grown))


# -- identity ----------------------------------------------------------------------------------------------------------


class Thing:
    def __init__(self, part: Any = None) -> None:
        self.part = part


MUTABLE: list[Callable[[], Any]] = [
    list, dict, set, bytearray, Thing, lambda: [1, "a"], lambda: {"a": [1]}, lambda: np.arange(3), collections.deque,
    lambda: np.array([1, "a"], object), lambda: pd.Series([1]), lambda: pd.DataFrame({"a": [1]}),
    lambda: Thing([Thing()]),
    lambda: np.random.default_rng(3), lambda: io.StringIO("a"), lambda: functools.partial(int),
    lambda: collections.Counter("ab"), lambda: pd.array([1, None]), lambda: np.ma.masked_array([1, 2], [0, 1]),
]


@pytest.mark.parametrize("make", MUTABLE)
def test_aliases_of_mutable_objects_show(make: Callable[[], Any]) -> None:
    one = make()
    shared, apart = [one, one], [one, make()]
    assert fp(shared) != fp(apart)
    assert fp(shared) == fp([(again := make()), again])
    assert fp(apart) == fp([make(), make()])
    assert fp((one, (one,))) != fp((one, (make(),)))
    assert identity(one) in look(shared).mutable
    context = Surroundings()
    assert scan({"a": one, "b": one}, context).fp != scan({"a": one, "b": make()}, context).fp


IMMUTABLE: list[Callable[[], Any]] = [
    lambda: "".join(["ab", "cd"]), lambda: float("1.5"), lambda: int("123456"), lambda: tuple([1, "a"]),
    lambda: datetime.date(2020, 1, 2), lambda: decimal.Decimal("1.5"), lambda: Path("a") / "b",
    lambda: re.compile("ab*"),
    lambda: np.float64(1.5), lambda: frozenset([1, 2]), lambda: pd.Index([1, 2]), lambda: pd.Timestamp("2020"),
    lambda: pd.RangeIndex(3), lambda: slice(1, 2), lambda: range(1000), lambda: bytes([1, 2, 3]),
    lambda: np.dtype("f4"),
    lambda: pd.MultiIndex.from_tuples([(1, 2)]),
]


@pytest.mark.parametrize("make", IMMUTABLE)
def test_identity_of_immutable_objects_leaves_no_trace(make: Callable[[], Any]) -> None:
    one = make()
    assert fp([one, one]) == fp([one, make()])
    assert fp([one, one, {}.keys()]) == fp([one, make(), {}.keys()])  # and on the slow path
    assert identity(one) not in look([one]).mutable


def test_cycles_end_and_tell_their_shape() -> None:
    one: list[Any] = []
    one.append(one)
    two: list[Any] = [[]]
    two[0].append(two)
    assert fp(one) != fp(two)
    assert look(two).mutable == {identity(two), identity(two[0])}
    thing = Thing()
    thing.part = {"self": thing}
    assert look(thing).exact


def test_an_alias_into_a_subtree_that_was_read_as_a_whole() -> None:
    """The numbers given late are those a traversal object by object gives."""
    inner = [1]
    tree = [[0], {"k": inner, "l": [2]}, ([3], 4)]
    for target in (tree[0], tree[1], inner, tree[1]["l"], tree[2][0]):  # type: ignore[index]
        from mliter_tui.kernel.walk import Walk

        slow, fast = Walk(Surroundings()), Walk(Surroundings())
        slow.subtree = lambda value: False  # type: ignore[method-assign]
        for walk in (slow, fast):
            walk.run([tree, target])
        assert slow.hasher.hexdigest() == fast.hasher.hexdigest()
    assert fp([tree, inner]) != fp([tree, tree[0]])


def test_reached_mutable_objects_are_reported_and_temporary_ones_are_not() -> None:
    class Part(Thing):
        def __getstate__(self) -> dict[str, Any]:
            return {"held": self.part, "made": [1, 2, [3]], "more": {"a": self.part}}

    held = [1]
    part = Part(held)
    top = [part]
    found = look(top)
    assert identity(held) in found.mutable and identity(part) in found.mutable
    alive = {identity(each) for each in gc.get_objects()} | {identity(found)}
    assert found.mutable <= alive and identity(top) in found.mutable
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert look(frame).mutable == {identity(frame), identity(frame.attrs)}


def test_buffers_and_overlaps() -> None:
    base = np.arange(100.0)
    first, second = base[:60], base[40:]
    assert fp([first, second]) != fp([first.copy(), second.copy()])
    assert fp([base[:50], base[50:]]) == fp([base[:50].copy(), base[50:].copy()])
    assert fp([first, second]) != fp([base[:60], base[40:].copy()])
    assert look(base).buffers == [(base.ctypes.data, base.ctypes.data + 800, False)]
    frame = pd.DataFrame({"a": base})
    (low, high, owned), = look(frame).buffers
    assert owned and high - low == 800
    assert not look([np.zeros(0)]).buffers
    assert fp([frame, frame["a"]]) == fp([frame.copy(), frame["a"].copy()])  # copied on write: not to be seen


# -- other processes ---------------------------------------------------------------------------------------------------

ELSEWHERE = """
import datetime, decimal, enum, collections, functools, sys
import numpy as np, pandas as pd
sys.path.insert(0, {tests!r})
from kernel.surroundings import Surroundings
from mliter_tui.kernel.fingerprint import scan
class Color(enum.Enum):
    RED = 1
class Point:
    def __init__(self, x): self.x = x
context = Surroundings()
context.main = sys.modules["__main__"]
values = [
    [1, "a", (2.5, None)], {{"a": [1], "b": {{"c": b"x"}}}},
    np.arange(10).reshape(2, 5)[:, ::2], Color.RED, Point([Point(1)]),
    pd.DataFrame({{"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"])}}), pd.date_range("2020", periods=3),
    collections.Counter("abca"), functools.partial(Point, x=1), datetime.datetime(2020, 1, 1), decimal.Decimal("1.1"),
    np.random.default_rng(1), Point, lambda x: x + y, np.array(["a", [1]], object), pd.Series([1.5], name="z"),
]
for value in values:
    print(scan({{"value": value}}, context).fp)
"""


def test_another_process_sees_the_same() -> None:
    source = ELSEWHERE.format(tests=str(Path(__file__).parent.parent))
    processes = [
        subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True,
                         env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)})
        for seed in ("1", "2")
    ]
    one, two = (process.communicate()[0].split() for process in processes)
    assert all(process.returncode == 0 for process in processes)
    assert len(one) == 16 == len(set(one)) and one == two


def test_nothing_heavy_is_imported() -> None:
    source = "import sys, mliter_tui.kernel.fingerprint, mliter_tui.kernel.artifacts as a; " \
             "print(*({m.partition('.')[0] for m in sys.modules} - sys.stdlib_module_names))"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert not {"numpy", "pandas", "pyarrow", "scipy", "networkx"} & set(done.stdout.split())


def test_atoms_and_names() -> None:
    for kind in (int, str, bytes, float, complex, bool, type(None)):
        assert kind in ATOMS
    context = Surroundings()
    assert scan({"a": 1}, context).fp == scan({"b": 1}, context).fp
    assert scan({"a": 1, "b": 2}, context).fp != scan({"a": 2, "b": 1}, context).fp
    assert scan({"b": 2, "a": 1}, context).fp == scan({"a": 1, "b": 2}, context).fp


class Shade(enum.Enum):
    DARK = "d"


@dataclasses.dataclass(frozen=True, slots=True)
class Slots:
    a: int
    b: list[int]


def test_enums_slots_and_dataclasses() -> None:
    assert fp(Slots(1, [2])) == fp(Slots(1, [2])) != fp(Slots(1, [3]))
    assert fp(Shade.DARK) == fp(Shade("d")) != fp("d")
    assert look([Slots(1, [2]), Shade.DARK]).exact
