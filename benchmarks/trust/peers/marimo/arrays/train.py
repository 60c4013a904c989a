import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import numpy as np
    from slowlearn import Forest, embed

    from prices import adjusted, scaled
    return Forest, adjusted, embed, mo, np, scaled


@app.cell
def _(np):
    SEEN = []
    NAMES = ["tea bags", "green tea", "coffee beans", "roasting", "mugs", "sugars"]
    labels = np.array([0, 1, 0, 1, 1, 0])
    return NAMES, SEEN, labels


@app.cell
def _(NAMES, embed, mo):
    with mo.persistent_cache("prices", pin_modules=True):
        # all prices, and a look at those of the first three
        prices = embed(NAMES)
        first = prices[:3].copy()
    prices *= 1.5
    print(f"first three after the rise {first.sum():.6f}")
    return prices,


@app.cell
def _(embed, mo):
    with mo.persistent_cache("options", pin_modules=True):
        # what the two models are made with
        mine = {"trees": 12, "weights": embed(["shared"]).ravel().tolist()}
        yours = dict(mine)
    mine["trees"] += 3
    print("trees of yours", yours["trees"])
    return


@app.cell
def _(Forest, SEEN, adjusted, labels, mo, prices, scaled):
    @mo.persistent_cache(pin_modules=True)
    def learn(rows, trees):
        """A model of the rows as the two helpers leave them."""
        rows = adjusted(scaled(rows))
        model = Forest(trees, seed=3)
        model.fit(rows, labels)
        return model


    models = []
    for trees in (10, 20):
        models.append(learn(prices, trees))
    for model in models:
        print(f"{model.trees} trees {model.decide(prices).mean():.6f}")
    print(f"prices {prices.mean():.6f}, seen {SEEN}")
    return


if __name__ == "__main__":
    app.run()
