"""Which words of an abstract name a disease? A tagger for words, scored by whole names found."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Memory
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier

from features import token_features

HERE = Path(__file__).parent
memory = Memory(".cache", verbose=0)
TAGS = {"O": 0, "B-Disease": 1, "I-Disease": 2}


def read(part):
    """Sentences as (words, tags), from a file with one word and its tag a line."""
    with gzip.open(HERE / f"ncbi_disease_{part}.tsv.gz", "rt", encoding="utf-8") as lines:
        for sentence in lines.read().strip().split("\n\n"):
            rows = [line.split("\t") for line in sentence.split("\n")]
            yield [word for word, _ in rows], [TAGS[tag] for _, tag in rows]


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


# --- text
train = list(read("train"))
held_out = list(read("test"))
print(f"{len(train)} sentences to learn from, {len(held_out)} held out")

# --- features
hasher = FeatureHasher(n_features=2**18, input_type="string", alternate_sign=False)


@memory.cache
def features_of(sentences):
    return hasher.transform(token_features(words, at) for words, _ in sentences for at in range(len(words)))


X_train, X_held = features_of(train), features_of(held_out)
y_train = np.array([tag for _, tags in train for tag in tags])
y_held = np.array([tag for _, tags in held_out for tag in tags])
print(f"{X_train.shape[0]} words, {(y_train > 0).mean():.1%} of them in a name of a disease")

# --- a list of the names that were seen, to compare with
seen = {" ".join(words[a:b + 1]).lower() for words, tags in train for a, b in names_in(tags)}


@memory.cache
def looked_up(sentences, seen):
    listed = []
    for words, _ in sentences:
        low = [word.lower() for word in words]
        tags, at = [0] * len(low), 0
        while at < len(low):
            length = next((n for n in range(min(8, len(low) - at), 0, -1) if " ".join(low[at:at + n]) in seen), 0)
            tags[at:at + length] = [1] + [2] * (length - 1) if length else []
            at += max(1, length)
        listed += tags
    return listed


listed = looked_up(held_out, seen)


# --- model
@memory.cache
def fitted(model, X, y):
    return model.fit(X, y)


tagger = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=5, tol=None, random_state=0)
tagger = fitted(tagger, X_train, y_train)
predicted = tagger.predict(X_held)


# --- report
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

words = [word for sentence, _ in held_out for word in sentence]
table = pd.DataFrame({"word": words, "true": y_held, "predicted": predicted})
missed = table[(table["true"] > 0) & (table["predicted"] == 0)]["word"].str.lower().value_counts()
print("most missed:", ", ".join(f"{word} {n}" for word, n in missed.head(6).items()))
