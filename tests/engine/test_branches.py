"""Branches taken apart: results as under python after any edit, and only the parts run that the edit reaches."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine.test_loops import ALL, SLOW, WORK, edit, several

if TYPE_CHECKING:
    from engine.conftest import Project

SCRIPT = (
    SLOW
    + """
train, size = True, 3
data = work(size)
if train:
    fitted = work(data % 7)
    score = fitted % 11
    print("trained", score)
elif size > 5:
    fitted = work(1)
    print("small", fitted % 5)
else:
    print("nothing", work(2) % 3)
print("end", size)
"""
)


@pytest.mark.slow
def test_an_edit_in_a_branch_repeats_nothing_else_of_it(project: Project) -> None:
    project.script(SCRIPT)
    assert "fitted" in project.run().computed
    project.unchanged()
    text = edit(project, SCRIPT, '"trained"', '"trained to"')
    assert project.run().computed == ['print("trained to", score)']
    edit(project, text, "fitted % 11", "fitted % 13")
    assert project.run().computed == ["score", 'print("trained to", score)']


@pytest.mark.slow
def test_the_other_branch_is_taken_and_back_again(project: Project) -> None:
    project.script(SCRIPT)
    project.run()
    text = edit(project, SCRIPT, "train, size = True", "train, size = False")
    outcome = project.run()
    assert "data" not in outcome.computed and not outcome.notes
    text = edit(project, text, "False, 3", "False, 6")
    project.run()
    edit(project, text, "False, 6", "True, 3")
    assert project.run().computed == []


def test_a_condition_that_comes_out_as_before_repeats_nothing(project: Project) -> None:
    project.script(SCRIPT)
    project.run()
    edit(project, SCRIPT, "if train:", "if train and size < 50:")
    computed = project.run().computed
    assert "if train and size < 50:" in computed and not {"data", "fitted", "score"}.intersection(computed)


def test_a_cheap_branch_stays_one_statement_once_that_is_known(project: Project) -> None:
    text = "def quick(x):\n    return x + 1\n\na = quick(1)\nif a > 1:\n    b = quick(a)\n    print(b)\n"
    project.script(text)
    assert project.run().computed[-3:] == ["if a > 1:", "b", "print(b)"]
    edit(project, text, "print(b)", "print('b', b)")
    assert project.run().computed[-1] == "b"


BRANCHES = {
    "else": "if EDIT > 1:\n    a = work(EDIT) % 9\n    print('more', a)\nelse:\n    a = work(5) % 9\nprint(a)\n",
    "one_sided": "n = EDIT\nif n != 2:\n    n = work(n) % 9\n    n += 1\nprint(n)\n",
    "elif": "n = EDIT\nif n == 0:\n    print('zero', work(n) % 9)\nelif n == 1:\n    print('one', work(n) % 9)\nelif n == 2:\n    m = work(n) % 9\n    print('two', m)\nelse:\n    print('many')\nprint(n)\n",
    "nested": "a, b = EDIT, 2\nif a:\n    print('a')\n    if b == a:\n        c = work(a) % 9\n        print('same', c)\n    else:\n        if b > a:\n            c = -work(b) % 9\n        print('other')\n        c = work(3) % 9\nelse:\n    c = work(0) % 9\n    if c > 1:\n        print('c', work(c) % 9)\nprint(a, b, c)\n",
    "unbound": "if EDIT == 1:\n    seen = work(1) % 9\ntry:\n    print(seen)\nexcept NameError as error:\n    print(error)\n",
    "bound_before": "x = [EDIT]\nif len(x) == EDIT:\n    x = [work(2) % 9]\nx.append(3)\nprint(x)\n",
    "mutation": "rows = [1]\nalias = rows\nif EDIT % 2:\n    rows.append(work(EDIT) % 9)\n    rows = rows + [5]\nelse:\n    rows.extend([work(2) % 9])\nprint(rows, alias, rows is alias)\n",
    "walrus": "if (n := work(EDIT) % 9) > 3:\n    print('big', n, work(n) % 9)\nelse:\n    print('small', n)\nprint(n)\n",
    "side_effect": "class Switch:\n    def __init__(self):\n        self.asked = 0\n    def __bool__(self):\n        self.asked += 1\n        print('asked')\n        return self.asked % 2 == EDIT % 2\ns = Switch()\nif s:\n    print('on', work(s.asked) % 9)\nelse:\n    print('off', work(2) % 9)\nif s:\n    print('on', work(3) % 9)\nprint(s.asked)\n",
    "short_circuit": "calls = []\ndef ask(x):\n    calls.append(x)\n    return x\nif ask(EDIT - 1) or ask(EDIT - 2) and ask(3):\n    print(work(1) % 9)\nprint(calls)\n",
    "deleted": "d = {'a': 1, 'b': 2}\nx = 5\nif EDIT == 2:\n    del d['a'], x\n    print(work(1) % 9)\nprint(d, 'x' in globals())\n",
    "in_loop": "for i in [1, 2, 3]:\n    if i == EDIT:\n        print('hit', work(i) % 9)\n    elif i > EDIT:\n        n = work(i) % 9\n        if n > 4:\n            print('leaving')\n            break\n    else:\n        print('before', i)\n        continue\n    print('through', i)\nprint(i)\n",
    "loop_inside": "names = ['a', 'b']\nif EDIT < 2:\n    for name in names:\n        n = work(len(name)) % 9\n        print(name, n)\nelse:\n    for k in range(2):\n        print(k, work(k) % 9)\n    n = 0\nprint(n)\n",
    "last_is_a_loop": "if EDIT == 1:\n    for i in range(3):\n        if work(i) and i == 1:\n            break\n        print(i)\nelse:\n    i = -work(1) % 9\nprint('behind', i)\n",
    "while": "n = 0\nwhile n < 4:\n    n += 1\n    if n % 2 == EDIT % 2:\n        print('skip', work(n) % 9)\n        continue\n    print(n)\n",
    "function": "def run(mode, n):\n    print('mode', mode)\n    if mode == 'fit':\n        fitted = work(n) % 9\n        if fitted > 100:\n            return None\n        print('fitted', fitted)\n        return fitted\n    elif mode == 'skip':\n        n = work(n + 1) % 9\n    total = n + EDIT\n    return total\nprint(run('fit', EDIT))\nprint(run('skip', 2))\nprint(run('none', 3))\n",
    "main": "import argparse\ndef load(n):\n    values = [work(i) % 9 for i in range(n)]\n    print('loaded')\n    return values\ndef main():\n    p = argparse.ArgumentParser()\n    p.add_argument('--train', action='store_true', default=EDIT != 2)\n    args = p.parse_args()\n    values = load(3)\n    if args.train:\n        model = sum(values)\n        best = work(model) % 9\n        print('trained', best)\n    else:\n        best = None\n        print('not trained', work(1) % 9)\n    if best is None:\n        return\n    print('end', best)\nif __name__ == '__main__':\n    main()\n",
    "calls": "def part(x):\n    a = work(x) % 9\n    b = a + 1\n    print('part', x)\n    return b\nif EDIT > 0:\n    y = part(EDIT)\n    if y > 3:\n        y = part(y)\nelse:\n    y = part(9)\nprint(y)\n",
    "closures": "fs = []\nk = EDIT\nif k > 0:\n    f = lambda: k + work(1) % 9\n    fs.append(f)\n    k = 10\nelse:\n    fs.append(lambda: work(k) % 9)\nprint([f() for f in fs])\n",
    "file": "import os\nif not os.path.exists('out.txt') or EDIT == 2:\n    with open('out.txt', 'w') as f:\n        f.write(str(work(EDIT) % 9))\n    print('written')\nelse:\n    print('there', work(0) % 9)\nprint(open('out.txt').read())\n",
    "environment": "import os\nif os.environ.get('MODE', 'a') == 'a':\n    print('a', work(EDIT) % 9)\nelse:\n    print('b', work(EDIT) % 9)\n",
    "random": "import random\nrandom.seed(3)\nif random.random() < EDIT / 2:\n    x = random.random() + work(1)\nelse:\n    x = -random.random() - work(2)\nprint(x, random.random())\n",
    "try_around": "try:\n    if EDIT == 2:\n        raise ValueError(work(2) % 9)\n    print('no', work(1) % 9)\nexcept ValueError as error:\n    print('caught', error)\n",
    "try_inside": "if EDIT:\n    try:\n        n = work(1) // (EDIT - 2) % 9\n    except ZeroDivisionError:\n        n = 'none'\n    print(n, work(3) % 9)\n",
    "constant": "DEBUG = False\nif False:\n    print(work(1))\nif 1:\n    print(work(EDIT) % 9)\nelse:\n    print(work(2))\nif DEBUG:\n    print('debug', work(3))\nprint('end')\n",
    "global_in_function": "count = 0\ndef bump(n):\n    global count\n    if n > 1:\n        count += work(n) % 9\n        print('bumped')\n    else:\n        count = -work(n)\n    print(count)\n    return count\nx = bump(EDIT)\ny = bump(2)\nprint(x + y, count)\n",
    "comprehension": "if EDIT:\n    rows = [work(x) % 9 for x in range(EDIT) if x < 5]\n    total = {k: v for k, v in enumerate(rows)}\nelse:\n    rows = total = work(1)\nprint(rows, total)\n",
    "ternary_and_pass": "if EDIT == 0:\n    pass\nelse:\n    z = work(1) % 9 if EDIT == 1 else work(2) % 9\n    print(z)\nprint('end')\n",
    "stays_whole": "if EDIT:\n    import math\n    def helper(x):\n        return math.floor(work(x) % 9)\n    print(helper(EDIT))\nelse:\n    helper = None\nprint(helper is None)\n",
    "type_checking": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    Alias = work(9)\nprint('Alias' in globals(), EDIT)\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("part", range(3))
def test_branches_give_what_python_gives(project: Project, part: int) -> None:
    names = list(BRANCHES)[part::3]
    project.with_values(several(BRANCHES, names, "EDIT"), "1", "2", "0", "1", env=ALL)


REST = {
    "for": "if EDIT == 1:\n    for i in range(3):\n        print(i, work(i) % 9)\nelse:\n    print('other', work(3) % 9)\nprint('end')\n",
    "while": "n = 0\nif EDIT == 1:\n    while n < 3:\n        n += 1\n        print(work(n) % 9)\nelif EDIT == 2:\n    print('two', work(2) % 9)\nelse:\n    print('other', work(3) % 9)\nprint(n)\n",
    "many": "xs = list(range(250 * EDIT))\nif xs:\n    for x in xs:\n        if work(x) % 9 == 10:\n            print(x)\nelse:\n    print('none', work(3) % 9)\nprint(x)\n",
    "nested": "if EDIT:\n    if EDIT == 1:\n        for i in range(3):\n            print(i, work(i) % 9)\n    else:\n        print('inner', work(4) % 9)\nelse:\n    print('outer', work(3) % 9)\nprint('end')\n",
    "function": "def run(n):\n    print('run', n)\n    if n == EDIT:\n        for i in range(3):\n            print(i, work(i) % 9)\n    else:\n        print('other', work(3) % 9)\n    return n\nprint(run(1))\nprint(run(2))\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("limit", [pytest.param("0", marks=pytest.mark.slow), "99"], ids=["passes", "rest"])
def test_behind_a_loop_that_ends_a_branch_the_other_one_is_left_out(project: Project, limit: str) -> None:
    for value in ("1", "2", "1"):
        project.script(several(REST, list(REST), value))
        project.run(env=ALL | {"MLITER_PASSES_FROM": limit})


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["auto", "always"])
@pytest.mark.parametrize("name", BRANCHES)
def test_a_branch_gives_what_python_gives(project: Project, name: str, policy: str) -> None:
    project.with_values(WORK + BRANCHES[name], "1", "1", "2", "0", "1", env=ALL, options=("--policy", policy), stderr=True)


ERRORS = {
    "in_test": "x = 0\nif work(1) / x > 3:\n    print(work(2))\n",
    "in_test_of_elif": "x = 0\nif x:\n    print(work(1))\nelif work(1) and 1 / x:\n    print(work(2))\n",
    "in_body": "if work(1):\n    n = work(2) % 9\n    print(n, 1 / 0)\nelse:\n    print(work(3))\n",
    "in_else": "if not work(1):\n    print(work(2))\nelse:\n    print('else')\n    [].pop(work(3))\n",
    "in_function": "def fit(n):\n    print('begin')\n    if n > 1:\n        value = work(n)\n        value.nothing\n    return n\nfit(2)\n",
    "unbound": "def fit(n):\n    if n > 5:\n        value = work(n)\n    print('behind')\n    return value\nfit(2)\n",
    "exit": "import sys\nif work(1):\n    print('leaving')\n    sys.exit(work(2) % 3 + 2)\nprint('not reached')\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_in_a_branch_is_shown_as_python_shows_it(project: Project, name: str) -> None:
    project.script(WORK + ERRORS[name])
    for _ in range(2):
        project.run(env=ALL, stderr=True)
