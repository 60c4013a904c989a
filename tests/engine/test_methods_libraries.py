"""Methods of the script's classes that libraries call: an edit of one shows, whoever calls it and wherever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

DATA = "import numpy as np\nrng = np.random.RandomState(0)\nX = rng.rand(60, 4)\ny = (X[:, 0] > 0.5).astype(int)\n"
TRAPS = {
    "an estimator of the user's in a search": """
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import GridSearchCV, cross_val_score
class Cut(BaseEstimator, ClassifierMixin):
    def __init__(self, at=0.5):
        self.at = at
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self
    def predict(self, X):
        return (X[:, 0] > self.at * 1).astype(int)
search = GridSearchCV(Cut(), {"at": [0.3, 0.5, 0.7]}, cv=3)
search.fit(X, y)
scores = cross_val_score(clone(search.best_estimator_), X, y, cv=3)
print(search.best_params_, search.cv_results_["mean_test_score"], scores)
""",
    "an estimator without a base": """
from sklearn.pipeline import Pipeline
from sklearn.linear_model import LogisticRegression
class Widen:
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return np.hstack([X, X[:, :1] ** 2 * 1])
    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X)
pipe = Pipeline([("wide", Widen()), ("model", LogisticRegression())])
pipe.fit(X, y)
shown = pipe.predict_proba(X)[:3].round(4)
print(shown)
""",
    "a method in a transformer": """
from sklearn.preprocessing import FunctionTransformer
class Tools:
    def double(self, X):
        return X * 1
tools = Tools()
t = FunctionTransformer(tools.double)
Z = t.fit_transform(X)
print(Z.sum())
""",
    "a scorer": """
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
class Scores:
    def score(self, model, X, y):
        return float((model.predict(X) == y).mean()) * 1
s = Scores()
found = cross_val_score(LogisticRegression(), X, y, cv=3, scoring=s.score)
print(found)
""",
    "workers": """
from joblib import Parallel, delayed
class Tools:
    def one(self, i):
        return i * 1
tools = Tools()
n = 3
found = Parallel(n_jobs=2)(delayed(tools.one)(i) for i in range(n))
print(found)
""",
    "workers that are threads": """
from joblib import Parallel, delayed
class Tools:
    def one(self, i):
        return i * 1
tools = Tools()
found = Parallel(n_jobs=2, prefer="threads")(delayed(tools.one)(i) for i in range(3))
print(found)
""",
    "tables": """
import pandas as pd
class Rules:
    def one(self, row):
        return row["a"] * 1
    def keep(self, part):
        return part.sum() * 1
rules = Rules()
df = pd.DataFrame(X, columns=list("abcd"))
df["e"] = df.apply(rules.one, axis=1)
g = df.groupby(df.a > 0.5)["b"].agg(rules.keep)
print(df.e.sum(), g.tolist())
""",
    "pickled by its code": """
import cloudpickle
class Rules:
    def one(self, v):
        return v * 1
    def other(self, v):
        return v
kept = cloudpickle.dumps(Rules)
rules = cloudpickle.loads(kept)()
print(rules.one(3))
""",
    "pickled by its code where nobody had asked for that": """
class Rules:
    def one(self, v):
        return v * 1
    def other(self, v):
        return v
def packed(value):
    import cloudpickle
    return cloudpickle.dumps(value)
kept = packed(Rules().other)
import pickle
print(pickle.loads(kept).__self__.one(3))
""",
    "pickled by joblib": """
import pickle
from joblib import wrap_non_picklable_objects
class Rules:
    def one(self, v):
        return v * 1
wrapped = wrap_non_picklable_objects(Rules())
kept = pickle.dumps(wrapped)
print(pickle.loads(kept).one(3))
""",
    "a search in workers": """
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
class Scores:
    def score(self, model, X, y):
        return float((model.predict(X) == y).mean()) * 1
s = Scores()
search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3, scoring=s.score, n_jobs=2)
search.fit(X, y)
print(search.cv_results_["mean_test_score"])
""",
    "vectorized": """
class Rules:
    def one(self, v):
        return v * 1
f = np.vectorize(Rules().one)
Z = f(X)
print(Z.sum())
""",
    "an optimizer": """
from scipy.optimize import minimize
class Loss:
    def value(self, w):
        return float(((w - 1) ** 2).sum())
loss = Loss()
found = minimize(loss.value, np.zeros(2))
print(found.x.round(3))
""",
    "a callback": """
import xgboost as xgb
class Watch:
    def objective(self, pred, data):
        g = (pred - data.get_label()) * 1
        return g, np.ones_like(g)
watch = Watch()
d = xgb.DMatrix(X, label=y)
m = xgb.train({"seed": 1}, d, 3, obj=watch.objective)
shown = m.predict(d)[:3]
print(shown)
""",
}
TORCH = """
import torch
torch.manual_seed(0)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 2)
    def forward(self, x):
        return self.layer(x) * 1
class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, i):
        return torch.full((4,), float(i)) * 1
class Trainer:
    def __init__(self, net):
        self.net = net
        self.losses = []
    def step(self, x):
        loss = self.net(x).pow(2).mean() * 1
        loss.backward()
        return float(loss.detach())
    def fit(self):
        for x in torch.utils.data.DataLoader(Rows(), batch_size=4):
            self.losses.append(round(self.step(x), 4))
        return self.losses
t = Trainer(Net())
shown = t.fit()
print(shown)
"""


QUICK = frozenset({"an estimator without a base", "workers", "pickled by its code"})


@pytest.mark.slow
@pytest.mark.parametrize("trap", [pytest.param(t, marks=() if t in QUICK else pytest.mark.slow) for t in TRAPS])
def test_an_edit_of_the_method_shows(project: Project, trap: str) -> None:
    text = DATA + TRAPS[trap]
    settings = {"MLITER_CALLS_FROM": "0"}
    project.script(text)
    project.run(env=settings)
    project.script(text.replace("* 1", "* 2").replace("(w - 1)", "(w - 2)"))
    project.run(env=settings)
    project.script(text)
    project.run(env=settings)


@pytest.mark.slow
def test_methods_are_known_by_themselves_beside_a_library_that_pickles_by_code(project: Project) -> None:
    """As joblib brings one, and scikit-learn brings joblib."""
    text = """
from sklearn.linear_model import Ridge
class Trainer:
    def __init__(self, alpha):
        self.alpha = alpha
    def fit(self, X):
        self.model = Ridge(alpha=self.alpha).fit(X, X[:, 0])
        self.fitted = True
    def report(self, X):
        score = self.model.score(X, X[:, 0])
        print("score", round(score, 4))
trainer = Trainer(0.5)
trainer.fit(X)
trainer.report(X)
"""
    project.script(DATA + text)
    project.run()
    project.script(DATA + text.replace('"score", round', '"r2", round'))
    computed = project.run().computed
    assert "score" not in computed and not any("fit(" in label for label in computed)
    project.script(DATA + text.replace("True", "False"))
    assert "score" in project.run().computed


@pytest.mark.slow
def test_modules_of_torch(project: Project) -> None:
    pytest.importorskip("torch")
    project.script(TORCH)
    project.run()
    for at in range(TORCH.count("* 1")):
        pieces = TORCH.split("* 1")
        project.script("* 1".join(pieces[: at + 1]) + "* 3" + "* 1".join(pieces[at + 1 :]))
        project.run()
    project.script(TORCH)
    project.run()
