"""The readings of one line: names, separators, numbers.

Read are `accuracy: 0.87`, `Test RMSE = 3.2`, `AUC 0.91  F1 0.8`, `91.2%`, `950/1000`, `0.91 ± 0.02`, `(+/- 0.02)`,
lists, and counts with their noun behind them (`1500 rows`). A subject stands before a colon or a gap: `forest: AUC
0.9`. Numbers that are part of a word (f1, p53, 3-fold), dates, versions, durations, shapes and arguments in the text of
an estimator are none. What has no clear name is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from mliter_tui.lean import dataclass
from mliter_tui.readings import naming
from mliter_tui.readings.reading import Reading

LONGEST = 2000
"""Characters of a line that are looked at."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")
_LEVEL = r"(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL)"
_LOG = re.compile(
    rf"^\s*(?:\[?\d{{4}}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?\]?|\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?)?"
    rf"(?:[\s:|\-]*[\w.]*[\s:|\-]*\[?\b{_LEVEL}\b\]?(?:[:][\w.<>]+(?=:))?[\s:|\-]*|\s*[:|\-]?\s+(?=\S))"
)
_STAMP = re.compile(r"^\s*\[?(?:\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?\s*[|:\-]?\s*")
_WRAPPED = re.compile(r"\b(?:np\.|numpy\.)?(?:float|int|uint)\d+\(([^()]*)\)|\btensor\(([^()\[\],]*)(?:,[^()]*)?\)")
_ARRAY = re.compile(r"\b(?:array|tensor)\((\[[^\[\]]*\])(?:,[^()]*)?\)")
_CALL = re.compile(r"\b[A-Za-z_][\w.]*\((?:[^()]|\([^()]*\))*=(?:[^()]|\([^()]*\))*\)")
_NUMBER = (
    r"[-+]?(?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?|[-+]?\.\d+(?:[eE][-+]?\d+)?|[-+]?\b(?:nan|inf)\b"
)
_LIST = re.compile(rf"[\[(]\s*((?:{_NUMBER})(?:[\s,]+(?:{_NUMBER}))*)[\s,]*[\])]", re.IGNORECASE)
_TOKEN = re.compile(
    r"(?<![\w.])(?<![\w)\]][-/@^])(?<!\d:)"
    rf"(?P<number>{_NUMBER})(?:\s?/\s?(?P<of>\d+)(?![\w.]))?"
    r"(?P<unit>\s?%|(?:it/s|s/it|ms|µs|us|min|sec|[smh]|[kKMG]i?B|[kKM]|x)(?![\w/]))?(?![\w@])(?!-[A-Za-z])(?!\.\d)",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s*([A-Za-z][\w\-]*(?: [A-Za-z][\w\-]*){0,2})(?=\s*(?:[,;.)|]|$|\s\s))")
_BAR = re.compile(r"^.*?\d+%?\|[^|]*\|\s*\d+/\d+\s*\[[^\]]*?(?:it/s|s/it)(?:,\s*)?(?P<behind>[^\]]*)\].*$")
_APART = "\0"
"""Stands where something was that is no number, but parts what is around it."""
_PLUS_MINUS = re.compile(r"\s*\(?\s*(?:\+\s?/?\s?-|±)\s*$")
_TIMES = frozenset({"s", "ms", "µs", "us", "min", "sec", "m", "h", "it/s", "s/it"})
_NO_NAMES = frozenset("the a an of and or to in on for is at by with from".split())
_ENDS = " \t:=→>~≈"


@dataclass
class _Found:
    """A number, what stands before it up to the number before, and what of it is known."""

    gap: str
    first: int
    last: int
    value: float
    step: float
    text: str
    unit: str = ""
    of: int | None = None
    items: tuple[float, ...] = ()
    name: str = ""
    subject: str = ""
    spread: float | None = None
    marked: bool = False
    """Whether something between its name and itself says that they belong together."""


def plain(line: str) -> str:
    """A line as it is read: what overwrites, escapes, time stamps and log levels gone, wrapped numbers unwrapped."""
    line = line.rstrip("\r").rsplit("\r", 1)[-1][:LONGEST]
    if "\x1b" in line:
        line = _ESCAPES.sub("", line)
    if "it]" in line or "it/s" in line or "s/it" in line:  # a bar of progress: what it tells is behind its speed
        line = _BAR.sub(lambda m: m["behind"], line)
    if "(" in line:
        line = _WRAPPED.sub(lambda m: m[1] or m[2] or "", line)
        line = _ARRAY.sub(lambda m: m[1], line)
    return _unlogged(printable(line))


