"""Handwritten digits: random Fourier features and a linear classifier."""

import argparse
from pathlib import Path

import numpy as np
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline

HERE = Path(__file__).parent


def load(path):
    """Images as rows of numbers from 0 to 1, and their digits."""
    with np.load(path) as data:
        train, test = data["x_train"].reshape(-1, 784), data["x_test"].reshape(-1, 784)
        y_train, y_test = data["y_train"], data["y_test"]
    x_train = train.astype(np.float32) / 255
    x_test = test.astype(np.float32) / 255
    return x_train, y_train, x_test, y_test


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=2500)
    parser.add_argument("--gamma", type=float, default=0.02)
    parser.add_argument("--alpha", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=20)
    args = parser.parse_args()

    x_train, y_train, x_test, y_test = load(HERE / "mnist.npz")
    print(f"{len(x_train)} images to learn from, {len(x_test)} held out, mean pixel {x_train.mean():.4f}")

    # random waves over the images: a linear model on them comes near a kernel machine
    waves = RBFSampler(gamma=args.gamma, n_components=args.components, random_state=0)
    clf = SGDClassifier(loss="hinge", alpha=args.alpha, max_iter=args.epochs, tol=None, random_state=0)
    model = make_pipeline(waves, clf, memory=".cache")
    model.fit(x_train, y_train)
    z_train, z_test = model[0].transform(x_train), model[0].transform(x_test)
    print(f"{z_train.shape[1]} random features")

    guess = clf.predict(z_test)
    print(f"train accuracy: {accuracy_score(y_train, clf.predict(z_train)):.4f}")
    print(f"test accuracy: {accuracy_score(y_test, guess):.4f}")


if __name__ == "__main__":
    main()
