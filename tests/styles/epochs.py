"""A small network in NumPy: a configuration object, a class for the model, epochs with early stopping, logging."""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import asdict, dataclass, field

import numpy as np

logging.basicConfig(stream=sys.stdout, format="%(levelname)s:%(funcName)s: %(message)s", level=logging.INFO)
log = logging.getLogger(__name__)


@dataclass
class Config:
    hidden: int = 16
    epochs: int = 12
    rate: float = 0.2
    batch: int = 64
    patience: int = 3
    seed: int = 0
    history: list[float] = field(default_factory=list)


class Network:
    def __init__(self, inputs: int, config: Config) -> None:
        rng = np.random.default_rng(config.seed)
        self.W1 = rng.normal(0, 0.5, (inputs, config.hidden))
        self.W2 = rng.normal(0, 0.5, (config.hidden, 1))

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.h = np.tanh(X @ self.W1)
        return 1 / (1 + np.exp(-(self.h @ self.W2)))

    def step(self, X: np.ndarray, y: np.ndarray, rate: float) -> float:
        p = self.forward(X)
        error = p - y
        dW2 = self.h.T @ error / len(X)
        dh = error @ self.W2.T * (1 - self.h**2)
        self.W2 -= rate * dW2
        self.W1 -= rate * X.T @ dh / len(X)
        return float(np.mean(error**2))


def make_data(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n, 4))
    y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
    return X, y


def batches(X, y, size):
    for start in range(0, len(X), size):
        yield X[start : start + size], y[start : start + size]


def train(network: Network, X, y, config: Config) -> list[float]:
    best, waited = np.inf, 0
    losses = []
    for epoch in range(config.epochs):
        loss = np.mean([network.step(bx, by, config.rate) for bx, by in batches(X, y, config.batch)])
        losses.append(float(loss))
        if epoch % 4 == 0:
            log.info("epoch %d loss %.5f", epoch, loss)
        if loss < best - 1e-6:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= config.patience:
                log.warning("stopped at epoch %d", epoch)
                break
    config.history += losses
    return losses


def report(network: Network, X, y, losses) -> float:
    predicted = network.forward(X) > 0.5
    accuracy = float((predicted == y).mean())
    print("first and last loss:", round(losses[0], 5), round(losses[-1], 5))
    print(f"accuracy {accuracy:.4f}")
    return accuracy


def run(config: Config) -> float:
    X, y = make_data()
    cut = int(0.8 * len(X))
    network = Network(X.shape[1], config)
    losses = train(network, X[:cut], y[:cut], config)
    accuracy = report(network, X[cut:], y[cut:], losses)
    log.info("history %d, config %s", len(config.history), sorted(asdict(config))[:3])
    return accuracy


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=Config.hidden)
    parser.add_argument("--epochs", type=int, default=Config.epochs)
    args = parser.parse_args(argv)
    config = Config(hidden=args.hidden, epochs=args.epochs)
    accuracy = run(config)
    if accuracy < 0.2:
        sys.exit("worse than guessing")
    print("done")


if __name__ == "__main__":
    main()
