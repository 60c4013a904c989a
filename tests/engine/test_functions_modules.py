"""Functions of local modules that are stepped into: as under python, and only what an edit reaches runs."""

# ruff: noqa: E501 - short programs, each on few lines
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Outcome, Project

FEATURES = """
import time
import numpy as np
import helpers
from helpers import scaled

FACTOR = 3
CALLS = 0
rows = "not those of the function"

def prepare(n, shift=1):
    '''Makes data.'''
    global CALLS
    time.sleep(0.06)
    rows = np.arange(n) + shift
    rows = scaled(rows)
    total = helpers.summed(rows)
    CALLS += 1
    print("prepared", len(rows), total, FACTOR)
    return rows * FACTOR, total

def report(rows, more=None):
    time.sleep(0.02)
    print("sum", rows.sum(), "calls", CALLS)
    found = []
    for k in [1, 2]:
        top = helpers.slow(rows.max() * k)
        found.append(top)
    return found
"""
HELPERS = """
import time

STEP = 2

def slow(x):
    time.sleep(0.04)
    return x + STEP

def scaled(rows):
    doubled = rows * 2
    time.sleep(0.04)
    print("scaled by", 2)
    return doubled

def summed(rows):
    time.sleep(0.04)
    return rows.sum()
"""
TRAIN = """
from features import prepare
import features as F

rows = ["the script's own"]

def main():
    data, total = prepare(5)
    found = F.report(data)
    print(found, total, F.CALLS, rows)

if __name__ == "__main__":
    main()
"""


def write(project: Project, **texts: str) -> None:
    for name, text in ({"features": FEATURES, "helpers": HELPERS, "train": TRAIN} | texts).items():
        project.write(f"{name}.py", text)


def sources(outcome: Outcome) -> list[str]:
    """Labels of computed nodes but for imports and for what calls and takes results."""
    return [label for label in outcome.computed if "import" not in label and "(" not in label]


@pytest.mark.slow
def test_the_statements_of_a_modules_function_are_nodes(project: Project) -> None:
    write(project)
    first = project.run()
    assert {"rows", "total", "doubled", "features.CALLS", "top"} <= set(first.computed)
    project.unchanged()


EDITS = {
    "the last line of a function": ({"features": FEATURES.replace('"sum"', '"Sum"')}, set()),
    "its last expression": ({"features": FEATURES.replace("rows * FACTOR, total", "rows * FACTOR, -total")}, set()),
    "a function it calls": (
        {"helpers": HELPERS.replace("x + STEP", "x - STEP")},
        {"top"},
    ),
    "a line in the middle": ({"features": FEATURES.replace("rows = scaled(rows)", "rows = scaled(rows) * 1")}, set()),
}


@pytest.mark.slow
@pytest.mark.parametrize(("texts", "made"), EDITS.values(), ids=EDITS)
def test_an_edit_runs_what_it_reaches(project: Project, texts: dict[str, str], made: set[str]) -> None:
    passes = {"MLITER_PASSES_FROM": "0"}  # however little they take
    write(project)
    project.run(env=passes)
    write(project, **texts)
    ran = set(project.run(env=passes).computed)
    assert made <= ran
    costly = {"time.sleep(0.04)", "time.sleep(0.06)", "top"}
    assert (costly - made) & ran == set()
    write(project)
    assert costly & set(project.run(env=passes).computed) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("features", "FACTOR = 3", "FACTOR = 4"),
        ("features", "CALLS = 0", "CALLS = 5"),
        ("helpers", "STEP = 2", "STEP = 3"),
        ("helpers", "rows * 2", "rows * 3"),
        ("helpers", "return rows.sum()", "return rows.max()"),
        ("features", "shift=1", "shift=2"),
        ("train", "prepare(5)", "prepare(6)"),
        ("train", "import features as F\n", "import features as F\nF.FACTOR = 10\n"),
        ("train", "import features as F\n", "import features as F\nF.helpers.STEP = 10\n"),
        ("train", "import features as F\n", "import features as F\nF.prepare = lambda n: ([n], n)\n"),
        ("train", "import features as F\n", "import features as F\nsetattr(F, 'rep' + 'ort', lambda rows: len(rows))\n"),
        ("train", "import features as F\n", "import features as F\nF.helpers.__dict__['slow'] = abs\n"),
        ("features", "def report", "print('loaded', CALLS)\n\ndef report"),
        ("features", "top = helpers.slow(rows.max() * k)", "top = max(helpers.slow(rows.max() * k), 3)"),
        ("features", "from helpers import scaled", "from helpers import summed as scaled"),
        ("features", "import time\n", "import time\n\ndef print(*words):\n    __builtins__['print']('own:', *words)\n"),
        ("features", "import time\n", "import time\n\n# a comment\n\n"),
    ],
)  # fmt: skip
def test_edits_give_what_python_gives(project: Project, name: str, before: str, after: str) -> None:
    write(project)
    project.run()
    texts = {"features": FEATURES, "helpers": HELPERS, "train": TRAIN}
    assert before in texts[name]
    write(project, **{name: texts[name].replace(before, after)})
    failed = project.run(stderr=True).status != 0
    project.run(stderr=True) if failed else project.unchanged()
    write(project)
    project.run()


