"""Calls of scikit-learn inside a statement: results as under python, and only those are made that have to be."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Outcome, Project

pytest.importorskip("sklearn")

DATA = """\
import numpy as np
from sklearn.datasets import make_classification
X, y = make_classification(3000, 30, random_state=0)
"""


def calls(outcome: Outcome, name: str) -> tuple[int, int]:
    """(answered from the store, made) of the calls of a name, over the whole iteration."""
    rows = [row for e in outcome.events if e["type"] == "calls_made" for row in e["calls"] if row["name"] == name]
    return sum(row["loaded"] for row in rows), sum(row["computed"] for row in rows)


def edited(text: str, before: str, after: str) -> str:
    assert before in text
    return text.replace(before, after)


GRID = (
    DATA
    + """\
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.ensemble import RandomForestClassifier
search = GridSearchCV(make_pipeline(StandardScaler(), RandomForestClassifier(15, random_state=0)), {"randomforestclassifier__max_depth": [3, 6]}, cv=3)
search.fit(X, y)
keys = sorted(k for k in search.cv_results_ if "time" not in k)
print([(k, list(search.cv_results_[k])) for k in keys])
print(search.best_params_, search.best_score_, search.predict(X[:9]), search.n_splits_)
"""
)


@pytest.mark.slow
def test_a_grid_is_extended_by_one_value(project: Project) -> None:
    project.script(GRID)
    assert calls(project.run(), "Pipeline: score of a split") == (0, 6)
    project.script(edited(GRID, "[3, 6]", "[3, 6, 9]"))
    assert calls(project.run(), "Pipeline: score of a split") == (6, 3)
    project.script(edited(GRID, "make_classification(3000, 30", "make_classification(3001, 30"))
    assert calls(project.run(), "Pipeline: score of a split") == (0, 6)


@pytest.mark.slow
def test_a_grid_is_told_as_candidates_by_splits(project: Project) -> None:
    project.script(GRID)
    project.run()
    project.script(edited(GRID, "[3, 6]", "[3, 6, 9]"))
    outcome = project.run()
    went = [e for e in outcome.events if e["type"] == "search_went"]
    (made,) = (e for e in outcome.events if e["type"] == "calls_made" and e["searches"])
    (search,) = made["searches"]
    assert (search["rows"], search["splits"], search["cells"]) == ([["3"], ["6"], ["9"]], 3, "LLLLLLCCC")
    assert all(0.5 < score <= 1 for score in search["scores"]) and search["seconds"][8] > search["seconds"][0]
    assert not went or went[0]["begun"][0]["rows"] == search["rows"]
    line = next(at for at, text in enumerate(GRID.splitlines(), 1) if text == "search.fit(X, y)")
    words = [sys.executable, "-m", "mliter_tui", "why", "--cache", str(project.cache), f"train.py:{line}"]
    settings = {"cwd": project.folder, "env": project.environment(), "stdout": subprocess.PIPE, "text": True}
    told = json.loads(subprocess.run([*words, "--json"], check=True, **settings).stdout)["nodes"][0]
    assert told["searches"] == [search]
    text = subprocess.run(words, check=True, **settings).stdout
    assert "3 candidates x 3 splits: 6 loaded, 3 computed" in text
    assert "max_depth  splits" in text and "LLL" in text and "CCC" in text


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["", ", n_jobs=2"])
def test_splits_that_were_done_before_an_error_are_kept(project: Project, jobs: str) -> None:
    text = edited(GRID, "cv=3", "cv=3, error_score='raise'" + jobs)
    project.script(edited(text, "[3, 6]", "[3, 6, -1]"))
    outcome = project.run()
    assert outcome.last["status"] == "failed"
    project.script(edited(text, "[3, 6]", "[3, 6, 9]"))
    loaded, made = calls(project.run(), "Pipeline: score of a split")
    assert loaded + made == 9
    assert loaded == 6 or (jobs and loaded >= 3), "what a worker has under way when another fails is lost"


@pytest.mark.slow
def test_a_grid_is_known_by_all_that_counts(project: Project) -> None:
    project.script(GRID)
    project.run()
    project.script(edited(GRID, "[3, 6]", "[6, 3]"))
    assert calls(project.run(), "Pipeline: score of a split") == (6, 0)
    project.script(edited(GRID, "cv=3", "cv=3, n_jobs=2"))
    assert calls(project.run(), "Pipeline: score of a split") == (6, 0)
    project.script(edited(GRID, "random_state=0)), {", "random_state=1)), {"))
    assert calls(project.run(), "Pipeline: score of a split") == (0, 6)


@pytest.mark.slow
def test_a_grid_in_worker_processes_is_extended_by_one_value(project: Project) -> None:
    text = edited(GRID, "cv=3", "cv=3, n_jobs=2")
    project.script(text)
    project.run()
    project.script(edited(text, "[3, 6]", "[3, 6, 9]"))
    assert calls(project.run(), "Pipeline: score of a split") == (6, 3)


@pytest.mark.slow
def test_a_model_is_added_to_a_loop(project: Project) -> None:
    text = DATA + """\
