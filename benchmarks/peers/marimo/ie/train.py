import marimo

app = marimo.App()


@app.cell
def _():
    import gzip
    from pathlib import Path

    import marimo as mo
    import numpy as np
    import pandas as pd

    from features import token_features

    HERE = Path(__file__).parent
    return HERE, gzip, mo, np, pd, token_features


@app.cell
def _(HERE, gzip):
    TAGS = {"O": 0, "B-Disease": 1, "I-Disease": 2}


    def read(part):
        """Sentences as (words, tags), from a file with one word and its tag a line."""
        with gzip.open(HERE / f"ncbi_disease_{part}.tsv.gz", "rt", encoding="utf-8") as lines:
            for sentence in lines.read().strip().split("\n\n"):
                rows = [line.split("\t") for line in sentence.split("\n")]
                yield [word for word, _ in rows], [TAGS[tag] for _, tag in rows]
    return (read,)


@app.cell
def _():
    def names_in(tags):
        """Disease names as (first, last) positions; a name that begins with an I counts, too."""
        found, begin = [], None
        for at, tag in enumerate([*tags, 0]):
            if begin is not None and tag != 2:
                found.append((begin, at - 1))
                begin = None
            if tag == 1 or (tag == 2 and begin is None):
                begin = at
        return found
    return (names_in,)


@app.cell
def _(read):
    train = list(read("train"))
    held_out = list(read("test"))
    print(f"{len(train)} sentences to learn from, {len(held_out)} held out")
    return held_out, train


@app.cell
def _(held_out, mo, token_features, train):
    from sklearn.feature_extraction import FeatureHasher

    with mo.persistent_cache(name="features"):
        _hasher = FeatureHasher(n_features=2**18, input_type="string", alternate_sign=False)
        # in a dict, as marimo hashes a sparse matrix by itself as a dense one, which no memory holds
        X = {
            name: _hasher.transform(token_features(words, at) for words, _ in sentences for at in range(len(words)))
            for name, sentences in (("train", train), ("held out", held_out))
        }
    return (X,)


@app.cell
def _(X, held_out, np, train):
    y_train = np.array([tag for _, tags in train for tag in tags])
    y_held = np.array([tag for _, tags in held_out for tag in tags])
    print(f"{X['train'].shape[0]} words, {(y_train > 0).mean():.1%} of them in a name of a disease")
    return y_held, y_train


@app.cell
def _(held_out, mo, names_in, train):
    # a list of the names that were seen, to compare with
    with mo.persistent_cache(name="listed"):
        _seen = {" ".join(words[a:b + 1]).lower() for words, tags in train for a, b in names_in(tags)}
        listed = []
        for _words, _ in held_out:
            _low = [word.lower() for word in _words]
            _tags, _at = [0] * len(_low), 0
            while _at < len(_low):
                _longest = min(8, len(_low) - _at)
                _length = next((n for n in range(_longest, 0, -1) if " ".join(_low[_at:_at + n]) in _seen), 0)
                _tags[_at:_at + _length] = [1] + [2] * (_length - 1) if _length else []
                _at += max(1, _length)
            listed += _tags
    return (listed,)


@app.cell
def _(X, mo, y_train):
    from sklearn.linear_model import SGDClassifier

    with mo.persistent_cache(name="tagger"):
        tagger = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=5, tol=None, random_state=0)
        tagger.fit(X["train"], y_train)
    return (tagger,)


@app.cell
def _(X, tagger):
    predicted = tagger.predict(X["held out"])
    return (predicted,)


@app.cell
def _(held_out, listed, names_in, np, predicted):
    def score(name, guess):
        """Prints how many names were found exactly, and at what cost."""
        bounds = np.cumsum([0] + [len(words) for words, _ in held_out])
        true = {(i, *span) for i, (_, tags) in enumerate(held_out) for span in names_in(tags)}
        said = {(i, *span) for i in range(len(held_out)) for span in names_in(guess[bounds[i]:bounds[i + 1]])}
        hits = len(true & said)
        precision, recall = hits / max(1, len(said)), hits / len(true)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f"{name}: precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}")


    score("list of names", listed)
    score("tagger", predicted)
    return


@app.cell
def _(held_out, pd, predicted, y_held):
    words = [word for sentence, _ in held_out for word in sentence]
    table = pd.DataFrame({"word": words, "true": y_held, "predicted": predicted})
    missed = table[(table["true"] > 0) & (table["predicted"] == 0)]["word"].str.lower().value_counts()
    print("most missed:", ", ".join(f"{word} {n}" for word, n in missed.head(6).items()))
    return (table,)


if __name__ == "__main__":
    app.run()
