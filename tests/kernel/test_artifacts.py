"""Artifacts: what comes back is what went in, sharing and layout included, and damage never passes for a value."""

from __future__ import annotations

import array
import base64
import collections
import dataclasses
import datetime
import decimal
import enum
import functools
import io
import json
import os
import pickle
import random
import re
import subprocess
import sys
import types
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

from mliter_tui.kernel.artifacts import Damaged, check, dump, load
from mliter_tui.kernel.fingerprint import Scan, scan

KEY = b"a user's key"


class Surroundings:
    def __init__(self) -> None:
        self.main = types.ModuleType("__main__")
        self.lineage = "trace"
        self.cells: dict[int, str] = {}
        self.keep_docstrings = False

    def local_definition(self, module: str, qualname: str) -> None:
        return None

    def is_local_module(self, name: str) -> bool:
        return False


def look(**roots: object) -> Scan:
    return scan(dict(roots), Surroundings())


def back(folder: Path, **roots: Any) -> Any:
    """The roots after a dump, a manifest through JSON and a load; one alone is returned itself."""
    manifest = json.loads(json.dumps(dump(dict(roots), folder, KEY)))
    check(manifest, folder, KEY)
    loaded = load(manifest, folder, KEY)
    return loaded if len(roots) > 1 else next(iter(loaded.values()))


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


ESTIMATORS = ["linear", "tree", "svm", "forest", "boosted", "histogram", "pipeline", "neighbors", "cluster", "search", "text"]

ZOO: dict[str, Callable[[], Any]] = {
    "nested": lambda: [1, [2, (3, "a")], {"k": {1, 2}}], "shared": shared, "cyclic": cyclic_list,
    "cyclic instance": cyclic_instance, "enum": lambda: [Color.RED, Color.BLUE, Color], "record": lambda: Record(1, [2]),
    "slots": lambda: Slotted(1, [2]), "loose": loose, "named tuple": lambda: Pair(1, [2]), "list subclass": words,
    "ordered": lambda: collections.OrderedDict(b=1, a=2), "default": lambda: collections.defaultdict(list, a=[1]),
    "counter": lambda: collections.Counter("abca"), "deque": lambda: collections.deque([1, [2]], maxlen=5),
    "partial": lambda: functools.partial(Record, 2), "method": lambda: Record(1).__eq__,
    "dates": lambda: [datetime.datetime(2020, 1, 1), datetime.timedelta(3), datetime.UTC],
    "decimal": lambda: decimal.Decimal("1.50"), "pattern": lambda: re.compile("a+"), "uuid": lambda: uuid.UUID(int=3),
    "path": lambda: Path("/a/b"), "range": lambda: range(3), "slice": lambda: slice(1, None), "iterator": lambda: iter([1, 2]),
    "zip": lambda: zip([1], [2]), "bytearray": lambda: bytearray(b"abc"), "array": lambda: array.array("d", [1, 2]),
    "text": lambda: io.StringIO("abc"), "random": lambda: random.Random(3), "frozenset": lambda: frozenset([1, (2,)]),
    "types": lambda: [int, np.ndarray, Record, np.mean, np.add, len], "exception": lambda: ValueError("x"),
    "big bytes": lambda: [bytes(100_000), bytearray(100_000)],
    # arrays
    "large": lambda: base.copy(), "views": lambda: [base[:5000], base[2500:7500], base[::-1]], "few": lambda: base[::1000],
    "columns": lambda: np.ones((900, 500))[:, :3], "transposed": lambda: np.ones((3, 4, 5)).transpose(1, 2, 0),
    "fortran": lambda: np.asfortranarray(np.ones((30, 40))), "repeated": lambda: np.broadcast_to(np.arange(3), (4, 3)),
    "backwards": lambda: np.arange(10)[::-1], "read-only": read_only, "empty": lambda: np.zeros((0, 3)),
    "scalar array": lambda: np.array(3.0), "windows": lambda: np.lib.stride_tricks.sliding_window_view(base[:99], 5),
    "objects": lambda: np.array(["a", [1], None], object), "object grid": lambda: np.array([["a", [2], 3]] * 4, object)[:, ::2],
    "object fortran": lambda: np.asfortranarray(np.array([["a", "b"], [1, 2]], object)),
    "dates64": lambda: np.array(["2020"], "M8[D]"), "struct": lambda: np.array([(1, 2.0)], [("a", "i1"), ("b", "f8")]),
    "aligned": lambda: np.zeros(3, np.dtype([("a", "i1"), ("b", "f8")], align=True)), "unicode": lambda: np.array(["abc", "d"]),
    "strings": lambda: np.array(["abc", "d"], np.dtypes.StringDType()), "long": lambda: np.ones(3, np.longdouble),
    "scalars": lambda: [np.float64(3), np.int32(1), np.datetime64("2020"), np.str_("a"), np.bool_(True)],
    "masked": lambda: np.ma.masked_array([1.0, 2], [0, 1]), "generator": lambda: np.random.default_rng(3),
    "state": lambda: np.random.RandomState(2), "many": lambda: [np.full(700, k) for k in range(400)],
    # pandas, Arrow, SciPy
    "frame": frame, "series": lambda: frame()["int"], "strings series": lambda: frame()["text"], "index": lambda: frame().index,
    "dates index": lambda: pd.date_range("2020", periods=5, freq="D"), "categorical": lambda: pd.Categorical(["a", "b"]),
    "levels": lambda: pd.MultiIndex.from_product([[1, 2], ["a", "b"]], names=["x", "y"]), "na": lambda: [pd.NA, pd.NaT],
    "integers": lambda: pd.array([1, None]), "sparse": lambda: pd.arrays.SparseArray([0, 0, 1]),
    "intervals": lambda: pd.interval_range(0, 3), "periods": lambda: pd.period_range("2020", periods=3),
    "stamp": lambda: [pd.Timestamp("2020"), pd.Timedelta("1D"), pd.Interval(0, 1), pd.offsets.Day(2)],
    "arrow": lambda: pd.Series([1, 2, None], dtype="int64[pyarrow]"), "grouped": lambda: frame().groupby("cat", observed=True),
    "large frame": lambda: pd.DataFrame(base.reshape(-1, 10)).assign(name="x", kind=pd.Categorical(["a", "b"] * 1000)),
    "csr": lambda: scipy.sparse.random(300, 300, 0.3, "csr", rng=1), "coo": lambda: scipy.sparse.random(9, 9, 0.3, "coo", rng=1),
    **{f"estimator {kind}": functools.partial(fitted, kind) for kind in ESTIMATORS},
}


