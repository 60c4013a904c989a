"""A script that is read again, for more passes or otherwise, is what it is when it is read for the first time."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from mliter_tui.script import reading
from mliter_tui.script.building import Steps
from mliter_tui.script.nodes import Script
from mliter_tui.script.reading import read_script
from mliter_tui.script.spaces import Modules

TEXT = '''
import numpy as np
from lib import prepared, Kept

class Trainer:
    """Trains."""
    def __init__(self, n):
        self.n = n
        self.rows = []
        self.kept = [n]
    def fit(self, steps):
        for step in range(steps):
            self.rows.append(step * self.n)
            if step == 3:
                break
        return self
    def report(self, word="sum"):
        total = sum(self.rows)
        with np.errstate(all="ignore"):
            ratio = total / self.n
            print(word, ratio)
        return ratio

def train(model, rows):
    fitted = {}
    for name, part in rows.items():
        try:
            value = model(part)
            fitted[name] = value
        except ValueError as error:
            print(error)
            continue
        finally:
            print("end")
    else:
        print("all")
    scores = [model(part) for part in rows.values()]
    best = max([train_one(x) for x in scores])
    return fitted, best

def train_one(x):
    y = x + 1
    while y < 3:
        y += 1
        print(y)
    return y

def main():
    rows = {"a": 1, "b": 2}
    out, best = train(prepared, rows)
    other, _ = train(train_one, {"c": 3})
    t = Trainer(2)
    t.fit(5)
    r = t.report("ratio")
    with open("log.txt", "w") as log:
        for k in [1, 2]:
            print(k, file=log)
    print(out, best, other, r)

found = [train_one(k) for k in (1, 2)]
for k in [1, 2]:
    with open("a.txt") as file, np.errstate(all="ignore"):
        if k == 2:
            continue
        print(file.read())
try:
    main()
except OSError as e:
    print(e)
'''
LIB = '''
STEP = 2

class Kept:
    pass

def prepared(x):
    a = x + STEP
    for k in [1, 2]:
        a += helper(k)
        print(a)
    return a

def helper(k):
    b = k * STEP
    c = [b for _ in range(3)]
    return sum(c)
'''


def modules(folder: Path) -> Modules:
    return Modules({"lib": (LIB, False)}, {"lib": str(folder / "lib.py")})


def read(known: Modules, passes: int, docstrings: bool, enter: bool, every: bool) -> Script:
    reading._recent.clear()
    steps = Steps(lambda *asked: enter, lambda *asked: passes, every_loop=every)
    return read_script(TEXT, "train.py", known, docstrings, steps)


def told(script: Script) -> list[object]:
    codes = [c and (c.co_code, c.co_consts, c.co_qualname) for c in (node.unit.code for node in script.nodes)]
    asked = script.asked, script.asked_passes
    return [script.nodes, codes, *asked, script.loops, script.branches, script.guards, script.frames]


@pytest.mark.parametrize("seed", range(2))
def test_what_was_made_before_is_what_would_be_made(tmp_path: Path, seed: int) -> None:
    choices = [(p, d, e, v) for p in (0, 1, 3) for d in (True, False) for e in (True, False) for v in (True, False)]
    random.Random(seed).shuffle(choices)
    known = modules(tmp_path)
    sizes = set()
    for each in choices:
        again, first = told(read(known, *each)), told(read(modules(tmp_path), *each))
        for one, other in zip(again, first, strict=True):
            assert stripped(one) == stripped(other), each
        sizes.add(len(str(first[0])))
    assert len(sizes) > 6


def stripped(what: object) -> str:
    """Without addresses."""
    return re.sub(r"0x[0-9a-f]+|<ast\.\w+ object", "", repr(what))
