"""Functions that are stepped into: results as under python after edits anywhere, and only what an edit reaches runs."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Outcome, Project

WORK = "def work(x):\n    return sum(i * i + x for i in range(400_000))\n"

PIPELINE = (
    WORK
    + """
SCALE = 2

def load(n):
    rows = [float(work(i)) for i in range(n)]
    print("loaded", len(rows))
    return rows

def split(rows, share=0.5):
    at = int(len(rows) * share)
    left, right = rows[:at], rows[at:]
    return left, right

def fit(rows, rate, steps=2):
    base = work(len(rows))
    weights = [r * rate for r in rows]
    for _ in range(steps):
        weights.append(base)
    return {"w": weights, "steps": steps}

def score(model, rows):
    extra = work(3)
    total = sum(model["w"]) * SCALE
    print("scored", len(rows))
    return total - sum(rows) + extra

rows = load(4)
left, right = split(rows)
model = fit(left, 0.5)
value = score(model, right)
print(value, model["steps"])
"""
)


def edited(text: str, before: str, after: str) -> str:
    assert before in text
    return text.replace(before, after)


def test_an_edit_of_one_helper_runs_its_rest_only(project: Project) -> None:
    project.script(PIPELINE)
    project.run()
    project.unchanged()
    text = edited(PIPELINE, "sum(rows) + extra", "2 * sum(rows) + extra")
    project.script(text)
    outcome = project.run()
    assert "base" not in outcome.computed and "extra" not in outcome.computed and not _elements(outcome)
    assert "value" in str(outcome.computed)
    text = edited(text, "r * rate for", "r + rate for")
    project.script(text)
    outcome = project.run()
    assert "weights" in outcome.computed and "base" not in outcome.computed and not _elements(outcome)
    project.script(PIPELINE)
    project.unchanged()


def _elements(outcome: Outcome) -> list[str]:
    """What was evaluated of comprehensions."""
    return [label for label in outcome.computed if label.startswith(("value of", "rest of"))]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("share=0.5", "share=0.25"), ("steps=2", "steps=3"), ("SCALE = 2", "SCALE = 3"), ("load(4)", "load(3)"),
        ("fit(left, 0.5)", "fit(left, rate=0.5, steps=1)"), ("fit(left, 0.5)", "fit(right, 0.25)"),
        ('print("loaded", len(rows))', 'print("read", len(rows))'), ("at = int(", "at = 1 + int("),
        ("return left, right", "return right, left"), ("value = score(model, right)", "value = -score(model, right)"),
    ],
)  # fmt: skip
def test_edits_anywhere(project: Project, before: str, after: str) -> None:
    project.script(PIPELINE)
    project.run()
    project.script(edited(PIPELINE, before, after))
    project.run()
    project.unchanged()
    project.script(PIPELINE)
    project.unchanged()


@pytest.mark.slow
def test_calls_of_one_function_share_what_they_did(project: Project) -> None:
    text = WORK + """
def prepare(x, y):
    a = work(x)
    b = a + y
    print("prepared", b)
    return b

one = prepare(1, 10)
two = prepare(1, 20)
three = prepare(2, 10)
print(one, two, three)
"""
    project.script(text)
    assert project.run().computed.count("a") == 2, "work(1) is known the second time"
    project.script(edited(text, "two = ", "zero = prepare(2, 5)\ntwo = "))
    assert "a" not in project.run().computed
    project.script(edited(text, "a + y", "a - y"))
    outcome = project.run()
    assert outcome.computed.count("b") == 3 and "a" not in outcome.computed


LIVES_ON = """
seen = []

def bump(k, box):
    step = k * 2
    def inner(x):
        return x + step
    seen.append(inner)
    box.append(step)
    return inner

def rename(k):
    step = k
    f = bump(k + 1, seen[:1])
    step = step + 100
    return lambda: (step, f(1))

