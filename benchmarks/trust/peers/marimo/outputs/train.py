import marimo

app = marimo.App()


@app.cell
def _():
    import json
    import sys
    from pathlib import Path

    import marimo as mo
    import numpy as np
    from slowlearn import Forest, embed

    from helpers import centred
    return Forest, Path, centred, embed, json, mo, np, sys


@app.cell
def _(Path, np):
    NAMES = ["tea bags", "green tea", "coffee beans", "roasting", "mugs", "sugars"]
    labels = np.array([0, 1, 0, 1, 1, 0])
    _settings = {}
    exec(Path("settings.txt").read_text(), _settings)
    SHIFT = _settings["SHIFT"]
    return NAMES, SHIFT, labels


@app.cell
def _(NAMES, SHIFT, centred, embed, mo):
    with mo.persistent_cache("features", pin_modules=True):
        rows = centred(embed(NAMES)) + SHIFT
    return rows,


@app.cell
def _(Forest, labels, mo, rows):
    with mo.persistent_cache("model", pin_modules=True):
        model = Forest(20, seed=3)
        model.fit(rows, labels)
    return model,


@app.cell
def _(Path, json, model, rows, sys):
    scores = model.decide(rows)

    Path("scores.json").write_text(json.dumps({"mean": round(float(scores.mean()), 6)}))
    known = json.loads(Path("scores.json").read_text())
    Path("scores.json").write_text(json.dumps(known | {"most": round(float(scores.max()), 6)}))
    with open("runs.log", "a") as log:
        log.write(f"{len(rows)} rows\n")
    print("scores", Path("scores.json").read_text())
    sys.exit(3 if known["mean"] > 100 else 0)
    return


if __name__ == "__main__":
    app.run()
