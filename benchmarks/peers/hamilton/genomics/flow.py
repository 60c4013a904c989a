"""The nodes: each function is one, and its parameters name those it needs."""

import gzip
import re
from collections import Counter
from pathlib import Path

import numpy as np
from hamilton.function_modifiers import cache, extract_fields
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import normalize

HERE = Path(__file__).parent


def _sentences(text):
    """Sentences of a text with one token and its tag a line, and an empty line between sentences."""
    sentence = []
    for line in text.split("\n"):
        if line.strip():
            sentence.append(tuple(line.split("\t")))
        elif sentence:
            yield sentence
            sentence = []


def _clean(token):
    """Lower case, numbers as one symbol; nothing for what has no letter."""
    token = re.sub(r"\d+(\.\d+)?", "0", token.lower())
    token = re.sub(r"[^a-z0-9\-]", "", token)
    return token if re.search(r"[a-z]", token) else ""


def _words_of(sentence):
    """Its words; a gene's name, tagged B I I ..., is one word that begins with an @."""
    words, name = [], []
    for token, tag in [*sentence, ("", "O")]:
        if name and not tag.startswith("I"):
            words.append("@" + "_".join(name).lower())
            name = []
        if tag == "O":
            words += [word] if (word := _clean(token)) else []
        else:
            name.append(token)
    return words


# --- words
@cache(behavior="recompute")
def texts(parts: list) -> list:
    """Read each time, as the documentation advises for data from outside."""
    return [gzip.decompress((HERE / f"bc2gm_{part}.tsv.gz").read_bytes()).decode("utf-8") for part in parts]


def documents(texts: list) -> list:
    return [_words_of(sentence) for text in texts for sentence in _sentences(text)]


def counts(documents: list) -> dict:
    return Counter(word for words in documents for word in words)


def vocabulary(counts: dict) -> list:
    return sorted(word for word, n in counts.items() if n >= (2 if word.startswith("@") else 3))


def index(vocabulary: list) -> dict:
    return {word: i for i, word in enumerate(vocabulary)}


def genes(vocabulary: list) -> list:
    return [word for word in vocabulary if word.startswith("@")]


# --- what stands near what
def ids(documents: list, index: dict, window: int) -> np.ndarray:
    return np.concatenate([[index.get(word, -1) for word in words] + [-1] * window for words in documents])


def near(ids: np.ndarray, vocabulary: list, window: int) -> coo_matrix:
    near = coo_matrix((len(vocabulary), len(vocabulary)))
    for distance in range(1, window + 1):
        left, right = ids[:-distance], ids[distance:]
        both = (left >= 0) & (right >= 0)
        near = near + coo_matrix((np.full(both.sum(), 1 / distance), (left[both], right[both])), shape=near.shape)
    return (near + near.T).tocoo()


def positive(near: coo_matrix) -> csr_matrix:
    share = np.asarray(near.sum(axis=1)).ravel() / near.sum()
    pmi = np.log(near.data / near.sum() / (share[near.row] * share[near.col]))
    return coo_matrix((pmi[pmi > 0], (near.row[pmi > 0], near.col[pmi > 0])), shape=near.shape).tocsr()


# --- genes as vectors
@extract_fields({"embedding": np.ndarray, "explained": float})
def reduced(positive: csr_matrix) -> dict:
    svd = TruncatedSVD(n_components=100, n_iter=7, random_state=0)
    return {"embedding": normalize(svd.fit_transform(positive)), "explained": svd.explained_variance_ratio_.sum()}


def vectors(embedding: np.ndarray, index: dict, genes: list) -> np.ndarray:
    return embedding[[index[gene] for gene in genes]]


# --- groups
def labels(vectors: np.ndarray, k: int) -> np.ndarray:
    return KMeans(n_clusters=k, n_init=10, random_state=0).fit(vectors).labels_


def silhouette(vectors: np.ndarray, labels: np.ndarray) -> float:
    return silhouette_score(vectors, labels, sample_size=2000, random_state=0)
