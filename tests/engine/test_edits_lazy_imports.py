"""A module of one's own that functions import when they are called: what may call them depends on it, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

SCRIPT = """
import atexit, functools, time
import numpy as np
import pandas as pd

def scaled(x):
    from helpers import factor
    return x * factor(x)

def deep(x):
    def inner(y):
        import helpers as h
        return h.factor(y)
    return inner

class Scaler:
    def __init__(self, by):
        self.by = by
    def apply(self, x):
        from helpers import factor
        return factor(x) + self.by
    def __add__(self, other):
        import helpers
        return helpers.factor(other)
    @property
    def size(self):
        from package import sizes
        return sizes.size()
    def __len__(self):
        from package.sizes import size
        return size()

def lazily(n):
    from helpers import factor
    for i in range(n):
        yield factor(i)

def decorated(function):
    @functools.wraps(function)
    def wrapper(*args):
        from helpers import factor
        return factor(function(*args))
    return wrapper

@decorated
def plus(x):
    return x + 1

@functools.lru_cache
def remembered(x):
    from helpers import factor
    return factor(x)

def costly(x):
    time.sleep(0.2)
    return np.sort(x)

alone = costly(np.arange(3.0))
table = {"a": scaled, "b": [deep(1)]}
scaler = Scaler(2)
batches = lazily(3)
half = functools.partial(scaled, 0.5)
rows = pd.DataFrame({"x": [1.0, 2.0]})
bound = scaler.apply
later = map(scaled, [3, 4])
print(scaled(2), table["a"](3), table["b"][0](4))
print(scaler.apply(5))
print(scaler + 6)
print(scaler.size)
print(len(scaler))
print(list(batches))
print(half())
print(plus(1))
print(remembered(7))
print(rows["x"].apply(scaled).tolist())
print(rows.agg({"x": lambda column: scaled(column).sum()}).tolist())
print(bound(8))
print(list(later), max([1, 2], key=scaled))
print(np.apply_along_axis(scaled, 0, np.ones(2)))
atexit.register(lambda: print("at the end", scaled(9)))
print(alone)
"""
HELPERS = "def factor(x):\n    return x + {number}\n\ndef other():\n    return 1\n"
SIZES = "def size():\n    return {number}\n"


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["auto", pytest.param("always", marks=pytest.mark.slow)])
def test_whoever_may_call_them_runs_again_after_an_edit_and_nobody_else(project: Project, policy: str) -> None:
    project.write("helpers.py", HELPERS.format(number=1))
    project.write("package/__init__.py", "")
    project.write("package/sizes.py", SIZES.format(number=4))
    project.script(SCRIPT)
    settings = {"options": ("--policy", policy)}
    project.run(**settings)
    assert "alone" in project.run(**settings).pruned  # what is registered runs each time
    project.write("helpers.py", HELPERS.format(number=2))
    assert "alone" in project.run(**settings).pruned
    project.write("package/sizes.py", SIZES.format(number=5))
    outcome = project.run(**settings)
    assert {"alone", "print(half())", "print(remembered(7))"} <= set(outcome.pruned)
    project.write("helpers.py", HELPERS.format(number=1))
    project.run(**settings)


@pytest.mark.slow
def test_a_module_that_comes_to_be_takes_the_place_of_another(project: Project) -> None:
    project.script("""
    def chosen():
        try:
            from settings_here import rate
        except ImportError:
            from statistics import mean as rate
        return rate([1, 2])
    made = chosen()
    print(made)
    """)
    project.run()
    project.unchanged()
    project.write("settings_here.py", "def rate(rows):\n    return -1\n")
    project.run()
    project.write("settings_here.py", "def rate(rows):\n    return -2\n")
    project.run()
    (project.folder / "settings_here.py").unlink()
    project.run()


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["always", pytest.param("auto", marks=pytest.mark.slow)])
def test_a_call_of_a_library_that_is_given_such_a_function_is_made_again(project: Project, policy: str) -> None:
    project.write("helpers.py", HELPERS.format(number=1))
    project.script("""
    import numpy as np
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    def scaling():
        def scaled(x):
            from helpers import factor
            return x * factor(x)
        return scaled

    x = np.arange(60.0).reshape(20, 3)
    model = make_pipeline(FunctionTransformer(scaling()), Ridge())
    print(model.fit(x, x[:, 0]).predict(x).sum())
    search = GridSearchCV(model, {"ridge__alpha": [0.1, 1.0]}, cv=2, n_jobs=2).fit(x, x[:, 0])
    print(search.best_score_, search.cv_results_["mean_test_score"])
    """)
    settings = {"options": ("--policy", policy), "env": {"MLITER_CALLS_FROM": "0"}}
    project.run(**settings)
    project.write("helpers.py", HELPERS.format(number=2).replace("x + 2", "x % 3"))
    project.run(**settings)
