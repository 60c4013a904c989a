"""`try` statements taken apart: results as under python after any edit, and only what the edit reaches runs again."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine.test_loops import ALL, SLOW, WORK, edit, several

if TYPE_CHECKING:
    from engine.conftest import Project

GUARDED = (
    SLOW
    + """
size = 2
try:
    data = work(size) % 97
    model = work(data) % 89
    print("fitted", model)
except KeyboardInterrupt:
    print("stopped")
except ValueError as error:
    print("wrong", error)
else:
    print("went well", work(model) % 7)
finally:
    print("over")
print("end", model)
"""
)


@pytest.mark.slow
def test_an_edit_repeats_what_depends_on_it(project: Project) -> None:
    project.script(GUARDED)
    assert {"data", "model"}.issubset(project.run().computed)
    project.unchanged()
    text = edit(project, GUARDED, '"fitted"', '"is fitted"')
    assert project.run().computed == ['print("is fitted", model)']
    text = edit(project, text, "% 89", "% 83")
    computed = project.run().computed
    assert "model" in computed and "data" not in computed
    project.unchanged()
    text = edit(project, text, '"over"', '"all over"')
    assert project.run().computed == ['print("all over")']
    project.script(GUARDED)
    project.unchanged()


@pytest.mark.slow
def test_an_edit_of_a_handler_repeats_nothing(project: Project) -> None:
    project.script(GUARDED)
    project.run()
    text = edit(project, GUARDED, '"stopped"', '"was stopped"')
    project.unchanged()
    edit(project, text, "ValueError as error", "(ValueError, KeyError) as problem")
    edit(project, (project.folder / "train.py").read_text(), '"wrong", error', '"wrong", problem')
    project.unchanged()


@pytest.mark.slow
def test_what_raises_is_handled_and_what_is_before_it_is_known(project: Project) -> None:
    text = GUARDED.replace("    print(\"fitted\", model)\n", "    if model < 1000:\n        raise ValueError(model)\n")
    project.script(text)
    project.run()
    outcome = project.run()
    assert not {"data", "model"}.intersection(outcome.computed)
    edit(project, text, "model < 1000", "model > 1000")
    assert not {"data", "model"}.intersection(project.run().computed)


def test_a_try_that_fails_is_resumed_where_it_was(project: Project) -> None:
    text = GUARDED.replace('"fitted", model', '"fitted", model / 0')
    project.script(text)
    project.run(stderr=True)
    edit(project, text, "model / 0", "model / 1")
    assert not {"data", "model"}.intersection(project.run().computed)


TRIES = {
    "handled": "try:\n    a = work(1) % 9\n    b = work(a) // (EDIT - 2)\n    print('b', b)\nexcept ZeroDivisionError as error:\n    print('caught', error)\nprint('error' in globals(), a)\n",
    "chosen": "try:\n    a = work(1) % 9\n    if EDIT == 0:\n        raise KeyError(a)\n    if EDIT == 2:\n        raise ValueError(work(2) % 9)\n    print('none')\nexcept KeyError as e:\n    print('key', e)\nexcept (ValueError, TypeError) as e:\n    print('value', repr(e))\nelse:\n    print('else', work(a) % 9)\nfinally:\n    print('finally', a)\nprint('end')\n",
    "needed_by_the_handler": "big = [work(i) % 9 for i in range(3)]\nsmall = work(4) % 9\ntry:\n    a = work(5) % 9\n    b = work(small) // (EDIT - 1)\nexcept ZeroDivisionError:\n    b = sum(big) + small\nprint(a, b)\n",
    "bound_before": "x = work(1) % 9\ntry:\n    a = work(2) % 9\n    x = [work(a) % 9][EDIT - 1]\nexcept IndexError:\n    print('still', x)\nprint(x)\n",
    "half_done": "rows = []\ndef fill(n):\n    rows.append(n)\n    if n == 2:\n        raise KeyError(n)\n    rows.append(work(n) % 9)\ntry:\n    rows.append('first')\n    a = work(1) % 9\n    fill(EDIT)\n    fill(3)\nexcept KeyError as e:\n    rows.append(e.args)\nprint(rows)\nrows.append(work(4) % 9)\nprint(rows)\n",
    "raised_again": "try:\n    try:\n        a = work(1) % 9\n        b = {'k': a}['k' * EDIT]\n        print(b)\n    except KeyError as e:\n        print('inner', e)\n        raise ValueError('other') from e\n    finally:\n        print('inner finally')\nexcept ValueError as e:\n    print('outer', e, repr(e.__cause__), e.__context__ is e.__cause__)\nprint('end')\n",
    "bare_raise": "import traceback\ntry:\n    try:\n        a = work(1) % 9\n        b = {'k': a}['k' * EDIT]\n    except KeyError:\n        print('inner')\n        raise\nexcept KeyError as e:\n    print([line for _, line, _, _ in traceback.extract_tb(e.__traceback__)][-1] > 0, len(traceback.extract_tb(e.__traceback__)))\nprint('end')\n",
    "finally_only": "try:\n    try:\n        a = work(1) % 9\n        b = work(a) // (EDIT - 2)\n        print('b', b)\n    finally:\n        print('finally', work(2) % 9)\n    print('through')\nexcept ZeroDivisionError:\n    print('caught')\nprint('end')\n",
    "else_raises": "try:\n    try:\n        a = work(1) % 9\n        b = work(2) % 9\n    except ZeroDivisionError:\n        print('never')\n    else:\n        print('else')\n        c = work(3) // (EDIT - 2)\n    finally:\n        print('finally')\nexcept ZeroDivisionError:\n    print('outer')\nprint(a, b)\n",
    "continue_in_handler": "scores = []\nfor n in [0, 1, 2]:\n    try:\n        a = work(n) % 9\n        b = work(a) // (n - EDIT)\n    except ZeroDivisionError as e:\n        print('skip', n, e)\n        continue\n    scores.append(b % 9)\n    print(n)\nprint(scores)\n",
    "break_in_handler": "for n in [0, 1, 2]:\n    try:\n        a = work(n) % 9\n        for k in range(2):\n            b = work(a + k) // (n - EDIT)\n            print(n, k)\n    except ZeroDivisionError as e:\n        print('leave', n, e)\n        break\n    print(n)\nelse:\n    print('whole')\nprint('end', n, k)\nfor k in range(2):\n    print(k, work(k) % 9)\n",
    "leaves_in_the_body": "for n in [0, 1, 2]:\n    try:\n        a = work(n) % 9\n        if n == EDIT:\n            print('continue')\n            continue\n        b = work(a) % 9\n        if n == 1:\n            break\n        print('through', b)\n    except ValueError:\n        print('never')\nprint(n)\n",
    "function": "def part(n):\n    a = work(n) % 9\n    try:\n        b = work(a) % 9\n        c = 1 / (n - EDIT)\n        print('c', c)\n    except ZeroDivisionError as error:\n        print('caught', error, n)\n        return None\n    d = work(b) % 9\n    return d\nprint(part(1), part(2))\nx = part(1)\ny = part(0)\nprint(x, y)\n",
    "returns_in_the_body": "def part(n):\n    a = work(n) % 9\n    try:\n        b = work(a) % 9\n        if n == EDIT:\n            return 'early'\n        c = work(b) // (n - 2)\n        return c\n    except ZeroDivisionError:\n        c = work(3) % 9\n    return c, b\nx = part(0)\ny = part(1)\nz = part(2)\nprint(x, y, z)\n",
    "called_inside": "def inner(n):\n    a = work(n) % 9\n    print('inner', n)\n    b = a // (n - EDIT)\n    return b\ndef outer(n):\n    a = work(n) % 9\n    b = inner(n)\n    c = work(b) % 9\n    return c\ntry:\n    x = outer(0)\n    y = outer(1)\n    z = outer(2)\n    print('all', x, y, z)\nexcept ZeroDivisionError:\n    print('caught')\nprint(inner(5))\ntry:\n    x = outer(1)\n    print('again', x)\nexcept ZeroDivisionError:\n    print('caught again')\n",
    "exit_caught": "import sys\ntry:\n    a = work(1) % 9\n    if EDIT == 2:\n        sys.exit(4)\n    b = work(2) % 9\nexcept SystemExit as e:\n    print('exit', e.code)\nprint('end')\n",
    "deleted_name": "e = 'mine'\ntry:\n    a = work(1) % 9\n    b = work(2) // (EDIT - 2)\nexcept ZeroDivisionError as e:\n    print('caught', e)\ntry:\n    print(e)\nexcept NameError as problem:\n    print(problem)\n",
    "file": "import os\ntry:\n    a = work(1) % 9\n    with open('a.txt', 'w') as f:\n        f.write(str(a))\n    with open('a.txt', 'a') as f:\n        f.write('more')\n        b = work(2) // (EDIT - 2)\n        f.write('last')\nexcept ZeroDivisionError:\n    print('read', open('a.txt').read())\nfinally:\n    print(os.path.exists('a.txt'))\nprint(work(3) % 9, open('a.txt').read())\n",
    "missing_file": "try:\n    text = open('cache%d.txt' % EDIT).read()\n    n = work(len(text)) % 9\n    print('read', n)\nexcept FileNotFoundError as e:\n    n = work(1) % 9\n    with open('cache%d.txt' % EDIT, 'w') as f:\n        f.write(str(n))\n    print('made', n)\nprint(n)\nimport os\nos.remove('cache%d.txt' % EDIT)\n",
    "in_a_with": "import contextlib\nwith contextlib.suppress(KeyError):\n    a = work(1) % 9\n    try:\n        b = work(2) % 9\n        c = {1: b}[EDIT]\n        d = work(3) // (EDIT - 1)\n    except ZeroDivisionError:\n        print('zero')\n    finally:\n        print('finally')\n    print('through')\nprint('end')\n",
    "with_in_it": "class Own:\n    def __enter__(self):\n        print('in')\n    def __exit__(self, *error):\n        print('out', *error[:2])\ntry:\n    a = work(1) % 9\n    with Own():\n        b = work(2) % 9\n        c = work(3) // (EDIT - 2)\n    print('through')\nexcept ZeroDivisionError as e:\n    print('caught', e)\nprint(a, b)\n",
    "imports": "try:\n    import nonesuch\nexcept ImportError:\n    nonesuch = None\ntry:\n    import math as nonesuch2\nexcept ImportError:\n    nonesuch2 = None\nprint(nonesuch, nonesuch2.floor(work(EDIT) / 7))\n",
    "random": "import random\nrandom.seed(EDIT)\ntry:\n    a = random.random(), work(1)\n    b = random.random() // (EDIT - 2)\n    print('b', b)\nexcept ZeroDivisionError:\n    print(random.random())\nprint(a, random.random())\n",
    "exception_kept": "errors = []\ntry:\n    a = work(1) % 9\n    b = work(2) // (EDIT - 2)\nexcept Exception as e:\n    errors.append(e)\nprint([type(e).__name__ for e in errors])\nc = work(3) % 9\nif errors:\n    print(repr(errors[0]), c)\n",
    "assertion": "try:\n    a = work(1) % 9\n    assert EDIT != 2, f'no {a}'\n    b = work(2) % 9\n    print(b)\nexcept AssertionError as e:\n    print('assert', e)\n",
    "main": "import argparse\ndef train(n):\n    a = work(n) % 9\n    print('training', n)\n    if n == 2:\n        raise KeyboardInterrupt\n    b = work(a) % 9\n    return b\ndef main():\n    p = argparse.ArgumentParser()\n    p.add_argument('--n', type=int, default=EDIT)\n    args = p.parse_args()\n    data = work(1) % 9\n    try:\n        model = train(args.n)\n        print('model', model)\n    except KeyboardInterrupt:\n        print('stopped')\n        model = data\n    finally:\n        print('cleaned up')\n    print(model, work(model) % 9)\nif __name__ == '__main__':\n    main()\n",
    "closure": "def make(n):\n    a = work(n) % 9\n    found = []\n    try:\n        found.append(lambda: a + n)\n        b = work(a) // (n - EDIT)\n        found.append(lambda: b)\n    except ZeroDivisionError as e:\n        kept = e\n        found.append(lambda: kept.args)\n    return found\nfs = make(1)\ngs = make(2)\nprint([f() for f in fs], [g() for g in gs])\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_tries_give_what_python_gives(project: Project, part: int) -> None:
    names = list(TRIES)[part::4]
    project.with_values(several(TRIES, names, "EDIT"), "1", "2", "0", "1", env=ALL)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["auto", "always"])
@pytest.mark.parametrize("name", TRIES)
def test_a_try_gives_what_python_gives(project: Project, name: str, policy: str) -> None:
    project.with_values(WORK + TRIES[name], "1", "1", "2", "0", "1", env=ALL, options=("--policy", policy), stderr=True)


QUICK = frozenset("not_handled in_the_handler raised_again printed wrong_handler unbound_in_a_function".split())
FAILING = {
    "not_handled": "try:\n    a = work(1) % 9\n    b = work(2) // (EDIT - EDIT)\nexcept KeyError:\n    print('never')\nfinally:\n    print('finally')\n",
    "in_the_handler": "try:\n    a = work(1) % 9\n    b = work(2) // (EDIT - EDIT)\nexcept ZeroDivisionError:\n    print('handler')\n    [][EDIT]\nfinally:\n    print('finally')\n",
    "raised_again": "def part(n):\n    a = work(n) % 9\n    try:\n        b = work(a) // (n - n)\n        c = work(b)\n    except ZeroDivisionError:\n        print('handler')\n        raise\n    return c\nx = part(EDIT)\n",
    "raised_from": "def part(n):\n    a = work(n) % 9\n    try:\n        b = work(a) // (n - n)\n        c = work(b)\n    except ZeroDivisionError as e:\n        raise RuntimeError(f'part {EDIT}') from e\n    return c\ntry:\n    x = part(EDIT)\n    y = part(3)\nfinally:\n    print('finally')\n",
    "in_the_finally": "try:\n    a = work(1) % 9\n    b = work(2) // (EDIT - EDIT)\nfinally:\n    print('finally')\n    [][EDIT]\n",
    "printed": "import traceback, sys\ndef deep(n):\n    a = work(n) % 9\n    b = a / (n - n)\n    return b\ndef part(n):\n    a = work(n) % 9\n    try:\n        b = deep(EDIT)\n        c = work(b)\n    except ZeroDivisionError:\n        traceback.print_exc(file=sys.stdout)\n    return a\nx = part(1)\ntry:\n    b = deep(EDIT)\n    c = work(b)\nexcept ZeroDivisionError:\n    traceback.print_exc(file=sys.stdout)\n    print(sys.exc_info()[2].tb_lineno, sys.exc_info()[0])\nprint(sys.exc_info())\n",
    "exit": "import sys\ntry:\n    a = work(1) % 9\n    sys.exit(work(EDIT) % 9)\nexcept KeyError:\n    print('never')\nfinally:\n    print('finally')\n",
    "exit_in_the_handler": "import sys\ntry:\n    a = work(1) % 9\n    b = work(2) // (EDIT - EDIT)\nexcept ZeroDivisionError as e:\n    print('stops', e)\n    sys.exit(3)\nprint('never')\n",
    "wrong_handler": "try:\n    a = work(1) % 9\n    b = work(2) // (EDIT - EDIT)\nexcept nonesuch.Error:\n    print('never')\n",
    "unbound_in_a_function": "def part(n):\n    a = work(n) % 9\n    try:\n        if n == 7:\n            b = work(a)\n        c = work(b)\n    except KeyError:\n        print('never')\n    return c\nx = part(EDIT)\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in FAILING])
def test_errors_are_those_of_python(project: Project, name: str) -> None:
    project.with_values(WORK + FAILING[name], "1", "2", "1", env=ALL, stderr=True)
