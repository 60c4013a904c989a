"""How a review becomes words."""

from pathlib import Path

from slowlearn import lemmas

SHORTEST = 3


def strip(word):
    """A word without what surrounds it."""
    return word.strip(".,!?").lower()


def clean(texts):
    """The words of each text that tell something."""
    stop = set(Path("stopwords.txt").read_text().split())
    kept = []
    for text in texts:
        words = [strip(word) for word in text.split()]
        kept.append(" ".join(word for word in words if len(word) >= SHORTEST and word not in stop))
    return lemmas(kept)
