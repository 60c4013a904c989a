"""What a class holds belongs to its name: instances are loaded without it, and whatever becomes of it shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

CLASSES = """
import abc, functools, time
def noted(f):
    @functools.wraps(f)
    def inner(*a):
        return f(*a)
    return inner
class Base(abc.ABC):
    k = 1
    def __init__(self):
        self.x = [1]
    @noted
    def m(self):
        return self.k
    @abc.abstractmethod
    def n(self): ...
class One(Base):
    def n(self):
        return 2
def made(cls):
    return time.sleep(0.5) or cls()
"""


def test_an_instance_of_an_abstract_class_with_decorated_methods_is_loaded(project: Project) -> None:
    project.script(CLASSES + "a = made(One)\nprint(a.x, a.m())\n")
    project.run()
    project.script(CLASSES + "a = made(One)\nprint(a.x, a.m(), 'again')\n")
    done = project.run()
    assert done.last["loaded"] == 1 and done.last["compute_seconds"] < 0.5
    project.script(CLASSES.replace("return self.k", "return self.k + 1") + "a = made(One)\nprint(a.x, a.m())\n")
    project.run()


SET = """
a, b = made(One), made(One)
f = Base.m
def show(x):
    return getattr(x.m, "flag", None), getattr(x.m.__wrapped__, "deep", None), x.k
a.m.__func__.flag = 1
one = show(b)
print(one, getattr(Base.m, "flag", None))
type(a).k = 7
two = show(b)
print(two)
f.flag = 3
three = show(b)
print(three, show(One))
f.__wrapped__.deep = 1
four = show(b)
print(four, show(One))
held = vars(f)
held["other"] = 5
print(getattr(a.m, "other", None), sorted(held))
f.more = 3
print(sorted(held))
"""
EDITS = [
    ("flag = 1", "flag = 11"), ("k = 7", "k = 77"), ("flag = 3", "flag = 33"), ("deep = 1", "deep = 11"),
    ("= 5", "= 6"), ("f.more", "f.moore"), ("f.moore", "f.other"), ("f.flag = 33\n", ""), ("type(a).k = 77\n", ""),
]  # fmt: skip


@pytest.mark.parametrize("policy", ["auto", "always"])
def test_what_is_set_on_a_method_or_a_class_shows_for_all_its_instances(project: Project, policy: str) -> None:
    text = CLASSES.replace("sleep(0.5)", "sleep(0)") + SET
    project.script(text)
    project.run(options=("--policy", policy))
    for old, new in EDITS:
        assert old in text
        text = text.replace(old, new, 1)
        project.script(text)
        project.run(options=("--policy", policy))


KEPT = """
import enum, time
from dataclasses import dataclass, field
from typing import NamedTuple
@dataclass
class Result:
    score: float
    rows: list = field(default_factory=list)
class Listed:
    made = []
    def __init__(self, score):
        self.score = score
class Pair(NamedTuple):
    score: float = 0.0
class Kind(enum.Enum):
    A = 1
def slow(cls, value):
    found = cls(time.sleep(0.4) or value)
    return found if value else None
"""


@pytest.mark.parametrize("cls", ["Result", "Listed", "Pair", "Kind"])
def test_an_instance_is_loaded_whatever_its_class_holds(project: Project, cls: str) -> None:
    project.script(KEPT + f"found = slow({cls}, 1)\nprint(found == 1)\n")
    project.run()
    project.script(KEPT + f"found = slow({cls}, 1)\nprint(found == 2, type(found) is {cls})\n")
    done = project.run()
    assert done.last["loaded"] == 1 and done.last["compute_seconds"] < 0.4


STATE = {
    "made by the class": """
class A:
    made = []
    def __init__(self, n):
        self.n = n
        A.made.append(n)
a, b = A(10), A(20)
print(A.made, b.made)
a.made.append(30)
print(A.made, b.made)
c = b.made
c.append(40)
print(a.made)
""",
    "a list of the class in an instance": """
class A:
    all = [1]
    def __init__(self):
        self.mine = A.all
a = A()
b = A()
a.mine.append(10)
print(A.all, b.mine, b.all)
A.all.append(20)
print(a.mine)
rows = b.mine
rows[0] = 30
print(A.all, a.all)
del a.mine
print(rows, vars(a))
""",
    "counted": """
class A:
    count = 0
    def __init__(self, n):
        type(self).count += n
a = A(10)
b = A(20)
print(a.count, b.count)
A.count = 30
print(a.count)
""",
    "memory of the class": """
import numpy as np
class A:
    W = np.zeros(4)
    def __init__(self):
        self.part = A.W[:2]
a = A()
b = A()
a.part[0] = 10
print(A.W, b.part)
b.W[1] = 20
print(a.part)
v = A.W[1:]
v += 30
print(a.part, b.part, v)
""",
    "a memory of calls": """
class A:
    seen = {}
    def f(self, n):
        return self.seen.setdefault(n, n * 2)
a, b = A(), A()
x = a.f(10)
y = b.f(20)
print(x, y, sorted(b.seen))
a.seen[30] = 1
print(sorted(b.seen), b.f(30))
""",
    "instances that the class knows": """
class A:
    by = {}
    def __init__(self, n):
        self.n = n
        A.by[len(A.by)] = self
a = A(10)
b = A(20)
a.n += 30
print([each.n for each in A.by.values()], b.by[0].n)
A.by[1].n = 40
print(b.n)
""",
    "derived": """
class Base:
    opts = {"k": 1}
class One(Base):
    pass
class Two(One):
    extra = [1]
a, b = One(), Two()
Base.opts["k"] = 10
print(a.opts, b.opts)
b.opts["j"] = 20
print(a.opts, One.opts)
Two.extra.append(30)
print(b.extra)
One.opts = {"k": 40}
print(a.opts, b.opts, Base.opts)
""",
    "set on a base": """
