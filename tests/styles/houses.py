"""House prices as in an exported notebook: features in pandas, folds, a blend of models, a submission."""
# ruff: noqa - as people write them
import os
import warnings
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge, Lasso
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import KFold
from sklearn.metrics import mean_squared_error

warnings.filterwarnings("ignore", category=FutureWarning)
pd.set_option("display.width", 100)

SEED = 17
N_FOLDS = 4
np.random.seed(SEED)


def make_raw(n, rng):
    df = pd.DataFrame({
        "id": np.arange(n),
        "area": rng.normal(120, 30, n).round(1),
        "rooms": rng.integers(1, 8, n),
        "year": rng.integers(1900, 2020, n),
        "zone": rng.choice(["A", "B", "C", "D"], n, p=[.4, .3, .2, .1]),
        "street": rng.choice(["oak", "elm", "pine"], n),
    })
    df.loc[rng.random(n) < 0.08, "area"] = np.nan
    df.loc[rng.random(n) < 0.05, "zone"] = None
    return df


rng = np.random.default_rng(SEED)
raw = make_raw(1500, rng)
raw["price"] = 1000 * raw["area"].fillna(110) + 5000 * raw["rooms"] + rng.normal(0, 9000, len(raw))
raw.to_csv("raw.csv", index=False)
print("wrote", os.path.basename("raw.csv"))
raw = pd.read_csv("raw.csv")
train = raw[raw["id"] < 1100]
test = raw[raw["id"] >= 1100].copy()
train = train.copy()
print(train.shape, test.shape)
print(train.isnull().sum().sort_values(ascending=False).head(3))

full = pd.concat([train, test], keys=["train", "test"])
full["zone"].fillna("X")
full["zone"] = full["zone"].fillna("X")
full["area"] = full.groupby("zone")["area"].transform(lambda s: s.fillna(s.median()))
full["age"] = 2021 - full["year"]


def bucket(row):
    if row["age"] < 20:
        return "new"
    elif row["age"] < 60:
        return "mid"
    return "old"


full["bucket"] = full.apply(bucket, axis=1)
stats = full.loc["train"].groupby(["zone", "street"]).agg(mean_area=("area", "mean"), n=("id", "size")).reset_index()
index = full.index
full = full.merge(stats, on=["zone", "street"], how="left")
full.index = index
full["area_ratio"] = full["area"] / full["mean_area"]
full = (
    full.assign(log_area=lambda d: np.log1p(d["area"]), rooms2=lambda d: d["rooms"] ** 2)
    .drop(columns=["year"])
    .pipe(lambda d: d[d["area"] > 20])
)
cats = ["zone", "street", "bucket"]
view = full[cats]
full = pd.get_dummies(full, columns=cats, dtype=float)
full.drop("id", axis=1, inplace=True)
full.rename(columns={"rooms2": "rooms_sq"}, inplace=True)
print(view.iloc[0].tolist(), full.shape)

train_f, test_f = full.loc["train"], full.loc["test"]
y = np.log(train_f["price"].values)
X = train_f.drop(columns="price")
X_test = test_f.drop(columns="price")
features = [c for c in X.columns if X[c].nunique() > 1]
X, X_test = X[features], X_test[features]
X = X.reset_index(drop=True)
corr = X.corrwith(pd.Series(y)).abs().sort_values(ascending=False)
print(corr.head(5).round(3).to_string())

models = {
    "ridge": Ridge(alpha=3.0),
    "lasso": Lasso(alpha=0.0005, max_iter=5000),
    "rf": RandomForestRegressor(n_estimators=30, max_depth=8, random_state=SEED),
}
oof = pd.DataFrame(index=X.index)
preds = pd.DataFrame(index=X_test.index)
kf = KFold(n_splits=N_FOLDS, shuffle=True, random_state=SEED)
for name, model in models.items():
    oof[name] = 0.0
    preds[name] = 0.0
    for fold, (tr, va) in enumerate(kf.split(X, y)):
        model.fit(X.iloc[tr], y[tr])
        oof.loc[va, name] = model.predict(X.iloc[va])
        preds[name] += model.predict(X_test) / N_FOLDS
    rmse = np.sqrt(mean_squared_error(y, oof[name]))
    print(f"{name:>6}: {rmse:.5f}")

weights = {"ridge": 0.3, "lasso": 0.2, "rf": 0.5}
blend = sum(w * oof[n] for n, w in weights.items())
print("blend", round(float(np.sqrt(mean_squared_error(y, blend))), 5))
sub = pd.DataFrame({"id": test["id"].values[: len(preds)], "price": np.exp(sum(w * preds[n] for n, w in weights.items())).values})
sub["price"] = sub["price"].clip(lower=sub["price"].quantile(0.01)).round(2)
sub.to_csv("submission.csv", index=False)
noise = np.random.rand()
print("noise", round(noise, 4))
print(sub.describe().loc[["mean", "std"]])
