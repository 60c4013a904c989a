"""What a tagger is told about a word: its form, and the words around it."""

import re


def shape(word):
    """Aa0 for Ab12: kinds of characters, repeats left out."""
    kinds = re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", re.sub(r"\d+", "0", word)))
    return kinds[:12]


def around(words, at, reach):
    """The words at most `reach` away, each with its place."""
    found = []
    for step in range(-reach, reach + 1):
        if step and 0 <= at + step < len(words):
            found.append(f"{step}={words[at + step].lower()}")
    return found


def token_features(words, at):
    """Names of all that holds of the word at this place."""
    word = words[at]
    low = word.lower()
    names = [f"word={low}", f"shape={shape(word)}", f"end={low[-3:]}", f"start={low[:3]}"]
    names += around(words, at, 2)
    if at:
        names.append(f"pair={words[at - 1].lower()} {low}")
    return names