box = [0]
f = bump(1, box)
g = bump(10, box)
h = rename(5)
print(f(1), g(1), h(), box, [s(0) for s in seen])
f2 = f
print(f2(5))
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("k * 2", "k * 3"), ("bump(10, box)", "bump(20, box)"), ("print(f2(5))", "print(f2(6), g(2))"),
        ("step + 100", "step + 200"), ("x + step", "x - step"), ("box = [0]", "box = []"), ("seen[:1]", "list(seen)"),
        ("h = rename(5)", "h = rename(5)\nf = bump(1, box)\nprint(h(), f(2))"),
    ],
)  # fmt: skip
def test_variables_that_live_on_in_closures(project: Project, before: str, after: str) -> None:
    project.script(LIVES_ON)
    project.run()
    project.unchanged()
    project.script(edited(LIVES_ON, before, after))
    project.run()
    project.script(LIVES_ON)
    project.run()


@pytest.mark.slow
def test_what_a_function_is_given_is_changed_in_place(project: Project) -> None:
    text = """
    import numpy as np
    def scale(X, by):
        X *= by
        total = float(X.sum())
        part = X[:2]
        return total, part
    def push(rows, value):
        rows.append(value)
        rows = [value]
        rows.append(value)
        return rows
    X = np.arange(6.0)
    total, part = scale(X, 2)
    part += 1
    rows = [1]
    other = push(rows, total)
    print(X, total, part, rows, other)
    total, part = scale(part, 3)
    print(X, total, part)
    """
    project.script(text)
    project.run()
    project.unchanged()
    edits = [("part += 1", "part += 2"), ("scale(X, 2)", "scale(X, 4)"), ("rows = [value]", "rows = [value, 0]"),
             ("print(X, total, part)", "print(X.sum(), part.sum())")]  # fmt: skip
    for before, after in edits:
        project.script(edited(text, before, after))
        project.run()


@pytest.mark.slow
def test_a_function_returns_in_the_midst_of_it(project: Project) -> None:
    text = WORK + """
def pick(n):
    if n < 0:
        print("negative")
        return None
    a = work(n)
    if a % 2:
        return a
    print("even")

for_n = 3
x = pick(for_n)
y = pick(-1)
z = pick(2)
print(x, y, z)
"""
    project.script(text)
    project.run()
    project.unchanged()
    for before, after in (("for_n = 3", "for_n = -3"), ("a % 2", "a % 2 == 0"), ("pick(2)", "pick(4)"),
                          ('print("negative")', 'print("below")')):  # fmt: skip
        project.script(edited(text, before, after))
        project.run()
    project.script(text)
    project.unchanged()


ENDS = """
import sys
class Loud:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("end of", self.name)
def use(name):
    it = Loud(name)
    print("using", it.name)
    return len(name)
def write(path, text):
    f = open(path, "w")
    n = f.write(text)
    print("written", n)
n = use("first")
print("behind", n)
write("out.txt", "some text")
print(open("out.txt").read())
use("second")
print("end")
"""


@pytest.mark.slow
def test_variables_end_where_the_function_does(project: Project) -> None:
    project.script(ENDS)
    project.run()
    project.run()
    for before, after in (('"first"', '"1st"'), ("some text", "other text"), ('print("end")', 'print("the end")')):
        project.script(edited(ENDS, before, after))
        project.run()


@pytest.mark.parametrize(
    "failing",
    [
        "x = a / 0", "x = undefined_name", "x = later\nlater = 1", "del a\nx = a", "x = inner(a)", "raise ValueError(a)",
        "sys.exit(3)", "assert a < 0, 'too big'", "x = {}['missing']",
    ],
)  # fmt: skip
def test_a_failure_looks_as_under_python(project: Project, failing: str) -> None:
    body = "\n".join("    " + line for line in failing.splitlines())
    text = f"""
import sys
def inner(v):
    print("inside", v)
    return v.missing
def middle(a):
    print("middle")
{body}
    return x
def outer(a):
    b = a + 1
    print("outer", b)
    c = middle(b)
    return c
print("begin")
result = outer(1)
print(result)
"""
    project.script(text)
    project.run(stderr=True)
    project.run(stderr=True)
    project.script(edited(text, failing.splitlines()[0], "x = a" if "\n" not in failing else "x = 5; later = 1"))
    project.run()


