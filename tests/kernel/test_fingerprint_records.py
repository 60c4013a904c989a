"""Arrays of records: their names can be set in place, and bytes between their fields mean nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernel.surroundings import fp


def test_names_that_are_set_in_place_show() -> None:
    plain = np.zeros(3, [("x", "i4"), ("y", "f8")])
    before = fp(plain)
    plain.dtype.names = ("u", "v")
    assert fp(plain) != before
    plain.dtype.names = ("x", "y")
    assert fp(plain) == before


def test_names_of_records_inside_of_records_show() -> None:
    inner = np.dtype([("a", "i2"), ("b", "f4")])
    nested = np.zeros(2, [("x", inner), ("y", "f8")])
    before = fp(nested)
    nested.dtype["x"].names = ("c", "d")
    assert fp(nested) != before


@pytest.mark.parametrize("dtype", [
    np.dtype([("a", "i1"), ("b", "f8")], align=True), np.dtype([("a", "i1"), ("b", "f8", 3)], align=True),
    np.dtype({"names": ["a", "b"], "formats": ["i2", [("c", "i1"), ("d", "f4")]], "offsets": [1, 8], "itemsize": 20}),
])  # fmt: skip
def test_what_lies_in_gaps_means_nothing(dtype: Any) -> None:
    zeros, ones = np.zeros(5, np.uint8), np.full(dtype.itemsize * 40, 255, np.uint8).view(dtype)
    for name in dtype.names:
        ones[name] = zeros[0]
    clean = np.zeros(40, dtype)
    assert fp(ones) == fp(clean) and fp(ones[::2]) == fp(clean[::2])
    ones[dtype.names[0]][7] = 1
    assert fp(ones) != fp(clean)


@pytest.mark.parametrize("kind", [">f8", "<f2", "c16", ">i2", "?", "longdouble", "M8[s]", "S3", "U2"])
def test_all_kinds_of_elements(kind: str) -> None:
    one, other = np.zeros((3, 2), kind), np.zeros((3, 2), kind)
    assert fp(one) == fp(other) and fp(np.asfortranarray(one)) != fp(one) and fp(one[0, 0:0]) == fp(other[0, 0:0])
    other[2, 1] = 1
    assert fp(one) != fp(other) and fp(one[::2]) != fp(other[::2])
