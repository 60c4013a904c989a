"""Clean a table, make features, cross-validate pipelines, write a report: functions at module level, no main."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
OUT = Path("report")
NUMERIC = ["age", "income"]
SEEN = []


def read(n=400):
    rng = np.random.RandomState(1)
    table = pd.DataFrame({"age": rng.randint(18, 80, n), "income": rng.lognormal(10, 0.5, n)})
    table["city"] = rng.choice(["A", "B", "C"], n)
    table.loc[rng.rand(n) < 0.1, "income"] = np.nan
    table["target"] = table["age"] * 0.3 + table["income"].fillna(0) / 5000 + rng.normal(0, 2, n)
    return table


def clean(table, fill="median"):
    table = table.copy()
    value = table["income"].median() if fill == "median" else table["income"].mean()
    table["income"] = table["income"].fillna(value)
    table = table[table["age"] < 75]
    SEEN.append(len(table))
    return table.reset_index(drop=True)


def add_features(table):
    table["log_income"] = np.log(table["income"])
    table["old"] = table["age"] > 50
    NUMERIC.append("log_income")
    print(table.groupby("city")["income"].mean().round(1).to_dict())
    return table


def make_pipeline(model):
    numbers = Pipeline([("scale", StandardScaler())])
    columns = ColumnTransformer([("num", numbers, NUMERIC), ("cat", OneHotEncoder(), ["city"])])
    pipeline = Pipeline([("columns", columns), ("model", model)])
    return pipeline


def compare(table, models):
    scores = {}
    folds = KFold(3, shuffle=True, random_state=0)
    for name, model in models.items():
        pipeline = make_pipeline(model)
        scores[name] = cross_val_score(pipeline, table, table["target"], cv=folds, scoring="r2")
        print(f"{name}: {scores[name].mean():.4f} +- {scores[name].std():.4f}")
    return pd.DataFrame(scores)


def tune(table, values):
    search = GridSearchCV(make_pipeline(Ridge()), {"model__alpha": values}, cv=3)
    search.fit(table, table["target"])
    print("best", search.best_params_, round(search.best_score_, 5))
    return search


def write(scores, search):
    OUT.mkdir(exist_ok=True)
    scores.to_csv(OUT / "scores.csv", index=False, float_format="%.6f")
    lines = [f"alpha={p['model__alpha']}" for p in search.cv_results_["params"]]
    (OUT / "tried.txt").write_text("\n".join(lines))
    return sorted(p.name for p in OUT.iterdir())


table = read()
table = clean(table)
table = add_features(table)
scores = compare(table, {"ridge": Ridge(), "boost": GradientBoostingRegressor(n_estimators=20, random_state=0)})
search = tune(table, [0.1, 1.0, 10.0])
files = write(scores, search)
print(files, SEEN, sys.argv[1:])
