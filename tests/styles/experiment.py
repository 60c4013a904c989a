"""Train a classifier on synthetic data: argparse, helper functions, a main with a dictionary of results."""

import argparse
import json
import os
import random

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--trees", type=int, default=30)
    parser.add_argument("--out", default="results")
    parser.add_argument("--no-scale", action="store_true")
    args = parser.parse_args()
    if args.samples < 10:
        parser.error("too few samples")
    return args


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    os.environ["EXPERIMENT_SEED"] = str(seed)


def load_data(samples, noise=0.1):
    X, y = make_classification(samples, 20, flip_y=noise, random_state=np.random.randint(1000))
    X[:, 3] = np.exp(X[:, 3])
    print(f"loaded {X.shape[0]} rows, {y.mean():.3f} positive")
    return X, y


def preprocess(X_train, X_test, scale=True):
    if not scale:
        return X_train, X_test
    scaler = StandardScaler().fit(X_train)
    X_train = scaler.transform(X_train)
    X_test = scaler.transform(X_test)
    return X_train, X_test


def build_models(trees):
    models = {}
    models["forest"] = RandomForestClassifier(trees, random_state=random.randrange(100))
    models["logistic"] = LogisticRegression(max_iter=500)
    return models


def evaluate(model, X, y, name):
    predicted = model.predict(X)
    scores = {"accuracy": accuracy_score(y, predicted)}
    scores["f1"] = f1_score(y, predicted)
    print(f"{name:10s} " + " ".join(f"{k}={v:.4f}" for k, v in scores.items()))
    return scores


def save(results, folder):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "scores.json")
    with open(path, "w") as file:
        json.dump(results, file, indent=2, sort_keys=True)
    print("saved", path)


def main():
    args = parse_args()
    set_seed(args.seed)
    X, y = load_data(args.samples)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=args.seed)
    X_train, X_test = preprocess(X_train, X_test, scale=not args.no_scale)
    results = {}
    for name, model in build_models(args.trees).items():
        model.fit(X_train, y_train)
        results[name] = evaluate(model, X_test, y_test, name)
    save(results, args.out)
    best = max(results, key=lambda name: results[name]["accuracy"])
    print("best:", best)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