@pytest.mark.parametrize("name", ZOO)
def test_what_comes_back_is_what_went_in(name: str, tmp_path: Path) -> None:
    value = ZOO[name]()
    before = look(value=value)
    assert before.storable
    loaded = back(tmp_path, value=value)
    after = look(value=loaded)
    assert after.fp == before.fp == look(value=value).fp
    assert (after.exact, after.storable, after.refs, after.requires) == (True, True, before.refs, before.requires)
    assert len(after.mutable) == len(before.mutable)
    again = back(tmp_path, value=loaded)
    assert look(value=again).fp == before.fp


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
    assert look(value=back(tmp_path, value=value)).fp == look(value=value).fp


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
    assert np.array_equal(loaded, view) and look(view=loaded).fp == look(view=view).fp
    assert [np.sign(each) for each, extent in zip(loaded.strides, view.shape) if extent > 1] \
        == [np.sign(each) for each, extent in zip(view.strides, view.shape) if extent > 1]


# -- shared memory -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [50, 5000, 500_000])
def test_views_share_memory_after_a_load(size: int, tmp_path: Path) -> None:
    whole = np.arange(float(size))
    names = {"whole": whole, "part": whole[10:20], "turned": whole[::-1], "other": whole.copy()}
    loaded = back(tmp_path, **names)
    assert scan(loaded, Surroundings()).fp == scan(names, Surroundings()).fp
    loaded["whole"][15] = -1
    assert loaded["part"][5] == -1 and loaded["turned"][size - 16] == -1 and loaded["other"][15] == 15
    assert whole[15] == 15


def test_overlapping_slices_without_their_base(tmp_path: Path) -> None:
    whole = np.arange(100_000.0)
    names = {"first": whole[:60_000], "second": whole[40_000:]}
    loaded = back(tmp_path, **names)
    loaded["first"][50_000] = -1
    assert loaded["second"][10_000] == -1


def test_a_small_view_of_a_huge_base_stores_only_itself(tmp_path: Path) -> None:
    huge = np.zeros((2000, 1000))
    for view in (huge[:, 3], huge[::100, ::100], huge[5], huge[::-50]):
        manifest = dump({"view": view}, tmp_path, KEY)
        assert manifest["bytes"] < 3 * view.nbytes + 4096
        loaded = load(manifest, tmp_path, KEY)["view"]
        assert look(view=loaded).fp == look(view=view).fp
        assert loaded.flags.c_contiguous == view.flags.c_contiguous


