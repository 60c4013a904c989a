"""`with` statements taken apart: results as under python after any edit, and only what the edit reaches runs again."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine.test_loops import ALL, SLOW, WORK, edit, several

if TYPE_CHECKING:
    from engine.conftest import Project

LOG = (
    SLOW
    + """
size = 2
with open("log.txt", "w") as log:
    data = work(size) % 97
    log.write(f"data {data}\\n")
    model = work(data) % 89
    log.write(f"model {model}\\n")
    print("fitted", model)
print("end", model)
"""
)

SECTION = (
    SLOW
    + """
from contextlib import contextmanager
@contextmanager
def section(name):
    print("begin", name)
    try:
        yield name.upper()
    finally:
        print("end", name)

with section("fit") as called:
    data = work(2) % 97
    model = work(data) % 89
    print(called, model)
print("end", model)
"""
)


@pytest.mark.slow
def test_an_edit_in_the_body_repeats_what_depends_on_it(project: Project) -> None:
    project.script(LOG)
    assert {"data", "model"}.issubset(project.run().computed)
    project.unchanged()
    text = edit(project, LOG, '"fitted"', '"is fitted"')
    computed = project.run().computed
    assert 'print("is fitted", model)' in computed and not {"data", "model"}.intersection(computed)
    text = edit(project, text, "% 89", "% 83")
    computed = project.run().computed
    assert "model" in computed and "data" not in computed
    project.unchanged()
    edit(project, text, '"data {data}', '"n {data}')
    computed = project.run().computed
    assert not {"data", "model"}.intersection(computed)
    project.script(LOG)
    project.unchanged()


def test_a_file_of_another_name_repeats_none_of_the_work(project: Project) -> None:
    project.script(LOG)
    project.run()
    edit(project, LOG, "log.txt", "other.txt")
    (project.folder / "log.txt").unlink()
    assert not {"data", "model"}.intersection(project.run().computed)


@pytest.mark.slow
def test_a_manager_of_the_users_is_entered_for_what_runs_in_it(project: Project) -> None:
    project.script(SECTION)
    project.run()
    project.unchanged()
    text = edit(project, SECTION, "% 89", "% 83")
    computed = project.run().computed
    assert "data" not in computed and "model" in computed
    assert {'with section("fit") as called:', 'end of with section("fit") as called:'}.issubset(computed)
    edit(project, text, 'print("end", model)', 'print("all", model)')
    assert project.run().computed == ['print("all", model)']


def test_how_a_context_is_entered_matters_to_all_inside(project: Project) -> None:
    project.script(SECTION)
    project.run()
    edit(project, SECTION, 'section("fit")', 'section("train")')
    assert {"data", "model"}.issubset(project.run().computed), "who knows what it set"


def test_a_body_that_fails_is_resumed_where_it_was(project: Project) -> None:
    text = SECTION.replace("    print(called, model)\n", "    print(called, model / 0)\n")
    project.script(text)
    project.run(stderr=True)
    edit(project, text, "model / 0", "model / 1")
    computed = project.run().computed
    assert not {"data", "model"}.intersection(computed)


WITHS = {
    "written_before_and_after": "with open('a.txt', 'w') as f:\n    f.write('one')\n    a = work(EDIT) % 9\n    f.write(str(a))\nwith open('a.txt', 'a') as f:\n    b = work(a) % 9\n    print(b, file=f)\nprint(open('a.txt').read())\n",
    "read": "with open('a.txt', 'w') as f:\n    print(work(EDIT) % 9, EDIT, file=f)\n    a = work(1)\nwith open('a.txt') as f:\n    text = f.read()\n    n = work(len(text)) % 9\n    print(text, n)\nprint(f.closed)\n",
    "two_items": "with open('a.txt', 'w') as f, open('b.txt', 'w') as g:\n    a = work(EDIT) % 9\n    f.write(str(a))\n    g.write('b')\n    b = work(2) % 9\n    g.write(str(b + EDIT))\nprint(a, b)\n",
    "nested": "with open('a.txt', 'w') as f:\n    a = work(1) % 9\n    with open('b.txt', 'w') as g:\n        b = work(EDIT) % 9\n        g.write(str(b))\n        f.write('in')\n        c = work(b) % 9\n    f.write(str(c))\n    d = work(c) % 9\nprint(a, b, c, d)\n",
    "class_of_ones_own": "class Stage:\n    def __init__(self, name):\n        self.name, self.notes = name, []\n    def __enter__(self):\n        print('enter', self.name)\n        return self\n    def __exit__(self, *error):\n        print('exit', self.name, self.notes, error)\nwith Stage('s%d' % (EDIT % 2)) as stage:\n    a = work(1) % 9\n    stage.notes.append(a)\n    b = work(a + EDIT) % 9\n    stage.notes.append(b)\nprint(stage.notes, stage.name)\n",
    "changed_behind_it": "from contextlib import contextmanager\nrows = [0]\n@contextmanager\ndef counted(log):\n    log.append('in')\n    yield\n    log.append(len(log))\nwith counted(rows):\n    a = work(EDIT) % 9\n    rows.append(a)\n    if EDIT == 2:\n        rows.append(work(3) % 9)\n    b = work(1) % 9\nprint(rows, b)\n",
    "global_state": "from contextlib import contextmanager\nmode = 'none'\n@contextmanager\ndef using(name):\n    global mode\n    before, mode = mode, name\n    yield\n    mode = before\ndef ask(x):\n    print('mode', mode)\n    return work(x) % 9, mode\nwith using('m%d' % EDIT):\n    a = ask(1)\n    b = work(2) % 9\nprint(a, b, mode)\n",
    "folder": "import os\nfrom contextlib import contextmanager\nos.makedirs('sub', exist_ok=True)\n@contextmanager\ndef inside(path):\n    before = os.getcwd()\n    os.chdir(path)\n    yield\n    os.chdir(before)\nwith inside('sub'):\n    a = work(EDIT) % 9\n    with open('a.txt', 'w') as f:\n        f.write(str(a))\n    b = work(2) % 9\nprint(sorted(os.listdir('.')), os.path.basename(os.getcwd()), b)\n",
    "environment": "import os\nfrom contextlib import contextmanager\n@contextmanager\ndef variable(name, value):\n    before = os.environ.get(name)\n    os.environ[name] = value\n    yield\n    if before is None:\n        del os.environ[name]\n    else:\n        os.environ[name] = before\nwith variable('STAGE', 's%d' % EDIT):\n    a = work(1) % 9\n    print(os.environ['STAGE'], a)\n    b = work(2) % 9\nprint(os.environ.get('STAGE'), b)\n",
    "warnings": "import warnings\nwarnings.simplefilter('always')\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore' if EDIT == 2 else 'always')\n    a = work(1) % 9\n    warnings.warn(f'inside {a}')\n    b = work(EDIT) % 9\nwarnings.warn('outside')\nprint(a, b)\n",
    "warnings_recorded": "import warnings\nwith warnings.catch_warnings(record=True) as seen:\n    warnings.simplefilter('always')\n    a = work(EDIT) % 9\n    for i in range(EDIT):\n        warnings.warn(f'inside {a}')\n    b = work(2) % 9\nprint(len(seen), a, b)\n",
    "redirected": "import io, contextlib\nheard = io.StringIO()\nwith contextlib.redirect_stdout(heard):\n    a = work(1) % 9\n    print('said', a, EDIT)\n    b = work(2) % 9\nprint(heard.getvalue().upper(), b)\n",
    "own_redirect": "import sys, io\nclass Heard:\n    def __enter__(self):\n        self.before, sys.stdout = sys.stdout, io.StringIO()\n        return self\n    def __exit__(self, *error):\n        self.text, sys.stdout = sys.stdout.getvalue(), self.before\nwith Heard() as heard:\n    a = work(1) % 9\n    print('said', a, EDIT)\n    b = work(2) % 9\nprint(heard.text.upper(), b)\n",
    "own_logging": "import logging\nclass Kept(logging.Handler):\n    def __init__(self):\n        super().__init__()\n        self.rows = []\n    def emit(self, record):\n        self.rows.append(record.getMessage())\nclass Heard:\n    def __enter__(self):\n        self.kept = Kept()\n        logging.getLogger().addHandler(self.kept)\n        return self.kept.rows\n    def __exit__(self, *error):\n        logging.getLogger().removeHandler(self.kept)\nwith Heard() as rows:\n    a = work(1) % 9\n    logging.warning('inside %s %s', a, EDIT)\n    b = work(2) % 9\nprint(rows, b)\n",
    "suppressed": "import contextlib\nwith contextlib.suppress(ZeroDivisionError):\n    a = work(1) % 9\n    print('before', a)\n    b = work(2) // (EDIT - 2)\n    print('after', b)\n    c = work(3) % 9\nprint('end', a)\n",
    "suppressing": "class Quiet:\n    def __enter__(self):\n        return self\n    def __exit__(self, kind, error, traceback):\n        print('leaves', kind, error, traceback is not None and traceback.tb_lineno > 0)\n        return kind is ValueError\nwith Quiet() as q:\n    a = work(1) % 9\n    if EDIT == 2:\n        raise ValueError(work(2) % 9)\n    b = work(3) % 9\n    print('b', b)\nprint('end', a)\n",
    "changed_by_a_failure": "import contextlib\nrows = []\ndef fill(n):\n    rows.append(n)\n    if n == 2:\n        raise KeyError(n)\n    return work(n) % 9\nwith contextlib.suppress(KeyError):\n    rows.append('first')\n    a = fill(1)\n    b = fill(EDIT)\n    c = fill(3)\nprint(rows)\nrows.append(work(4) % 9)\nprint(rows)\n",
    "in_a_loop": "import contextlib\nfor i in range(3):\n    with contextlib.suppress(ValueError):\n        a = work(i) % 9\n        if i == EDIT:\n            raise ValueError(i)\n        print('through', i, work(a) % 9)\n    print('pass', i)\n",
    "loop_inside": "with open('a.txt', 'w') as f:\n    for i in range(EDIT + 1):\n        a = work(i) % 9\n        f.write(f'{i} {a}\\n')\n    b = work(1) % 9\nprint(open('a.txt').read(), b)\n",
    "loop_that_fails": "import contextlib\nwith contextlib.suppress(ValueError):\n    for i in range(3):\n        a = work(i) % 9\n        for j in [1, 2]:\n            if i == EDIT and j == 2:\n                raise ValueError(work(1))\n            print(i, j, work(j) % 9)\n    print('through')\nprint('end', i, j)\nfor i in range(2):\n    print(i, work(i) % 9)\n",
    "break_inside": "for i in range(3):\n    with open('a.txt', 'a') as f:\n        a = work(i) % 9\n        f.write(str(a))\n        if i == EDIT:\n            break\n        b = work(2) % 9\nprint(i, open('a.txt').read())\nimport os\nos.remove('a.txt')\n",
    "function": "def save(n, path):\n    a = work(n) % 9\n    with open(path, 'w') as f:\n        b = work(a + EDIT) % 9\n        f.write(str(b))\n        c = work(b) % 9\n        f.write(str(c))\n    print('saved', path)\n    return c\nx = save(1, 'a.txt')\ny = save(2, 'b.txt')\nprint(x, y)\n",
    "called_inside": "def part(x):\n    a = work(x) % 9\n    print('part', a)\n    b = work(a) % 9\n    return b + EDIT\nwith open('a.txt', 'w') as f:\n    y = part(1)\n    f.write(str(y))\n    z = part(y)\n    f.write(str(z))\nz = part(2)\nprint(y, z)\n",
    "returned": "def read(n):\n    a = work(n) % 9\n    with open('a.txt', 'w') as f:\n        b = work(a) % 9\n        f.write(str(b))\n        if b > EDIT:\n            return b\n        c = work(b) % 9\n    return c\nprint(read(1), open('a.txt').read())\n",
    "main": "import argparse\nfrom contextlib import contextmanager\n@contextmanager\ndef timer(name):\n    print('start', name)\n    yield\n    print('stop', name)\ndef main():\n    p = argparse.ArgumentParser()\n    p.add_argument('--n', type=int, default=EDIT)\n    args = p.parse_args()\n    with timer('data'):\n        data = work(1) % 9\n        print('data', data)\n    with timer('fit'):\n        model = work(args.n) % 9\n        score = work(model) % 9\n        print('score', score)\n    return data\nif __name__ == '__main__':\n    main()\n",
    "closed_over": "fs = []\nwith open('a.txt', 'w') as f:\n    k = work(EDIT) % 9\n    fs.append(lambda x: f.write(str(x)))\n    fs[0](k)\n    n = work(2) % 9\n    fs[0](n)\nprint(open('a.txt').read(), f.closed)\n",
    "other_holds_it": "import csv\nwith open('a.csv', 'w', newline='') as f:\n    writer = csv.writer(f)\n    a = work(1) % 9\n    writer.writerow([a, EDIT])\n    b = work(2) % 9\n    writer.writerow([b])\nprint(open('a.csv').read())\n",
    "own_patch": "import textwrap\nfrom unittest import mock\nfrom contextlib import contextmanager\ncalls = []\ndef faked(text):\n    calls.append(text)\n    return text * 2\n@contextmanager\ndef patched():\n    with mock.patch('textwrap.dedent', faked):\n        yield len(calls)\nwith patched() as n:\n    a = work(1) % 9\n    b = [textwrap.dedent('x') for _ in range(EDIT)]\n    c = work(2) % 9\nprint(calls, n, b, c)\n",
    "ends_by_itself": "class Gone:\n    def __enter__(self):\n        return EDIT\n    def __exit__(self, *error):\n        print('exit')\n    def __del__(self):\n        print('gone', EDIT)\nwith Gone() as g:\n    a = work(1) % 9\n    b = work(a) % 9\n    print('inside', b)\nprint('behind', g)\n",
    "random": "import random\nfrom contextlib import contextmanager\nrandom.seed(1)\n@contextmanager\ndef seeded(n):\n    state = random.getstate()\n    random.seed(n)\n    yield\n    random.setstate(state)\nwith seeded(EDIT):\n    a = random.random(), work(1)\n    b = random.random()\n    c = work(2) % 9\nprint(a, b, random.random())\n",
    "temporary": "import tempfile, os\nwith tempfile.TemporaryDirectory() as d:\n    a = work(EDIT) % 9\n    with open(os.path.join(d, 'x.txt'), 'w') as f:\n        f.write(str(a))\n    b = work(2) % 9\n    print(open(os.path.join(d, 'x.txt')).read(), b)\nprint(os.path.exists(d))\n",
    "bound_name": "f = 'old'\nwith open('a.txt', 'w') as f:\n    a = work(EDIT) % 9\n    f.write(str(a))\n    f = work(2) % 9\nprint(f, open('a.txt').read())\n",
    "moved_in_and_out": "x = work(1) % 9\nwith open('a.txt', 'w') as f:\n    x = work(1) % 9\n    f.write(str(x + EDIT))\n    y = work(2) % 9\ny = work(2) % 9\nprint(x, y)\n",
    "module_level_exit": "import sys\nwith open('a.txt', 'w') as f:\n    a = work(1) % 9\n    f.write(str(a))\n    b = work(2) % 9\n    if EDIT == 2:\n        sys.exit(3)\nprint('end', b)\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_withs_give_what_python_gives(project: Project, part: int) -> None:
    names = [name for name in WITHS if name != "module_level_exit"][part::4]
    project.with_values(several(WITHS, names, "EDIT"), "1", "2", "0", "1", env=ALL)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["auto", "always"])
@pytest.mark.parametrize("name", WITHS)
def test_a_with_gives_what_python_gives(project: Project, name: str, policy: str) -> None:
    project.with_values(WORK + WITHS[name], "1", "1", "2", "0", "1", env=ALL, options=("--policy", policy), stderr=True)


QUICK = frozenset("in_the_body leaving in_a_function file_half_written traceback_printed numpy sklearn".split())
FAILING = {
    "in_the_body": "with Own('a'):\n    a = work(1) % 9\n    b = [a, 1 / (EDIT - 2)]\n    c = work(2)\nprint(b)\n",
    "entering": "class Bad:\n    def __enter__(self):\n        raise OSError(f'in {EDIT}')\n    def __exit__(self, *error):\n        print('never')\nwith Own('a'), Bad():\n    a = work(1) % 9\n    b = work(2)\nprint('never')\n",
    "leaving": "class Bad:\n    def __enter__(self):\n        return EDIT\n    def __exit__(self, *error):\n        raise OSError(f'out {EDIT}')\nwith Own('a') as o, Bad() as bad:\n    a = work(1) % 9\n    b = work(2)\nprint('never')\n",
    "leaving_with_one": "class Bad:\n    def __enter__(self):\n        return EDIT\n    def __exit__(self, *error):\n        raise OSError(f'out {EDIT}')\nwith Own('a') as o:\n    with Bad() as bad:\n        a = work(1) % 9\n        b = work(2) / 0\n    print('never')\nprint('never')\n",
    "no_manager": "class Bad:\n    pass\nwith Bad() as bad:\n    a = work(EDIT) % 9\n    b = work(2)\nprint('never')\n",
    "making": "with open('none/%d.txt' % EDIT) as f:\n    a = work(1) % 9\n    b = work(2)\nprint('never')\n",
    "in_a_function": "def part(n):\n    a = work(n) % 9\n    with Own('part') as o:\n        b = work(a) % 9\n        c = deeper(b)\n        d = work(c)\n    return d\ndef deeper(n):\n    a = work(n) % 9\n    b = {'n': n}[a, EDIT]\n    return b\nwith Own('all'):\n    x = part(1)\n    y = work(2)\nprint('never')\n",
    "file_half_written": "with open('a.txt', 'w') as f:\n    f.write('first')\n    a = work(1) % 9\n    f.write('second')\n    b = work(a) / (EDIT - EDIT)\n    f.write('third')\n",
    "exit": "import sys\nwith Own('a'):\n    a = work(1) % 9\n    b = work(EDIT) % 9\n    sys.exit(f'left {b}')\n",
    "traceback_printed": "import traceback\nclass Tells:\n    def __enter__(self):\n        return self\n    def __exit__(self, kind, error, tb):\n        traceback.print_exception(error, file=__import__('sys').stdout)\n        traceback.print_tb(tb, file=__import__('sys').stdout)\n        return True\ndef part(n):\n    a = work(n) % 9\n    b = a / (n - n)\n    return b\ndef whole(n):\n    a = work(n)\n    with Tells():\n        x = part(EDIT)\n        y = work(x)\n    return a\nw = whole(1)\nwith Tells():\n    x = part(EDIT)\n    y = work(x)\nprint('end')\n",
}  # fmt: skip
OWN = "class Own:\n    def __init__(self, name):\n        self.name = name\n    def __enter__(self):\n        print('enter', self.name)\n        return self\n    def __exit__(self, kind, error, traceback):\n        print('leave', self.name, kind, error)\n\n"


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in FAILING])
def test_errors_are_those_of_python(project: Project, name: str) -> None:
    project.with_values(WORK + OWN + FAILING[name], "1", "2", "1", env=ALL, stderr=True)


TIMED = (
    SLOW
    + """
