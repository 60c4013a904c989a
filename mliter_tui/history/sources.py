"""What the source beside a printed number says of it: which measure was asked for, in how many folds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from hashlib import blake2b

from mliter_tui.facts import Lines, NodeInfo
from mliter_tui.readings import naming
from mliter_tui.readings.naming import Direction

_STEPS = 2
"""Statements that are followed back from the one that prints."""
_FOLDS = re.compile(r"\b(?:cv|n_splits)\s*=\s*(\d+)|\b\w*KFold\(\s*(\d+)")
_DOUBLED = re.compile(r"std\([^()]*\)\s*\*\s*2\b|\b2(?:\.0*)?\s*\*\s*[\w.]*std\(")
_SCORING = re.compile(r"""scoring\s*=\s*\[?["'](\w+)["']""")
_MEASURE = re.compile(r"\b([a-z]\w*_(?:score_?|error|loss))\b")
_DEFAULT_FOLDS = 5  # scikit-learn's
_SEARCHES = re.compile(r"\b(?:cross_val\w+|cross_validate|\w+SearchCV)\(")


class _Skeletons:
    """Of one text: the statements by the line they begin in, without the texts in them."""

    def __init__(self, text: str) -> None:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            tree = ast.Module([], [])
        self._statements = {node.lineno: node for node in ast.walk(tree) if isinstance(node, ast.stmt)}
        self._known: dict[int, str] = {}

    def of(self, line: int) -> str:
        if line not in self._known:
            found = self._statements.get(line)
            self._known[line] = _bare(found) if found is not None else ""
        return self._known[line]


def _bare(statement: ast.stmt) -> str:
    bare = re.sub(r"""Constant\(value=(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)""", "Text()", ast.dump(statement))
    return blake2b(bare.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


# the iterations of a script go to and fro between few texts
_skeletons = lru_cache(maxsize=16)(_Skeletons)


class Sources:
    """The statements of a version, by their lines."""

    def __init__(self, text: str, nodes: Mapping[int, NodeInfo], edges: Iterable[tuple[int, int]]) -> None:
        self.text, self._nodes = text, nodes
        self._above: dict[int, list[int]] = {}
        for maker, reader in edges:
            self._above.setdefault(reader, []).append(maker)
        self._at: dict[Lines, list[int]] = {}
        for number, info in nodes.items():
            self._at.setdefault(info.lines, []).append(number)
        self._known: dict[Lines, str] = {}

    @cached_property
    def _lines(self) -> list[str]:
        return re.split("\r\n|\r|\n", self.text)

    def skeleton(self, lines: Lines) -> str:
        """Names a statement by its code without its texts, "" where there is none."""
        return _skeletons(self.text).of(lines[0])

    def around(self, lines: Lines) -> str:
        """The source of the statement and of those that made what it prints."""
        if lines not in self._known:
            wanted, found = set(self._at.get(lines, ())), set(self._at.get(lines, ()))
            for _ in range(_STEPS):
                wanted = {maker for node in wanted for maker in self._above.get(node, ())} - found
                found |= {node for node in wanted if self._nodes[node].kind not in ("import", "def", "class")}
            spans = sorted({self._nodes[node].lines for node in found if node in self._nodes} or {lines})
            self._known[lines] = "\n".join("\n".join(self._lines[max(0, a - 1) : b]) for a, b in spans if b)
        return self._known[lines]

    def direction(self, lines: Lines) -> Direction:
        """Whether more is better, by the measures that the source names; unknown where these differ."""
        source = self.around(lines)
        names = _SCORING.findall(source) or _MEASURE.findall(source)
        found = {naming.direction(name) for name in names} - {"unknown"}
        return found.pop() if len(found) == 1 else "unknown"

    def folds(self, lines: Lines) -> int | None:
        """In how many folds it was measured, where the source says so."""
        source = self.around(lines)
        found = {int(a or b) for a, b in _FOLDS.findall(source)}
        if not found and _SEARCHES.search(source) and not re.search(r"\bcv\s*=", source):
            return _DEFAULT_FOLDS
        return found.pop() if len(found) == 1 else None

    def doubled(self, lines: Lines) -> bool:
        """Whether what is printed as spread is two standard deviations, as in scikit-learn's examples."""
        return _DOUBLED.search(self.around(lines)) is not None