def test_a_frame_and_the_array_it_shows(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": np.arange(3000.0), "b": 1.0})
    names = {"table": table, "numbers": table.to_numpy(), "column": table["a"], "half": table.iloc[:1500]}
    found = scan(names, Surroundings())
    assert found.storable
    loaded = back(tmp_path, **names)
    assert scan(loaded, Surroundings()).fp == found.fp
    assert np.shares_memory(loaded["table"].to_numpy(), loaded["numbers"])
    loaded["table"].loc[0, "a"] = -1  # copied on write: nothing else may change
    assert loaded["column"][0] == 0 and loaded["half"].loc[0, "a"] == 0 and loaded["numbers"][0, 0] == 0
    loaded["column"][1] = -2
    assert loaded["table"].loc[1, "a"] == 1 and loaded["half"].loc[1, "a"] == 1


def test_an_index_never_shares_memory_with_a_series(tmp_path: Path) -> None:
    numbers = pd.Series(np.arange(2000.0))
    for series in (numbers, pd.Series(pd.date_range("2020", periods=2000))):
        loaded = back(tmp_path, series=series, index=pd.Index(series))
        last = loaded["index"][5]
        loaded["series"][5] = loaded["series"][6]
        assert loaded["index"][5] == last


def test_flags_alignment_and_ownership(tmp_path: Path) -> None:
    fixed = np.arange(500_000.0)
    fixed.flags.writeable = False
    for size in (1, 100, 5000, 500_000):
        loaded = back(tmp_path, free=np.arange(float(size)), fixed=fixed[:size])
        assert loaded["free"].flags.writeable and not loaded["fixed"].flags.writeable
        assert size < 512 or loaded["free"].ctypes.data % 64 == 0
    small = back(tmp_path, value=np.arange(5))
    assert small.flags.owndata
    small.resize(7)


def test_writing_to_a_loaded_array_reaches_no_file(tmp_path: Path) -> None:
    values = {"a": np.zeros(300_000), "b": np.zeros(1000)}
    manifest = dump(values, tmp_path, KEY)
    load(manifest, tmp_path, KEY)["a"][:] = 1
    load(manifest, tmp_path, KEY)["b"][:] = 1
    check(manifest, tmp_path, KEY)
    assert not load(manifest, tmp_path, KEY)["a"].any()


def test_a_map_of_a_file_is_not_an_artifact(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "file", "f8", "w+", shape=(9,))
    assert not look(value=mapped).storable
    assert not look(value=np.asarray(mapped)).storable  # writes reach the file
    assert not look(value=np.frombuffer(bytearray(9), "u1")).storable


# -- strings, generators -----------------------------------------------------------------------------------------------


def test_interned_strings_are_the_same_objects_again(tmp_path: Path) -> None:
    for value in (["setosa", {"k": "setosa"}], np.array(["setosa", "x y"], object)):
        loaded = back(tmp_path, value=value)
        assert loaded[0] is sys.intern("setosa")
        assert pickle.dumps([loaded[0], "setosa"]) == pickle.dumps(["setosa", "setosa"])
    run_time = "".join(["not ", "a name"])
    assert back(tmp_path, value=[run_time]) == [run_time]
    many = ["setosa"] * 30_000
    assert back(tmp_path, value=many) == many


def test_the_generators_behind_the_modules_stay_themselves(tmp_path: Path) -> None:
    assert back(tmp_path, value=[np.random.mtrand._rand])[0] is np.random.mtrand._rand
    loaded = back(tmp_path, draw=random.random, state=random._inst)  # type: ignore[attr-defined]
    assert loaded["draw"].__self__ is random._inst  # type: ignore[attr-defined]


# -- files -------------------------------------------------------------------------------------------------------------


def objects(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "objects").rglob("*") if path.is_file())


def test_objects_are_private_named_by_content_and_stored_once(tmp_path: Path) -> None:
    from xxhash import xxh3_128_hexdigest

    values = {"a": np.arange(400_000.0), "b": np.arange(400_000.0), "c": np.arange(3000.0)}
    first = dump(values, tmp_path, KEY)
    paths = objects(tmp_path)
    assert len(first["buffers"]) == 3 and len(paths) == 2
    times = {path: path.stat().st_mtime_ns for path in paths}
    for path in paths:
        assert path.parent.name + path.name == xxh3_128_hexdigest(path.read_bytes())
        assert path.stat().st_mode & 0o777 == 0o600
    assert dump(values, tmp_path, KEY) == first
    assert {path: path.stat().st_mtime_ns for path in objects(tmp_path)} == times
    assert first["bytes"] >= 2 * 400_000 * 8 + 24_000
    assert isinstance(first["pickle"], str)
    wide = dump({"a": list(range(30_000))}, tmp_path, KEY)
    assert wide["pickle"][0] in {path.parent.name + path.name for path in objects(tmp_path)}


def test_many_middling_arrays_make_few_files(tmp_path: Path) -> None:
    values = [np.full(1000, k) for k in range(600)]
    manifest = dump({"values": values}, tmp_path, KEY)
    assert len(manifest["buffers"]) == 1
    assert all(np.array_equal(a, b) for a, b in zip(load(manifest, tmp_path, KEY)["values"], values))


def damage(folder: Path, how: str, path: Path) -> None:
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


