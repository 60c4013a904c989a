"""Artifacts: what comes back is what went in, sharing and layout included, and damage never passes for a value."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import functools
import gc
import io
import pickle
import random
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel.surroundings import KEY, back, look

from mliter_tui.kernel.artifacts import Damaged, dump, load

# -- the zoo -----------------------------------------------------------------------------------------------------------


class Color(enum.Enum):
    RED = 1
    BLUE = (2, "b")


@dataclasses.dataclass
class Record:
    x: int
    y: list[Any] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class Slotted:
    x: int
    y: list[Any]


class Words(list):  # type: ignore[type-arg]
    note = ""


class Loose:
    __slots__ = ("__dict__", "fixed")


Pair = collections.namedtuple("Pair", "left right")
base = np.arange(20_000.0)


def cyclic_list() -> Any:
    value: list[Any] = [1]
    value.append((value,))
    return value


def cyclic_instance() -> Any:
    record = Record(1)
    record.y.append({"self": record})
    return record


def words() -> Any:
    value = Words(["a"])
    value.note = "n"
    return value


def loose() -> Any:
    first, second = Loose(), Loose()
    second.fixed, second.free = [1], [2]
    return [first, second]


def frame() -> Any:
    value = pd.DataFrame({
        "int": [1, 2, 3], "float": [1.5, np.nan, 2], "text": ["x", None, "z"], "cat": pd.Categorical(list("uvu")),
        "date": pd.date_range("2020", periods=3), "masked": pd.array([1, None, 3]), "object": [[1], {}, None],
        "zone": pd.date_range("2020", periods=3, tz="UTC"), "bool": [True, False, True],
    }, index=pd.Index(list("abc"), name="key"))
    value.attrs["note"] = [1]
    return value


def shared() -> Any:
    inner = [1]
    return [inner, inner, {"k": inner}]


def read_only() -> Any:
    value = np.arange(3000)
    value.flags.writeable = False
    return value


def read_only_objects() -> Any:
    value = np.array(["a", [1]], object)
    value.flags.writeable = False
    return value


def fitted(kind: str) -> Any:
    from sklearn import cluster, ensemble, linear_model, neighbors, pipeline, preprocessing, svm, tree
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.model_selection import GridSearchCV

    rows = np.random.RandomState(0).rand(60, 4)
    target = (rows[:, 0] > 0.5).astype(int)
    if kind == "text":
        return TfidfVectorizer().fit(["a bb", "bb cc"])
    makers: dict[str, Callable[[], Any]] = {
        "linear": linear_model.LogisticRegression, "tree": tree.DecisionTreeClassifier, "svm": svm.SVC,
        "forest": lambda: ensemble.RandomForestClassifier(3, random_state=np.random.RandomState(1)),
        "boosted": lambda: ensemble.GradientBoostingClassifier(n_estimators=3),
        "histogram": lambda: ensemble.HistGradientBoostingClassifier(max_iter=3),
        "pipeline": lambda: pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.Ridge()),
        "neighbors": lambda: neighbors.KNeighborsClassifier(algorithm="kd_tree"),
        "cluster": lambda: cluster.KMeans(2, n_init=1, random_state=0),
        "search": lambda: GridSearchCV(linear_model.Ridge(), {"alpha": [1, 2]}),
    }
    return makers[kind]().fit(rows, target)


ESTIMATORS = ["linear", "tree", "svm", "forest", "boosted", "histogram", "pipeline", "neighbors", "cluster", "search",
              "text"]

ZOO: dict[str, Callable[[], Any]] = {
    "nested": lambda: [1, [2, (3, "a")], {"k": {1, 2}}], "shared": shared, "cyclic": cyclic_list,
    "cyclic instance": cyclic_instance, "enum": lambda: [Color.RED, Color.BLUE, Color],
    "record": lambda: Record(1, [2]),
    "slots": lambda: Slotted(1, [2]), "loose": loose, "named tuple": lambda: Pair(1, [2]), "list subclass": words,
    "ordered": lambda: collections.OrderedDict(b=1, a=2), "default": lambda: collections.defaultdict(list, a=[1]),
    "counter": lambda: collections.Counter("abca"), "deque": lambda: collections.deque([1, [2]], maxlen=5),
    "partial": lambda: functools.partial(Record, 2), "method": lambda: Record(1).__eq__,
    "dates": lambda: [datetime.datetime(2020, 1, 1), datetime.timedelta(3), datetime.UTC],
    "decimal": lambda: decimal.Decimal("1.50"), "pattern": lambda: re.compile("a+"), "uuid": lambda: uuid.UUID(int=3),
    "path": lambda: Path("/a/b"), "range": lambda: range(3), "slice": lambda: slice(1, None),
    "iterator": lambda: iter([1, 2]),
    "zip": lambda: zip([1], [2]), "bytearray": lambda: bytearray(b"abc"), "array": lambda: array.array("d", [1, 2]),
    "text": lambda: io.StringIO("abc"), "random": lambda: random.Random(3), "frozenset": lambda: frozenset([1, (2,)]),
    "types": lambda: [int, np.ndarray, Record, np.mean, np.add, len], "exception": lambda: ValueError("x"),
    "big bytes": lambda: [bytes(100_000), bytearray(100_000)],
    # arrays
    "large": lambda: base.copy(), "views": lambda: [base[:5000], base[2500:7500], base[::-1]],
    "few": lambda: base[::1000],
    "columns": lambda: np.ones((900, 500))[:, :3], "transposed": lambda: np.ones((3, 4, 5)).transpose(1, 2, 0),
    "fortran": lambda: np.asfortranarray(np.ones((30, 40))), "repeated": lambda: np.broadcast_to(np.arange(3), (4, 3)),
    "backwards": lambda: np.arange(10)[::-1], "read-only": read_only, "empty": lambda: np.zeros((0, 3)),
    "scalar array": lambda: np.array(3.0), "windows": lambda: np.lib.stride_tricks.sliding_window_view(base[:99], 5),
    "objects": lambda: np.array(["a", [1], None], object),
    "object grid": lambda: np.array([["a", [2], 3]] * 4, object)[:, ::2],
    "read-only objects": read_only_objects,
    "object fortran": lambda: np.asfortranarray(np.array([["a", "b"], [1, 2]], object)),
    "dates64": lambda: np.array(["2020"], "M8[D]"), "struct": lambda: np.array([(1, 2.0)], [("a", "i1"), ("b", "f8")]),
    "aligned": lambda: np.zeros(3, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    "unicode": lambda: np.array(["abc", "d"]),
    "strings": lambda: np.array(["abc", "d"], np.dtypes.StringDType()), "long": lambda: np.ones(3, np.longdouble),
    "scalars": lambda: [np.float64(3), np.int32(1), np.datetime64("2020"), np.str_("a"), np.bool_(True)],
    "masked": lambda: np.ma.masked_array([1.0, 2], [0, 1]), "generator": lambda: np.random.default_rng(3),
    "state": lambda: np.random.RandomState(2), "many": lambda: [np.full(700, k) for k in range(400)],
    # pandas, Arrow, SciPy
    "frame": frame, "series": lambda: frame()["int"], "strings series": lambda: frame()["text"],
    "index": lambda: frame().index,
    "dates index": lambda: pd.date_range("2020", periods=5, freq="D"),
    "categorical": lambda: pd.Categorical(["a", "b"]),
    "levels": lambda: pd.MultiIndex.from_product([[1, 2], ["a", "b"]], names=["x", "y"]), "na": lambda: [pd.NA, pd.NaT],
    "integers": lambda: pd.array([1, None]), "sparse": lambda: pd.arrays.SparseArray([0, 0, 1]),
    "intervals": lambda: pd.interval_range(0, 3), "periods": lambda: pd.period_range("2020", periods=3),
    "stamp": lambda: [pd.Timestamp("2020"), pd.Timedelta("1D"), pd.Interval(0, 1), pd.offsets.Day(2)],
    "arrow": lambda: pd.Series([1, 2, None], dtype="int64[pyarrow]"),
    "grouped": lambda: frame().groupby("cat", observed=True),
    "large frame": lambda: pd.DataFrame(base.reshape(-1, 10)).assign(name="x", kind=pd.Categorical(["a", "b"] * 1000)),
    "csr": lambda: scipy.sparse.random(300, 300, 0.3, "csr", rng=1),
    "coo": lambda: scipy.sparse.random(9, 9, 0.3, "coo", rng=1),
    **{f"estimator {kind}": functools.partial(fitted, kind) for kind in ESTIMATORS},
}


@pytest.mark.parametrize("name", ZOO)
def test_what_comes_back_is_what_went_in(name: str, tmp_path: Path) -> None:
    value = ZOO[name]()
    before = look(value)
    assert before.storable
    loaded = back(tmp_path, value=value)
    after = look(loaded)
    assert after.fp == before.fp == look(value).fp
    assert (after.exact, after.storable, after.refs, after.requires) == (True, True, before.refs, before.requires)
    assert len(after.mutable) == len(before.mutable)
    again = back(tmp_path, value=loaded)
    assert look(again).fp == before.fp


atoms = st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=9) | st.text(max_size=9)
nested = st.recursive(
    atoms,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    | st.tuples(inner, inner) | st.lists(inner, max_size=3).map(lambda items: [items, items]),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nested)
def test_plain_containers_come_back(tmp_path: Path, value: Any) -> None:
    assert look(back(tmp_path, value=value)).fp == look(value).fp


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nested, nested)
def test_what_is_one_object_stays_one_in_plain_containers(tmp_path: Path, one: Any, two: Any) -> None:
    made = "".join(["made", " here"])
    names = {"a": [one, two, made, made, ("in", one)], "b": {"x": two, made: one, "numbers": [10**30] * 2}}
    assert look(names["a"]).native and look(names["b"]).native
    loaded = back(tmp_path, **names)
    first, second = loaded["a"][2:4]
    assert first is second is list(loaded["b"])[1]
    assert loaded["b"]["numbers"][0] is loaded["b"]["numbers"][1]
    assert (loaded["a"][0] is loaded["b"][made]) and (loaded["a"][1] is loaded["b"]["x"])
    assert pickle.dumps(loaded, 5) == pickle.dumps(names, 5)


def test_what_is_nested_too_deep_for_marshal_comes_back(tmp_path: Path) -> None:
    value: list[Any] = []
    for _ in range(250):
        value = [value, (1,)]
    assert look(back(tmp_path, value=value)).fp == look(value).fp


@pytest.mark.parametrize("value", [{1}, bytearray(3), Words(), Color.RED, collections.Counter("ab"), np.float64(1)])
def test_only_builtin_containers_and_atoms_are_native(value: Any) -> None:
    assert not look(value).native
    assert not look([[value]]).native
    assert not look({"a": (1, value)}).native
    assert not look([("a", 1)] * 300 + [("a", value)]).native


shapes = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3))
steps = st.tuples(*[st.sampled_from([1, 2, -1, -2])] * 3)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shapes, steps, st.permutations([0, 1, 2]), st.booleans())
def test_views_of_any_layout_come_back(
    tmp_path: Path, shape: tuple[int, ...], steps: tuple[int, ...], axes: list[int], objects: bool,
) -> None:
    whole = np.arange(np.prod(shape)).reshape(shape)
    if objects:
        whole = whole.astype(object)
    view = whole[tuple(slice(None, None, step) for step in steps)].transpose(axes)
    loaded = back(tmp_path, view=view)
    assert np.array_equal(loaded, view) and look(loaded).fp == look(view).fp
    assert [np.sign(each) for each, extent in zip(loaded.strides, view.shape) if extent > 1] \
        == [np.sign(each) for each, extent in zip(view.strides, view.shape) if extent > 1]




@pytest.mark.parametrize("make", [lambda: np.arange(3.0), lambda: np.array(["a", None], object), lambda: np.float32(1),
                                  lambda: pd.Series([1, 2])])  # fmt: skip
def test_numpys_own_data_types_stay_the_only_ones(make: Callable[[], Any], tmp_path: Path) -> None:
    """Else what is pickled later, from what was loaded, has other bytes than python's."""
    found = back(tmp_path, value=make())
    assert found.dtype is make().dtype
    named = back(tmp_path, value=np.zeros(2, [("a", "i4")]))
    assert named.dtype == np.dtype([("a", "i4")]) and named.dtype.fields["a"][0] is np.dtype("i4")


