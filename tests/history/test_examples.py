"""`mliter diff --examples`, as a user types it, over predictions that the cache keeps by itself."""

from __future__ import annotations

import json

import pytest
from lab import Lab

SCRIPT = """\
import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, mean_absolute_error
rng = np.random.default_rng(0)
data = pd.DataFrame({"x": rng.random(300), "city": rng.choice(["Ulm", "\\x1b[31mBonn"], 300)})
y = (data["x"] > 0.5).astype(int)
test = data[data["x"] > 0.2]
y_test = y[test.index]


class Model:
    cut = 0.5

    def predict(self, rows):
        return (rows["x"] > self.cut).astype(int)


model = Model()
pred = model.predict(test)
print("accuracy:", accuracy_score(y_test, pred))
"""


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    base = tmp_path_factory.mktemp("examples")
    (base / "project").mkdir()
    lab = Lab(base / "project", base / "state")
    lab.write(SCRIPT)
    lab.run()
    lab.edit("cut = 0.5", "cut = 0.6")
    lab.run()
    lab.edit("cut = 0.6", "cut = 0.55")
    lab.run()
    return lab


def examples(lab: Lab, *words: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(lab("diff", "train.py", *words, "--examples", "--json").stdout)["examples"]
    return found


@pytest.mark.slow
def test_which_were_broken(edited: Lab) -> None:
    found = examples(edited, "1", "2")
    assert found["fixed"] == 0 and found["before"] == 1.0 and (found["truth"], found["said"]) == ("y_test", "pred")
    rows = found["broken_rows"]
    assert isinstance(rows, list) and len(rows) == found["broken"] > 5
    columns = found["columns"]
    assert found["table"] == "test" and columns == ["x", "city"]
    assert all(0.5 < float(row[4]) <= 0.6 and row[1:4] == ["1", "1", "0"] for row in rows)
    back = examples(edited, "2", "1")
    assert (back["fixed"], back["broken"]) == (found["broken"], 0)


@pytest.mark.slow
def test_the_last_two_where_none_is_named(edited: Lab) -> None:
    assert examples(edited) == examples(edited, "2", "3")
    assert examples(edited)["fixed"]


@pytest.mark.slow
def test_as_text_and_by_a_column(edited: Lab) -> None:
    told = edited("diff", "train.py", "1", "2", "--examples", "--by", "city").stdout
    assert "By city" in told and "Broken: 5 of " in told and "rows of test" in told
    assert "\x1b" not in told and "Ulm" in told
    page = edited("diff", "train.py", "1", "2", "--examples", "--html", "e.html").stdout
    assert "e.html shows the examples" in page and "\x1b" not in (edited.folder / "e.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("1 2 --examples --by nothing", "There is no column 'nothing'"),
        ("1 2 --examples --of nothing", "No measure of 'nothing' is in both"),
        ("1 2 3 --examples", "--examples compares two iterations"),
        ("1 2 --by city", "--by goes with --examples"),
    ],
)
def test_what_cannot_be_meant(edited: Lab, words: str, said: str) -> None:
    assert said in edited("diff", "train.py", *words.split(), status=2).stderr


@pytest.mark.slow
def test_what_is_not_kept_is_named(lab: Lab) -> None:
    for cut in ("0.5", "0.6"):
        lab.write(SCRIPT.replace("cut = 0.5", f"cut = {cut}"))
        lab("run", "--quiet", "--policy", "never", "train.py")
    said = lab("diff", "train.py", "1", "2", "--examples", status=2).stderr
    assert "does not hold y_test of iteration 1, pred of iteration 1" in said


@pytest.mark.slow
def test_a_script_that_measures_nothing_says_what_it_takes(played: Lab) -> None:
    said = played("diff", "train.py", "1", "2", "--examples", status=2).stderr
    assert "No predictions are found" in said and said.count("\n") == 1
