"""A sitting of several iterations, and what `mliter report`, `label` and `metric` say of it."""

from __future__ import annotations

import html.parser
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
FIRST = """\
LIMIT = 3
STRENGTH = 1.0
class Model:
    def __init__(self, strength):
        self.strength = strength
    def fit(self, data):
        self.mean = sum(data) / len(data) * self.strength
        return self
data = [1, 2, 3, 4, 5]
data = [x for x in data if x > LIMIT]
model = Model(STRENGTH)
model.fit(data)
print("test accuracy:", round(0.9 - abs(model.mean - 4) / 10, 3))
print("rows <b>x</b> [red]:", len(data))
"""
EDITS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: text.replace("STRENGTH = 1.0", "STRENGTH = 0.9"),  # li H
    lambda text: text.replace("LIMIT = 3", "LIMIT = 2"),  # dpr R
    lambda text: text + "print('end')\n",  # ppr N
    lambda text: text.replace("print('end')\n", ""),  # ppr N, and as iteration 3
    lambda text: text.replace("self.mean =", "self.mean = 0 +"),  # li, no change of the metric
    lambda text: text.replace("data = [x", "data = [1 / 0]\ndata = [x"),  # fails
)


def mliter(folder: Path, *words: str, fails: bool = False) -> str:
    env = {**os.environ, "PYTHONPATH": ROOT, "COLUMNS": "100", "XDG_STATE_HOME": str(folder / "state")}
    command = [sys.executable, "-m", "mliter_tui", *words]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


@pytest.fixture(scope="module")
def sitting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sitting")
    text = FIRST
    for edit in EDITS:
        text = edit(text)
        (folder / "train.py").write_text(text)
        mliter(folder, "run", "--quiet", "train.py", fails="1 / 0" in text)
    return folder


def found(folder: Path) -> dict[str, object]:
    return dict(json.loads(mliter(folder, "report", "train.py", "--json")))


@pytest.mark.slow
def test_kinds_letters_and_verdicts(sitting: Path) -> None:
    rows = found(sitting)["iterations"]
    assert isinstance(rows, list)
    labels = [f"{row['kind']} {row['letter']}" for row in rows]
    assert labels == ["dpr S", "li H", "dpr R", "ppr N", "ppr N", "li M", "dpr P"]
    assert [row["repeats"] for row in rows] == [None, None, None, None, 3, None, None]
    assert [row["within_noise"] for row in rows] == [False] * 5 + [True, False]
    assert found(sitting)["main_metric"] == "test accuracy"


def test_shares_transitions_and_gains_add_up(sitting: Path) -> None:
    data = found(sitting)
    kinds = {kind["kind"]: kind for kind in data["kinds"]}  # type: ignore[attr-defined]
    assert {name: kind["changes"] for name, kind in kinds.items()} == {"dpr": 2, "li": 2, "ppr": 2}
    assert sum(kind["share"] for kind in kinds.values()) == pytest.approx(1.0)
    assert sum(each["count"] for each in data["transitions"]) == 5  # type: ignore[attr-defined]
    accuracies = [row["metrics"][0]["value"] for row in data["iterations"] if row["metrics"]]  # type: ignore[attr-defined]
    gains = [row["gain"] for row in data["iterations"]]  # type: ignore[attr-defined]
    assert sum(gain for gain in gains if gain) == pytest.approx(accuracies[-1] - accuracies[0])


def test_the_text_names_what_was_wasted_and_cites(sitting: Path) -> None:
    text = mliter(sitting, "report", "train.py")
    assert "Iteration 6 changed data or model, and brought no real change" in text
    assert "Exact repeats of earlier iterations: 5 is 3." in text
    assert "arXiv:1803.10311" in text
    assert "Best test accuracy: 0.895 in iteration 2, from 0.85" in text
    assert "\x1b" not in text


def test_markdown_has_its_tables_and_nothing_that_it_obeys(sitting: Path) -> None:
    text = mliter(sitting, "report", "train.py", "--md")
    assert text.startswith("# What the iterations of train.py taught\n")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in table if "dpr S" in line or "ITER" in line}) == 1
    assert "[x for x" not in text