class Base:
    k = 1
    def m(self):
        return self.k
class One(Base):
    pass
b = One()
f = Base.m
def show(x):
    return getattr(x.m, "flag", None), x.k
Base.k = 10
one = show(b)
print(one)
f.flag = 20
two = show(b)
print(two)
three = show(One)
print(three)
""",
    "set on a base, and not any more": """
class Base:
    k = 1
class One(Base):
    pass
b = One()
def show(x):
    return x.k
Base.k = 10
one = show(b)
print(one)
two = 20
print(two, show(b))
""",
    "variables of methods": """
def counted(f):
    n = 0
    def inner(*a):
        nonlocal n
        n += a[-1]
        return n, f(*a)
    return inner
class A:
    @counted
    def m(self, n):
        return n
a, b = A(), A()
x = a.m(10)
y = b.m(20)
print(x, y)
held = [A.m, b]
z = held[0](a, 30)
print(z, b.m(0))
""",
    "functions without a name": """
def made():
    def f():
        return getattr(f, "k", 0)
    return f
f = made()
fs = [f]
f.k = 10
print(fs[0].k, f())
g = fs[0]
g.k = 20
print(f(), fs[0]())
def local():
    class L:
        k = 1
    return L
L = local()
c, d = L(), L()
L.k = 30
print(c.k)
type(c).k = 40
print(d.k, L.k)
""",
    "defined again": """
class A:
    items = []
    k = 1
def f(x, kept=[]):
    kept.append(x)
    return list(kept)
a, b = A(), A()
g, fs = f, [f]
class A:
    items = [5]
    k = 2
def f(x):
    return x
a.items.append(10)
print(b.items, A.items)
type(b).k = 20
print(a.k, A().k)
x = g(30)
print(fs[0](0), x)
del A
a.items.append(40)
print(b.items)
""",
    "constants with a name": """
import enum
class E(enum.Enum):
    A = [1]
    B = [2]
e, every = E.A, list(E)
e.value.append(10)
print(every, E.A)
E.A.value.append(20)
print(e)
""",
    "of a module": """
import lib
a, b = lib.One(10), lib.One(20)
print(lib.made, a.all, b.opts)
lib.Base.opts["k"] = 30
print(a.opts, b.opts)
b.all.append(40)
print(a.all, lib.One.all)
lib.One.opts = {}
print(a.opts, lib.Base.opts, lib.count(5))
""",
}
LIB = """
made = []
class Base:
    opts = {}
class One(Base):
    all = []
    def __init__(self, n):
        made.append(n)
        self.all.append(n)
def count(n):
    One.all.append(n)
    return len(One.all)
"""


@pytest.mark.parametrize("dear", [True, False])
@pytest.mark.parametrize("case", STATE)
def test_what_becomes_of_a_class_shows_wherever_it_is_reached(project: Project, case: str, dear: bool) -> None:
    """dear: so much that objects are loaded rather than made."""
    text = STATE[case]
    if dear:
        made = re.compile(r"^(\w[\w, ]* = )((?:\w+\.)?(?:A|One|Base|L|made|local)\(.*)$", re.MULTILINE)
        text = "import time\n" + made.sub(r"\1time.sleep(0.1) or (\2)", text)
    project.write("lib.py", LIB)
    project.script(text)
    project.run()
    for n in ("10", "20", "30", "40"):
        if n in text:
            text = text.replace(n, str(int(n) + 1), 1)
            project.script(text)
            project.run()
    if "Base.k = 11\n" in text:
        text = text.replace("Base.k = 11\n", "")
        project.script(text)
        project.run()
    at = text.rindex("print(")
    project.script(text[:at] + "print('last')\n" + text[at:])
    project.run(options=("--policy", "always"))


def test_a_value_that_names_a_function_is_not_loaded_where_the_name_is_anothers(project: Project) -> None:
    text = """
import time
class A:
    k = 1
def f(x):
    return x
def g(x):
    return x
a = time.sleep(0.3) or A()
fs = time.sleep(0.3) or [f, g]
print(a.k, fs[0](1))
class A:
    k = 2
def f(x):
    return -x
g = abs
print(a.k, A().k, fs[0](1), fs[1](-2))
"""
    project.script(text)
    project.run()
    edits = ("print(a.k, A()", "print('x', a.k, A()"), ("print(a.k, fs", "print('y', a.k, fs"), ("k = 2", "k = 3")
    for old, new in edits:
        text = text.replace(old, new)
        project.script(text)
        project.run()


SWAPPING = """
class A:
    k = 1
    def __init__(self, n):
        self.n = n
def f(x):
    return x
def swap():
    global A, f
    class A:
        k = 2
    def f(x):
        return -x
"""


@pytest.mark.parametrize("home", ["", "lib."])
def test_nor_where_a_call_has_put_another_in_its_place(project: Project, home: str) -> None:
    project.write("lib.py", SWAPPING)
    text = "import time\n" + ("import lib\n" if home else SWAPPING) + (
        f"a = time.sleep(0.3) or {home}A(1)\nfs = time.sleep(0.3) or [{home}f]\nprint(a.k)\n{home}swap()\n"
        f"print(a.k, {home}A.k, fs[0](1), {home}f(1))\n{home}f = abs\nprint(fs[0](-1), {home}f(-1))\n"
    )  # fmt: skip
    project.script(text)
    project.run()
    edits = (f"print(a.k, {home}A", f"print('x', a.k, {home}A"), ("print(fs", "print('y', fs"), ("f = abs", "f = repr")
    for old, new in edits:
        text = text.replace(old, new)
        project.script(text)
        project.run()
