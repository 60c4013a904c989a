"""The nodes: each function is one, and its parameters name those it needs."""

import gzip
from pathlib import Path

import numpy as np
from hamilton.function_modifiers import cache
from names import names_in
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier

from features import token_features

HERE = Path(__file__).parent
TAGS = {"O": 0, "B-Disease": 1, "I-Disease": 2}


def _read(part):
    packed = (HERE / f"ncbi_disease_{part}.tsv.gz").read_bytes()
    return gzip.decompress(packed).decode("utf-8").strip()


def _parsed(text):
    """Sentences as (words, tags), from a text with one word and its tag a line."""
    for sentence in text.split("\n\n"):
        rows = [line.split("\t") for line in sentence.split("\n")]
        yield [word for word, _ in rows], [TAGS[tag] for _, tag in rows]


# --- text: read each time, as the documentation advises for data from outside
@cache(behavior="recompute")
def train_text(learn_from: list) -> str:
    return "\n\n".join(map(_read, learn_from))


@cache(behavior="recompute")
def held_out_text() -> str:
    return _read("test")


def train(train_text: str) -> list:
    return list(_parsed(train_text))


def held_out(held_out_text: str) -> list:
    return list(_parsed(held_out_text))


# --- features
def _hashed(sentences):
    hasher = FeatureHasher(n_features=2**18, input_type="string", alternate_sign=False)
    return hasher.transform(token_features(words, at) for words, _ in sentences for at in range(len(words)))


def X_train(train: list) -> csr_matrix:
    return _hashed(train)


def X_held(held_out: list) -> csr_matrix:
    return _hashed(held_out)


def y_train(train: list) -> np.ndarray:
    return np.array([tag for _, tags in train for tag in tags])


# --- a list of the names that were seen, to compare with
def seen(train: list) -> set:
    return {" ".join(words[a:b + 1]).lower() for words, tags in train for a, b in names_in(tags)}


def listed(held_out: list, seen: set) -> list:
    listed = []
    for words, _ in held_out:
        low = [word.lower() for word in words]
        tags, at = [0] * len(low), 0
        while at < len(low):
            length = next((n for n in range(min(8, len(low) - at), 0, -1) if " ".join(low[at:at + n]) in seen), 0)
            tags[at:at + length] = [1] + [2] * (length - 1) if length else []
            at += max(1, length)
        listed += tags
    return listed


# --- model
def tagger(X_train: csr_matrix, y_train: np.ndarray) -> BaseEstimator:
    model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=5, tol=None, random_state=0)
    return model.fit(X_train, y_train)


def predicted(tagger: BaseEstimator, X_held: csr_matrix) -> np.ndarray:
    return tagger.predict(X_held)
