"""Which genes belong together? Words of MEDLINE sentences, embedded by what stands near them, and clustered."""

import gzip
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Memory
from scipy.sparse import coo_matrix
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import normalize

HERE = Path(__file__).parent
PARTS = ["train", "test"]
WINDOW = 8
memory = Memory(".cache", verbose=0)


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


def clean(token):
    """Lower case, numbers as one symbol; nothing for what has no letter."""
    token = re.sub(r"\d+(\.\d+)?", "0", token.lower())
    token = re.sub(r"[^a-z0-9\-]", "", token)
    return token if re.search(r"[a-z]", token) else ""


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


# --- words
@memory.cache
def documents_of(parts):
    return [words_of(sentence) for part in parts for sentence in read(HERE / f"bc2gm_{part}.tsv.gz")]


documents = documents_of(PARTS)
counts = Counter(word for words in documents for word in words)
print(f"{len(documents)} sentences, {sum(counts.values())} words")

vocabulary = sorted(word for word, n in counts.items() if n >= (2 if word.startswith("@") else 3))
index = {word: i for i, word in enumerate(vocabulary)}
genes = [word for word in vocabulary if word.startswith("@")]
print(f"{len(vocabulary)} in the vocabulary, {len(genes)} of them genes")


# --- what stands near what
@memory.cache
def near_pairs(ids, size, window):
    near = coo_matrix((size, size))
    for distance in range(1, window + 1):
        left, right = ids[:-distance], ids[distance:]
        both = (left >= 0) & (right >= 0)
        near = near + coo_matrix((np.full(both.sum(), 1 / distance), (left[both], right[both])), shape=near.shape)
    return (near + near.T).tocoo()


ids = np.concatenate([[index.get(word, -1) for word in words] + [-1] * WINDOW for words in documents])
near = near_pairs(ids, len(vocabulary), WINDOW)
share = np.asarray(near.sum(axis=1)).ravel() / near.sum()
pmi = np.log(near.data / near.sum() / (share[near.row] * share[near.col]))
positive = coo_matrix((pmi[pmi > 0], (near.row[pmi > 0], near.col[pmi > 0])), shape=near.shape).tocsr()
print(f"{near.nnz} pairs of words, {positive.nnz} more often together than by chance")


# --- genes as vectors
@memory.cache
def reduced(svd, matrix):
    return svd.fit_transform(matrix), svd.explained_variance_ratio_.sum()


svd = TruncatedSVD(n_components=100, n_iter=7, random_state=0)
embedding, explained = reduced(svd, positive)
embedding = normalize(embedding)
vectors = embedding[[index[gene] for gene in genes]]
print(f"explained variance: {explained:.4f}")


# --- groups
@memory.cache
def fitted(model, X):
    return model.fit(X)


silhouette = memory.cache(silhouette_score)
scores, models = {}, {}
for k in [10, 20, 30]:
    models[k] = KMeans(n_clusters=k, n_init=10, random_state=0)
    models[k] = fitted(models[k], vectors)
    scores[k] = silhouette(vectors, models[k].labels_, sample_size=2000, random_state=0)
    print(f"k = {k}: silhouette {scores[k]:.4f}")
best = models[max(scores, key=scores.get)]

# --- report
table = pd.DataFrame({"gene": genes, "group": best.labels_, "mentions": [counts[gene] for gene in genes]})
table.to_csv(HERE / "groups.csv", index=False)
ranked = table.sort_values(["mentions", "gene"], ascending=[False, True])
for group, members in ranked.groupby("group"):
    print(f"{group:3} {len(members):5}  " + ", ".join(name[1:] for name in members["gene"].head(6)))
