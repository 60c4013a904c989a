"""What a user types to see only some nodes: `state:compute cost>1 name~tr -line:30-40`; all terms have to hold.

state: compute, load, prune, running, failed, unreached, or a letter of C L P R F ?; several with commas
cost>1 cost<200ms   seconds that computing takes now, else took last (s, ms, m, h)
size>10MB size<1kB   bytes of its kept values (B, kB, MB, GB)
name~text, or only text   in the label, the names it makes or its source lines, in any case
line:30-40 line:12   source lines it stands on
kept:yes kept:no   whether values of it are kept
mark:* mark:~ mark:!   pinned, never cached, forced
-term   where the term does not hold; "two words" in quotes are one term
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence

from mliter_tui.lean import dataclass
from mliter_tui.view.iteration import WORDS, NodeView

Term = Callable[[NodeView, Sequence[str]], bool]
_SECONDS = {"": 1.0, "s": 1.0, "ms": 1e-3, "m": 60.0, "min": 60.0, "h": 3600.0}
_BYTES = {"": 1.0, "b": 1.0, "kb": 1e3, "k": 1e3, "mb": 1e6, "m": 1e6, "gb": 1e9, "g": 1e9, "tb": 1e12, "t": 1e12}
_STATES = {word: letter for letter, word in WORDS.items()} | {"unreached": "?", "computed": "C", "loaded": "L",
                                                             "pruned": "P", "run": "R", "fail": "F"}  # fmt: skip
_STATES_TO_TYPE = f"type one of {', '.join(WORDS.values())}, or its letter".replace("not reached", "unreached")
_COMPARED = re.compile(r"(cost|size)(>=|<=|>|<|:|=)(.*)", re.IGNORECASE | re.DOTALL)
_QUANTITY = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-zµ]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was typed: call it with a node and the lines of the script. Without a term it accepts all."""

    text: str
    terms: tuple[Term, ...]

    def __call__(self, node: NodeView, lines: Sequence[str] = ()) -> bool:
        return all(term(node, lines) for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)


def parse(text: str) -> Filter:
    """The filter of a text. Raises ValueError with one sentence that says what to type instead."""
    try:
        words = _words(text)
    except ValueError:
        raise ValueError('A quote is not closed; write "two words" with a quote at both ends.') from None
    return Filter(text, tuple(_term(word) for word in words))


def _words(text: str) -> list[str]:
    reader = shlex.shlex(text, posix=True, punctuation_chars=False)
    reader.whitespace_split, reader.quotes, reader.escape, reader.commenters = True, '"', "", ""
    return list(reader)


def _term(word: str) -> Term:
    if len(word) > 1 and word[0] == "-":
        term = _term(word[1:])
        return lambda node, lines: not term(node, lines)
    if compared := _COMPARED.fullmatch(word):
        return _comparison(compared[1].lower(), compared[2], compared[3])
    if word[:5].lower() == "name~" or word[:5].lower() == "name:":
        return _named(word[5:])
    kind, colon, value = word.partition(":")
    make = _KINDS.get(kind.lower()) if colon else None
    return make(value) if make is not None else _named(word)


def _comparison(what: str, operator: str, value: str) -> Term:
    units, example = (_SECONDS, "cost>1 or cost<200ms") if what == "cost" else (_BYTES, "size>10MB or size<1kB")
    found = _QUANTITY.fullmatch(value.strip())
    factor = units.get(found[2].lower()) if found else None
    if operator in ":=" or found is None or factor is None:
        raise ValueError(f"{what} is compared with a number; type {example}.")
    limit = float(found[1]) * factor
    of = _cost if what == "cost" else _size

    def holds(node: NodeView, lines: Sequence[str]) -> bool:
        known = of(node)
        if known is None:
            return False
        if operator[0] == ">":
            return known >= limit if operator == ">=" else known > limit
        return known <= limit if operator == "<=" else known < limit

    return holds


def _cost(node: NodeView) -> float | None:
    if node.finished is not None and node.finished.action == "compute":
        return node.finished.seconds
    return node.last


def _size(node: NodeView) -> float | None:
    return node.nbytes


def _named(part: str) -> Term:
    wanted = part.lower()

    def holds(node: NodeView, lines: Sequence[str]) -> bool:
        if wanted in node.info.label.lower() or any(wanted in name.lower() for name in node.info.binds):
            return True
        first, last = node.info.lines
        if node.info.kind in ("def", "class"):
            last = first  # its body has rows of its own, or is nobody's
        return any(wanted in line.lower() for line in lines[max(0, first - 1) : last])

    return holds


def _state(value: str) -> Term:
    letters = set()
    for word in filter(None, value.split(",")):
        letter = word.upper() if word.upper() in WORDS else _STATES.get(word.lower())
        if letter is None:
            starting = {known for name, known in _STATES.items() if name.startswith(word.lower())}
            letter = starting.pop() if len(starting) == 1 else None
        if letter is None:
            raise ValueError(f"No state is called {word!r:.20}; {_STATES_TO_TYPE}.")
        letters.add(letter)
    if not letters:
        raise ValueError(f"A state is missing after state:; {_STATES_TO_TYPE}.")
    return lambda node, lines: node.letter in letters


def _line(value: str) -> Term:
    found = re.fullmatch(r"(\d*)(-?)(\d*)", value)
    if found is None or not (found[1] or found[3]) or len(value) > 15:
        raise ValueError("A line is a number or a range; type line:12 or line:30-40.")
    first = int(found[1] or 1)
    last = (int(found[3]) if found[3] else 10**9) if found[2] else first
    first, last = min(first, last), max(first, last)
    return lambda node, lines: node.info.lines[0] <= last and node.info.lines[1] >= first


def _kept(value: str) -> Term:
    wanted = {"yes": True, "y": True, "no": False, "n": False}.get(value.lower())
    if wanted is None:
        raise ValueError("Kept is yes or no; type kept:yes or kept:no.")
    return lambda node, lines: node.kept == wanted


def _mark(value: str) -> Term:
    marks = {"pinned": "*", "uncached": "~", "forced": "!"}
    mark = marks.get(value.lower(), value)
    if mark not in marks.values():
        raise ValueError("A mark is * (pinned), ~ (never cached) or ! (forced); type mark:* for one.")
    return lambda node, lines: mark in node.marks


_KINDS: dict[str, Callable[[str], Term]] = {"state": _state, "line": _line, "lines": _line, "kept": _kept,
                                            "mark": _mark}  # fmt: skip