def test_a_statement_of_plain_numbers_runs_in_its_module(project: Project) -> None:
    lib = """
    import time

    def run(n):
        a = n + 1
        time.sleep(0.06)
        b = a * 2
        c = [a + b for _ in range(2)]
        return b, c
    """
    project.write("lib.py", lib)
    project.script("import lib\nprint(lib.run(3))\n")
    project.run()
    project.write("lib.py", lib.replace("a * 2", "a * 3"))
    assert "time.sleep(0.06)" not in project.run().computed
    project.script("import lib\nprint(lib.run(3), 'more')\n")
    project.run()


@pytest.mark.slow
def test_a_comment_in_a_module_runs_nothing(project: Project) -> None:
    write(project)
    project.run()
    write(project, features="# a comment\n" + FEATURES, helpers=HELPERS.replace("def slow", "# slow\ndef slow"))
    project.unchanged()


MISTAKES = {
    "in a function of a module": ("found = []", "found = [1 / 0]"),
    "in one that it calls": ("helpers.slow(rows.max() * k)", "helpers.slow(None)"),
    "a local without a value": ("found = []", "found = list(later); later = 1"),
    "an argument too many": ("helpers.summed(rows)", "helpers.summed(rows, 1)"),
    "an unknown name": ("found = []", "found = [unknown]"),
    "its own error": ("found = []", "raise ValueError(f'{len(rows)} rows')"),
    "the end of the script": ("found = []", "raise SystemExit(3)"),
}


OTHERS = [pytest.param(*mistake, marks=[pytest.mark.slow] if n > 2 else []) for n, mistake in enumerate(MISTAKES.values())]


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), OTHERS, ids=MISTAKES)
def test_errors_look_as_under_python(project: Project, before: str, after: str) -> None:
    write(project)
    project.run()
    write(project, features=FEATURES.replace(before, after))
    project.run(stderr=True)
    project.run(stderr=True)
    write(project)
    project.run()


