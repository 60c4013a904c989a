"""Fits, `train` and `cv` of XGBoost and LightGBM inside a statement: results as under python, from the store where known.

Skipped where the library is not installed (`pip install xgboost lightgbm`).
"""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine.test_operators import calls, edited

if TYPE_CHECKING:
    from engine.conftest import Outcome, Project

HEAD = """\
from contextlib import nullcontext
import pickle
import numpy as np
import {library}
rng = np.random.RandomState(0)
X = rng.rand(1500, 6); y = (X[:, 0] + X[:, 1] ** 2 + rng.rand(1500) > 1.2).astype(int)
A, B, a, b = X[:1000], X[1000:], y[:1000], y[1000:]
BINARY = {{"objective": "binary:logistic", "max_depth": 3, "nthread": 1}}
LEAVES = {{"objective": "binary", "num_leaves": 7, "verbose": -1, "num_threads": 1}}
with nullcontext():
    k = 1
"""
ALL = {"env": {"MLITER_CALLS_FROM": "0"}, "options": ("--policy", "always")}  # however little they take


def run(project: Project, library: str, text: str, stderr: bool = False) -> Outcome:
    """The script's block, a `with`, is one unit: nothing in it is answered but calls of the library."""
    pytest.importorskip(library.partition(" ")[0], reason=f"{library} is not installed (pip install {library})")
    indented = "".join(f"    {line}\n" for line in text.splitlines())
    project.script(HEAD.format(library=library) + indented)
    return project.run(stderr=stderr, **ALL)  # type: ignore[arg-type]


