"""An experiment in steps: an abstract step, steps that override it, a registry, an experiment that runs them all."""
# ruff: noqa - as people write them
import random
import statistics
from abc import ABC, abstractmethod
from collections import Counter


class Step(ABC):
    name = "step"
    registry = {}

    def __init__(self, scale=2):
        self.scale = scale
        self.seen = Counter()

    @abstractmethod
    def apply(self, rows):
        """What becomes of the rows."""
        raise NotImplementedError

    def log(self, rows):
        self.seen[self.name] += len(rows)
        print(f"{self.name}: {len(rows)} rows")

    def __call__(self, rows):
        rows = self.apply(rows)
        self.log(rows)
        return rows


class Clean(Step):
    name = "clean"

    def apply(self, rows):
        kept = [r for r in rows if r["x"] > -1.5]
        return kept


class Scale(Step):
    name = "scale"

    def __init__(self, scale=3):
        super().__init__(scale)
        self.mean = None

    def apply(self, rows):
        self.mean = statistics.mean(r["x"] for r in rows)
        return [dict(r, x=(r["x"] - self.mean) * self.scale) for r in rows]


class Model:
    def __init__(self):
        self.threshold = 0.0

    def fit(self, rows):
        best = -1
        for candidate in [-1.0, -0.5, 0.0, 0.5, 1.0]:
            score = self.score(rows, candidate)
            if score > best:
                best, self.threshold = score, candidate
        return self

    def score(self, rows, threshold=None):
        t = self.threshold if threshold is None else threshold
        hits = sum((r["x"] > t) == r["label"] for r in rows)
        return hits / len(rows)


class Experiment:
    def __init__(self, n, seed=5):
        self.n = n
        self.seed = seed
        self.steps = [Clean(), Scale(4)]
        self.model = Model()
        self.results = {}

    def load(self):
        random.seed(self.seed)
        self.rows = []
        for i in range(self.n):
            x = random.gauss(0, 1)
            self.rows.append({"x": x, "label": x + random.gauss(0, 0.3) > 0.2})
        print("loaded", len(self.rows))

    def transform(self):
        rows = self.rows
        for step in self.steps:
            rows = step(rows)
        self.rows = rows

    def fit(self):
        half = len(self.rows) // 2
        self.model.fit(self.rows[:half])
        self.results["train"] = self.model.score(self.rows[:half])
        self.results["test"] = self.model.score(self.rows[half:])

    def report(self):
        for name, value in sorted(self.results.items()):
            print(f"{name}: {value:.3f}")
        print("threshold", self.model.threshold)

    def run(self):
        self.load()
        self.transform()
        self.fit()
        self.report()
        return self.results


if __name__ == "__main__":
    results = Experiment(n=500).run()
    print(max(results.values()) > 0.5)
