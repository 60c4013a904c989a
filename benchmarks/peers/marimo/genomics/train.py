import marimo

app = marimo.App()


@app.cell
def _():
    import gzip
    import re
    from collections import Counter
    from pathlib import Path

    import marimo as mo
    import numpy as np
    import pandas as pd
    from scipy.sparse import coo_matrix
    from sklearn.preprocessing import normalize

    return Counter, Path, coo_matrix, gzip, mo, normalize, np, pd, re


@app.cell
def _(Path):
    HERE = Path(__file__).parent
    WINDOW = 8
    return HERE, WINDOW


@app.cell
def _(gzip):
    def read(path):
        """Sentences of a file with one token and its tag a line, and an empty line between sentences."""
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            sentence = []
            for line in lines:
                if line.strip():
                    sentence.append(tuple(line.rstrip("\n").split("\t")))
                elif sentence:
                    yield sentence
                    sentence = []
    return (read,)


@app.cell
def _(re):
    def clean(token):
        """Lower case, numbers as one symbol; nothing for what has no letter."""
        token = re.sub(r"\d+(\.\d+)?", "0", token.lower())
        token = re.sub(r"[^a-z0-9\-]", "", token)
        return token if re.search(r"[a-z]", token) else ""
    return (clean,)


@app.cell
def _(clean):
    def words_of(sentence):
        """Its words; a gene's name, tagged B I I ..., is one word that begins with an @."""
        words, name = [], []
        for token, tag in [*sentence, ("", "O")]:
            if name and not tag.startswith("I"):
                words.append("@" + "_".join(name).lower())
                name = []
            if tag == "O":
                words += [word] if (word := clean(token)) else []
            else:
                name.append(token)
        return words
    return (words_of,)


@app.cell
def _(HERE, mo, read, words_of):
    @mo.persistent_cache
    def documents_of(parts):
        return [words_of(sentence) for part in parts for sentence in read(HERE / f"bc2gm_{part}.tsv.gz")]
    return (documents_of,)


@app.cell
def _(Counter, documents_of):
    PARTS = ["train", "test"]
    documents = documents_of(PARTS)
    counts = Counter(word for words in documents for word in words)
    print(f"{len(documents)} sentences, {sum(counts.values())} words")
    return counts, documents


@app.cell
def _(counts):
    vocabulary = sorted(word for word, n in counts.items() if n >= (2 if word.startswith("@") else 3))
    index = {word: i for i, word in enumerate(vocabulary)}
    genes = [word for word in vocabulary if word.startswith("@")]
    print(f"{len(vocabulary)} in the vocabulary, {len(genes)} of them genes")
    return genes, index, vocabulary


@app.cell
def _(WINDOW, documents, index, np, vocabulary):
    ids = np.concatenate([[index.get(word, -1) for word in words] + [-1] * WINDOW for words in documents])
    size = len(vocabulary)
    return ids, size


@app.cell
def _(WINDOW, coo_matrix, ids, mo, np, size):
    # arrays and no sparse matrix leave this block: marimo hashes such a matrix as a dense one
    with mo.persistent_cache(name="near"):
        _near = coo_matrix((size, size))
        for _distance in range(1, WINDOW + 1):
            _left, _right = ids[:-_distance], ids[_distance:]
            _both = (_left >= 0) & (_right >= 0)
            _pairs = (np.full(_both.sum(), 1 / _distance), (_left[_both], _right[_both]))
            _near = _near + coo_matrix(_pairs, shape=_near.shape)
        _near = (_near + _near.T).tocoo()
        _share = np.asarray(_near.sum(axis=1)).ravel() / _near.sum()
        pmi = np.log(_near.data / _near.sum() / (_share[_near.row] * _share[_near.col]))
        left, right = _near.row, _near.col
    print(f"{len(pmi)} pairs of words, {(pmi > 0).sum()} more often together than by chance")
    return left, pmi, right


@app.cell
def _(coo_matrix, left, mo, normalize, pmi, right, size):
    from sklearn.decomposition import TruncatedSVD

    with mo.persistent_cache(name="embedding"):
        _positive = coo_matrix((pmi[pmi > 0], (left[pmi > 0], right[pmi > 0])), shape=(size, size)).tocsr()
        _svd = TruncatedSVD(n_components=100, n_iter=7, random_state=0)
        embedding = normalize(_svd.fit_transform(_positive))
        explained = _svd.explained_variance_ratio_.sum()
    print(f"explained variance: {explained:.4f}")
    return (embedding,)


@app.cell
def _(embedding, genes, index):
    vectors = embedding[[index[gene] for gene in genes]]
    return (vectors,)


@app.cell
def _(mo):
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    @mo.persistent_cache
    def groups_of(vectors, k):
        """Which group each is in, and how well they are told apart."""
        labels = KMeans(n_clusters=k, n_init=10, random_state=0).fit(vectors).labels_
        return labels, silhouette_score(vectors, labels, sample_size=2000, random_state=0)
    return (groups_of,)


@app.cell
def _(groups_of, vectors):
    scores, labels = {}, {}
    for k in [10, 20, 30]:
        labels[k], scores[k] = groups_of(vectors, k)
        print(f"k = {k}: silhouette {scores[k]:.4f}")
    best = labels[max(scores, key=scores.get)]
    return (best,)


@app.cell
def _(HERE, best, counts, genes, pd):
    table = pd.DataFrame({"gene": genes, "group": best, "mentions": [counts[gene] for gene in genes]})
    table.to_csv(HERE / "groups.csv", index=False)
    return (table,)


@app.cell
def _(table):
    ranked = table.sort_values(["mentions", "gene"], ascending=[False, True])
    for group, members in ranked.groupby("group"):
        print(f"{group:3} {len(members):5}  " + ", ".join(name[1:] for name in members["gene"].head(6)))
    return


if __name__ == "__main__":
    app.run()
