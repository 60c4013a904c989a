"""Iterations that differ by a seed alone."""

from __future__ import annotations

import pytest

from mliter_tui.history.labels import label
from mliter_tui.history.repeats import groups, seeds_apart

BASE = """\
import argparse
import numpy as np
from sklearn.linear_model import SGDClassifier
SEED = 0
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
np.random.seed(0)
rng = np.random.default_rng(0)
X, y = np.random.rand(10, 2), rng.random(10) > 0.5
clf = SGDClassifier(alpha=1e-4, random_state=0)
clf.fit(X, y)
"""


@pytest.mark.parametrize(("old", "new"), [
    ("SEED = 0", "SEED = 1"), ("default=0", "default=1"), ("random.seed(0)", "random.seed(1)"),
    ("default_rng(0)", "default_rng(1)"), ("random_state=0", "random_state=1"),
])  # fmt: skip
def test_a_seed_in_any_style(old: str, new: str) -> None:
    found = label({"": BASE}, {"": BASE.replace(old, new)})
    assert (found.letter, found.seed_only) == ("N", True)


def test_what_is_no_seed_and_a_seed_among_others() -> None:
    assert not label({"": BASE}, {"": BASE.replace("1e-4", "1e-3")}).seed_only
    both = BASE.replace("1e-4", "1e-3").replace("random_state=0", "random_state=1")
    found = label({"": BASE}, {"": both})
    assert (found.text, found.seed_only) == ("li H", False)


def test_groups_have_one_iteration_for_each_seed() -> None:
    links = [(1, None, "other"), (2, 1, "seed"), (3, 2, "same"), (4, 3, "seed"), (5, 4, "other"), (6, 1, "seed")]
    found = groups(links)  # type: ignore[arg-type]
    assert found[1] == found[2] == found[3] == found[4] == found[6] == (1, 2, 4, 6)
    assert found[5] == (1, 2, 4, 6)  # never repeated: as much chance as before is what is known
    assert groups([(1, None, "other"), (2, 1, "other")])[2] == (1,)


def test_arguments_that_differ_by_a_seed() -> None:
    assert seeds_apart(["--lr", "0.1", "--seed", "1"], ["--lr", "0.1", "--seed", "2"])
    assert seeds_apart(["--random-state=1"], ["--random-state=2"])
    assert not seeds_apart(["--lr", "0.1"], ["--lr", "0.2"])
    assert not seeds_apart(["--seed", "1", "a"], ["--seed", "1", "b"])
