"""The nodes: each function is one, and its parameters name those it needs."""

from pathlib import Path

import numpy as np
import pandas as pd
from hamilton.function_modifiers import cache, extract_fields
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
COLUMNS = [
    "age", "workclass", "fnlwgt", "education", "education_num", "marital", "occupation", "relationship",
    "race", "sex", "gain", "loss", "hours", "country", "income",
]  # fmt: skip


# --- data
@cache(behavior="recompute")
def records() -> pd.DataFrame:
    """Read each time, as the documentation advises for data from outside."""
    return pd.read_csv(HERE / "adult.data.gz", names=COLUMNS, skipinitialspace=True, na_values="?")


def people(records: pd.DataFrame) -> pd.DataFrame:
    df = records.drop_duplicates().drop(columns=["fnlwgt", "education"])
    for col in ["workclass", "occupation", "country"]:
        df[col] = df[col].fillna("unknown")
    return df


def y(people: pd.DataFrame) -> pd.Series:
    return (people["income"] == ">50K").astype(int)


# --- features
def _household(row):
    """Who one lives with, as far as the record tells."""
    if row["marital"] in ("Married-civ-spouse", "Married-AF-spouse"):
        return "couple" if row["relationship"] in ("Husband", "Wife") else "married, other"
    return "with parents" if row["relationship"] == "Own-child" else "alone"


def features(people: pd.DataFrame) -> pd.DataFrame:
    df = people.drop(columns=["income"])
    df["household"] = df.apply(_household, axis=1)
    df["full_time"] = df.apply(lambda row: row["hours"] >= 35 and row["workclass"] != "Without-pay", axis=1)
    df["capital"] = np.log1p(df["gain"]) - np.log1p(df["loss"])
    return df


@extract_fields({"X_train": pd.DataFrame, "X_test": pd.DataFrame, "y_train": pd.Series, "y_test": pd.Series})
def split(features: pd.DataFrame, y: pd.Series, seed: int) -> dict:
    parts = train_test_split(features, y, test_size=0.25, stratify=y, random_state=seed)
    return dict(zip(["X_train", "X_test", "y_train", "y_test"], parts))


# --- models
def prepare() -> ColumnTransformer:
    numeric = ["age", "education_num", "hours", "capital"]
    categorical = [
        "workclass", "marital", "occupation", "relationship", "race", "sex", "country", "household", "full_time",
    ]  # fmt: skip
    return ColumnTransformer([
        ("numeric", StandardScaler(), numeric),
        ("categorical", OneHotEncoder(handle_unknown="ignore", min_frequency=20), categorical),
    ])


def scores(prepare: ColumnTransformer, X_train: pd.DataFrame, y_train: pd.Series) -> np.ndarray:
    baseline = make_pipeline(prepare, LogisticRegression(max_iter=500))
    return cross_val_score(baseline, X_train, y_train, cv=3, scoring="roc_auc")


def model(prepare: ColumnTransformer, X_train: pd.DataFrame, y_train: pd.Series, seed: int) -> Pipeline:
    forest = RandomForestClassifier(n_estimators=80, min_samples_leaf=3, random_state=seed)
    return make_pipeline(clone(prepare), forest).fit(X_train, y_train)


def proba(model: Pipeline, X_test: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(X_test)[:, 1]
