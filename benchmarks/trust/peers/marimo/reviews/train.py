import marimo

app = marimo.App()


@app.cell
def _():
    import os
    import sys
    from functools import wraps
    from pathlib import Path

    import marimo as mo
    import numpy as np
    import pandas as pd
    from slowlearn import Forest, embed

    from cleaning import clean
    from toolkit.steps import Step
    from toolkit.weights import column_weights
    return Forest, Path, Step, clean, column_weights, embed, mo, np, os, pd, sys, wraps


@app.cell
def _(os, sys):
    LIMIT = int(os.environ.get("REVIEWS", "6"))
    DEPTH = int(sys.argv[1])
    TREES = 20
    WIDTH = 2.0
    return DEPTH, LIMIT, TREES, WIDTH


@app.cell
def _(Step, WIDTH, column_weights, np, wraps):
    CURVES = {"root": lambda rows: np.sqrt(np.abs(rows)), "flat": lambda rows: rows / 10}


    class Settings:
        power = 2


    class Shift(Step):
        def __call__(self, rows):
            return self.apply(rows)


    def rounded(function):
        @wraps(function)
        def inner(*args):
            return np.round(function(*args), 4)

        return inner


    @rounded
    def weigh(rows):
        return rows ** Settings.power * column_weights(rows.shape[1])


    def spread(rows, by=WIDTH):
        return rows * by


    def normed(rows):
        from toolkit.norms import length

        return rows / length(rows)[:, None]
    return CURVES, Shift, normed, spread, weigh


@app.cell
def _(LIMIT, Path, pd):
    reviews = pd.concat([pd.read_csv(path) for path in sorted(Path("parts").glob("*.csv"))])
    texts = reviews.head(LIMIT)["text"].tolist()
    y = reviews.head(LIMIT)["label"].to_numpy()
    return texts, y


@app.cell
def _(clean, mo, texts):
    with mo.persistent_cache("cleaned", pin_modules=True):
        cleaned = clean(texts)
    return cleaned,


@app.cell
def _(CURVES, Shift, cleaned, embed, mo, normed, spread, weigh):
    with mo.persistent_cache("features", pin_modules=True):
        X = Shift()(normed(CURVES["root"](spread(weigh(embed(cleaned))))))
    return X,


@app.cell
def _(Forest, mo, np, y):
    with mo.persistent_cache("baseline", pin_modules=True):
        # what is learnt from the number of a row alone
        _rows = np.arange(float(len(y)))[:, None]
        _model = Forest(10, seed=1)
        _model.fit(_rows, y)
        by_chance = _model.decide(_rows)
    return by_chance,


@app.cell
def _(DEPTH, Forest, TREES, X, mo, np, y):
    with mo.persistent_cache("model", pin_modules=True):
        np.random.seed(7)
        model = Forest(TREES, DEPTH)
        model.fit(X, y)
    return model,


@app.cell
def _(X, by_chance, model, y):
    sure = model.decide(X)
    print(f"reviews {len(y)}, features {X.mean():.6f}")
    print(f"by chance {by_chance.mean():.6f}, with words {sure.mean():.6f}")
    return


if __name__ == "__main__":
    app.run()
