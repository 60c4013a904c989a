"""Labels of edits: measured against those that people gave, and rule by rule."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mliter_tui.history.labels import label

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import labels as benchmark

BASE = """\
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

LIMIT = 100
STRENGTH = 1.0
CUT = 0.5
data = pd.read_csv("data.csv")
data = data[data["income"] < LIMIT]
data["rich"] = data["income"] > 50
X, X_test, y, y_test = train_test_split(data.drop(columns="y"), data["y"], random_state=0)
scaler = StandardScaler().fit(X)
clf = LogisticRegression(C=STRENGTH, max_iter=200)
clf.fit(scaler.transform(X), y)
found = clf.predict_proba(scaler.transform(X_test))[:, 1] > CUT
print("accuracy", accuracy_score(y_test, found))
plt.hist(found)
plt.savefig("found.png")
"""


def told(old: str, new: str, base: str = BASE) -> str:
    assert base.count(old) == 1
    return label({"": base}, {"": base.replace(old, new)}).text


@pytest.mark.slow
def test_edits_labelled_by_hand_before(tmp_path: Path) -> None:
    sums = benchmark.summed(list(benchmark.of_labelled(benchmark.LABELLED)))
    assert sums["edits"] >= 60
    assert sums["kind"] >= 0.9
    assert sums["letter"] >= 0.8


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("LIMIT = 100", "LIMIT = 200", "dpr R"),
    ("STRENGTH = 1.0", "STRENGTH = 0.1", "li H"),
    ("CUT = 0.5", "CUT = 0.4", "ppr N"),
    ("max_iter=200", "max_iter=500", "li H"),
    ('data["rich"] =', 'data["old"] = data["age"] > 60\ndata["rich"] =', "dpr P"),
    ("plt.hist(found)", "plt.hist(found, bins=20)", "ppr N"),
    ('print("accuracy"', 'print("test accuracy"', "ppr N"),
    ("scaler = Sta", "print(data.shape)\nscaler = Sta", "dpr N"),
    ("clf.fit(", "# now\nclf.fit(", "li N"),
    ("clf.fit(", "clf.tol = 0.1\nclf.fit(", "li H"),
    ("plt.hist(found)", "plt.hist(\n    found,\n)", "ppr N"),
    ("random_state=0", "test_size=0.3, random_state=0", "dpr R"),
])  # fmt: skip
def test_by_rule(old: str, new: str, expected: str) -> None:
    assert told(old, new) == expected


def test_another_model_is_m_though_more_changes_with_it() -> None:
    new = BASE.replace("LogisticRegression(C=STRENGTH, max_iter=200)", "SVC(C=STRENGTH)").replace(
        "from sklearn.metrics", "from sklearn.svm import SVC\nfrom sklearn.metrics"
    )
    assert label({"": BASE}, {"": new}).text == "li M"


def test_of_both_at_once_is_combined() -> None:
    new = BASE.replace("LIMIT = 100", "LIMIT = 200").replace("max_iter=200", "max_iter=500")
    assert label({"": BASE}, {"": new}).letter == "C"


def test_the_first_is_the_start_and_no_change_is_none() -> None:
    assert label(None, {"": BASE}).text == "dpr S"
    assert label({"": BASE}, {"": BASE}).kind is None


def test_a_function_of_a_local_module_is_judged_by_who_calls_it() -> None:
    script = BASE.replace('data["rich"] = data["income"] > 50', "data = richer(data)").replace(
        "import pandas as pd", "import pandas as pd\nfrom features import richer, told"
    )
    module = 'def richer(data):\n    return data.assign(rich=data["income"] > 50)\n\n\ndef told(x):\n    return x\n'
    before = {"": script, "features": module}
    edited = module.replace("    return data.assign", "    data = data.dropna()\n    return data.assign")
    after = {"": script, "features": edited}
    assert label(before, after).text == "dpr P"


def test_a_seed_alone_is_told() -> None:
    new = BASE.replace("max_iter=200", "max_iter=200, random_state=1")
    assert label({"": BASE}, {"": new}).seed_only


def test_the_parts_are_told_in_words() -> None:
    new = BASE.replace("STRENGTH = 1.0", "STRENGTH = 0.1")
    assert label({"": BASE}, {"": new}).why == ("line 9: STRENGTH = 1.0 → 0.1",)


@pytest.mark.parametrize("text", [
    "def f(:", "", "\x00", "x = 1\n" * 3, "while True:\n    pass\n", "def f():\n    f()\nf()\n",
    "a = b\nb = a\nc = [a, b]\na = [c]\n", "x = " + "+".join("1" * 5000),
    "def f(a):\n    return g(a)\ndef g(a):\n    return f(a)\n",
])  # fmt: skip
def test_any_text_gets_a_label(text: str) -> None:
    assert label({"": BASE}, {"": text}).letter in "SMPHRCN"
    assert label({"": text}, {"": BASE}).letter in "SMPHRCN"


def test_a_part_says_what_it_belongs_to() -> None:
    base = "grid = {'C': [1, 2]}\nparser.add_argument('--lr', default=0.1)\nsizes = [8, 16]\n"
    new = "grid = {'C': [1, 2, 3]}\nparser.add_argument('--lr', default=0.2)\nsizes = [8, 32]\n"
    assert label({"": base}, {"": new}).why == (
        "line 1: + 'C': 3", "line 2: --lr default=0.1 → 0.2", "line 3: sizes = 16 → 32"
    )  # fmt: skip
