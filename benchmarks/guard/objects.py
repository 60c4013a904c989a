"""Nested Python objects, what changes them, and files that are read and written."""

import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Word:
    text: str
    count: int
    places: list


def tag(words):
    for word in words:
        word.places.append(len(word.text))
    time.sleep(0.2)


lines = Path("lines.txt").read_text().splitlines()
time.sleep(0.3)
tokens = [line.split() for line in lines * 10]
time.sleep(0.3)
counts = Counter(token for line in tokens for token in line)
words = [Word(text, count, [count]) for text, count in sorted(counts.items())]
tag(words)
index = {word.text: word for word in words}
longest = max(words, key=lambda word: (len(word.text), word.text))
longest.places.append(-1)
table = [{"line": number, "tokens": line, "size": len(line)} for number, line in enumerate(tokens)]
time.sleep(0.4)
sizes = sorted(row["size"] for row in table)
Path("sizes.json").write_text(json.dumps(sizes[:100]))
print("words", len(words), "longest", longest.text, longest.places[-1])
print("sizes", sizes[len(sizes) // 2], json.loads(Path("sizes.json").read_text())[0])
