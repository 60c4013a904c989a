"""Who earns more than 50K a year? A random forest on the Adult census data."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from joblib import Memory
from sklearn.calibration import calibration_curve
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
SEED = 7
memory = Memory(".cache", verbose=0)
COLUMNS = [
    "age", "workclass", "fnlwgt", "education", "education_num", "marital", "occupation", "relationship",
    "race", "sex", "gain", "loss", "hours", "country", "income",
]  # fmt: skip


# --- data
@memory.cache
def load(path):
    df = pd.read_csv(path, names=COLUMNS, skipinitialspace=True, na_values="?")
    df = df.drop_duplicates().drop(columns=["fnlwgt", "education"])
    for col in ["workclass", "occupation", "country"]:
        df[col] = df[col].fillna("unknown")
    return df


df = load(HERE / "adult.data.gz")
y = (df.pop("income") == ">50K").astype(int)
print(f"{len(df)} people, {y.mean():.1%} earn more than 50K")


# --- features
def household(row):
    """Who one lives with, as far as the record tells."""
    if row["marital"] in ("Married-civ-spouse", "Married-AF-spouse"):
        return "couple" if row["relationship"] in ("Husband", "Wife") else "married, other"
    return "with parents" if row["relationship"] == "Own-child" else "alone"


@memory.cache
def add_features(df):
    df = df.copy()
    df["household"] = df.apply(household, axis=1)
    df["full_time"] = df.apply(lambda row: row["hours"] >= 35 and row["workclass"] != "Without-pay", axis=1)
    df["capital"] = np.log1p(df["gain"]) - np.log1p(df["loss"])
    return df


df = add_features(df)

numeric = ["age", "education_num", "hours", "capital"]
categorical = ["workclass", "marital", "occupation", "relationship", "race", "sex", "country", "household", "full_time"]
X_train, X_test, y_train, y_test = train_test_split(df, y, test_size=0.25, stratify=y, random_state=SEED)


# --- models
@memory.cache
def cross_validated(model, X, y):
    return cross_val_score(model, X, y, cv=3, scoring="roc_auc")


@memory.cache
def fitted(model, X, y):
    return model.fit(X, y)


prepare = ColumnTransformer([
    ("numeric", StandardScaler(), numeric),
    ("categorical", OneHotEncoder(handle_unknown="ignore", min_frequency=20), categorical),
])
baseline = make_pipeline(prepare, LogisticRegression(max_iter=500))
scores = cross_validated(baseline, X_train, y_train)
print(f"logistic regression, 3-fold AUC: {scores.mean():.4f} +- {scores.std():.4f}")

model = make_pipeline(prepare, RandomForestClassifier(n_estimators=80, min_samples_leaf=3, random_state=SEED))
model = fitted(model, X_train, y_train)

# --- report
proba = model.predict_proba(X_test)[:, 1]
threshold = 0.5
pred = (proba >= threshold).astype(int)
print(f"random forest, held out: AUC {roc_auc_score(y_test, proba):.4f}  "
      f"accuracy {accuracy_score(y_test, pred):.4f}  F1 {f1_score(y_test, pred):.4f}")

share, predicted = calibration_curve(y_test, proba, n_bins=10)
fig, ax = plt.subplots(figsize=(5, 4))
ax.plot([0, 1], [0, 1], color="grey", linestyle=":")
ax.plot(predicted, share, marker="o")
ax.set(xlabel="predicted probability", ylabel="share above 50K", title="Calibration on held-out people")
fig.savefig(HERE / "calibration.png", dpi=100)
print("wrote calibration.png")