import time
class Timer:
    def __init__(self, name):
        self.name = name
    def __enter__(self):
        self.begun = time.perf_counter()
        return self
    def __exit__(self, *error):
        print("took", self.name, time.perf_counter() - self.begun > 0)

with Timer("fit") as timer:
    data = work(2) % 97
    model = work(data) % 89
    print("fitted", model)
print("end", model)
"""
)


def test_a_timer_is_replayed_until_something_in_it_is_new(project: Project) -> None:
    project.script(TIMED)
    project.run()
    project.unchanged()
    text = edit(project, TIMED, "% 89", "% 83")
    computed = project.run().computed
    assert "data" not in computed and {"model", 'end of with Timer("fit") as timer:'}.issubset(computed)
    edit(project, text, 'print("end", model)', 'print("all", model)')
    assert project.run().computed == ['print("all", model)']


def test_what_raises_most_of_the_time_is_one_statement_afterwards(project: Project) -> None:
    text = SLOW + "import contextlib\nwith contextlib.suppress(ZeroDivisionError):\n    a = 3\n    b = work(a) / 0\n    print(b)\nprint(a)\n"
    project.script(text)
    assert "b" in project.run().computed
    assert "b" not in project.run().computed
    project.unchanged()


def test_a_context_that_nothing_is_known_of_is_one_statement(project: Project) -> None:
    text = SLOW + "import threading\nlock = threading.Lock()\nwith lock:\n    a = work(1) % 9\n    print(work(a) % 9)\n"
    project.script(text)
    outcome = project.run()
    assert "a" in outcome.computed and 'print(work(a) % 9)' not in outcome.computed
    project.unchanged()


OWN = """
import contextlib
class Log:
    def __init__(self, path):
        self.path, self.rows = path, []
    def __enter__(self):
        return self
    def __exit__(self, *error):
        with open(self.path, "w") as f:
            f.write(" ".join(self.rows))
