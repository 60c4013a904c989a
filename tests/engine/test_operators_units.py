"""What scikit-learn is made of, unit by unit: an edit of one part makes that part alone, here and in workers."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine.test_operators import calls, edited

if TYPE_CHECKING:
    from engine.conftest import Project

pytest.importorskip("sklearn")

HEAD = """\
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv
from sklearn.feature_selection import RFE, RFECV, SequentialFeatureSelector
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, KFold, RandomizedSearchCV, cross_val_predict, cross_val_score, cross_validate, learning_curve, permutation_test_score, validation_curve
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier
X, y = make_classification(300, 8, n_informative=6, n_classes=3, random_state=0)
def tree(**more):
    return DecisionTreeClassifier(**{"random_state": 0, **more})
with np.errstate():
    pass
"""
PARTS = "('a', PCA(2, random_state=0), [0, 1, 2]), ('b', QuantileTransformer(n_quantiles=20, random_state=0), [3, 4]), ('c', StandardScaler(), [5])"
BRANCHES = "('a', PCA(2, random_state=0)), ('b', QuantileTransformer(n_quantiles=20, random_state=0))"
MEMBERS = "('a', tree()), ('b', LogisticRegression())"
ADDED = (MEMBERS, MEMBERS + ", ('c', tree(max_depth=2))")
QUANTILES = ("n_quantiles=20", "n_quantiles=30")
OUTPUTS = ("y == 1]", "y == 1, y == 2]")
SCORE, PREDICTION = "DecisionTreeClassifier: score of a split", "DecisionTreeClassifier: prediction of a split"

# what is made: (the last line, an edit, what the second run has answered and made of each name)
UNITS = {
    "the steps of a pipeline": (f"print(Pipeline([{BRANCHES}, ('m', tree())]).fit(X, y).score(X, y))", QUANTILES, {"PCA.fit_transform": (1, 0), "QuantileTransformer.fit_transform": (0, 1), "DecisionTreeClassifier.fit": (0, 1)}),
    "branches of a column transformer": (f"print(ColumnTransformer([{PARTS}]).fit_transform(X).sum())", QUANTILES, {"PCA.fit_transform": (1, 0), "QuantileTransformer.fit_transform": (0, 1), "StandardScaler.fit_transform": (1, 0)}),
    "branches of a union": (f"print(FeatureUnion([{BRANCHES}]).fit_transform(X).sum())", QUANTILES, {"PCA.fit_transform": (1, 0), "QuantileTransformer.fit_transform": (0, 1)}),
    "a random search": ("from scipy.stats import uniform\ng = RandomizedSearchCV(tree(), {'ccp_alpha': uniform(0, .02)}, n_iter=3, cv=2, random_state=0).fit(X, y)\nprint(g.best_params_, g.cv_results_['mean_test_score'])", ("n_iter=3", "n_iter=5"), {SCORE: (6, 4)}),
    "a halving search": ("g = HalvingGridSearchCV(tree(), {'max_depth': [2, 4, 6]}, cv=2, random_state=0, min_resources=50).fit(X, y)\nprint(g.best_params_, g.n_resources_)", ("[2, 4, 6]", "[2, 4, 6, 7]"), {SCORE: (8, 4)}),
    "cross-validations": ("print([(cross_val_score(m, X, y, cv=3), cross_validate(m, X, y, cv=2)['test_score'], cross_val_predict(m, X, y, cv=4).sum()) for m in [tree()]])", ("[tree()]", "[tree(), tree(max_depth=2)]"), {SCORE: (5, 5), PREDICTION: (4, 4)}),
    "a learning curve": ("print([a.sum() for a in learning_curve(tree(), X, y, cv=2, train_sizes=[.3, .6])])", ("[.3, .6]", "[.3, .6, .9]"), {SCORE: (4, 2)}),
    "a learning curve that goes on fitting": ("print([a.sum() for a in learning_curve(SGDClassifier(random_state=0), X, y, cv=2, train_sizes=[.3, .6], exploit_incremental_learning=True)])", ("[.3, .6]", "[.3, .6, .9]"), {"SGDClassifier.partial_fit": (4, 2)}),
    "a validation curve": ("print([a.sum() for a in validation_curve(tree(), X, y, cv=2, param_name='max_depth', param_range=[2, 4])])", ("[2, 4]", "[2, 3, 4]"), {SCORE: (4, 2)}),
    "a permutation test": ("print(permutation_test_score(tree(), X, y, cv=2, n_permutations=3, random_state=0)[1:])", ("n_permutations=3", "n_permutations=5"), {"DecisionTreeClassifier.fit": (8, 4)}),
    "an importance by permutation": ("print(permutation_importance(tree().fit(X, y), X, y, n_repeats=2, random_state=0).importances_mean)", ("n_repeats=2", "n_repeats=3"), {"DecisionTreeClassifier.score": (17, 8)}),
    "voting members": (f"print(VotingClassifier([{MEMBERS}]).fit(X, y).score(X, y))", ADDED, {"DecisionTreeClassifier.fit": (1, 1), "LogisticRegression.fit": (1, 0)}),
    "stacked members": (f"print(StackingClassifier([{MEMBERS}], cv=2).fit(X, y).score(X, y))", ADDED, {PREDICTION: (2, 2), "LogisticRegression: prediction of a split": (2, 0)}),
    "what is on top of a stack": (f"print(StackingClassifier([{MEMBERS}], cv=2, final_estimator=tree(max_depth=3)).fit(X, y).score(X, y))", ("max_depth=3", "max_depth=4"), {PREDICTION: (2, 0), "LogisticRegression.fit": (1, 0), "DecisionTreeClassifier.fit": (1, 1)}),
    "members of a bag": ("print(BaggingClassifier(DecisionTreeClassifier(), n_estimators=5, random_state=0).fit(X, y).score(X, y))", ("n_estimators=5", "n_estimators=7"), {"DecisionTreeClassifier.fit": (5, 2)}),
    "one against the rest": ("Y = np.stack([y == 0, y == 1], 1).astype(int)\nprint(OneVsRestClassifier(tree()).fit(X, Y).score(X, Y))", OUTPUTS, {"DecisionTreeClassifier.fit": (2, 1)}),
    "several outputs": ("Y = np.stack([y == 0, y == 1], 1).astype(int)\nprint(MultiOutputClassifier(tree()).fit(X, Y).score(X, Y))", OUTPUTS, {"DecisionTreeClassifier.fit": (2, 1)}),
    "calibration": ("print(CalibratedClassifierCV(tree(), cv=3, method='sigmoid').fit(X, y).score(X, y))", ("'sigmoid'", "'isotonic'"), {"DecisionTreeClassifier.fit": (3, 0)}),
    "recursive elimination": ("print(RFE(tree(), n_features_to_select=4).fit(X, y).ranking_)", ("select=4", "select=2"), {"DecisionTreeClassifier.fit": (5, 2)}),
    "recursive elimination by splits": ("print(RFECV(tree(), min_features_to_select=5, cv=2).fit(X, y).ranking_)", ("select=5", "select=4"), {"DecisionTreeClassifier.fit": (9, 2)}),
    "selection step by step": ("print(SequentialFeatureSelector(tree(), n_features_to_select=1, cv=2).fit(X, y).support_)", ("select=1", "select=2"), {SCORE: (16, 14)}),
    "a generator that two models draw from": ("r = np.random.RandomState(0)\nprint([m.fit(X, y).score(X, y) for m in [tree(random_state=r), ExtraTreesClassifier(5, random_state=r)]], r.rand())", ("print(", "print(0, "), {"DecisionTreeClassifier.fit": (1, 0), "ExtraTreesClassifier.fit": (1, 0)}),
    "a generator in a search": ("g = GridSearchCV(ExtraTreesClassifier(5, random_state=np.random.RandomState(0)), {'max_depth': [2, 3]}, cv=KFold(2, shuffle=True, random_state=np.random.RandomState(3)), refit=False).fit(X, y)\nprint(g.cv_results_['mean_test_score'])", ("[2, 3]", "[2, 3, 4]"), {"ExtraTreesClassifier: score of a split": (4, 2)}),
    "branches of a column transformer, by workers": (f"print(ColumnTransformer([{PARTS}], n_jobs=2).fit_transform(X).sum())", QUANTILES, {"PCA: fit_transform of a branch": (1, 0), "QuantileTransformer: fit_transform of a branch": (0, 1), "StandardScaler: fit_transform of a branch": (1, 0)}),
    "branches of a union, by workers": (f"u = FeatureUnion([{BRANCHES}], n_jobs=2)\nprint(u.fit_transform(X).sum(), u.transform(X).sum())", QUANTILES, {"PCA: fit_transform of a branch": (1, 0), "QuantileTransformer: fit_transform of a branch": (0, 1)}),
    "voting members, by workers": (f"print(VotingClassifier([{MEMBERS}], n_jobs=-1).fit(X, y).score(X, y))", ADDED, {"DecisionTreeClassifier: fit of a member": (1, 1), "LogisticRegression: fit of a member": (1, 0)}),
    "stacked members, by workers": (f"print(StackingClassifier([{MEMBERS}], cv=2, n_jobs=2).fit(X, y).score(X, y))", ADDED, {"DecisionTreeClassifier: fit of a member": (1, 1), "DecisionTreeClassifier: prediction of all splits": (1, 1), "LogisticRegression: prediction of all splits": (1, 0)}),
    "one against the rest, by workers": ("Y = np.stack([y == 0, y == 1], 1).astype(int)\nprint(OneVsRestClassifier(tree(), n_jobs=2).fit(X, Y).score(X, Y))", OUTPUTS, {"DecisionTreeClassifier: fit of a class": (2, 1)}),
    "several outputs, by workers": ("Y = np.stack([y == 0, y == 1], 1).astype(int)\nprint(MultiOutputClassifier(tree(), n_jobs=2).fit(X, Y).score(X, Y))", OUTPUTS, {"DecisionTreeClassifier: fit of an output": (2, 1)}),
    "a learning curve, by workers": ("print([a.sum() for a in learning_curve(tree(), X, y, cv=2, train_sizes=[.3, .6], n_jobs=2)])", ("[.3, .6]", "[.3, .6, .9]"), {SCORE: (4, 2)}),
    "a permutation test, by workers": ("print(permutation_test_score(tree(), X, y, cv=2, n_permutations=3, random_state=0, n_jobs=2)[1:])", ("n_permutations=3", "n_permutations=5"), {"DecisionTreeClassifier: score of a permutation": (3, 2)}),
}  # fmt: skip
FAST = ("branches of a column transformer",)


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in UNITS])
def test_only_what_an_edit_reaches_is_made(project: Project, name: str) -> None:
    text, edit, expected = UNITS[name]
    settings = {"env": {"MLITER_CALLS_FROM": "0"}, "options": ("--policy", "always")}  # however little they take
    project.script(HEAD + text + "\n")
    project.run(**settings)  # type: ignore[arg-type]
    project.script(edited(HEAD + text + "\n", *edit))
    outcome = project.run(**settings)  # type: ignore[arg-type]
    assert {each: calls(outcome, each) for each in expected} == expected


@pytest.mark.slow
def test_threads_are_left_alone(project: Project) -> None:
    text = HEAD + "import joblib\nwith joblib.parallel_backend('threading', n_jobs=2):\n    a = tree()\n    u = FeatureUnion([('a', PCA(2, random_state=0))])\n    print(u.fit_transform(X).sum(), hasattr(u.transformer_list[0][1], 'components_'))\n    v = VotingClassifier([('a', a), ('b', tree(max_depth=2))]).fit(X, y)\n    print(v.score(X, y), hasattr(a, 'tree_'))\n"
    for k in range(2):
        project.script(text.replace("print(", f"print({k}, "))
        project.run(env={"MLITER_CALLS_FROM": "0"}, options=("--policy", "always"))