REBOUND = {
    "by an assignment": "def f(x):\n    y = abs(x)\n    return y\nf = lambda x: -x\nprint(f(2))\nv = f(3)\nprint(v)\n",
    "by a global": "def f(x):\n    y = abs(x)\n    return y\ndef g():\n    global f\n    f = str\ng()\nv = f(3)\nprint(v)\n",
    "by globals()": "def f(x):\n    y = abs(x)\n    return y\nglobals()['f'] = hex\nv = f(30)\nprint(v)\n",
    "by a condition": "def f(x):\n    y = abs(x)\n    return y\nif len('a') == 1:\n    def f(x):\n        return [x]\nv = f(3)\nprint(v)\n",
    "by a decorator": "def twice(g):\n    return lambda x: (g(x), g(x))\n@twice\ndef f(x):\n    y = abs(x)\n    return y\nv = f(3)\nprint(v)\n",
    "by setattr": "import sys\ndef f(x):\n    y = abs(x)\n    return y\nsetattr(sys.modules['__main__'], 'f', hex)\nv = f(3)\nprint(v)\n",
    "defaults": "def f(x, y=2):\n    z = abs(x + y)\n    return z\nf.__defaults__ = (5,)\nv = f(3)\nprint(v)\n",
    "mutable defaults": "def f(x, seen=[]):\n    seen.append(abs(x))\n    n = len(seen)\n    return n\nv = f(3)\nw = f(4)\nprint(v, w)\n",
    "before its def": "try:\n    v = f(3)\nexcept NameError as e:\n    print(e)\ndef f(x):\n    y = abs(x)\n    return y\nv = f(3)\nprint(v)\n",
    "shadowed": "def f(x):\n    y = abs(x)\n    return y\ndef g(f):\n    z = f(2)\n    w = f(3)\n    return z, w\nv = g(str)\nprint(v)\n",
    "recursive": "def f(n):\n    print(n)\n    m = 0 if n == 0 else f(n - 1)\n    if n == 2:\n        m = f(1)\n    return m + 1\nv = f(3)\nprint(v)\n",
    "mutually recursive": "def f(n):\n    print('f', n)\n    m = g(n - 1)\n    return m\ndef g(n):\n    if n <= 0:\n        return abs(n)\n    m = f(n - 1)\n    return m + 1\nv = f(5)\nprint(v)\n",
    "a generator": "def f(n):\n    print('on')\n    for i in range(n):\n        yield i\nv = f(3)\nprint(list(v))\n",
    "its own frame": "import sys\ndef f(n):\n    k = sys._getframe().f_code.co_name\n    return k\nv = f(3)\nprint(v)\n",
    "locals()": "def f(n):\n    k = abs(n)\n    return sorted(locals())\nv = f(3)\nprint(v)\n",
    "too many arguments": "def f(n):\n    k = abs(n)\n    return k\ntry:\n    v = f(3, 4)\nexcept TypeError as e:\n    print(e)\n",
    "order of arguments": "def p(x):\n    print('arg', x)\n    return x\ndef f(a, b, c=0):\n    k = abs(a)\n    return k, b, c\nv = f(b=p(1), a=p(2))\nw = f(p(5), c=p(6), b=p(7))\nprint(v, w)\n",
    "a global of the same name": "x = 1\ndef f(n):\n    global x\n    x = abs(n)\n    y = x + 1\n    return y\nv = f(-3)\nprint(v, x)\nx = 7\nprint(x)\n",
    "imports inside": "def f(n):\n    import math\n    from os.path import join as j\n    y = math.sqrt(n)\n    return y, j('a', 'b')\nv = f(9)\nprint(v)\n",
    "classes inside": "def f(n):\n    class C:\n        k = n\n        def get(self):\n            return self.k + n\n    c = C()\n    return c.get(), C.__qualname__\nv = f(9)\nprint(v)\nw = f(8)\nprint(w)\n",
    "comprehensions": "def f(n):\n    k = abs(n)\n    rows = [i * k for i in range(n)]\n    pairs = {i: [j + k for j in range(i)] for i in rows}\n    return sum(x * k for x in rows), pairs\nv = f(3)\nprint(v)\n",
    "a walrus": "def f(n):\n    if (k := abs(n)) > 2:\n        print(k)\n    return k\nv = f(3)\nprint(v)\n",
    "except as": "def f(n):\n    k = None\n    try:\n        int('x')\n    except ValueError as k:\n        print('bad', k)\n    k = abs(n)\n    return k\nv = f(3)\nprint(v)\n",
    "with": "import contextlib\n@contextlib.contextmanager\ndef c(n):\n    print('in', n)\n    yield n\n    print('out', n)\ndef f(n):\n    with c(n) as m, c(m + 1):\n        k = abs(m)\n    return k\nv = f(3)\nprint(v)\n",
    "star": "def f(*n):\n    k = abs(n[0])\n    return k\nv = f(*[3])\nw = f(3)\nprint(v, w)\n",
    "seeds": "import random\ndef f(n):\n    random.seed(n)\n    k = random.random()\n    return k\ndef g():\n    a = random.random()\n    b = random.random()\n    return a + b\nv = f(3)\nw = g()\nu = g()\nprint(v, w, u)\n",
}  # fmt: skip


