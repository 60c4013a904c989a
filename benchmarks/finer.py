"""Units of work after twelve ordinary edits: mliter, joblib.Memory and Pipeline(memory=...), against the least there is.

    python benchmarks/finer.py [--json FILE]

A unit is one fit: of a (candidate, split), a step, a model, an epoch; or one call of a costly function. Each script runs
once, is edited, and runs again; counted is what the second run does. mliter runs the plain script and tells by its
events what it made. The other two are the same script as a competent user of them would write it, where each unit
leaves a mark as it begins; "-" where the tool has nothing to offer.
"""

# ruff: noqa: E501 - scripts and rows of a table, each on one line
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DATA = """\
import os
import numpy as np
from joblib import Memory
from sklearn.datasets import make_classification
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
X, y = make_classification(1500, 30, random_state=0)
"""
# for the others: a mark for each unit, and a cache in the folder
MARKS = """\
memory = Memory("cache", verbose=0)
def mark():
    os.write(2, b"unit\\n")
def counted(cls):
    class Counted(cls):
        def fit(self, X, y=None, **more):
            mark()
            return super().fit(X, y, **more)
    Counted.__name__ = Counted.__qualname__ = cls.__name__
    globals()[cls.__name__ + "Counted"] = Counted
    return Counted
"""
GRID = """\
pipe = Pipeline([("scale", StandardScaler()), ("model", RandomForestClassifier(40, random_state=0))])
search = GridSearchCV(pipe, {"model__max_depth": [2, 4, 6]}, cv=4, refit=False)
search.fit(X, y)
print(search.cv_results_["mean_test_score"])
"""
SWAP = """\
pipe = Pipeline([("scale", StandardScaler()), ("reduce", KernelPCA(10, kernel="rbf")), ("model", RandomForestClassifier(60, random_state=0))])
pipe.fit(X, y)
print(pipe.score(X, y))
"""
LOOP = """\
models = {"a": RandomForestClassifier(80, random_state=0), "b": ExtraTreesClassifier(150, random_state=0), "c": RandomForestClassifier(80, random_state=1)}
for name, model in models.items():
    model.fit(X, y)
    print(name, model.score(X, y))
"""
EPOCHS = """\
big, labels = np.tile(X, (100, 1)), np.tile(y, 100)
model = SGDClassifier(random_state=0)
for epoch in range(10):
    model.partial_fit(big, labels, classes=[0, 1])
print(model.score(X, y))
"""
WORK = """\
def work(n):
    return sum(i * i % (n + 7) for i in range(900_000))
"""
MAIN = WORK + """\
def main():
    a = work(1)
    b = work(2)
    c = work(3)
    total = a + b + c
    print("total", total)
main()
"""
COMMAND = "import click\n" + WORK + """\
@click.command()
@click.option("--n", default=1)
def main(n):
    a = work(n)
    b = work(n + 1)
    c = work(n + 2)
    total = a + b + c
    print("total", total)
main()
"""
MODULE = WORK + """\
def run(n):
    a = work(n)
    b = work(n + 1)
    c = work(n + 2)
    total = a + b + c
    return total, "sum"
"""
RUN = "from lib import run\nresult = run(1)\nprint(result)\n"
OWN = WORK + """\
state, losses = 0, []
for epoch in range(10):
    state = (state + work(epoch)) % 1_000_003
    losses.append(state)
    print("epoch", epoch, state)
print(min(losses))
"""
TRAINER = WORK + """\
class Trainer:
    def __init__(self, n):
        self.n = n
    def fit(self):
        a = work(self.n)
        b = work(self.n + 1)
        self.total = a + b
    def report(self):
        c = work(self.n + 2)
        print("total", self.total + c)
trainer = Trainer(1)
trainer.fit()
trainer.report()
"""
GUARDED = "import numpy as np\n" + WORK + """\
with np.errstate(all="ignore"):
    a = work(1)
    b = work(2)
    c = work(3)
    print("total", a + b + c)
"""
HELPERS = WORK + "\n".join(
    f"def step{i}(x):\n    y = x + {i}\n    z = work(y % 50)\n    return z" for i in range(5)
) + "\n" + "".join(f"v{i} = step{i}({i})\n" for i in range(5)) + "print(v0, v1, v2, v3, v4)\n"  # fmt: skip