@contextlib.contextmanager
def opened(path):
    with open(path, "w") as f:
        yield f
@contextlib.contextmanager
def redirected(path):
    with opened(path) as f, contextlib.redirect_stdout(f):
        yield
@contextlib.contextmanager
def entered(manager):
    manager.__enter__()
    yield
    manager.__exit__(None, None, None)
"""


def test_which_managers_of_the_users_cannot_be_taken_apart_is_seen_in_the_text(project: Project) -> None:
    """Else the first run would begin anew at each of them."""
    text = SLOW + OWN + (
        "with Log('log.txt') as log:\n    log.rows.append(str(work(1) % 9))\n    a = work(2) % 9\n"
        "with opened('opened.txt') as f:\n    f.write(str(work(3) % 9))\n    b = work(4) % 9\n"
        "with redirected('out.txt'):\n    print(work(5) % 9)\n    c = work(6) % 9\n"
        "with entered(contextlib.redirect_stdout(open('o.txt', 'w'))):\n    print(work(7) % 9)\n    d = work(8) % 9\n"
        "print(a, b, c, d)\n"
    )  # fmt: skip
    project.script(text)
    done = project.run()
    assert not [note for note in done.notes if "Started over" in note]
    assert [label for label in done.computed if label.startswith("with ")] == ["with Log('log.txt') as log:"]
    project.script(text.replace("work(6)", "work(9)").replace("work(2)", "work(3)"))
    project.run()


LIBRARIES = {
    "numpy": "import numpy as np\nwith np.errstate(divide='ignore' if EDIT == 1 else 'warn'):\n    a = np.array([1.0, work(EDIT)]) / np.array([0.0, 2.0])\n    print(a)\n    b = np.log(np.zeros(work(1) % 3 + 1))\nwith np.printoptions(precision=EDIT + 2):\n    c = np.array([work(1) / 7])\n    print(c, b)\n    print(str(c * work(2)))\nprint(a / 3, b)\n",
    "pandas": "import pandas as pd\ndf = pd.DataFrame({'a': range(9), 'b': range(9)})\nwith pd.option_context('display.max_rows', EDIT + 2):\n    df['c'] = work(EDIT) % 9\n    print(df)\n    df['d'] = work(2) % 9\nprint(df)\nwith open('a.csv', 'w') as f:\n    df.to_csv(f)\n    e = work(3) % 9\n    df.head(EDIT).to_csv(f)\nprint(open('a.csv').read())\n",
    "sklearn": "import sklearn, numpy as np, warnings\nfrom sklearn.linear_model import LogisticRegression\nX = np.arange(20.0).reshape(10, 2)\ny = np.arange(10) % 2\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    model = LogisticRegression(max_iter=EDIT + 1)\n    model.fit(X, y)\n    print(model.coef_, work(1) % 9)\nwith sklearn.config_context(print_changed_only=EDIT == 1):\n    other = LogisticRegression(C=1.0)\n    other.fit(X, y)\n    print(other, work(2) % 9)\nprint(other, model)\n",
    "matplotlib": "import matplotlib\nimport matplotlib.pyplot as plt\nwith plt.rc_context({'lines.linewidth': EDIT + 3}):\n    a = work(1) % 9\n    plt.plot([1, 2], [a, 3])\n    print(matplotlib.rcParams['lines.linewidth'])\n    plt.savefig('a.svg', metadata={'Date': None})\n    b = work(2) % 9\nprint(matplotlib.rcParams['lines.linewidth'], b)\n",
    "joblib": "import joblib\nwith joblib.parallel_backend('threading', n_jobs=EDIT + 1):\n    a = joblib.Parallel()(joblib.delayed(abs)(-i) for i in range(3))\n    b = work(a[1]) % 9\n    print(a, b)\nprint(b)\n",
    "decimal": "import decimal\nwith decimal.localcontext() as context:\n    context.prec = EDIT + 3\n    a = decimal.Decimal(work(1)) / 7\n    print(a)\n    b = decimal.Decimal(work(2)) / 7\nprint(a, b, decimal.Decimal(1) / 3)\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in LIBRARIES])
def test_settings_of_libraries_hold_inside_only(project: Project, name: str) -> None:
    for value in ("1", "2", "1"):
        project.script(WORK + LIBRARIES[name].replace("EDIT", value))
        project.run(env=ALL | {"SOURCE_DATE_EPOCH": "0"}, files=name != "matplotlib")
    project.script(WORK + LIBRARIES[name].replace("EDIT", "1").replace("% 9", "% 8").replace("range(3)", "range(4)"))
    project.run(env=ALL | {"SOURCE_DATE_EPOCH": "0"}, files=name != "matplotlib")


TORCH = """
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Linear(3, 2)
x = torch.ones(4, 3)
with torch.no_grad():
    a = model(x).sum()
    for i in range(2):
        b = model(x * i).mean()
        print(b.requires_grad, work(i) % 9)
    print(a.requires_grad, a.item() == a.item(), EDIT)