@pytest.mark.parametrize("name", REBOUND)
def test_functions_of_all_kinds(project: Project, name: str) -> None:
    text = REBOUND[name]
    project.script(text)
    project.run(stderr=True)
    project.script(text.replace("abs(", "-abs("))
    project.run(stderr=True)
    project.script(text.replace("(3", "(2"))
    project.run(stderr=True)


def test_warnings_and_logs_name_the_line_and_the_function(project: Project) -> None:
    text = """
    import logging, warnings
    logging.basicConfig(format="%(levelname)s %(funcName)s:%(lineno)d %(message)s")
    def check(n):
        k = abs(n)
        warnings.warn("careful", stacklevel=2)
        logging.warning("value %d", k)
        return k
    def outer(n):
        m = n + 1
        r = check(m)
        return r
    v = outer(2)
    print(v)
    """
    project.script(text)
    project.run(stderr=True)
    project.run(stderr=True)
    project.script(text.replace("n + 1", "n + 2"))
    project.run(stderr=True)


@pytest.mark.slow
def test_of_many_calls_a_few_are_stepped_into_until_their_cost_is_known(project: Project) -> None:
    text = WORK + """
def cheap(x):
    y = abs(x)
    z = y + 1
    return z

def dear(x):
    y = work(x)
    z = y + 1
    return z
""" + "".join(f"c{i} = cheap({i})\nd{i} = dear({i})\n" for i in range(6)) + "print(c5, d5)\n"
    project.script(text)
    outcome = project.run()
    assert outcome.computed.count("y") == 2 * 3
    project.unchanged()
    project.script(edited(text, "    z = y + 1\n    return z\n\ndef dear", "    z = y + 2\n    return z\n\ndef dear"))
    assert project.run().computed.count("y") == 0, "known to be cheap: one node each"
    project.script(text.replace("z = y + 1", "z = y + 3"))
    assert project.run().computed.count("y") == 3, "those of dear() that were one node; the others are known up to it"


def test_a_collection_that_is_gone_is_missed_before_the_call_that_would_fill_it(project: Project) -> None:
    text = """
        def part(x):
            print("begin", x)
            y = [x] * 3
            print("end", len(y))
            return y
        rows = []
        rows.append(part(1))
        del rows
        rows.append(part(2))
        """
    project.script(text)
    for _ in range(2):
        project.run(stderr=True)
