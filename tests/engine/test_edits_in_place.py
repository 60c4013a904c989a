"""Changes in place that only the place of an argument, or what an estimator was told, says (rule R5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

NUMPY = {
    "a ufunc": "np.multiply(x, 2, x)",
    "in an expression": "print(np.multiply(x, 2, x).sum().round(3))",
    "by another name": "from numpy import add\nadd(x, 1, x)",
    "by an attribute of one": "np.add.at(x, [0, 1], 5)",
    "by an attribute of its name": "from numpy import add\nadd.at(x, [0, 1], 5)",
    "a method": "x.clip(0, 0.5, x)",
    "a function": "np.clip(x, 0, 0.5, x)",
    "a sum": "np.sum(y, 1, None, x)",
    "a method's sum": "y.sum(1, None, x)",
    "not to copy": "x[3] = np.nan\nnp.nan_to_num(x, False)",
    "in a comprehension": "rows = [np.add(v, 1, v) for v in [x]]",
    "in a function": "def up(v):\n    return np.add(v, 1, v)\nup(x)",
    "either": "(np.add if len(x) else np.subtract)(x, 1, x)",
    "from a table": "f = {'a': np.add}\nf['a'](x, 1, x)",
    "shuffled": "from numpy import random\nrandom.seed(0)\nrandom.shuffle(x)",
    "shuffled by another name": "import numpy.random as npr\nnpr.seed(0)\nnpr.shuffle(x)",
    "by a word": "np.add(x, 1, out=x)",
}


@pytest.mark.parametrize("change", NUMPY.values(), ids=NUMPY)
def test_an_array_that_a_call_writes_into(project: Project, change: str) -> None:
    project.with_values(
        "import numpy as np\nx = np.arange(12.0) % 9\ny = np.ones((12, 12))\n" + change
        + "\nprint(x.sum().round(3), x[:3], EDIT)\n", "1", "2", options=("--policy", "always")
    )  # fmt: skip


ESTIMATORS = {
    "transform": "sc = StandardScaler(copy=False).fit(X)\nmade = sc.transform(X)",
    "by place": "sc = StandardScaler().fit(X)\nmade = sc.transform(X, False)",
    "in a pipeline": "m = make_pipeline(StandardScaler(copy=False), Ridge()).fit(Z, y)\nprint(m.predict(X)[:2])",
    "in a collection": "ms = {'a': StandardScaler(copy=False).fit(X)}\nmade = ms['a'].transform(X)",
    "copies": "sc = StandardScaler().fit(X)\nmade = sc.transform(X)",
}


@pytest.mark.parametrize("change", ESTIMATORS.values(), ids=ESTIMATORS)
def test_an_array_that_an_estimator_works_in(project: Project, change: str) -> None:
    project.with_values(
        "import numpy as np\nfrom sklearn.linear_model import Ridge\nfrom sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\nX = np.arange(60.0).reshape(20, 3) % 9\n"
        "Z = X.copy()\ny = X.sum(1)\n"
        + change + "\nprint(X.sum().round(3), EDIT)\n", "1", "2", options=("--policy", "always")
    )  # fmt: skip


def test_the_items_of_an_array_in_a_row_are_its_own(project: Project) -> None:
    project.with_values(
        "import numpy as np\nx = np.arange(12.0).reshape(3, 4) % 9\nrow = x.flat\nrow[EDIT] = 7\nprint(x)\n", "1", "2",
        options=("--policy", "always"),
    )  # fmt: skip


@pytest.mark.slow
def test_an_estimator_that_draws_as_it_transforms(project: Project) -> None:
    project.with_values(
        "import numpy as np\nfrom sklearn.experimental import enable_iterative_imputer\n"
        "from sklearn.impute import IterativeImputer\nX = np.random.default_rng(0).normal(size=(60, 3))\n"
        "X[X > 1.5] = np.nan\nX[:, 2] += 0 * sum(range(99 % 9))\n"
        "m = IterativeImputer(sample_posterior=True, random_state=0, max_iter=2).fit(X)\n"
        "first = m.transform(X)\nprint(first.mean())\nprint(EDIT, m.transform(X).mean())\n", "1", "2",
        options=("--policy", "always"),
    )  # fmt: skip