from sklearn.ensemble import RandomForestClassifier, ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
models = {"a": RandomForestClassifier(20, random_state=0), "b": ExtraTreesClassifier(60, random_state=1)}
results = {}
for name, model in models.items():
    model.fit(X, y)
    results[name] = cross_val_score(model, X, y, cv=3).mean()
    print(name, model.score(X, y), results[name])
print(models["a"].predict(X[:5]), sorted(vars(models["b"])))
"""
    project.script(text)
    project.run()
    project.script(edited(text, "models = {", 'models = {"new": LogisticRegression(), '))
    outcome = project.run()
    assert calls(outcome, "RandomForestClassifier.fit")[1] == 0
    assert calls(outcome, "RandomForestClassifier: score of a split")[1] == 0
    project.script(edited(text, "print(name,", "print('model', name,"))
    assert calls(project.run(), "ExtraTreesClassifier.fit")[1] == 0


@pytest.mark.slow
def test_the_classifier_of_a_pipeline_is_swapped(project: Project) -> None:
    text = DATA + """\
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import RandomForestClassifier, ExtraTreesClassifier
from sklearn.pipeline import Pipeline
pipe = Pipeline([("reduce", KernelPCA(8, kernel="rbf", random_state=0)), ("model", RandomForestClassifier(20, random_state=0))])
pipe.fit(X[:900], y[:900])
print(pipe.predict(X[900:920]), pipe.score(X[:900], y[:900]))
"""
    project.script(text)
    assert calls(project.run(), "KernelPCA.fit_transform") == (0, 1)
    project.script(edited(text, "RandomForestClassifier(20, r", "ExtraTreesClassifier(20, r"))
    assert calls(project.run(), "KernelPCA.fit_transform") == (1, 0)
    project.script(edited(text, "KernelPCA(8", "KernelPCA(9"))
    assert calls(project.run(), "KernelPCA.fit_transform") == (0, 1)


@pytest.mark.slow
def test_epochs_are_added(project: Project) -> None:
    text = DATA + """\
from sklearn.linear_model import SGDClassifier
big = np.tile(X, (60, 1)); labels = np.tile(y, 60)
model = SGDClassifier(random_state=0)
for epoch in range(3):
    model.partial_fit(big, labels, classes=[0, 1])
    print(epoch, model.score(X, y), model.t_)
print(model.coef_.sum())
"""
    project.script(text)
    project.run()
    project.script(edited(text, "range(3)", "range(5)"))
    _, computed = calls(project.run(), "SGDClassifier.partial_fit")
    assert computed == 2, "the others are answered, or not even asked for"


@pytest.mark.slow
def test_what_the_script_makes_of_a_package_counts(project: Project) -> None:
    text = DATA + """\
from sklearn.ensemble import ExtraTreesClassifier
import sklearn.ensemble._forest
depth = 1
def patch(k):
    sklearn.ensemble._forest.MAX_INT = k
    print("patched")
model = ExtraTreesClassifier(80, random_state=0).fit(X, y)
print(model.score(X, y), depth)
"""
    project.script(text)
    project.run()
    patched = edited(text, "depth = 1", "sklearn.ensemble._forest.MAX_INT = 1000\ndepth = 2")
    project.script(patched)
    assert calls(project.run(), "ExtraTreesClassifier.fit") == (0, 1)
    project.script(edited(text, "model = ", "patch(1000)\nmodel = "))
    assert calls(project.run(), "ExtraTreesClassifier.fit") == (0, 1)
    loop = "with np.errstate():\n  for k in (10, 1000):\n    sklearn.ensemble._forest.MAX_INT = k\n    model = "
    project.script(edited(text, "model = ", loop))
    assert calls(project.run(), "ExtraTreesClassifier.fit") == (0, 0), "none is looked up, nor kept"
    strict = edited(text, "depth = 1", "_ = np.seterr(all='raise')\ndepth = 2")
    project.script(strict)
    project.run()
    project.script(edited(text, "model = ", "again = model = "))
    assert calls(project.run(), "ExtraTreesClassifier.fit") == (1, 0)


LIBRARY = """\
import time
def slow(values, k):
    time.sleep(0.2)
    return [v * k for v in values]
