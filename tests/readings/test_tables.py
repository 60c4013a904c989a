"""Blocks of several lines: reports, matrices, tables and dicts."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.metrics import classification_report, confusion_matrix

from mliter_tui.readings.text import read_text

TRUE, SAID = [0, 1, 1, 0, 1], [0, 1, 0, 0, 1]


def read(text: str) -> dict[str, float]:
    return {reading.title: reading.value for reading in read_text(text)}


def test_a_classification_report() -> None:
    found = read_text(classification_report(TRUE, SAID))
    by_title = {reading.title: reading for reading in found}
    assert (by_title["accuracy"].value, by_title["accuracy"].count) == (0.8, 5)
    assert by_title["class 1: precision"].value == 1.0
    assert by_title["weighted avg: recall"].value == 0.8
    assert len(found) == 13


def test_a_report_of_named_classes_with_more_digits() -> None:
    found = read(classification_report(TRUE, SAID, target_names=["not bad", "good"], digits=4))
    assert found["not bad: precision"] == pytest.approx(0.6667)


def test_a_confusion_matrix_tells_the_accuracy() -> None:
    (reading,) = read_text(f"confusion matrix:\n{confusion_matrix(TRUE, SAID)}\n")
    assert (reading.name, reading.value, reading.count) == ("accuracy", 0.8, 5)


def test_a_matrix_that_is_not_square_tells_nothing() -> None:
    assert read("[[1 2 3]\n [4 5 6]]") == {}


def test_a_data_frame() -> None:
    table = pd.DataFrame({"accuracy": [0.91, 0.92], "n": [10, 20]}, index=["ridge", "boost"])
    assert read(str(table)) == {"ridge: accuracy": 0.91, "ridge: n": 10, "boost: accuracy": 0.92, "boost: n": 20}


def test_a_data_frame_whose_rows_are_named_by_a_column() -> None:
    table = pd.DataFrame({"model": ["a", "c"], "rmse": [0.91, 0.92]})
    assert read(str(table)) == read(table.to_string(index=False)) == {"a: rmse": 0.91, "c: rmse": 0.92}


def test_a_table_with_bars() -> None:
    text = "| model | accuracy |\n|:------|---------:|\n| ridge |     0.91 |\n| lasso |     0.92 |"
    assert read(text) == {"ridge: accuracy": 0.91, "lasso: accuracy": 0.92}


def test_a_series_of_measures_and_one_of_models() -> None:
    assert read(str(pd.Series({"accuracy": 0.9, "f1": 0.8}))) == {"accuracy": 0.9, "f1": 0.8}
    by_model = pd.Series([0.91, 0.92], index=["ridge", "boost"], name="accuracy")
    assert read(str(by_model)) == {"ridge: accuracy": 0.91, "boost: accuracy": 0.92}


def test_data_that_someone_looked_at_is_left_out() -> None:
    table = pd.DataFrame({"age": range(30), "income": range(30)})
    assert read(table.to_string()) == {}


@pytest.mark.parametrize("text", [
    '{\n  "rmse": 0.12,\n  "cv": [0.1, 0.3]\n}', "{'rmse': 0.12, 'cv': [0.1, 0.3]}",
    "{'rmse': np.float64(0.12), 'cv': [0.1, 0.3]}",
])  # fmt: skip
def test_dicts_and_json(text: str) -> None:
    assert read(text) == pytest.approx({"rmse": 0.12, "cv": 0.2})


def test_a_nested_dict() -> None:
    text = "results {'forest': {'accuracy': 0.91}, 'svm': {'accuracy': 0.9}}"
    assert read(text) == {"results forest: accuracy": 0.91, "results svm: accuracy": 0.9}


def test_epochs_on_lines_of_their_own() -> None:
    text = "Epoch 1/2\n100/100 - 1s - loss: 0.3 - accuracy: 0.9\nEpoch 2/2\n100/100 - 1s - loss: 0.2 - accuracy: 0.95"
    found = read_text(text)
    assert [(r.name, r.value, r.at) for r in found if r.name == "loss"] == [
        ("loss", 0.3, (("epoch", "1"),)), ("loss", 0.2, (("epoch", "2"),))
    ]  # fmt: skip


def test_columns_of_one_name_are_told_apart_by_their_groups() -> None:
    rows = pd.DataFrame({"sex": ["f", "m"], "accuracy": [1.0, 0.5], "said": [0.2, 0.3]})
    found = read(rows.groupby("sex").agg(["mean", "count"]).to_string())
    assert found["f: accuracy mean"] == 1.0
    assert found["m: said mean"] == 0.3
