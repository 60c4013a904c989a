"""Fingerprints of NumPy, pandas and Arrow values: what they mean, not how they are kept."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
from kernel.surroundings import fp, look


def test_bytes_between_the_fields_of_a_struct_mean_nothing() -> None:
    padded = np.zeros(4, np.dtype([("a", "i1"), ("b", "f8")], align=True))
    raw = padded.view(np.uint8).copy()
    raw.reshape(4, -1)[:, 1:8] = 7
    assert fp(padded) == fp(raw.view(padded.dtype))


def test_columns_count_and_blocks_do_not() -> None:
    numbers = np.arange(30.0).reshape(10, 3)
    one = pd.DataFrame(numbers, columns=list("abc"))
    many = pd.DataFrame({"a": numbers[:, 0]})
    many["b"], many["c"] = numbers[:, 1], numbers[:, 2]
    assert len(one._mgr.blocks) != len(many._mgr.blocks)
    assert fp(one) == fp(many)
    many["d"] = "x"
    before = fp(many)
    many._consolidate_inplace()
    assert fp(many) == before
    assert fp(many[["a", "c", "b", "d"]]) != before


def test_reading_a_frame_changes_nothing() -> None:
    frame = pd.DataFrame({"a": [3, 1, 2], "b": list("xyx"), "c": pd.Categorical(list("uvu"))})
    frame["d"] = 1.5
    before = fp(frame)
    frame.groupby("b")["a"].mean(), frame.describe(), frame.loc[0], frame.index.is_unique, frame.sort_values("a")
    frame.columns.get_loc("a"), repr(frame), frame.to_numpy(), frame.dtypes, frame.memory_usage(deep=True)
    assert fp(frame) == before


def test_arrow_strings_in_other_chunks_are_the_same() -> None:
    import pyarrow as pa

    words = ["a", None, "ccc", "", "é"] * 3
    whole = pa.array(words, pa.large_string())
    chunked = pa.chunked_array([whole[:4], whole[4:9], whole[9:]])
    offset = pa.array(["zz"] + words, pa.large_string())[1:]
    one, two, three = (pd.Series(pd.arrays.ArrowStringArray(each)) for each in (whole, chunked, offset))
    assert fp(one) == fp(two) == fp(three)
    assert fp(one) != fp(one.str.upper())
    plain = pa.array(["a", "bb", "c"], pa.large_string())
    assert fp(plain) == fp(pa.array(["zz", "a", "bb", "c"], pa.large_string())[1:])
    for whole in (plain, pa.array([1, 2, 3]), pa.array([1.5, 2.5, 3.5])):  # what lies under a missing value is not read
        rest = whole.buffers()[1:]
        hidden = pa.Array.from_buffers(whole.type, 3, [pa.py_buffer(bytes([0b101])), *rest])
        assert fp(hidden) == fp(pa.array([whole[0].as_py(), None, whole[2].as_py()], whole.type)) != fp(whole)
    numbers = pa.array([1, None, 3] * 3)
    assert fp(pa.table({"a": numbers})) == fp(pa.table({"a": pa.chunked_array([numbers[:2], numbers[2:]])}))
    assert fp(pa.table({"a": numbers})) != fp(pa.table({"b": numbers}))


def test_the_generators_behind_the_modules_are_no_values() -> None:
    before = fp(np.random.rand), fp(np.random.mtrand._rand)
    np.random.rand()
    assert (fp(np.random.rand), fp(np.random.mtrand._rand)) == before


def test_an_estimator() -> None:
    from sklearn.ensemble import RandomForestClassifier

    def fitted(seed: int) -> Any:
        rows = np.random.RandomState(0).rand(60, 3)
        return RandomForestClassifier(3, random_state=seed).fit(rows, rows[:, 0] > 0.5)

    found = look(fitted(1))
    assert found.fp == fp(fitted(1)) != fp(fitted(2))
    assert found.storable and {"sklearn", "numpy"} <= found.packages
    assert copy.deepcopy(fitted(1)) is not None