"""
SEEN_TO = """\
import functools, sys
def install(recall):
    library = sys.modules["lib_of_others"]
    made = library.slow
    if hasattr(made, "__wrapped__"):
        return
    @functools.wraps(made)
    def slow(values, k):
        if not recall.usable("slow") or (look := recall.look("slow", [values, k])) is None:
            return made(values, k)
        (kept,) = recall.ask(["slow"], [look])
        if kept is not recall.nothing:
            return kept
        done = recall.run("slow", lambda: made(values, k))
        recall.keep("slow", [values, k], look, done, done.result)
        return done.result
    library.slow = slow
"""


@pytest.mark.slow
def test_another_library_is_seen_to_by_an_entry_point(project: Project) -> None:
    place = project.tmp / "others" / "site-packages"
    (place / "lib_of_others-1.0.dist-info").mkdir(parents=True)
    (place / "lib_of_others-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: lib_of_others\nVersion: 1.0\n")
    (place / "lib_of_others-1.0.dist-info" / "entry_points.txt").write_text("[mliter.operators]\nlib_of_others = seen_to:install\n")
    (place / "lib_of_others.py").write_text(LIBRARY)
    (place / "seen_to.py").write_text(SEEN_TO)
    text = "import lib_of_others\nfor k in (1, 2):\n    print(lib_of_others.slow([k, 5], k))\n"
    project.script(text)
    env = {"PYTHONPATH": f"{place}:{os.environ.get('PYTHONPATH', '')}"}
    assert calls(project.run(env=env), "slow") == (0, 2)
    project.script(edited(text, "(1, 2)", "(1, 2, 3)"))
    assert calls(project.run(env=env), "slow") == (2, 1)
    (place / "seen_to.py").write_text("raise RuntimeError('broken')\n")
    project.script(edited(text, "(1, 2)", "(1, 2, 3, 4)"))
    project.run(env=env)


SEEDS = {
    "an unseeded stream": "from sklearn.svm import SVC\nscores = cross_val_score(SVC(), X, y, cv=3)\nprint(scores)\n",
    "a seeded stream": "np.random.seed(3)\nscores = [cross_val_score(ExtraTreesClassifier(25, max_depth=d), X, y, cv=2).mean() for d in (2, 5)]\nprint(scores, np.random.rand())\n",
    "a seed of its own": "rng = np.random.RandomState(0)\nmodel = ExtraTreesClassifier(60, random_state=rng).fit(X, y)\nprint(model.score(X, y), rng.rand())\n",
    "a generator given to the splitter": "cv = KFold(3, shuffle=True, random_state=np.random.RandomState(1))\nprint(cross_val_score(ExtraTreesClassifier(60, random_state=0), X, y, cv=cv))\nprint(cross_val_score(ExtraTreesClassifier(60, random_state=0), X, y, cv=cv))\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEDS)
def test_random_streams_stand_where_they_would(project: Project, name: str) -> None:
    text = DATA + "from sklearn.ensemble import ExtraTreesClassifier\nfrom sklearn.model_selection import KFold, cross_val_score\nk = 1\n" + SEEDS[name]
    project.script(text)
    project.run()
    project.script(edited(text, "print(", "print(k, ").replace("scores = ", "scores = k * 1.0 and "))
    project.run()
    project.script(edited(text, "(2, 5)", "(2, 5, 8)") if "(2, 5)" in text else edited(text, "k = 1", "k = 2"))
    project.run()
    project.script(edited(text, "(2, 5)", "(5, 2)") if "(2, 5)" in text else text)
    project.run()


@pytest.mark.slow
def test_a_seeded_stream_draws_on_from_where_a_known_call_left_it(project: Project) -> None:
    text = DATA + "from sklearn.ensemble import ExtraTreesClassifier\nfrom sklearn.model_selection import cross_val_score\nnp.random.seed(3)\n" + (
        "scores = [cross_val_score(ExtraTreesClassifier(80, max_depth=d), X, y, cv=2).mean() for d in (2, 5)]\nprint(scores, np.random.rand())\n"
    )
    project.script(text)
    project.run()
    project.script(edited(text, "(2, 5)", "(2, 5, 8)"))
    assert calls(project.run(), "ExtraTreesClassifier: score of a split") == (4, 2)
    project.script(edited(text, "seed(3)", "seed(4)"))
    assert calls(project.run(), "ExtraTreesClassifier: score of a split")[0] == 0


SHOWN = {
    "a warning": "import warnings\nfrom sklearn.neural_network import MLPClassifier\nmodel = MLPClassifier((30,), max_iter=3, random_state=0).fit(X, y)\nprint(model.score(X, y))\n",
    "a warning that is ignored": "import warnings\nwarnings.filterwarnings('ignore')\nfrom sklearn.neural_network import MLPClassifier\nmodel = MLPClassifier((30,), max_iter=3, random_state=0).fit(X, y)\nprint(model.score(X, y))\n",
    "a warning made an error": "import warnings\nwarnings.filterwarnings('error')\nfrom sklearn.neural_network import MLPClassifier\ntry:\n    model = MLPClassifier((30,), max_iter=3, random_state=0).fit(X, y)\nexcept Exception as e:\n    print(type(e).__name__)\n",
    "progress": "from sklearn.neural_network import MLPClassifier\nmodel = MLPClassifier((30,), max_iter=3, random_state=0, verbose=True).fit(X, y)\nprint(model.score(X, y))\n",
    "progress of a search": "from sklearn.model_selection import GridSearchCV\nfrom sklearn.linear_model import LogisticRegression\ng = GridSearchCV(LogisticRegression(), {'C': [1, 2]}, cv=2, verbose=1).fit(X, y)\nprint(g.best_params_)\n",
    "a failing fit": "from sklearn.ensemble import RandomForestClassifier\nRandomForestClassifier(max_depth=-1).fit(X, y)\n",
    "a failing fit that is caught": "import traceback\nfrom sklearn.ensemble import RandomForestClassifier\ntry:\n    RandomForestClassifier().fit(X[:5], y)\nexcept ValueError:\n    traceback.print_exc()\n",
    "failing fits of a search": "from sklearn.model_selection import GridSearchCV\nfrom sklearn.linear_model import LogisticRegression\ng = GridSearchCV(LogisticRegression(), {'C': [1, -2]}, cv=2).fit(X, y)\nprint(g.cv_results_['mean_test_score'])\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_what_a_call_shows_is_shown_again(project: Project, name: str) -> None:
    text = DATA + "k = 1\n" + SHOWN[name]
    project.script(text)
    project.run(stderr=True)
    last = text.rstrip().splitlines()[-1]
    project.script(text.replace(".fit(X, y)", ".fit(X,  y * k)") if "fit(X, y)" in text else text + "print(k)\n")
    project.run(stderr=True)
    project.script(text + f"if k:\n    print('more')\n{last if not last.startswith(' ') else ''}\n")
    project.run(stderr=True)


OWN = """\
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.model_selection import cross_val_score
FACTOR = 2.0
def scale(X):
    return X * FACTOR + np.sin(X)
