"""Everything of the iterations as JSON and CSV, whose columns are documented."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest
from lab import Lab

from mliter_tui.history.tables import TABLES


@pytest.fixture(scope="module")
def exported(played: Lab) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(played("export", "train.py", "--json").stdout)
    return found


@pytest.mark.slow
def test_every_iteration_with_all_of_its_rows(exported: dict[str, Any], played: Lab) -> None:
    assert (exported["v"], exported["tables"], exported["script"]) == (1, 1, str(played.script))
    rows = exported["iterations"]
    assert [row["iteration"] for row in rows] == [1, 2, 3, 4, 5] and [row["parent"] for row in rows][:2] == [None, 1]
    assert (rows[1]["changed"], rows[1]["lines"], rows[0]["letter"]) == ("line 3", [3], "S")
    assert rows[4]["arguments"] == ["a", "b"]
    nodes = [row for row in exported["nodes"] if row["iteration"] == 2]
    assert {"C", "value"} <= {row["label"] for row in nodes} and {row["action"] for row in nodes} >= {"compute"}
    values = {(row["iteration"], row["metric"]): row["value"] for row in exported["metrics"]}
    assert (values[1, "value"], values[2, "value"]) == (10.0, 5.0)
    parameters = {(row["iteration"], row["parameter"]): row for row in exported["parameters"]}
    assert [parameters[number, "C"]["value"] for number in (1, 2)] == ["1.0", "0.5"] and parameters[1, "C"]["varies"]
    assert parameters[3, "features: scale(by=)"]["value"] == "20"
    assert {row["path"].rpartition("/")[2] for row in exported["files"]} == {"out.txt"}
    assert next(row["text"] for row in exported["output"] if row["iteration"] == 2) == "value: 5.0 []\n"


def test_equal_texts_stand_there_once(exported: dict[str, Any], played: Lab) -> None:
    texts = {row["text"]: row["content"] for row in exported["texts"]}
    assert len(texts) == len(exported["texts"]) == 5  # three of the script, two of the module
    last = {row["path"]: texts[row["text"]] for row in exported["sources"] if row["iteration"] == 5}
    assert last == {str(path): path.read_text() for path in (played.script, played.module)}


def test_columns_are_those_that_are_documented(exported: dict[str, Any], played: Lab) -> None:
    for name, columns in TABLES.items():
        assert all(list(row) == list(columns) for row in exported[name]), name
    played("export", "train.py", "--to", "csv:tables")
    folder = played.folder / "tables"
    assert {path.stem for path in folder.iterdir()} == {*TABLES, "columns"}
    for name, columns in TABLES.items():
        with open(folder / f"{name}.csv", newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        assert head == list(columns) and len(rows) == len(exported[name]), name
    with open(folder / "columns.csv", newline="", encoding="utf-8") as file:
        told = {(row["table"], row["column"]): row["meaning"] for row in csv.DictReader(file)}
    assert told == {(name, column): meaning for name, c in TABLES.items() for column, meaning in c.items()}


def test_cells_hold_what_json_holds(exported: dict[str, Any], played: Lab) -> None:
    said = played("export", "train.py", "--to", "csv:again").stdout
    assert "has 5 iterations of train.py" in said
    with open(played.folder / "again" / "iterations.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row, known in zip(rows, exported["iterations"]):
        assert float(row["seconds"]) == known["seconds"] and json.loads(row["arguments"]) == known["arguments"]
        assert row["parent"] == ("" if known["parent"] is None else str(known["parent"]))


@pytest.mark.slow
def test_only_the_last_ones_into_a_file(played: Lab) -> None:
    played("export", "train.py", "--to", "json:out.json", "-n", "2")
    told = json.loads((played.folder / "out.json").read_text())
    for name in ("iterations", "nodes"):
        assert {row["iteration"] for row in told[name]} == {4, 5}


def test_what_is_no_number_and_no_text_survives(lab: Lab) -> None:
    lab.write("print('loss: nan')\nprint('a\\0b', chr(0xdc80).encode('utf-8', 'surrogateescape'))\n")
    lab.run()
    told = json.loads(lab("export", "train.py", "--json").stdout, parse_constant=lambda word: pytest.fail(word))
    assert [row["value"] for row in told["metrics"] if row["metric"] == "loss"] == ["nan"]
    lab("export", "train.py", "--to", "csv:t")
    with open(lab.folder / "t" / "output.csv", newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("export train.py", "say where to"),
        ("export train.py --to here", "must be json:FILE, csv:FOLDER, sqlite:FILE or mlflow:PLACE"),
        ("export train.py --to json:none/x.json", "there is no folder"),
        ("export train.py --to csv:train.py", "must be a folder"),
        ("export other.py --json", "No iteration of other.py is kept here"),
        ("import train.py", "say where from"),
        ("import train.py --from csv:tables", "runs come from sqlite:FILE or mlflow:PLACE"),
        ("import train.py --from sqlite:none.db", "There is no MLflow store at"),
        ("show train.py m1", "There is no imported run m1"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(played: Lab, words: str, said: str) -> None:
    done = played(*words.split(), status=2)
    assert said in done.stderr and done.stderr.count("\n") == 1 and done.stdout == ""