class Page(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_stands_alone(sitting: Path) -> None:
    mliter(sitting, "report", "train.py", "--html", "report.html")
    text = (sitting / "report.html").read_text("utf-8")
    page = Page()
    page.feed(text)
    assert page.links == []
    assert "script" not in page.tags
    assert page.tags.count("svg") >= 2
    assert not re.search(r"https?://", text)
    assert "nan" not in "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))


def test_a_label_is_shown_corrected_and_taken_back(sitting: Path) -> None:
    assert mliter(sitting, "label", "train.py", "2").startswith("iteration 2: li H")
    mliter(sitting, "label", "train.py", "2", "ppr", "n")
    assert [f"{row['kind']} {row['letter']}" for row in found(sitting)["iterations"]][1] == "ppr N"  # type: ignore[attr-defined]
    mliter(sitting, "label", "train.py", "2", "--remove")
    assert mliter(sitting, "label", "train.py", "2").startswith("iteration 2: li H")
    assert "A label is a kind" in mliter(sitting, "label", "train.py", "2", "li", "X", fails=True)


def test_a_direction_is_corrected_and_a_metric_ignored(sitting: Path) -> None:
    mliter(sitting, "metric", "train.py", "test accuracy", "--lower")
    assert found(sitting)["iterations"][1]["compared"][0]["verdict"] == "not to be told"  # type: ignore[index]
    data = json.loads(mliter(sitting, "metric", "train.py", "--json"))
    assert data["said"] == {"test accuracy": "lower"}
    mliter(sitting, "metric", "train.py", "Test Accuracy", "--ignore")
    assert found(sitting)["main_metric"] is None
    mliter(sitting, "metric", "train.py", "test accuracy", "--infer")
    mliter(sitting, "metric", "train.py", "rows <b>x</b> [red]", "--main")
    assert found(sitting)["main_metric"] == "rows b x b red"
    mliter(sitting, "metric", "train.py", "rows <b>x</b> [red]", "--infer")
    assert found(sitting)["main_metric"] == "test accuracy"
    refused = mliter(sitting, "metric", "train.py", "tst accuracy", "--lower", fails=True)
    assert "did you mean 'test accuracy'?" in refused


def test_without_iterations_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("x = 1\n")
    assert "run it first" in mliter(tmp_path, "report", "train.py", fails=True)


def test_the_last_ones_are_studied_as_among_all(sitting: Path) -> None:
    part = json.loads(mliter(sitting, "report", "train.py", "--json", "-n", "3"))["iterations"]
    assert part[-1] == found(sitting)["iterations"][-1]  # type: ignore[index]
    assert [row["iteration"] for row in part] == [5, 6, 7]
    assert [row["letter"] for row in part] == ["N", "M", "P"]


@pytest.mark.slow
def test_runs_under_other_seeds_tell_what_is_chance(tmp_path: Path) -> None:
    base = "import random\nSEED = 0\nBASE = 0.8\nrandom.seed(SEED)\nprint('accuracy:', BASE + random.random() / 50)\n"
    for seed, level in ((0, 0.8), (1, 0.8), (2, 0.8), (3, 0.8), (3, 0.801), (3, 0.9)):
        text = base.replace("SEED = 0", f"SEED = {seed}").replace("BASE = 0.8", f"BASE = {level}")
        (tmp_path / "train.py").write_text(text)
        mliter(tmp_path, "run", "--quiet", "train.py")
    rows = found(tmp_path)["iterations"]
    assert isinstance(rows, list)
    assert [row["compared"][0]["verdict"] for row in rows[4:]] == ["no real change", "better"]
    assert "4 runs that differ by a seed alone" in rows[4]["compared"][0]["evidence"][0]


def test_other_arguments_are_no_repeat(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import sys\nprint('accuracy:', len(sys.argv) / 10)\n")
    for args in ((), ("a",), (), ("a",)):
        mliter(tmp_path, "run", "--quiet", "train.py", *args)
    rows = found(tmp_path)["iterations"]
    assert isinstance(rows, list)
    assert [row["repeats"] for row in rows] == [None, None, 1, 2]
    assert "arguments a" in mliter(tmp_path, "report", "train.py")
