"""The nodes: each function is one, and its parameters name those it needs."""

from pathlib import Path

import numpy as np
from hamilton.function_modifiers import cache, extract_fields
from sklearn.base import BaseEstimator
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import SGDClassifier

HERE = Path(__file__).parent


@cache(behavior="recompute")
@extract_fields({"train": np.ndarray, "y_train": np.ndarray, "test": np.ndarray, "y_test": np.ndarray})
def images() -> dict:
    """Images as rows of bytes, and their digits; read each time, as the documentation advises for data from outside."""
    with np.load(HERE / "mnist.npz") as data:
        train, test = data["x_train"].reshape(-1, 784), data["x_test"].reshape(-1, 784)
        return {"train": train, "y_train": data["y_train"], "test": test, "y_test": data["y_test"]}


def x_train(train: np.ndarray) -> np.ndarray:
    return train.astype(np.float32) / 255


def x_test(test: np.ndarray) -> np.ndarray:
    return test.astype(np.float32) / 255


def waves(x_train: np.ndarray, gamma: float, components: int) -> RBFSampler:
    """Random waves over the images: a linear model on them comes near a kernel machine."""
    return RBFSampler(gamma=gamma, n_components=components, random_state=0).fit(x_train)


def z_train(waves: RBFSampler, x_train: np.ndarray) -> np.ndarray:
    return waves.transform(x_train)


def z_test(waves: RBFSampler, x_test: np.ndarray) -> np.ndarray:
    return waves.transform(x_test)


def clf(z_train: np.ndarray, y_train: np.ndarray, alpha: float, epochs: int) -> BaseEstimator:
    clf = SGDClassifier(loss="hinge", alpha=alpha, max_iter=epochs, tol=None, random_state=0)
    return clf.fit(z_train, y_train)