CACHED = "memory = Memory('cache', verbose=0)\n@memory.cache\n" + WORK.replace("    return", "    os.write(2, b'unit\\n')\n    return")


def calls(name: str) -> Callable[[list[dict[str, Any]]], int]:
    """Counts the calls of a library with this in their name that were made."""
    return lambda events: sum(
        row["computed"] for e in events if e["type"] == "calls_made" for row in e["calls"] if name in row["name"]
    )


def costly(events: list[dict[str, Any]]) -> int:
    """Counts the statements that were computed and took a unit's time."""
    done = [e for e in events if e["type"] == "node_finished" and e["action"] == "compute"]
    return sum(e["seconds"] > 0.02 and not e["label"].startswith(("import", "from")) for e in done)


@dataclass
class Scenario:
    """An edit: of the plain script, how its units are counted, how many there are in all and at least."""

    name: str
    text: str
    edit: tuple[str, str]
    count: Callable[[list[dict[str, Any]]], int]
    whole: int
    least: int
    joblib: str = ""
    pipeline: str = ""
    others: dict[str, int] = field(default_factory=dict)
    module: str = ""  # the text of lib.py, which the edit is of then


def scenarios() -> list[Scenario]:
    """All of them, each with what a user of the other tools writes."""
    marked = MARKS + "RandomForestClassifier, ExtraTreesClassifier = counted(RandomForestClassifier), counted(ExtraTreesClassifier)\n"
    steps = marked + "StandardScaler, KernelPCA = counted(StandardScaler), counted(KernelPCA)\n"
    fitted = "@memory.cache\ndef fitted(model, X, y):\n    return model.fit(X, y)\n"
    epoch = "@memory.cache\ndef fitted(model, X, y):\n    mark()\n    return model.partial_fit(X, y, classes=[0, 1])\n"
    return [
        Scenario(
            "extend a grid by one value", DATA + GRID, ("[2, 4, 6]", "[2, 4, 6, 8]"), calls("score of a split"), 16, 4,
            DATA + marked + fitted + GRID.replace("search.fit(X, y)", "search = fitted(search, X, y)"),
            DATA + marked + GRID.replace("random_state=0))])", "random_state=0))], memory=memory)"),
        ),
        Scenario(
            "swap a pipeline's classifier", DATA + SWAP, ("RandomForestClassifier(60", "ExtraTreesClassifier(60"),
            lambda events: calls(".fit")(events) - calls("StandardScaler")(events), 2, 1,
            DATA + steps.replace("StandardScaler, KernelPCA = counted(StandardScaler), ", "KernelPCA = ") + fitted + SWAP.replace("pipe.fit(X, y)", "pipe = fitted(pipe, X, y)"),
            DATA + steps.replace("StandardScaler, KernelPCA = counted(StandardScaler), ", "KernelPCA = ") + SWAP.replace("random_state=0))])", "random_state=0))], memory=memory)"),
        ),
        Scenario(
            "add a model to a loop", DATA + LOOP, ("models = {", 'models = {"new": ExtraTreesClassifier(150, random_state=5), '),
            calls(".fit"), 4, 1, DATA + marked + fitted + LOOP.replace("model.fit(X, y)", "model = fitted(model, X, y)"),
        ),
        Scenario(
            "add epochs", DATA + EPOCHS, ("range(10)", "range(20)"), calls(".partial_fit"), 20, 10,
            DATA + MARKS + epoch + EPOCHS.replace("model.partial_fit(big, labels, classes=[0, 1])", "model = fitted(model, big, labels)"),
        ),
        Scenario("edit the last line of main()", MAIN, ('"total",', '"sum",'), costly, 3, 0, "import os\nfrom joblib import Memory\n" + MAIN.replace(WORK, CACHED)),
        Scenario("edit the last line of a click command", COMMAND, ('"total",', '"sum",'), costly, 3, 0, "import os\nfrom joblib import Memory\n" + COMMAND.replace(WORK, CACHED)),
        Scenario("edit the last line of a method", TRAINER, ('"total",', '"sum",'), costly, 3, 0, "import os\nfrom joblib import Memory\n" + TRAINER.replace(WORK, CACHED)),
        Scenario("edit the last statement of a `with`", GUARDED, ('"total",', '"sum",'), costly, 3, 0, "import os\nfrom joblib import Memory\n" + GUARDED.replace(WORK, CACHED)),
        Scenario("edit the last line of a module's function", RUN, ('"sum"', '"total"'), costly, 3, 0, RUN, module=MODULE),
        Scenario("add epochs of one's own code", OWN, ("range(10)", "range(20)"), costly, 20, 10, "import os\nfrom joblib import Memory\n" + OWN.replace(WORK, CACHED)),
        Scenario("edit the last statement of a loop", OWN, ('print("epoch",', 'print("pass",'), costly, 10, 0, "import os\nfrom joblib import Memory\n" + OWN.replace(WORK, CACHED)),
        Scenario("edit one helper of five", HELPERS, ("y = x + 2\n", "y = x + 9\n"), costly, 5, 1, "import os\nfrom joblib import Memory\n" + HELPERS.replace(WORK, CACHED)),
    ]  # fmt: skip