class Clip(TransformerMixin, BaseEstimator):
    def __init__(self, at=1.0):
        self.at = at
    def fit(self, X, y=None):
        self.seen_ = X.shape
        return self
    def transform(self, X):
        return np.minimum(X, self.at * FACTOR)
def metric(model, X, y):
    return float((model.predict(X) == y).mean() * FACTOR)
pipe = make_pipeline(FunctionTransformer(scale), Clip(1.5), ExtraTreesClassifier(30, random_state=0))
print(cross_val_score(pipe, X, y, cv=2), cross_val_score(pipe, X, y, cv=2, scoring=metric))
pipe.fit(X, y)
print(pipe.score(X, y))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [("FACTOR = 2.0", "FACTOR = -3.0"), ("np.sin(X)", "np.cos(X)"), ("np.minimum", "np.maximum"), (".mean() * F", ".sum() * F"),
     ("Clip(1.5)", "Clip(0.5)"), ("self.at = at", "self.at = at  # the same")],
)  # fmt: skip
def test_code_of_the_users_in_reach(project: Project, before: str, after: str) -> None:
    project.script(DATA + OWN)
    project.run()
    project.script(edited(DATA + OWN, before, after))
    project.run()


ALIASES = {
    "a coefficient held": "from sklearn.linear_model import SGDClassifier\nm = SGDClassifier(random_state=0)\nbig = np.tile(X, (40, 1)); labels = np.tile(y, 40)\nm.partial_fit(big, labels, classes=[0, 1])\nw = m.coef_\nbefore = w.copy()\nfor i in range(2):\n    m.partial_fit(big, labels)\nprint(np.array_equal(w, before), w is m.coef_, w.sum())\n",
    "a part fitted in place": "from sklearn.ensemble import ExtraTreesClassifier\nfrom sklearn.pipeline import Pipeline\nmodel = ExtraTreesClassifier(60, random_state=0)\npipe = Pipeline([('m', model)])\nfor i in range(2):\n    pipe.fit(X, y)\nprint(model.score(X, y), pipe.named_steps['m'] is model)\n",
    "a union": "from sklearn.decomposition import KernelPCA\nfrom sklearn.pipeline import FeatureUnion\nk = KernelPCA(3, kernel='rbf')\nu = FeatureUnion([('a', k)])\nZ = u.fit_transform(X[:700])\nprint(np.abs(Z).sum().round(6), hasattr(k, 'eigenvalues_'), u.transformer_list[0][1] is k)\n",
    "data kept": "from sklearn.neighbors import KNeighborsClassifier\nm = KNeighborsClassifier(algorithm='brute').fit(X, y)\nprint(m.score(X[:200], y[:200]))\nX[:] = -X\nprint(m.score(X[:200], y[:200]))\n",
    "data changed": "from sklearn.cluster import KMeans\nfrom sklearn.linear_model import LinearRegression\nm = LinearRegression(copy_X=False)\nZ = np.tile(X, (80, 1)).copy(order='F')\nm.fit(Z, np.tile(y, 80))\nprint(Z.mean().round(12), m.coef_.sum())\n",
    "the result is the argument": "from sklearn.preprocessing import FunctionTransformer\nf = FunctionTransformer()\nZ = f.fit_transform(X)\nprint(Z is X)\n",
    "a clone stays unfitted": "from sklearn.base import clone\nfrom sklearn.ensemble import ExtraTreesClassifier, VotingClassifier, StackingClassifier\na, b = ExtraTreesClassifier(40, random_state=0), ExtraTreesClassifier(40, random_state=1)\nfor k in range(2):\n    v = VotingClassifier([('a', a), ('b', b)]).fit(X, y)\n    s = StackingClassifier([('a', a), ('b', b)], cv=2).fit(X, y)\nprint(v.score(X, y), s.score(X, y), hasattr(a, 'estimators_'), v.estimators_[0].random_state)\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ALIASES)
def test_who_holds_what_sees_what_it_would(project: Project, name: str) -> None:
    text = DATA + "k = 0\n" + ALIASES[name]
    project.script(text)
    project.run()
    project.script(edited(text, "print(", "print(k, "))
    project.run()
    project.script(edited(text, "X, y = make", "import math\nX, y = make").replace("range(2)", "range(3)").replace("m = ", "m = k or "))
    project.run()


@pytest.mark.slow
def test_other_estimators_give_what_they_give(project: Project) -> None:
    text = DATA + """\
from sklearn.cluster import SpectralClustering, MiniBatchKMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, IsolationForest
from sklearn.experimental import enable_halving_search_cv
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.manifold import TSNE
from sklearn.model_selection import HalvingGridSearchCV, RandomizedSearchCV, cross_val_predict, cross_validate, learning_curve
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier
columns = ColumnTransformer([("q", QuantileTransformer(n_quantiles=50, random_state=0), [0, 1]), ("s", StandardScaler(), [2, 3])])
print(columns.fit_transform(X).sum())
print(SpectralClustering(2, random_state=0).fit_predict(X[:300]).sum())
print(TSNE(random_state=0, max_iter=250).fit_transform(X[:200]).sum())
print(GradientBoostingClassifier(random_state=0, n_estimators=20).fit(X, y).score(X, y))
print(HistGradientBoostingClassifier(random_state=0, max_iter=20).fit(X, y).score(X, y))
print(IsolationForest(random_state=0).fit_predict(X).sum())
tree = DecisionTreeClassifier(random_state=0)
halving = HalvingGridSearchCV(tree, {"max_depth": [2, 4, 8]}, random_state=0, cv=2).fit(X, y)
print(halving.best_params_, list(halving.n_resources_))
found = RandomizedSearchCV(tree, {"max_depth": [2, 4, 8]}, n_iter=2, random_state=0, cv=2).fit(X, y)
print(found.best_params_, found.cv_results_["mean_test_score"])
print(cross_val_predict(tree, X, y, cv=3).sum(), cross_validate(tree, X, y, cv=2, return_estimator=True)["estimator"][0].get_depth())
print([a.sum() for a in learning_curve(tree, X, y, cv=2, random_state=0)])
k = 1
"""
    project.script(text)
    project.run()
    project.script(edited(text, "print(", "print(0, "))
    project.run()
