"""What a house sells for: a table cleaned by hand, LightGBM in folds, a file of predictions."""

import argparse
import json
import logging

import lightgbm as lgb
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from sklearn.metrics import mean_absolute_error, mean_squared_error
from sklearn.model_selection import KFold
from sklearn.preprocessing import OrdinalEncoder

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger("houses")

TARGET = "price"
FOLDS = 5
MIN_AREA = 20
PARAMS = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "feature_fraction": 0.8,
    "verbose": -1,
}


def read_houses(path):
    houses = pd.read_csv(path, parse_dates=["sold"])
    places = pd.read_csv("places.csv")
    houses = houses.merge(places, on="postcode", how="left")
    return houses


def tidy(houses):
    houses = houses[houses["area"] > MIN_AREA]
    houses["garden"] = houses["garden"].fillna(0)
    houses["year"] = houses["sold"].dt.year
    houses["age"] = houses["year"] - houses["built"]
    houses.loc[houses["age"] < 0, "age"] = np.nan
    return houses.drop(columns=["sold", "agent"])


def encode(houses):
    words = houses.select_dtypes("object").columns
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    houses[words] = encoder.fit_transform(houses[words].astype(str))
    return houses


def fit_folds(X, y, rounds):
    oof = np.zeros(len(X))
    models = []
    folds = KFold(n_splits=FOLDS, shuffle=True, random_state=42)
    for number, (inside, outside) in enumerate(folds.split(X)):
        train = lgb.Dataset(X.iloc[inside], label=y.iloc[inside])
        valid = lgb.Dataset(X.iloc[outside], label=y.iloc[outside])
        model = lgb.train(
            PARAMS, train, num_boost_round=rounds, valid_sets=[valid],
            callbacks=[lgb.early_stopping(50, verbose=False)],
        )
        oof[outside] = model.predict(X.iloc[outside])
        rmse = mean_squared_error(y.iloc[outside], oof[outside]) ** 0.5
        logger.info("fold %d rmse %.4f", number, rmse)
        models.append(model)
    return oof, models


def show(models, names):
    gains = np.mean([model.feature_importance("gain") for model in models], axis=0)
    table = pd.DataFrame({"feature": names, "gain": gains}).sort_values("gain", ascending=False)
    print(table.head(10).to_string(index=False))
    sns.barplot(data=table.head(20), x="gain", y="feature")
    plt.tight_layout()
    plt.savefig("gains.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--data", default="houses.csv")
    args = parser.parse_args()

    houses = encode(tidy(read_houses(args.data)))
    y = np.log1p(houses[TARGET])
    X = houses.drop(columns=[TARGET])
    print("houses:", X.shape)
    oof, models = fit_folds(X, y, args.rounds)
    print(f"RMSE {mean_squared_error(y, oof) ** 0.5:.4f}  MAE {mean_absolute_error(y, oof):.4f}")
    show(models, X.columns)
    with open("scores.json", "w") as file:
        json.dump({"rmse": float(mean_squared_error(y, oof) ** 0.5)}, file)