def versions(scenario: Scenario, text: str, module: str, folder: Path) -> Iterator[None]:
    """Write the script as it is, and then as it is after the edit."""
    if scenario.edit[0] not in (module or text):
        sys.exit(f"{scenario.name}: {scenario.edit[0]!r} is not in the script")
    for edit in (("", ""), scenario.edit):
        (folder / "lib.py").write_text(module.replace(*edit) if module else "")
        (folder / "train.py").write_text(text if module else text.replace(*edit))
        yield


def by_mliter(scenario: Scenario, folder: Path) -> tuple[int, bytes]:
    """(units of the second run, what it printed)."""
    events = folder / "events.jsonl"
    words = [sys.executable, "-m", "mliter_tui", "run", "--quiet", "--events", str(events), "train.py"]
    out = b""
    for _ in versions(scenario, scenario.text, scenario.module, folder):
        events.unlink(missing_ok=True)
        out = subprocess.run(words, cwd=folder, capture_output=True, check=True).stdout
    return scenario.count([json.loads(line) for line in events.read_text().splitlines()]), out


def by_marks(scenario: Scenario, text: str, folder: Path) -> tuple[int | None, bytes]:
    """The same of another tool; None where it has nothing to offer."""
    if not text:
        return None, b""
    done = None
    module = "import os\nfrom joblib import Memory\n" + scenario.module.replace(WORK, CACHED) if scenario.module else ""
    for _ in versions(scenario, text, module, folder):
        done = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True, check=True)
    assert done is not None
    return done.stderr.count(b"unit\n"), done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print("| edit | all | least | mliter | joblib.Memory | Pipeline(memory) |\n| --- | --- | --- | --- | --- | --- |")
    rows, wrong = [], 0
    for scenario in scenarios():
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two, tempfile.TemporaryDirectory() as three:
            mine, printed = by_mliter(scenario, Path(one))
            expected = subprocess.run([sys.executable, "train.py"], cwd=one, capture_output=True, check=True).stdout
            joblib, _ = by_marks(scenario, scenario.joblib, Path(two))
            pipeline, _ = by_marks(scenario, scenario.pipeline, Path(three))
        wrong += printed != expected
        cells = [scenario.whole, scenario.least, mine, "-" if joblib is None else joblib, "-" if pipeline is None else pipeline]
        print(f"| {scenario.name} | " + " | ".join(map(str, cells)) + " |" + (" WRONG OUTPUT" if printed != expected else ""))
        rows.append({"edit": scenario.name, "all": cells[0], "least": cells[1], "mliter": mine, "joblib": joblib, "pipeline": pipeline})
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=2))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