@pytest.mark.parametrize("how", ["missing", "truncated", "altered"])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_damage_is_seen(how: str, which: int, tmp_path: Path) -> None:
    values = {"large": np.arange(200_000.0), "middle": np.arange(2000.0), "pickle": [f"{k}" for k in range(9000)]}
    manifest = dump(values, tmp_path, KEY)
    names = [*(name for name, _ in manifest["buffers"]), manifest["pickle"][0]]
    sizes = {name: (tmp_path / "objects" / name[:2] / name[2:]).stat().st_size for name in names}
    name = sorted(names, key=sizes.__getitem__)[which]
    damage(tmp_path, how, tmp_path / "objects" / name[:2] / name[2:])
    with pytest.raises(Damaged):
        check(manifest, tmp_path, KEY)
    if how != "altered" or sizes[name] < 1 << 20:  # content of large buffers is left to `check`
        with pytest.raises(Damaged):
            load(manifest, tmp_path, KEY)


class Trap:
    """Its unpickling leaves a trace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_nothing_foreign_or_altered_is_unpickled(tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    manifest = dump({"a": Trap(sprung)}, tmp_path, KEY)
    with pytest.raises(Damaged):
        load(manifest, tmp_path, b"another key")
    payload = base64.b64decode(manifest["pickle"])
    honest = dump({"a": [1]}, tmp_path, KEY)
    forged: list[dict[str, Any]] = [
        {**honest, "pickle": manifest["pickle"]}, {**manifest, "digest": honest["digest"]}, {**manifest, "digest": ""},
        {key: value for key, value in manifest.items() if key != "digest"}, {**manifest, "version": 2}, {},
        {**manifest, "pickle": base64.b64encode(payload[:-1] + b"!").decode()}, {**manifest, "pickle": 3},
        {**manifest, "buffers": [["../../etc/passwd", 3]]}, {**manifest, "buffers": [["0" * 32, 3]]},
        {**manifest, "pickle": ["../../../etc/passwd", 3]}, {**manifest, "buffers": None},
    ]
    for each in forged:
        with pytest.raises(Damaged):
            load(each, tmp_path, KEY)
        with pytest.raises(Damaged):
            check(each, tmp_path, KEY)
    assert not sprung.exists()
    load(manifest, tmp_path, KEY)
    assert sprung.exists()


class Fickle:
    def __setstate__(self, state: Any) -> None:
        raise RuntimeError("not any more")

    def __getstate__(self) -> Any:
        return {"a": 1}


class Refuses:
    def __reduce__(self) -> Any:
        raise RuntimeError("no")


def test_values_that_cannot_be_written_or_read_back(tmp_path: Path) -> None:
    manifest = dump({"a": Fickle()}, tmp_path, KEY)
    with pytest.raises(Damaged, match="not any more"):
        load(manifest, tmp_path, KEY)
    for value in (Refuses(), lambda: 1, (each for each in ()), open(os.devnull)):
        with pytest.raises(pickle.PicklingError):
            dump({"a": value}, tmp_path, KEY)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        dump({"a": np.arange(3000.0)}, tmp_path, KEY)
    assert not objects(tmp_path)


def test_a_truncated_object_is_written_again(tmp_path: Path) -> None:
    values = {"a": np.arange(3000.0)}
    manifest = dump(values, tmp_path, KEY)
    objects(tmp_path)[0].write_bytes(b"half")
    assert dump(values, tmp_path, KEY) == manifest
    check(manifest, tmp_path, KEY)


ELSEWHERE = """
import json, sys
from pathlib import Path
from mliter_tui.kernel.artifacts import dump, load
class Model:
    def __init__(self): self.parts = [self, "setosa"]
def use(x): return x
folder = Path(sys.argv[2])
if sys.argv[1] == "write":
    import numpy as np, pandas as pd
    table = pd.DataFrame({"a": np.arange(200000.), "b": "x"})
    values = {"model": Model(), "use": use, "table": table, "kind": Model}
    (folder / "manifest").write_text(json.dumps(dump(values, folder, b"k")))
else:
    values = load(json.loads((folder / "manifest").read_text()), folder, b"k")
    assert values["model"].parts[0] is values["model"] and type(values["model"]) is Model is values["kind"]
    assert values["use"] is use and values["model"].parts[1] is "setosa"
    table = values["table"]
    assert table["a"].sum() == 199999 * 100000 and set(table["b"]) == {"x"}
    table.loc[0, "a"] = 5
    print("read")
"""


def test_another_process_reads_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(ELSEWHERE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for word in ("write", "read"):
        done = subprocess.run([sys.executable, "-W", "ignore", script, word, tmp_path], capture_output=True, text=True,
                              env=environment)
        assert done.returncode == 0, done.stderr
    assert done.stdout == "read\n"
