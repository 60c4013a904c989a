"""Two predictions of the same examples: what was fixed and broken, the rows, and where they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mliter_tui.kernel.examples import answer
from mliter_tui.kernel.slices import slices_of, striking


def asked(truth: Any, one: Any, other: Any, frames: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The answer for values that stand here in the place of kept ones."""
    later = more.pop("later", truth)
    values = {"truth": truth, "later": later, "one": one, "other": other, **(frames or {})}
    tables = [("", name, None, name == "X_test") for name in frames or {}]
    request = {
        "truth": [("", "truth", None), ("", "later", None)], "said": [("", "one", None), ("", "other", None)],
        "frames": tables, "kind": "labels", "by": None, "most": 3, **more,
    }  # fmt: skip
    return answer(lambda place: values[place[1]], request)


def test_labels_are_fixed_and_broken() -> None:
    found = asked(np.array([1, 0, 1, 0]), np.array([0, 0, 1, 1]), np.array([1, 1, 1, 1]))
    assert (found["count"], found["fixed"], found["broken"], found["changed"]) == (4, 1, 1, 2)
    assert (found["before"], found["after"]) == (0.5, 0.5)
    assert found["fixed_rows"] == [["0", "1", "0", "1"]] and found["broken_rows"] == [["1", "0", "0", "1"]]
    assert sorted(found["moves"]) == [["0", "0", "1", 1], ["1", "0", "1", 1]]


def test_numbers_come_nearer_or_farther() -> None:
    found = asked([1.0, 2.0, 3.0], [1.5, 2.0, 2.0], [1.1, 2.5, 2.0], kind="numbers")
    assert (found["fixed"], found["broken"]) == (1, 1)
    assert found["before"] == pytest.approx(0.5) and found["after"] == pytest.approx(1.6 / 3)
    assert found["fixed_rows"][0][0] == "0" and found["broken_rows"][0][0] == "1"


def test_rows_are_found_by_their_index_in_a_larger_table() -> None:
    data = pd.DataFrame({"city": list("abcde"), "age": range(5)}, index=[10, 20, 30, 40, 50])
    truth = pd.Series([1, 0], index=[50, 20])
    found = asked(truth, [0, 0], [1, 1], {"other_table": data.iloc[:1], "data": data})
    assert found["table"] == "data" and found["columns"] == ["city", "age"]
    assert found["fixed_rows"] == [["50", "1", "0", "1", "e", "4"]]
    assert found["broken_rows"] == [["20", "0", "0", "1", "b", "1"]]


def test_a_table_of_other_rows_is_not_taken() -> None:
    other = pd.DataFrame({"city": ["x", "y"]}, index=[1, 2])
    truth = pd.Series([1, 0], index=[50, 20])
    assert asked(truth, [0, 0], [1, 0], {"X": other})["table"] == ""
    assert asked(truth, [0, 0], [1, 0], {"X": other, "right": other.set_axis([50, 20])})["table"] == "right"


def test_an_array_holds_the_rows_where_models_predict_from_it() -> None:
    array = np.array([[1.5, 2], [3, 4]])
    found = asked([1, 0], [0, 0], [1, 0], {"noise": array[::-1], "X_test": array})
    assert (found["table"], found["columns"]) == ("X_test", ["0", "1"])
    assert found["fixed_rows"] == [["0", "1", "0", "1", "1.5", "2"]]
    assert asked([1, 0], [0, 0], [1, 0], {"noise": array})["table"] == ""


def test_other_examples_are_paired_by_index_where_the_truth_is_the_same() -> None:
    truth, later = pd.Series([1, 0, 1], index=[5, 6, 7]), pd.Series([1, 1, 1, 0], index=[7, 6, 9, 5])
    found = asked(truth, [0, 0, 0], [1, 1, 0, 0], later=later)
    assert (found["count"], found["fixed"], found["alone"]) == (1, 1, 3)  # only 7 is in both, and true alike
    assert found["fixed_rows"] == [["7", "1", "0", "1"]]


@pytest.mark.parametrize(
    ("truth", "later", "one", "other"),
    [
        ([1, 0], [0, 1], [1, 0], [1, 0]),  # other examples, without an index
        ([1, 0], [1, 0], [1, 0, 1], [1, 0]),  # not as many
        ([1, 0], [1, 0], [object(), 1], [1, 0]),
        (pd.Series([1, 0], index=[1, 1]), pd.Series([0, 1], index=[1, 1]), [1, 0], [1, 0]),  # not one row each
    ],
)
def test_what_cannot_be_compared_is_said(truth: Any, later: Any, one: Any, other: Any) -> None:
    assert "error" in asked(truth, one, other, later=later)


def test_slices_of_the_column_asked_for() -> None:
    data = pd.DataFrame({"sex": ["m", "f", "m", "m"]})
    found = asked([1, 1, 1, 1], [0, 0, 1, 1], [1, 0, 0, 1], {"X": data}, by="sex")
    assert [(s["value"], s["count"], s["fixed"], s["broken"], s["gain"]) for s in found["slices"]] == [
        ("m", 3, 1, 1, 0.0), ("f", 1, 0, 0, 0.0),
    ]  # fmt: skip
    assert asked([1], [0], [1], {"X": data[:1]}, by="none")["slices"] is None
    assert asked([1, 0], [0, 0], [1, 0], by="truth")["slices"][0]["value"] in ("0", "1")


def test_numbers_are_taken_by_quarters() -> None:
    names = slices_of([*range(100), float("nan")])
    assert list(dict.fromkeys(names)) == ["0 to below 25", "25 to below 50", "50 to below 75", "75 to 99", "none"]
    assert slices_of([1, 2, 1, None]) == ["1", "2", "1", "None"]
    assert set(slices_of([str(i) for i in range(60)])) >= {"all others"}


def test_only_a_slice_that_went_another_way_is_striking() -> None:
    rng = np.random.default_rng(0)
    kind = ["bad" if i % 4 == 0 else "good" for i in range(400)]
    gains = [(-1.0 if k == "bad" and rng.random() < 0.4 else float(rng.choice([-1, 0, 0, 0, 1]))) for k in kind]
    noise = [str(each) for each in rng.integers(0, 4, 400)]
    found = striking({"kind": kind, "noise": noise}, gains)
    assert {(each["column"], each["value"]) for each in found} == {("kind", "bad"), ("kind", "good")}
    assert striking({"kind": kind}, [0.0] * 400) == []
