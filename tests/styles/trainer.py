"""A trainer class: configuration, data, epochs with early stopping, a history, a report, `if __name__` at the end."""
# ruff: noqa - as people write them
import argparse
import json
import random
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Config:
    lr: float = 0.2
    epochs: int = 4
    batch: int = 32
    seed: int = 3
    layers: list = field(default_factory=lambda: [8, 4])

    def describe(self):
        return f"lr={self.lr} epochs={self.epochs} layers={self.layers}"


class History:
    def __init__(self):
        self.rows = []

    def add(self, **row):
        self.rows.append(row)

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)

    @property
    def best(self):
        return max(row["acc"] for row in self.rows) if self.rows else 0.0


class Trainer:
    instances = 0

    def __init__(self, config, n=600):
        Trainer.instances += 1
        self.config = config
        self.n = n
        self.history = History()
        self.__rng = np.random.RandomState(config.seed)
        self.weights = None
        self._prepare()

    def _prepare(self):
        X = self.__rng.randn(self.n, 6)
        y = (X[:, 0] * 2 + X[:, 1] - X[:, 2] > 0.1).astype(float)
        cut = int(self.n * 0.75)
        self.X, self.y = X[:cut], y[:cut]
        self.X_val, self.y_val = X[cut:], y[cut:]
        print("prepared", self.X.shape, round(float(self.y.mean()), 3))

    def _sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def _step(self, X, y):
        p = self._sigmoid(X @ self.weights)
        gradient = X.T @ (p - y) / len(y)
        self.weights = self.weights - self.config.lr * gradient
        return float(np.abs(gradient).sum())

    def batches(self):
        order = self.__rng.permutation(len(self.y))
        for start in range(0, len(order), self.config.batch):
            rows = order[start : start + self.config.batch]
            yield self.X[rows], self.y[rows]

    def fit(self):
        self.weights = np.zeros(self.X.shape[1])
        patience = 0
        for epoch in range(self.config.epochs):
            total = 0.0
            for X, y in self.batches():
                total += self._step(X, y)
            acc = self.evaluate(self.X_val, self.y_val)
            self.history.add(epoch=epoch, loss=round(total, 4), acc=round(acc, 4))
            print(f"epoch {epoch}: {total:.4f} {acc:.4f}")
            if acc < self.history.best:
                patience += 1
            if patience > 2:
                break
        return self

    def predict(self, X):
        scores = self._sigmoid(X @ self.weights)
        return (scores > 0.5).astype(float)

    def evaluate(self, X, y):
        predicted = self.predict(X)
        return float((predicted == y).mean())

    @staticmethod
    def bar(share, width=20):
        return "#" * int(share * width)

    def report(self):
        for row in self.history:
            print(row["epoch"], self.bar(row["acc"]))
        print("epochs", len(self.history), "best", self.history.best)

    def save(self, path):
        with open(path, "w") as file:
            json.dump({"weights": [round(w, 6) for w in self.weights], "config": self.config.describe()}, file)
        print("saved", path)

    def __repr__(self):
        return f"Trainer({self.config.describe()}, {len(self.history)} epochs)"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()
    config = Config(epochs=args.epochs)
    trainer = Trainer(config)
    trainer.fit()
    trainer.report()
    trainer.save("weights.json")
    print(trainer, Trainer.instances)


if __name__ == "__main__":
    main()
