"""Methods of the script's classes: stepped into, and known by themselves. What runs again after an edit of each."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Outcome, Project

WORK = """
import sys
def work(x):
    sys.stderr.write("")
    return sum(i * i + x for i in range(300_000))
"""
TRAINER = """
import time
class Trainer:
    rate = 2

    def __init__(self, n):
        self.n = n
        self.rows = []
        self.__weights = None

    def load(self):
        a = work(1)
        b = work(2)
        self.rows = [a, b, self.n]
        print("loaded", len(self.rows))

    def fit(self, steps):
        base = work(3) * self.rate
        c = work(4)
        self.__weights = [base + r + c for r in self.rows]
        for step in range(steps):
            self.step(step)
        return self

    def step(self, i):
        extra = work(10 + i)
        self.rows.append(extra)
        print("step", i)

    @property
    def total(self):
        return sum(self.__weights) + sum(self.rows)

    def report(self, word="result"):
        value = self.total
        text = self._format(value)
        print(word, text)

    def _format(self, x):
        return f"{x % 1000:.2f}"
"""
USES = {
    "one by one": "t = Trainer(4)\nt.load()\nt.fit(3)\nt.report()\n",
    "main": "def main():\n    t = Trainer(4)\n    t.load()\n    t.fit(3)\n    t.report('main')\n    print('end')\nif __name__ == '__main__':\n    main()\n",
    "run": "class Experiment(Trainer):\n    def run(self):\n        self.load()\n        self.fit(3)\n        self.report()\n        print('end')\nif __name__ == '__main__':\n    Experiment(4).run()\n",
}


def program(use: str) -> str:
    return WORK + TRAINER + USES[use]


COSTLY = {"a", "b", "base", "c", "extra"}  # what statements that call `work` bind
ALL_PASSES = {"MLITER_PASSES_FROM": "0"}  # however little they take


def works(outcome: Outcome) -> int:
    """How many statements of the trainer ran that call `work`."""
    return sum(label in COSTLY for label in outcome.computed)


EDITS = [
    ('print(word, text)', 'print(word, text, 1)', 0),
    ('f"{x % 1000:.2f}"', 'f"{x % 1000:.3f}"', 0),
    ('value = self.total', 'value = self.total + 1', 0),
    ('sum(self.__weights) + sum', 'sum(self.__weights) - sum', 0),
    ('print("step", i)', 'print("STEP", i)', 1),
    ('extra = work(10 + i)', 'extra = work(20 + i)', 3),
    ('print("loaded", len(self.rows))', 'print("read", len(self.rows))', 0),
]  # fmt: skip


@pytest.mark.parametrize("use", [pytest.param(u, marks=() if u == "run" else pytest.mark.slow) for u in USES])
def test_edits_in_methods(project: Project, use: str) -> None:
    text = program(use)
    project.script(text)
    assert works(project.run(stderr=True, env=ALL_PASSES)) == 7
    project.unchanged(stderr=True, env=ALL_PASSES)
    for before, after, most in EDITS:
        assert text.count(before) == 1
        project.script(text.replace(before, after))
        assert works(project.run(stderr=True, env=ALL_PASSES)) <= most, (before, after)
        project.script(text)
        assert works(project.run(stderr=True, env=ALL_PASSES)) == 0, (before, after)


@pytest.mark.slow
@pytest.mark.parametrize("use", USES)
def test_edits_that_reach_more(project: Project, use: str) -> None:
    text = program(use)
    project.script(text)
    project.run(stderr=True)
    for before, after in (
        ("rate = 2", "rate = 3"), ("self.n = n", "self.n = n + 1"), ("a = work(1)", "a = work(5)"), ("work(3) *", "work(3) +"),
        ('word="result"', 'word="value"'), ("fit(3)", "fit(2)"), ("fit(3)", "fit(steps=4)"), ("return self\n", "return None\n"),
        ("    @property\n", "    def more(self):\n        return 1\n\n    @property\n"), ("Trainer(4)", "Trainer(n=5)"),
        ("    def step(self, i):\n", "    def step(self, i):\n        raise ValueError(i)\n"),
    ):  # fmt: skip
        project.script(text.replace(before, after))
        project.run(stderr=True)
        project.unchanged(stderr=True) if "raise" not in after else None
    project.script(text)
    project.unchanged(stderr=True)


@pytest.mark.slow
def test_an_instance_from_the_store_has_the_methods_of_now(project: Project) -> None:
    text = WORK + "class Box:\n    def __init__(self):\n        self.v = [work(1)]\n    def show(self):\n        return ('one', self.v)\nbox = Box()\nprint(box.v)\nprint(box.show())\n"
    text = text.replace("300_000", "3_000_000")
    project.script(text)
    made = {"box", "self.v"}  # as one unit, and by the statement of its making
    assert made & set(project.run().computed)
    project.script(text.replace("one", "two"))
    assert not made & set(project.run().computed)
    project.script(text.replace("one", "three").replace("show()", "show()[0]"))
    assert not made & set(project.run().computed)


@pytest.mark.slow
def test_a_class_that_has_its_way_of_being_loaded(project: Project) -> None:
    text = (
        WORK.replace("300_000", "3_000_000")
        + "class Box:\n    def __init__(self, v):\n        self.v = v\n    def __setstate__(self, state):\n        self.v = [state['v'][0] * 1]\n"
        + "box = [Box([work(1)])][0]\nprint(box.v, 'one')\n"
    )
    project.script(text)
    project.run()
    project.script(text.replace("one", "two").replace("* 1]", "* 2]"))
    project.run()


STEPPED = {
    "mangled": "class A:\n    def __init__(self, n):\n        self.__n = n\n        __k = 2\n        self.__m(__k)\n    def __m(self, __x):\n        work(1)\n        self.__n += __x\n        print(self.__n, sorted(vars(self)))\n    def go(self):\n        work(2)\n        a = [self.__n for _ in range(2)]\n        print(a)\n        return self.__n\na = A(1)\nx = a.go()\nprint(x)\n",
    "qualified names": "class A:\n    def go(self):\n        work(1)\n        f = lambda: 1\n        def g():\n            return 2\n        print(f.__qualname__, g.__qualname__)\n        return f\na = A()\nx = a.go()\nprint(x.__qualname__)\n",
    "an error in a method": "class A:\n    def __init__(self, n):\n        work(1)\n        self.n = n\n        self.go(n)\n    def go(self, n):\n        work(2)\n        x = 1 / n\n        print(x)\na = A(1)\nb = A(0)\n",
    "an error in the making": "class A:\n    def __init__(self, n):\n        work(1)\n        self.n = n\n        raise KeyError(n)\na = A(1)\n",
    "a variable without a value": "class A:\n    def go(self, n):\n        work(1)\n        if n:\n            x = 1\n        print(x)\na = A()\na.go(1)\na.go(0)\n",
    "arguments": "class A:\n    def go(self, x, y=2, *, z=3):\n        work(1)\n        s = x, y, z\n        print(s)\n        return s\na = A()\nx = a.go(1)\ny = a.go(1, z=5)\nz = a.go(y=1, x=3)\nprint(x, y, z)\n",
    "too few": "class A:\n    def go(self, x):\n        work(1)\n        s = x\n        print(s)\na = A()\na.go()\n",
    "self given twice": "class A:\n    def go(self, x):\n        work(1)\n        s = x\n        print(s)\na = A()\na.go(1, self=2)\n",
    "another class than it seems": "class A:\n    def go(self, x):\n        work(1)\n        s = x\n        print('A', s)\nclass B(A):\n    def go(self, x):\n        work(2)\n        s = x\n        print('B', s)\na = A(**{})\na.__class__ = B\na.go(3)\n",
    "an attribute before it": "class A:\n    def __init__(self):\n        self.go = lambda x: print('own', x)\n    def go(self, x):\n        work(1)\n        s = x\n        print('A', s)\na = A()\na.go(3)\n",
    "patched": "class A:\n    def go(self, x):\n        work(1)\n        s = x\n        print('A', s)\na = A()\nname = 'g' + 'o'\nsetattr(A, name, lambda self, x: print('patched', x))\na.go(3)\n",
    "made by something else": "class M(type):\n    def __call__(cls, *a):\n        print('made')\n        return type.__call__(cls, *a)\nclass A(metaclass=M):\n    def __init__(self, n):\n        work(1)\n        self.n = n\n        print(n)\na = A(3)\nprint(a.n)\n",
    "new": "class A:\n    def __new__(cls, n):\n        print('new')\n        return object.__new__(cls)\n    def __init__(self, n):\n        work(1)\n        self.n = n\n        print(n)\na = A(3)\nprint(a.n)\n",
    "abstract": "from abc import ABC, abstractmethod\nclass A(ABC):\n    def __init__(self, n):\n        work(1)\n        self.n = n\n        print(n)\n    @abstractmethod\n    def m(self): ...\ntry:\n    a = A(3)\nexcept TypeError as e:\n    print(e)\na = A(3)\n",
    "returns something from the making": "class A:\n    def __init__(self, n):\n        work(1)\n        self.n = n\n        return n\na = A(3)\n",
    "super": "class A:\n    def __init__(self, n):\n        work(1)\n        self.n = n\n        print(n)\nclass B(A):\n    def __init__(self, n):\n        super().__init__(n + 1)\n        work(2)\n        print('B', self.n)\nb = B(3)\nprint(b.n)\n",
    "inherited": "class A:\n    def __init__(self, n):\n        work(1)\n        self.n = n\n        print(n)\n    def run(self):\n        work(2)\n        self.go()\n        print('ran')\n    def go(self):\n        work(3)\n        x = 'A'\n        print(x)\nclass B(A):\n    def go(self):\n        work(4)\n        x = 'B'\n        print(x)\na = A(1)\nb = B(3)\na.run()\nb.run()\nprint(b.n)\n",
    "recursion": "class A:\n    def go(self, n):\n        work(n)\n        x = self.go(n - 1) if n else 0\n        print(n)\n        return x + n\na = A()\nx = a.go(3)\nprint(x)\n",
    "two objects": "class A:\n    def __init__(self, n, other=None):\n        work(1)\n        self.n = n\n        self.other = other\n    def go(self):\n        work(2)\n        self.n += 1\n        if self.other is not None:\n            self.other.n += 10\n        print(self.n)\na = A(1)\nb = A(2, a)\nb.go()\na.go()\nprint(a.n, b.n, b.other is a)\n",
    "itself": "class A:\n    def fit(self, n):\n        work(1)\n        self.n = n\n        return self\na = A()\nb = a.fit(2)\nprint(a is b, b.n)\nc = a.fit(3)\nprint(a.n, b.n, c.n)\n",
    "a local object": "class A:\n    def __init__(self, n):\n        work(1)\n        self.n = n\n        self.kept = [n]\n    def go(self, m):\n        work(m)\n        self.kept.append(m)\n        return self.kept\ndef main():\n    a = A(1)\n    k = a.go(2)\n    print(k)\n    b = A(5)\n    m = b.go(3)\n    return k, m\nx = main()\nprint(x)\n",
    "defaults that change": "class A:\n    def go(self, x=[]):\n        work(1)\n        x.append(1)\n        print(x)\na = A()\na.go()\na.go()\n",
    "class attributes": "class A:\n    count = 0\n    seen = []\n    def __init__(self):\n        work(1)\n        A.count += 1\n        self.seen.append(A.count)\n        print(self.seen)\na = A()\nb = A()\nprint(A.count, A.seen, b.count)\n",
    "what it is called": "class A:\n    def go(this, x):\n        work(1)\n        this.x = x\n        print(this.x)\n    def bound_anew(self, x):\n        work(2)\n        self = x\n        print(self)\na = A()\na.go(2)\na.bound_anew(3)\n",
    "globals": "N = 3\nclass A:\n    def go(self):\n        global N\n        work(1)\n        N += 1\n        print(N, len([N]))\na = A()\na.go()\nprint(N)\na.go()\n",
    "loops": "class A:\n    def __init__(self):\n        self.h = []\n    def go(self, n):\n        for e in range(n):\n            v = work(e)\n            if e == 3:\n                break\n            self.h.append(v)\n            print('epoch', e)\n        return self.h\na = A()\nx = a.go(2)\nprint(len(x))\ny = a.go(9)\nprint(len(y), x is y)\n",
    "stop iteration of its own": "class A:\n    def __iter__(self):\n        work(1)\n        for i in range(2):\n            yield i\n    def go(self):\n        work(2)\n        for i in self:\n            print(i)\n        return list(self)\na = A()\nx = a.go()\nprint(x)\n",
    "printed where it is": "class A:\n    def go(self):\n        work(1)\n        x = 3\n        print(type(self).__name__, self.go.__func__.__name__)\na = A()\na.go()\n",
    "warns": "import warnings\nclass A:\n    def go(self):\n        work(1)\n        x = 2\n        warnings.warn('look', stacklevel=2)\na = A()\na.go()\na.go()\n",
}  # fmt: skip


QUICK = frozenset({
    "mangled", "qualified names", "an error in a method", "another class than it seems", "patched", "inherited",
    "two objects", "itself", "loops",
})  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in STEPPED])
def test_a_method_stepped_into_does_what_a_call_does(project: Project, name: str) -> None:
    work = WORK
    project.script(work + STEPPED[name])
    first = project.run(stderr=True)
    if first.status == 0:
        project.unchanged(stderr=True)
    project.script(work + STEPPED[name].replace("work(1)", "work(7)").replace("print(x)", "print('x', x)") + "print('end')\n")
    project.run(stderr=True)
    project.script(work + STEPPED[name])
    project.run(stderr=True)
