"""Comprehensions taken pass by pass: results, errors and bindings as under python, and only what is new is evaluated."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine.test_loops import ALL, SLOW, WORK, edit, several

if TYPE_CHECKING:
    from engine.conftest import Outcome, Project

TABLES = SLOW + """
models = {"small": 1, "large": 2}
scores = {name: work(size) % 1000 for name, size in models.items()}
print(scores)
best = max([work(size + 10) % 1000 for size in models.values()])
print(best)

def study(sizes):
    base = 3
    rows = [(size, work(size * base) % 1000) for size in sizes]
    return sorted([work(row[1]) % 7 for row in rows])

print(study([4, 5]))
"""


def made(outcome: Outcome) -> int:
    """How many elements were evaluated."""
    return sum(label.startswith("value of") for label in outcome.computed)


@pytest.mark.slow
def test_one_more_item_is_one_more_element(project: Project) -> None:
    project.script(TABLES)
    assert made(project.run(env=ALL)) == 8
    assert made(project.unchanged(env=ALL) or project.run(env=ALL)) == 0
    text = edit(project, TABLES, '"large": 2}', '"large": 2, "huge": 3}')
    assert made(project.run(env=ALL)) == 2
    text = edit(project, text, "[4, 5]", "[6, 4, 5]")
    assert made(project.run(env=ALL)) == 2
    text = edit(project, text, "% 7 for", "% 8 for")
    assert made(project.run(env=ALL)) == 3
    edit(project, text, "print(scores)", "print(len(scores))")
    assert made(project.run(env=ALL)) == 0


PROGRAMS = {
    "condition": "xs = [3, 1, 2]\nys = [work(x) % 9 for x in xs if work(x) % 2 == EDIT % 2]\nprint(ys)\n",
    "conditions": "ys = [x for x in range(6) if x != EDIT if work(x) % 3]\nprint(ys, 'x' in globals())\n",
    "dict": "d = {str(k): work(v) % 9 for k, v in {1: 2, 2: EDIT}.items()}\nd['x'] = 1\nprint(d)\n",
    "same_key": "d = {k % 2: work(k) % 9 for k in range(4 + EDIT)}\nprint(d)\n",
    "variables": "x = 'outer'\nk = 2\nys = [(x, work(x) % 9 + k) for x in [EDIT, 5]]\nprint(x, ys)\n",
    "target": "ys = [work(a) % 9 + len(rest) for a, *rest in [(1, 2), (EDIT, 3, 4)]]\nprint(ys)\n",
    "nested": "ys = [[work(i) % 9 + j for j in range(2)] for i in range(EDIT + 1)]\nprint(ys)\n",
    "inside_a_call": "ys = sorted([work(i) % 9 for i in range(3)], reverse=EDIT == 1)\nprint(sum([work(i) % 5 for i in (1, EDIT)]))\nprint(ys)\n",
    "library": "import numpy as np\nys = np.array([work(i) % 9 for i in [1, EDIT, 3]], dtype=float)\nprint(ys.mean(), ys)\n",
    "generator": "def items():\n    try:\n        for i in range(3):\n            print('making', i)\n            yield i\n    finally:\n        print('closed', EDIT)\nys = [work(i) % 9 for i in items()]\nprint(ys)\n",
    "prints": "def say(x):\n    print('say', x)\n    return work(x) % 9\nys = [say(x) for x in [1, 2, EDIT]]\nprint(ys)\n",
    "random": "import random\nrandom.seed(EDIT)\nys = [(random.random(), work(i) % 9) for i in range(3)]\nprint(ys, random.random())\n",
    "mutation": "seen = []\ndef note(x):\n    seen.append(x)\n    return work(x) % 9\nys = [note(x) for x in [1, 2]]\nzs = [note(x) for x in [EDIT, 3]]\nprint(ys, zs, seen)\n",
    "grows": "xs = [1, 2]\ndef grow(x):\n    if len(xs) < 4 + EDIT:\n        xs.append(x + 2)\n    return work(x) % 9\nys = [grow(x) for x in xs]\nprint(ys, xs)\n",
    "same_objects": "rows = [[1], [EDIT]]\ndef same(r):\n    work(1)\n    return r\nys = [same(r) for r in rows]\nys[0].append(5)\nprint(rows, ys, ys[0] is rows[0])\n",
    "instances": "class Model:\n    def __init__(self, n):\n        self.n = work(n) % 9\n    def fit(self):\n        self.fitted = self.n + 1\n        return self\nms = [Model(n).fit() for n in (1, EDIT)]\nms[0].n = -1\nprint([(m.n, m.fitted) for m in ms])\n",
    "closures_stay": "fs = [lambda: work(i) % 9 for i in range(2)]\nprint([f() for f in fs], EDIT)\n",
    "in_a_loop": "for k in range(2):\n    ys = [work(k + i) % 9 for i in range(EDIT + 1)]\n    print(k, ys)\n",
    "in_a_branch": "if EDIT == 1:\n    ys = [work(i) % 9 for i in range(2)]\nelse:\n    ys = {i: work(i) % 9 for i in range(2)}\nprint(ys)\n",
    "in_functions": "def inner(xs, scale):\n    total = 0\n    out = [work(x * scale) % 9 for x in xs]\n    total += sum(out)\n    return [work(o + total) % 5 for o in out]\ndef outer(n):\n    x = n\n    first = inner([x, n + 1], 2)\n    x = [inner([i], x)[0] for i in first]\n    return x\nprint(outer(EDIT))\nprint(outer(2))\n",
    "annotated": "ys: list[int] = [work(i) % 9 for i in range(EDIT)]\nprint(ys)\n",
    "unpacked": "a, b = [work(i) % 9 for i in (EDIT, 2)]\nprint(a, b)\n",
    "stored": "d = {}\nd['k'] = [work(i) % 9 for i in (EDIT, 2)]\nprint(d)\n",
    "empty": "ys = [work(i) % 9 for i in range(EDIT - 1)]\nprint(ys)\n",
    "own_name": "ys = [1, 2, EDIT]\nys = [work(y) % 9 for y in ys]\nys = [work(y) % 9 for y in ys]\nprint(ys)\n",
}  # fmt: skip
NAMES = list(PROGRAMS)


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["0", pytest.param("99", marks=pytest.mark.slow)], ids=["passes", "rest"])
@pytest.mark.parametrize("part", [2, *(pytest.param(part, marks=pytest.mark.slow) for part in (0, 1))])
def test_comprehensions_give_what_python_gives(project: Project, part: int, limit: str) -> None:
    project.with_values(several(PROGRAMS, NAMES[part::3], "EDIT"), "1", "2", "1", env={"MLITER_PASSES_FROM": limit})


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["0", "99"], ids=["passes", "rest"])
@pytest.mark.parametrize("name", NAMES)
def test_a_comprehension_gives_what_python_gives(project: Project, name: str, limit: str) -> None:
    for value in ("1", "1", "2", "0", "1"):
        project.script(WORK + PROGRAMS[name].replace("EDIT", value))
        project.run(env={"MLITER_PASSES_FROM": limit}, options=("--policy", "always"), stderr=True)


ERRORS = {
    "element": "ys = [work(i) % 9 / (1 - i)\n      for i in range(3)]\nprint('no')\n",
    "condition": "ys = [work(i) for i in range(3) if 1 / (1 - i)]\n",
    "iterator": "def items():\n    yield 1\n    raise ValueError('no more')\nys = [work(i) % 9 for i in items()]\n",
    "target": "ys = [work(a) for a, b in [(1, 2), 3]]\n",
    "not_iterable": "ys = [work(i) for i in 5]\n",
    "unhashable": "d = {[i]: work(i) for i in range(2)}\n",
    "around": "ys = sum([[work(i)] for i in range(2)])\n",
    "in_function": "def f(n):\n    k = 1\n    return [work(i) / (k - i) for i in range(n)]\nprint(f(3))\n",
    "deep": "def g(i):\n    return work(i) / (1 - i)\ndef f(n):\n    print('begin')\n    ys = {i: g(i) for i in range(n)}\n    return ys\nprint(f(3))\n",
    "exit": "import sys\ndef stop(i):\n    print(i, work(i) % 9)\n    if i == 1:\n        sys.exit(3)\nys = [stop(i) for i in range(3)]\n",
}  # fmt: skip


@pytest.mark.parametrize(
    "everything", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["passes", "rest"]
)  # fmt: skip
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_in_a_comprehension_is_shown_as_python_shows_it(project: Project, name: str, everything: bool) -> None:
    project.script(WORK + ERRORS[name])
    for _ in range(2):
        project.run(env=ALL if everything else {"MLITER_PASSES_FROM": "99"}, stderr=True)


@pytest.mark.slow
def test_a_comprehension_that_was_cut_short_goes_on_behind_its_last_element(project: Project) -> None:
    text = SLOW + "def part(i):\n    if i == 2:\n        1 / 0\n    return work(i)\n\nys = [part(i) % 7 for i in range(4)]\nprint(ys)\n"
    project.script(text)
    assert made(project.run(env=ALL)) == 3
    edit(project, text, "1 / 0", "pass")
    assert made(project.run(env=ALL)) == 4
    edit(project, text, "range(4)", "range(2)")
    assert made(project.run(env=ALL)) == 0


def test_many_items_and_cheap_ones_are_one_node(project: Project) -> None:
    project.script(
        "def clean(word):\n    return word.strip().lower()\n\nwords = [str(i) for i in range(500)]\n"
        "many = [clean(word) for word in words]\nfew = [clean(word) for word in words[:3]]\nprint(len(many), few)\n"
    )
    first = project.run()
    assert made(first) <= 1 and first.computed.count("many") == 1
    project.unchanged()
