import marimo

app = marimo.App()


@app.cell
def _():
    from pathlib import Path

    import marimo as mo
    import numpy as np
    import pandas as pd
    from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
    from sklearn.pipeline import make_pipeline

    HERE = Path(__file__).parent
    SEED = 7
    return HERE, SEED, accuracy_score, f1_score, make_pipeline, mo, np, pd, roc_auc_score


@app.cell
def _(HERE, pd):
    _columns = [
        "age", "workclass", "fnlwgt", "education", "education_num", "marital", "occupation", "relationship",
        "race", "sex", "gain", "loss", "hours", "country", "income",
    ]  # fmt: skip
    people = pd.read_csv(HERE / "adult.data.gz", names=_columns, skipinitialspace=True, na_values="?")
    people = people.drop_duplicates().drop(columns=["fnlwgt", "education"])
    for _col in ["workclass", "occupation", "country"]:
        people[_col] = people[_col].fillna("unknown")
    y = (people.pop("income") == ">50K").astype(int)
    print(f"{len(people)} people, {y.mean():.1%} earn more than 50K")
    return people, y


@app.cell
def _():
    def household(row):
        """Who one lives with, as far as the record tells."""
        if row["marital"] in ("Married-civ-spouse", "Married-AF-spouse"):
            return "couple" if row["relationship"] in ("Husband", "Wife") else "married, other"
        return "with parents" if row["relationship"] == "Own-child" else "alone"
    return (household,)


@app.cell
def _(household, mo, np, people):
    with mo.persistent_cache(name="features"):
        df = people.copy()
        df["household"] = df.apply(household, axis=1)
        df["full_time"] = df.apply(lambda row: row["hours"] >= 35 and row["workclass"] != "Without-pay", axis=1)
        df["capital"] = np.log1p(df["gain"]) - np.log1p(df["loss"])
    return (df,)


@app.cell
def _(SEED, df, y):
    from sklearn.model_selection import train_test_split

    X_train, X_test, y_train, y_test = train_test_split(df, y, test_size=0.25, stratify=y, random_state=SEED)
    return X_test, X_train, y_test, y_train


@app.cell
def _():
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numeric = ["age", "education_num", "hours", "capital"]
    categorical = [
        "workclass", "marital", "occupation", "relationship", "race", "sex", "country", "household", "full_time",
    ]  # fmt: skip
    prepare = ColumnTransformer([
        ("numeric", StandardScaler(), numeric),
        ("categorical", OneHotEncoder(handle_unknown="ignore", min_frequency=20), categorical),
    ])
    return (prepare,)


@app.cell
def _(X_train, make_pipeline, mo, prepare, y_train):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    with mo.persistent_cache(name="baseline"):
        scores = cross_val_score(
            make_pipeline(prepare, LogisticRegression(max_iter=500)), X_train, y_train, cv=3, scoring="roc_auc"
        )
    print(f"logistic regression, 3-fold AUC: {scores.mean():.4f} +- {scores.std():.4f}")
    return


@app.cell
def _(SEED, X_train, make_pipeline, mo, prepare, y_train):
    from sklearn.ensemble import RandomForestClassifier

    with mo.persistent_cache(name="model"):
        model = make_pipeline(prepare, RandomForestClassifier(n_estimators=80, min_samples_leaf=3, random_state=SEED))
        model.fit(X_train, y_train)
    return (model,)


@app.cell
def _(X_test, accuracy_score, f1_score, model, roc_auc_score, y_test):
    proba = model.predict_proba(X_test)[:, 1]
    threshold = 0.5
    pred = (proba >= threshold).astype(int)
    print(f"random forest, held out: AUC {roc_auc_score(y_test, proba):.4f}  "
          f"accuracy {accuracy_score(y_test, pred):.4f}  F1 {f1_score(y_test, pred):.4f}")
    return pred, proba


@app.cell
def _(HERE, proba, y_test):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from sklearn.calibration import calibration_curve

    share, predicted = calibration_curve(y_test, proba, n_bins=10)
    fig, ax = plt.subplots(figsize=(5, 4))
    ax.plot([0, 1], [0, 1], color="grey", linestyle=":")
    ax.plot(predicted, share, marker="o")
    ax.set(xlabel="predicted probability", ylabel="share above 50K", title="Calibration on held-out people")
    fig.savefig(HERE / "calibration.png", dpi=100)
    print("wrote calibration.png")
    return


if __name__ == "__main__":
    app.run()