PROJECTS = {
    "a package that passes a function on": (
        {
            "pkg/__init__.py": "from .sub.build import make\nfrom . import sub\n",
            "pkg/sub/__init__.py": "",
            "pkg/sub/build.py": "from ..base import WIDTH, grow\nimport pkg.base as base\n\ndef make(n):\n"
            "    cells = grow([n] * WIDTH)\n    cells = cells + [base.WIDTH]\n    print('made', cells)\n    return cells\n",
            "pkg/base.py": "import time\nWIDTH = 2\n\ndef grow(cells):\n    time.sleep(0.03)\n    cells = cells + [EDIT]\n"
            "    time.sleep(0.03)\n    return cells\n",
            "train.py": "import pkg\nfrom pkg import make\nimport pkg.sub.build as B\nout = make(1)\n"
            "out2 = pkg.make(2)\nout3 = B.make(3)\nout4 = pkg.sub.build.make(4)\nprint(out, out2, out3, out4)\n",
        }
    ),
    "arguments that are changed": (
        {
            "lib.py": "import time\nseen = []\n\ndef add(rows, more={}):\n    time.sleep(0.03)\n    rows.append(EDIT)\n"
            "    seen.append(rows)\n    time.sleep(0.03)\n    return rows\n",
            "train.py": "import lib\nrows = [1]\nother = rows\nsame = lib.add(rows)\nlib.add(other)\nrows.append(7)\n"
            "print(rows, other is same, lib.seen, lib.seen[0] is rows)\n",
        }
    ),
    "closures and classes": (
        {
            "lib.py": "import time\nBASE = 10\n\nclass Model:\n    def __init__(self, rate):\n        self.rate = rate\n"
            "    def predict(self, x):\n        return x * self.rate + BASE\n\ndef build(rate):\n    time.sleep(0.03)\n"
            "    model = Model(rate + EDIT)\n    def inner(x):\n        return model.predict(x) + rate\n"
            "    key = lambda x: -inner(x)\n    values = sorted([inner(x) for x in range(3)], key=key)\n    return model, values, inner\n",
            "train.py": "from lib import build\nimport lib\nmodel, values, inner = build(2)\nlib.BASE = 20\nprint(values, inner(1), model.rate)\n"
            "model.rate = 5\nprint(inner(1), type(model).__module__)\n",
        }
    ),
    "random streams": (
        {
            "lib.py": "import random\nimport time\nimport numpy as np\nrng = np.random.default_rng(3)\n\ndef draw(n):\n    time.sleep(0.03)\n"
            "    a = [random.random() for _ in range(n)]\n    b = np.random.rand(n + EDIT).tolist()\n    c = rng.integers(9, size=n).tolist()\n    return a, b, c\n",
            "train.py": "import random\nimport numpy as np\nfrom lib import draw\nrandom.seed(1)\nnp.random.seed(2)\n"
            "print(draw(2))\nprint(draw(1), random.random(), np.random.rand())\n",
        }
    ),
    "figures": (
        {
            "lib.py": "import time\nimport matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n\ndef start(n):\n"
            "    time.sleep(0.02)\n    plt.figure()\n    plt.plot([1, n])\n    plt.title('t')\n\ndef finish(name):\n"
            "    time.sleep(0.02)\n    plt.plot([EDIT, 2])\n    n = len(plt.gca().lines)\n    plt.savefig(name)\n    print(n, plt.gca().get_title())\n    plt.close()\n",
            "train.py": "import lib\nlib.start(4)\nlib.finish('a.png')\nlib.start(5)\nlib.finish('b.png')\n",
        }
    ),
    "figures of decorated functions": (
        {
            "lib.py": "import functools\nimport matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n\ndef same(f):\n    @functools.wraps(f)\n"
            "    def inner(*given):\n        return f(*given)\n    return inner\n\n@same\ndef start(n):\n    plt.figure()\n    plt.plot([1, n])\n    plt.title('t')\n\n"
            "@same\ndef finish(name):\n    plt.plot([EDIT, 2])\n    plt.savefig(name)\n    print(len(plt.gca().lines), plt.gca().get_title())\n    plt.close()\n",
            "train.py": "import lib\nlib.start(4)\nlib.finish('a.png')\nlib.start(5)\nlib.finish('b.png')\n",
        }
    ),
    "files and places": (
        {
            "lib.py": "import logging\nimport os\nimport time\nfrom pathlib import Path\nlog = logging.getLogger(__name__)\nHERE = Path(__file__).parent\n\n"
            "def save(text):\n    time.sleep(0.02)\n    path = HERE / 'out.txt'\n    path.write_text(text * EDIT)\n    log.warning('saved %s', text)\n"
            "    os.environ['SAVED'] = text\n    print(__name__, os.path.basename(__file__), path.read_text())\n    return path.name\n",
            "train.py": "import os\nfrom lib import save\nname = save('x')\nprint(name, os.environ['SAVED'])\nname = save('y')\nprint(open(name).read())\n",
        }
    ),
    "one name in both": (
        {
            "lib.py": "import time\nscale = EDIT\ntotal = 100\n\ndef run(values):\n    time.sleep(0.03)\n    total = 0\n    for v in values:\n"
            "        total += helper(v)\n    print('run', total, scale)\n    return total\n\ndef helper(v):\n    time.sleep(0.02)\n    w = v * scale\n    return w\n",
            "train.py": "import time\nimport lib\nscale = 1000\n\ndef helper(v):\n    return -v\n\ndef run(values):\n    time.sleep(0.03)\n    out = lib.run(values)\n    print('own', out, scale)\n"
            "    return out\n\ntotal = run([1, 2, 3])\nscale = 5\nprint(total, helper(2), lib.total, lib.helper(1))\n",
        }
    ),
    "early ends": (
        {
            "lib.py": "import time\n\ndef find(rows, what):\n    time.sleep(0.02)\n    for row in rows:\n        time.sleep(0.02)\n        if row == what:\n"
            "            print('found', row)\n            return row\n        print('not', row)\n    if what > EDIT:\n        time.sleep(0.02)\n        return -1\n    last = rows[-1]\n    return last\n",
            "train.py": "import lib\nrows = [1, 2, 3]\nfor what in (2, 5, 0):\n    got = lib.find(rows, what)\n    print(got)\n",
        }
    ),
    "warnings": (
        {
            "lib.py": "import time\nimport warnings\n\ndef warn(x):\n    time.sleep(0.02)\n    warnings.warn(f'careful {x}')\n    y = x + EDIT\n    return y\n",
            "train.py": "import sys\nimport lib\nprint(lib.warn(1))\nprint(lib.warn(2), file=sys.stderr)\n",
        }
    ),
}  # fmt: skip


SLOW = [pytest.param(files, marks=pytest.mark.slow) if name.startswith("figures") else files for name, files in PROJECTS.items()]


@pytest.mark.parametrize("files", SLOW, ids=PROJECTS)
def test_projects_give_what_python_gives(project: Project, files: dict[str, str]) -> None:
    for value in ("1", "1", "2", "3", "1"):
        for name, text in files.items():
            project.write(name, text.replace("EDIT", value))
        project.run(stderr=True)
