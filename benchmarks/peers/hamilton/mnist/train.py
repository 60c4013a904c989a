"""Handwritten digits: random Fourier features and a linear classifier."""

import argparse
from pathlib import Path

import flow
from hamilton import driver
from sklearn.metrics import accuracy_score

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=2500)
    parser.add_argument("--gamma", type=float, default=0.02)
    parser.add_argument("--alpha", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=20)
    args = parser.parse_args()

    wanted = ["x_train", "y_train", "y_test", "z_train", "z_test", "clf"]
    made = driver.Builder().with_modules(flow).with_cache().build().execute(wanted, inputs=vars(args))
    x_train, y_train, y_test, clf = made["x_train"], made["y_train"], made["y_test"], made["clf"]
    z_train, z_test = made["z_train"], made["z_test"]
    print(f"{len(x_train)} images to learn from, {len(y_test)} held out, mean pixel {x_train.mean():.4f}")
    print(f"{z_train.shape[1]} random features")

    guess = clf.predict(z_test)
    print(f"train accuracy: {accuracy_score(y_train, clf.predict(z_train)):.4f}")
    print(f"test accuracy: {accuracy_score(y_test, guess):.4f}")


if __name__ == "__main__":
    main()