with torch.set_grad_enabled(EDIT == 2):
    c = model(x).sum()
    print(c.requires_grad, work(3) % 9)
d = model(x).sum()
print(c.requires_grad, d.requires_grad)
"""


@pytest.mark.slow
def test_a_statement_that_comes_to_stand_in_a_context_runs_in_it(project: Project) -> None:
    head = WORK + "import torch\nw = torch.ones(3, requires_grad=True)\n"
    inside = ["c = (w * 2).sum()", "d = work(1) % 9", "print(c.requires_grad, d)"]
    without = head + "\n".join(inside) + "\n"
    withs = head + "with torch.no_grad():\n    " + "\n    ".join(inside) + "\n"
    for text in (without, withs, without):
        project.script(text)
        project.run(env=ALL)


@pytest.mark.slow
def test_a_context_is_entered_though_all_values_are_kept(project: Project) -> None:
    text = WORK + TORCH.replace("EDIT", "1").replace("a.item() == a.item()", "(model.weight * 2).requires_grad")
    always = {"env": ALL, "options": ("--policy", "always")}
    project.script(text)
    project.run(**always)
    edit(project, text, "print(a.requires_grad", "print('a', a.requires_grad")
    project.run(**always)


@pytest.mark.slow
def test_gradients_are_off_where_torch_was_told_so(project: Project) -> None:
    project.with_values(WORK + TORCH, "1", "2", "1", env=ALL)
