import marimo

app = marimo.App()


@app.cell
def _():
    import argparse
    from pathlib import Path

    import marimo as mo
    import numpy as np
    from sklearn.kernel_approximation import RBFSampler
    from sklearn.linear_model import SGDClassifier
    from sklearn.metrics import accuracy_score

    HERE = Path(__file__).parent
    return HERE, RBFSampler, SGDClassifier, accuracy_score, argparse, mo, np


@app.cell
def _(argparse):
    parser = argparse.ArgumentParser()
    parser.add_argument("--components", type=int, default=2500)
    parser.add_argument("--gamma", type=float, default=0.02)
    parser.add_argument("--alpha", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=20)
    args = parser.parse_args()
    # one name for each setting, so that a cell depends only on those it uses
    components, gamma, alpha, epochs = args.components, args.gamma, args.alpha, args.epochs
    return alpha, components, epochs, gamma


@app.cell
def _(HERE, np):
    with np.load(HERE / "mnist.npz") as data:
        _train, _test = data["x_train"].reshape(-1, 784), data["x_test"].reshape(-1, 784)
        y_train, y_test = data["y_train"], data["y_test"]
    x_train = _train.astype(np.float32) / 255
    x_test = _test.astype(np.float32) / 255
    print(f"{len(x_train)} images to learn from, {len(x_test)} held out, mean pixel {x_train.mean():.4f}")
    return x_test, x_train, y_test, y_train


@app.cell
def _(RBFSampler, components, gamma, mo, x_test, x_train):
    with mo.persistent_cache(name="features"):
        _waves = RBFSampler(gamma=gamma, n_components=components, random_state=0)
        z_train = _waves.fit_transform(x_train)
        z_test = _waves.transform(x_test)
    print(f"{z_train.shape[1]} random features")
    return z_test, z_train


@app.cell
def _(SGDClassifier, alpha, epochs, mo, y_train, z_train):
    with mo.persistent_cache(name="model"):
        clf = SGDClassifier(loss="hinge", alpha=alpha, max_iter=epochs, tol=None, random_state=0)
        clf.fit(z_train, y_train)
    return (clf,)


@app.cell
def _(accuracy_score, clf, y_test, y_train, z_test, z_train):
    guess = clf.predict(z_test)
    print(f"train accuracy: {accuracy_score(y_train, clf.predict(z_train)):.4f}")
    print(f"test accuracy: {accuracy_score(y_test, guess):.4f}")
    return (guess,)


if __name__ == "__main__":
    app.run()
