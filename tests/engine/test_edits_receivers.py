"""Objects changed in place by statements of which the byte code tells which: or so it seems. All that shares sees it."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import pytest
from engine.conftest import Project

ALWAYS = ("--policy", "always")
HEAD = """\
import numpy as np
import pandas as pd
from collections import Counter, OrderedDict, deque
from pandas import DataFrame
def work(x):
    return sum(i * i + x for i in range(60_000))
"""
# what there is, and what is done to it
CHANGES = {
    "one of two": ("a = [work(1)]\nb = [2]\npick = True", "(a if pick else b).append(9)"),
    "the other of two": ("a = [work(1)]\nb = [2]\npick = False", "(a if pick else b).append(9)"),
    "the first that is true": ("a = [work(1)]\nb = [2]", "(a or b).append(9)"),
    "the last that is true": ("a = [work(1)]\nb = [2]", "(a and b).append(9)"),
    "an item of one of two": ("a = {'k': work(1)}\nb = {}\npick = True", "(a if pick else b)['x'] = 7"),
    "an item of one of two arrays": ("a = np.arange(4) + work(1)\nb = a[1:]\npick = False", "(a if pick else b)[0] = 7"),
    "a function's own or what it is given": (
        "def grow(x):\n    rows = x or []\n    rows.append(9)\n    return len(rows)\na = [work(1)]\nb = 0", "b = grow(a)",
    ),
    "a function's choice": (
        "def grow(x, keep):\n    rows = x if keep else []\n    rows += [9]\n    return len(rows)\na = [work(1)]\nb = 0", "b = grow(a, True)",
    ),
    "a function that makes its own": (
        "def count(x):\n    rows, n = [], 0\n    rows += x\n    n += 1\n    return rows, n\na = [work(1)]\nb = 0", "b = count(a)",
    ),
    "a list": ("a = [work(1)]\nb = a", "a += [9]"),
    "a list in a list": ("a = [work(1)]\nb = [a]", "a += [9]"),
    "a tuple": ("a = (work(1),)\nb = a", "a += (9,)"),
    "a text": ("a = str(work(1))\nb = a", "a += 'x'"),
    "a number": ("a = work(1)\nb = a", "a += 9"),
    "a set": ("a = {work(1)}\nb = a", "a |= {9}"),
    "a dict": ("a = {'k': work(1)}\nb = a", "a |= {'x': 9}"),
    "a counter": ("a = Counter({'k': work(1)})\nb = a", "a += Counter(x=9)"),
    "a queue": ("a = deque([work(1)])\nb = a", "a += [9]"),
    "an array": ("a = np.arange(4) + work(1)\nb = a", "a += 9"),
    "an array and its view": ("a = np.arange(4) + work(1)\nb = a[1:]", "a += 9"),
    "a view and its array": ("b = np.arange(4) + work(1)\na = b[1:]", "a *= 2"),
    "a table": ("a = DataFrame({'x': [work(1), 2]})\nb = a", "a += 9"),
    "a column": ("b = DataFrame({'x': [work(1), 2]})\na = b['x']", "a += 9"),
    "a column with another type": ("b = DataFrame({'x': [work(1), 2]})\na = b['x']", "a += 0.5"),
    "by the class of a list": ("a = [work(1)]\nb = a", "list.append(a, 9)"),
    "by the class of a queue": ("a = deque([work(1)])\nb = a", "deque.append(a, 9)"),
    "by the class of a dict": ("a = OrderedDict(k=work(1))\nb = a", "OrderedDict.update(a, x=9)"),
    "by the class of a table": ("a = DataFrame({'x': [work(1), 2]})\nb = a", "DataFrame.insert(a, 0, 'z', 1)"),
    "in a comprehension": ("a = [work(1)]\nb = [a]\npick = True", "[(a if pick else b).append(i) for i in range(3)]"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_in_place_stays_so(project: Project, name: str) -> None:
    before, change = CHANGES[name]
    for shown in ("a, b", "b, a", "b", "a"):
        project.script(f"{HEAD}{before}\n{change}\nprint({shown})\n")
        project.run(options=ALWAYS)
    project.script(f"{HEAD}{before}\nprint(a)\nprint(b)\n")
    project.run(options=ALWAYS)
    project.script(f"{HEAD}{before}\n{change}\nprint(b, a, 1)\n")
    project.run(options=ALWAYS)
    project.unchanged(options=ALWAYS)
