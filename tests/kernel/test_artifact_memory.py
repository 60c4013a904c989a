"""Artifacts keep who shares memory with whom, and share it with nobody else."""

from __future__ import annotations

import os
import pickle
import random
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kernel.surroundings import KEY, Surroundings, back, look

from mliter_tui.kernel.artifacts import check, dump, load
from mliter_tui.kernel.fingerprint import scan


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
        assert look(loaded).fp == look(view).fp
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
    assert not look(mapped).storable
    assert not look(np.asarray(mapped)).storable  # writes reach the file
    assert not look(np.frombuffer(bytearray(9), "u1")).storable


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




def test_a_forked_child_keeps_its_writes_to_itself(tmp_path: Path) -> None:
    loaded = back(tmp_path, large=np.zeros(200_000), middle=np.zeros(1000), small=[np.zeros(9)[:5], np.zeros(9)])
    child = os.fork()
    if child == 0:
        for array in (loaded["large"], loaded["middle"], *loaded["small"]):
            array[:] = 1
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert not any(array.any() for array in (loaded["large"], loaded["middle"], *loaded["small"]))


def test_memory_that_cannot_be_shared_again_keeps_a_value_out_of_the_store() -> None:
    objects = np.array([1, "a", None], object)
    masked = np.ma.masked_array([1, 2, 3], [0, 1, 0])
    for names in ({"a": objects, "b": objects[:2]}, {"a": masked, "b": masked.data}):
        context = Surroundings()
        assert not scan(dict(names), context).storable
        assert all(scan({"a": each}, context).storable for each in names.values())
    raw = bytearray(64)
    found = scan({"raw": raw, "view": np.frombuffer(raw, "u1")}, Surroundings())
    assert not found.storable and len({(low, high) for low, high, _ in found.buffers}) == 1


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the system does not list maps")
def test_large_arrays_are_mapped_and_small_ones_are_not(tmp_path: Path) -> None:
    for length, files in ((200_000, 1), (2000, 0)):
        loaded = back(tmp_path, value=np.arange(float(length)))
        maps = [line for line in Path("/proc/self/maps").read_text().splitlines() if str(tmp_path) in line]
        assert len(maps) == files and len(loaded) == length
        assert all(line.split()[1] == "rw-p" for line in maps)
        del loaded