# name: (library, the block, what is counted, an edit that leaves the call as it is, one that does not)
KNOWN = {
    "a classifier of xgboost": (
        "xgboost as xgb", "m = xgb.XGBClassifier(n_estimators=9, subsample=.7, n_jobs=1).fit(A, a, sample_weight=a + 1)\nprint(m.score(B, b), m.predict_proba(B)[:2], m.n_classes_)\nprint(hash(pickle.dumps(m)))",
        "XGBClassifier.fit", ("print(m.s", "print(0, m.s"), ("a + 1", "a + 2")),
    "a regressor of xgboost that stops early": (
        "xgboost as xgb", "m = xgb.XGBRegressor(n_estimators=40, early_stopping_rounds=2, n_jobs=1)\nm.fit(A, A[:, 0] + a, eval_set=[(A, A[:, 0] + a), (B, b)], verbose=3)\nprint(m.best_iteration, m.evals_result(), m.predict(B)[:3])",
        "XGBRegressor.fit", ("print(m.b", "print(0, m.b"), ("(B, b)]", "(B, b * 2)]")),
    "several classes": (
        "xgboost as xgb", "c = (X[:, 2] * 3).astype(int)\nm = xgb.XGBClassifier(n_estimators=4, n_jobs=1).fit(X, c)\nprint(m.objective, m.get_params()['objective'], m.score(X, c))",
        "XGBClassifier.fit", ("print(m", "print(0, m"), ("n_estimators=4", "n_estimators=5")),
    "a ranker": (
        "xgboost as xgb", "m = xgb.XGBRanker(n_estimators=4, n_jobs=1).fit(A, a, qid=np.arange(1000) // 50)\nprint(m.predict(B)[:3])",
        "XGBRanker.fit", ("print(m", "print(0, m"), ("// 50", "// 100")),
    "train of xgboost": (
        "xgboost as xgb", "d, e = xgb.DMatrix(A, a), xgb.DMatrix(B, b)\nlog = {'before': 1}\nm = xgb.train(BINARY, d, 12, evals=[(d, 'train'), (e, 'test')], evals_result=log, verbose_eval=4, early_stopping_rounds=3)\nprint(m.predict(e)[:3], m.best_iteration, m.attributes(), log)\nprint(hash(pickle.dumps(m)))",
        "xgboost.train", ("print(m", "print(0, m"), ("(d, 'train')", "(d, 'learn')")),
    "train of xgboost with callbacks": (
        "xgboost as xgb", "d, e = xgb.DMatrix(A, a), xgb.DMatrix(B, b)\nstop = xgb.callback.EarlyStopping(2, save_best=True)\nm = xgb.train(BINARY, d, 40, evals=[(e, 'test')], callbacks=[stop, xgb.callback.EvaluationMonitor(period=5)], verbose_eval=False)\nprint(m.num_boosted_rounds(), stop.best_scores, stop.stopping_history, stop.current_rounds)",
        "xgboost.train", ("print(m", "print(0, m"), ("EarlyStopping(2", "EarlyStopping(3")),
    "weights and labels set later": (
        "xgboost as xgb", "d = xgb.DMatrix(A)\nd.set_label(a)\nd.set_weight(a * 3 + 1)\nd.feature_names = list('abcdef')\nm = xgb.train(BINARY, d, 5)\nprint(m.get_score(), m.feature_names)",
        "xgboost.train", ("print(m", "print(0, m"), ("a * 3 + 1", "a * 2 + 1")),
    "a quantile matrix": (
        "xgboost as xgb", "d = xgb.QuantileDMatrix(A, a, max_bin=16)\ne = xgb.QuantileDMatrix(B, b, ref=d, max_bin=16)\nm = xgb.train({**BINARY, 'max_bin': 16}, d, 5, evals=[(e, 'e')], verbose_eval=2)\nprint(m.get_dump()[0])",
        "xgboost.train", ("print(m", "print(0, m"), ("Matrix(A, a,", "Matrix(A, 1 - a,")),
    "a slice": (
        "xgboost as xgb", "d = xgb.DMatrix(X, y)\nm = xgb.train(BINARY, d.slice(list(range(900))), 5)\nprint(m.get_dump()[0])",
        "xgboost.train", ("print(m", "print(0, m"), ("range(900)", "range(600)")),
    "training goes on": (
        "xgboost as xgb", "d = xgb.DMatrix(A, a)\nm = xgb.train(BINARY, d, 3)\nn = xgb.train(BINARY, d, 3, xgb_model=m)\nprint(n.get_dump()[-1], n.num_boosted_rounds())",
        "xgboost.train", ("print(n", "print(0, n"), ("BINARY, d, 3)\n", "BINARY, d, 4)\n")),
    "cv of xgboost": (
        "xgboost as xgb", "np.random.seed(5)\nr = xgb.cv(BINARY, xgb.DMatrix(A, a), 6, nfold=3, seed=2, verbose_eval=2)\nprint(r, np.random.rand())",
        "xgboost.cv", ("print(r", "print(0, r"), ("seed=2", "seed=3")),
    "cv of xgboost in layers": (
        "xgboost as xgb", "r = xgb.cv(BINARY, xgb.DMatrix(A, a), 6, nfold=3, stratified=True, metrics=['auc'], early_stopping_rounds=2, as_pandas=False)\nprint(r, np.random.rand())",
        "xgboost.cv", ("print(r", "print(0, r"), ("nfold=3", "nfold=4")),
    "a classifier of lightgbm": (
        "lightgbm as lgb", "m = lgb.LGBMClassifier(n_estimators=9, subsample=.7, subsample_freq=1, verbose=-1, n_jobs=1).fit(A, a, sample_weight=a + 1)\nprint(m.score(B, b), m.predict_proba(B)[:2], m.classes_, m.n_features_in_)\nprint(hash(pickle.dumps(m)))",
        "LGBMClassifier.fit", ("print(m.s", "print(0, m.s"), ("a + 1", "a + 2")),
    "a regressor of lightgbm with callbacks": (
        "lightgbm as lgb", "log = {}\nstop = lgb.early_stopping(2)\nm = lgb.LGBMRegressor(n_estimators=60, verbose=-1, n_jobs=1)\nm.fit(A, A[:, 0] + a, eval_set=[(B, b)], callbacks=[stop, lgb.log_evaluation(5), lgb.record_evaluation(log)])\nprint(m.best_iteration_, m.best_score_, m.evals_result_ == log, log['valid_0']['l2'][:3], stop.best_iter, stop.best_score)",
        "LGBMRegressor.fit", ("print(m.b", "print(0, m.b"), ("(B, b)]", "(B, b * 2)]")),
    "train of lightgbm": (
        "lightgbm as lgb", "d = lgb.Dataset(A, a)\ne = d.create_valid(B, b)\nlog = {}\nm = lgb.train(LEAVES, d, 30, valid_sets=[d, e], valid_names=['d', 'e'], callbacks=[lgb.early_stopping(3), lgb.log_evaluation(4), lgb.record_evaluation(log)])\nprint(m.predict(B)[:3], m.best_iteration, m.best_score, {n: sorted(v) for n, v in log.items()}, d.num_feature(), e.get_label()[:3], d.data is None)\nprint(hash(pickle.dumps(m)))",
        "lightgbm.train", ("print(m", "print(0, m"), ("early_stopping(3)", "early_stopping(4)")),
    "a data set that is trained on twice": (
        "lightgbm as lgb", "d = lgb.Dataset(A, a)\nfor rate in (.1, .3):\n    m = lgb.train({**LEAVES, 'learning_rate': rate}, d, 5)\n    print(m.predict(B)[:3])",
        "lightgbm.train", ("print(m", "print(0, m"), ("A, a)", "A, 1 - a)")),
    "fields of a data set": (
        "lightgbm as lgb", "d = lgb.Dataset(A, a, free_raw_data=False).construct()\nd.set_weight(a * 3 + 1)\nd.set_init_score(np.full(1000, .5))\nm = lgb.train(LEAVES, d, 5)\nprint(m.predict(B)[:3])",
        "lightgbm.train", ("print(m", "print(0, m"), ("a * 3 + 1", "a * 2 + 1")),
    "training of lightgbm goes on": (
        "lightgbm as lgb", "d = lgb.Dataset(A, a, free_raw_data=False)\nm = lgb.train(LEAVES, d, 3)\nn = lgb.train(LEAVES, d, 3, init_model=m)\nprint(n.num_trees(), n.predict(B)[:3])",
        "lightgbm.train", ("print(n", "print(0, n"), ("LEAVES, d, 3)\n", "LEAVES, d, 4)\n")),
    "cv of lightgbm": (
        "lightgbm as lgb", "r = lgb.cv(LEAVES, lgb.Dataset(A, a), 6, nfold=3, seed=2, callbacks=[lgb.log_evaluation(2)])\nprint(r)",
        "lightgbm.cv", ("print(r", "print(0, r"), ("seed=2", "seed=3")),
}  # fmt: skip
FAST = ("train of xgboost", "train of lightgbm")


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in KNOWN])
def test_a_call_is_known_by_all_that_counts(project: Project, name: str) -> None:
    library, text, counted, same, other = KNOWN[name]
    loaded, made = calls(run(project, library, text), counted)
    assert (loaded, made > 0) == (0, True)
    assert calls(run(project, library, edited(text, *same)), counted) == (made, 0)
    again = edited(text, *other)
    loaded, anew = calls(run(project, library, again), counted)
    assert anew > 0 and loaded + anew == made
    assert calls(run(project, library, edited(again, *same)), counted) == (made, 0)