# -- the collector -----------------------------------------------------------------------------------------------------


class Restless:
    """Cannot be read back."""

    def __setstate__(self, state: object) -> None:
        raise ValueError("no")


@pytest.mark.parametrize("collecting", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_a_load_does_not_have_garbage_looked_for(tmp_path: Path, collecting: bool, whole: bool) -> None:
    """It makes many objects, none of which can be garbage; afterwards the collector is as the script has set it."""
    rows = [{"number": number, "pair": [number]} for number in range(20_000)]
    broken = Restless()
    broken.__dict__["state"] = 1
    manifest = dump({"rows": rows, "last": None if whole else broken}, tmp_path, KEY)
    runs: list[str] = []
    note = lambda phase, about: runs.append(phase)  # noqa: E731
    enabled = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    gc.collect()
    gc.callbacks.append(note)
    try:
        if whole:
            loaded = load(manifest, tmp_path, KEY)
        else:
            with pytest.raises(Damaged):
                load(manifest, tmp_path, KEY)
        found, after = list(runs), gc.isenabled()
    finally:
        gc.callbacks.remove(note)
        (gc.enable if enabled else gc.disable)()
    assert not whole or loaded["rows"] == rows
    assert len(found) <= 2  # of whatever was made since: not of each few hundred objects
    assert after is collecting