def printable(text: str) -> str:
    """A text without what a terminal would obey; tabs stay, as they part columns."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else " " for c in text)


def _unlogged(line: str) -> str:
    found = re.match(rf"^(?P<head>.{{0,60}}?)\b{_LEVEL}\b\]?(?P<rest>[\s:|\-].*)$", line)
    if found is not None and not re.search(r"[=%]", found["head"]):
        line = found["rest"].lstrip(" :|-")
        where = re.match(r"^[\w.<>]+:(?=\S|\s)", line)  # logging's own format: INFO:name:message
        if where is not None and found["rest"].startswith(":"):
            line = line[where.end() :]
        return line
    return _STAMP.sub("", line)


def read_line(line: str, number: int = 0) -> list[Reading]:
    """The readings of a line that `plain` made."""
    if not any(c.isdigit() for c in line) and "nan" not in line.lower() and "inf" not in line.lower():
        return []
    step, line = _step_at_start(line)
    found = _numbers(_CALL.sub(lambda m: " " * len(m[0]), line))
    kept = [each for each in _named(found, line) if each.name]
    return [replace(reading, line=number) for reading in _readings(kept, step)]


def _step_at_start(line: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """What boosting libraries and searches begin a line with: [10], [CV 2/5]."""
    found = re.match(r"\s*\[(\d+)\]\s+(?=\S)", line)
    if found is not None:
        return (("step", found[1]),), line[found.end() :]
    found = re.match(r"\s*\[CV (\d+)/\d+[^\]]*\]\s*(?:END|)[ .]*", line)
    if found is not None:
        return (("fold", found[1]),), line[found.end() :]
    return (), line


def _numbers(line: str) -> list[_Found]:
    """The numbers of a line, lists as one each."""
    lists = {each.start(): each for each in _LIST.finditer(line)}
    found: list[_Found] = []
    at = 0
    while True:
        token = _TOKEN.search(line, at)
        listed = min((start for start in lists if start >= at), default=None)
        if listed is not None and (token is None or listed <= token.start()):
            each = lists[listed]
            items = [item for item in re.split(r"[\s,]+", each[1].strip(" ,")) if item]
            if each[0][0] == "[" or (len(items) > 1 and any("." in item for item in items)):
                values = tuple(_value(item) for item in items)
                shown = max(items, key=len)
                gap = line[found[-1].last if found else 0 : each.start()]
                mean = _mean(values)
                found.append(_Found(gap, each.start(), each.end(), mean, last_digit(shown), shown, items=values))
                at = each.end()
                continue
            if len(items) > 1:  # a shape
                line = line[: each.start()] + _APART * len(each[0]) + line[each.end() :]
                del lists[listed]
                continue
            del lists[listed]
            continue
        if token is None:
            return found
        gap = line[found[-1].last if found else 0 : token.start()]
        unit = (token["unit"] or "").strip()
        found.append(_Found(gap, token.start(), token.end(), _value(token["number"]), last_digit(token["number"]),
                            token["number"], unit, int(token["of"]) if token["of"] else None))  # fmt: skip
        at = token.end()


def _value(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return math.nan


def _mean(values: tuple[float, ...]) -> float:
    return math.fsum(values) / len(values) if values and all(map(math.isfinite, values)) else math.nan


def last_digit(text: str) -> float:
    """What the last digit of a number is worth."""
    digits, _, power = text.lower().partition("e")
    decimals = len(digits.partition(".")[2]) if "." in digits else 0
    exponent = int(power) if re.fullmatch(r"[-+]?\d{1,3}", power) else 0
    return float(10.0 ** max(-300, min(300, exponent - decimals)))


def _named(found: list[_Found], line: str) -> Iterator[_Found]:
    """Those that are readings, each with its name and subject; spreads are put to what they are of."""
    subject = ""
    before: _Found | None = None
    for at, each in enumerate(found):
        own = each.gap.rpartition(_APART)[2]
        if before is not None and _is_spread(own, before, line, each):
            before.spread = each.value
            continue
        first = at == 0
        if not first:
            # what stands before a comma belongs to the number before it
            parts = re.split(r"[,;|\t]|\s-\s|\)\s|\}\s?", own)
            own = parts[-1] if len(parts) > 1 else own
            each.marked = len(parts) > 1
        given, each.name, marked = _name(own, first)
        each.marked |= marked
        if before is not None and before.items and naming.is_mean(each.name):
            continue  # of the list before it
        subject = given or subject
        each.subject = subject if subject != each.name else ""
        if not each.name:
            behind = _BEHIND.match(line, each.last)
            if behind is not None and (first or each.marked) and not each.items:
                each.name = behind[1].strip()
                each.marked = True
            elif before is not None and each.unit == "%" and own.strip() in ("(", ""):
                continue  # the same once more, in per cent
            elif each.items and subject:
                each.name, each.subject, each.marked = subject, "", True
        before = each
        yield each


def _is_spread(gap: str, before: _Found, line: str, each: _Found) -> bool:
    if _PLUS_MINUS.search(gap):
        return True
    if gap.strip() == "(" and line[each.last : each.last + 1] == ")" and each.unit != "%" and before.step < 1:
        return True
    return before.spread is None and before.step < 1 and naming.is_spread(re.split(r"[,;(]", gap)[-1].strip(_ENDS))


def _name(gap: str, first: bool) -> tuple[str, str, bool]:
    """(subject, name, whether they are marked as a pair) of what stands before a number."""
    text = gap.rstrip()
    ended = text.rstrip(_ENDS + "(['\"")
    mark = gap[len(ended) :]
    marked = any(c in mark for c in ":=→>≈") or "  " in mark or "\t" in mark
    text = re.sub(r"\s(?:is|was|of|at|reached|to|by)$", "", ended)
    marked |= text != ended
    subject = ""
    if ": " in text or text.endswith(":"):
        subject, _, text = text.rpartition(": ")
    elif "  " in text.strip() or "\t" in text.strip():
        parts = re.split(r"\s{2,}|\t", text.strip())
        subject, text = " ".join(parts[:-1]), parts[-1]
    elif "=" in mark and " =" not in mark and first and " " in text.strip():
        subject, _, text = text.strip().rpartition(" ")
    elif "=" in mark and " " in text.strip() and " =" not in mark:
        text = text.strip().rpartition(" ")[2]
    return _tidy(subject), naming.phrase(_tidy(text)), marked


def _tidy(text: str) -> str:
    text = re.sub(r"[\"'`{}\[\]()<>*•#═─━|]", " ", text).strip(" \t.,;:=-–—>_/\\…!?")
    text = " ".join(re.sub(r"\.{3,}|-{3,}|_{3,}", " ", text).split())
    return "" if text.lower() in _NO_NAMES else text


def _readings(found: list[_Found], step: tuple[tuple[str, str], ...]) -> Iterator[Reading]:
    """What tells a reading from others goes before it: passes, repetitions, and what is no measure before one that
    is."""
    at: list[tuple[str, str]] = list(step)
    last = max((i for i, each in enumerate(found) if naming.measures(each.name)), default=-1)
    folding = [e for e in found if naming.is_pass(e.name) and e.step >= 1 and found and last >= 0]
    for index, each in enumerate(found):
        whole = each.step >= 1 and not each.items
        if each in folding and index > last:
            continue
        if naming.is_pass(each.name) and whole or (naming.is_repeat(each.name) and whole and index < last):
            at.append((each.name.lower(), each.text))
            continue
        if index < last and not naming.measures(each.name) and not each.items:
            at.append((each.name, each.text))
            continue
        if naming.is_time(each.name) or each.unit.lower() in _TIMES or len(each.name.split()) > 5:
            continue
        if not (each.marked or naming.measures(each.name)) or len(each.name) > 60:
            continue
        if naming.is_mean(each.name) and each.subject:
            each.name, each.subject = each.subject, ""
        late = [(e.name.lower(), e.text) for e in folding if found.index(e) > last]
        yield _reading(each, (*at, *late))


def _reading(each: _Found, at: tuple[tuple[str, str], ...]) -> Reading:
    value, step, count, percent = each.value, each.step, None, each.unit == "%"
    if each.of and naming.measures(each.name) and not each.items:
        count, value, step = each.of, each.value / each.of, 1 / each.of
    elif percent:
        value, step = value / 100, step / 100
    spread = each.spread if each.spread is None or not percent else each.spread / 100
    folds = each.items if len(each.items) > 1 else ()
    return Reading(each.name, value, each.subject, at, folds, spread, count, percent, step)