# calls that cannot be known: (library, the block, what is counted)
DECLINED = {
    "a callback of the user's": ("xgboost as xgb", "class Own(xgb.callback.TrainingCallback):\n    def after_iteration(self, model, epoch, log):\n        print('epoch', epoch)\n        return epoch > 2\nm = xgb.train(BINARY, xgb.DMatrix(A, a), 9, callbacks=[Own()])\nprint(k, m.num_boosted_rounds())", "xgboost.train"),
    "an objective of the user's": ("xgboost as xgb", "shift = 0.1\ndef own(preds, d):\n    return preds - d.get_label() + shift, np.ones_like(preds)\nm = xgb.train({'nthread': 1}, xgb.DMatrix(A, a), 4, obj=own)\nprint(k, m.predict(xgb.DMatrix(B))[:3])", "xgboost.train"),
    "a model that is kept in training": ("lightgbm as lgb", "m = lgb.train(LEAVES, lgb.Dataset(A, a), 4, keep_training_booster=True)\nm.update()\nprint(k, m.num_trees())", "lightgbm.train"),
    "a callback of the user's for lightgbm": ("lightgbm as lgb", "m = lgb.train(LEAVES, lgb.Dataset(A, a), 4, callbacks=[lambda env: print('round', env.iteration)])\nprint(k, m.num_trees())", "lightgbm.train"),
    "a metric of the user's for lightgbm": ("lightgbm as lgb", "factor = 2\ndef own(preds, d):\n    return 'own', float(np.mean(preds)) * factor, False\nd = lgb.Dataset(A, a)\nm = lgb.train(LEAVES, d, 4, valid_sets=[d], feval=own)\nprint(k, m.best_score)", "lightgbm.train"),
    "boosters of a cv": ("lightgbm as lgb", "r = lgb.cv(LEAVES, lgb.Dataset(A, a), 4, nfold=2, return_cvbooster=True)\nprint(k, [b.num_trees() for b in r['cvbooster'].boosters])", "lightgbm.cv"),
    "a file of data": ("xgboost as xgb", "np.savetxt('d.csv', np.c_[a, A], delimiter=',')\nm = xgb.train(BINARY, xgb.DMatrix('d.csv?format=csv&label_column=0'), 4)\nprint(k, m.get_dump()[0][:60])", "xgboost.train"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", DECLINED)
def test_what_cannot_be_known_is_made(project: Project, name: str) -> None:
    library, text, counted = DECLINED[name]
    run(project, library, text)
    outcome = run(project, library, edited(text, "print(k,", "print('again', k,"))
    assert calls(outcome, counted)[0] == 0


# what a call that was only answered has left undone: (library, the block, an edit)
UNDONE = {
    "training on draws from where the last one stopped": ("xgboost as xgb", "P = {**BINARY, 'subsample': .5, 'colsample_bynode': .5}\nd = xgb.DMatrix(A, a)\nm = xgb.train(P, d, 4)\nfor i in range(2):\n    m.update(d, 4 + i)\nprint(m.get_dump()[-1])", ("print(", "print(k, ")),
    "training on by a model": ("xgboost as xgb", "P = {**BINARY, 'subsample': .5}\nd = xgb.DMatrix(A, a)\nm = xgb.train(P, d, 4)\no = xgb.train({**P, 'seed': 7}, d, 4)\nn = xgb.train(P, d, 4, xgb_model=m)\nprint(n.get_dump()[-1], o.get_dump()[-1])", ("'seed': 7", "'seed': 8")),
    "training on an estimator": ("xgboost as xgb", "m = xgb.XGBClassifier(n_estimators=4, subsample=.5, n_jobs=1).fit(A, a)\nn = xgb.XGBClassifier(n_estimators=4, subsample=.5, n_jobs=1).fit(A, a, xgb_model=m)\nprint(n.get_booster().get_dump()[-1])", ("print(", "print(k, ")),
    "bins are those of the first training": ("xgboost as xgb", "P = {**BINARY, 'max_bin': 8}\nd = xgb.DMatrix(A, a)\nm = xgb.train(P, d, 3)\nd.set_weight(np.where(A[:, 1] > .5, 5., .1))\nn = xgb.train({**P, 'eta': .31}, d, 3)\nprint(m.get_dump()[-1], n.get_dump()[-1])", ("'eta': .31", "'eta': .32")),
    "bins of a matrix that was trained on before": ("xgboost as xgb", "P = {**BINARY, 'max_bin': 8}\nd = xgb.DMatrix(A, a)\nm = xgb.train(P, d, 3)\nd.set_weight(np.where(A[:, 1] > .5, 5., .1))\nn = xgb.train({**P, 'eta': .31}, d, 3)\nprint(m.get_dump()[-1], n.get_dump()[-1])", ("train(P, d, 3)", "train(P, xgb.DMatrix(A, a), 3)")),
    "numpy's stream": ("xgboost as xgb", "r = xgb.cv(BINARY, xgb.DMatrix(A, a), 3, nfold=3)\nprint(np.random.rand())\nnp.random.seed(1)\nd = xgb.DMatrix(A, a)\nm = xgb.train({**BINARY, 'subsample': .5}, d, 3)\nr = xgb.cv(BINARY, d, 3, nfold=3, stratified=True)\nx = np.random.rand()\nm.update(d, 3)\nprint(x, np.random.rand(), m.get_dump()[-1])", ("print(x", "print(k, x")),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", UNDONE)
def test_what_an_answered_call_leaves_behind_is_there(project: Project, name: str) -> None:
    library, text, edit = UNDONE[name]
    run(project, library, text)
    again = run(project, library, edited(text, *edit))
    assert any(row["loaded"] for e in again.events if e["type"] == "calls_made" for row in e["calls"])
    run(project, library, edited(text, "A, a)", "A,  a)") + "\nprint(k)")


@pytest.mark.slow
def test_a_search_over_xgboost_is_extended(project: Project) -> None:
    text = "from sklearn.model_selection import GridSearchCV\ng = GridSearchCV(xgb.XGBClassifier(n_estimators=5, n_jobs=1), {'max_depth': [2, 3]}, cv=3).fit(A, a)\nprint(g.best_params_, g.cv_results_['mean_test_score'], g.score(B, b))"
    counted = "XGBClassifier: score of a split"
    assert calls(run(project, "xgboost as xgb", text), counted) == (0, 6)
    assert calls(run(project, "xgboost as xgb", edited(text, "[2, 3]", "[2, 3, 4]")), counted) == (6, 3)


@pytest.mark.slow
@pytest.mark.parametrize("count", ["2", "3"])
def test_a_warning_comes_again_with_the_answer(project: Project, count: str) -> None:
    text = f"for i in range({count}):\n    m = lgb.LGBMClassifier(n_estimators=4, verbose=-1, n_jobs=1, random_state=i)\n    m.fit(A, a, eval_set=[(B, b)])\n    print(m.score(B, b))"
    run(project, "lightgbm as lgb", text, stderr=True)
    outcome = run(project, "lightgbm as lgb", edited(text, "print(m", "print(i, m"), stderr=True)
    assert calls(outcome, "LGBMClassifier.fit") == (int(count), 0)
