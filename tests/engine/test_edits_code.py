"""Edits of code: what is reached by an edit runs again, nothing else does, and the result is that of a cold run."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

SIMPLE = """
a = 2
b = a * 10
print("b", b)
c = a + 1
print("c", c)
"""


def test_nothing_changed(project: Project) -> None:
    project.script(SIMPLE)
    first = project.run()
    assert len(first.computed) == 5
    again = project.unchanged()
    assert len(again.pruned) == 5


def test_only_the_last_line_edited(project: Project) -> None:
    project.script(SIMPLE)
    project.run()
    project.script(SIMPLE.replace('print("c", c)', 'print("now", c)'))
    assert 'print("now", c)' in project.run().computed
    project.unchanged()


@pytest.mark.slow
def test_only_the_last_line_edited_after_costly_work(project: Project) -> None:
    project.script("big = sum(i * i for i in range(4_000_000))\nprint(big)\nprint(1)\n")
    project.run()
    project.script("big = sum(i * i for i in range(4_000_000))\nprint(big)\nprint(big + 2)\n")
    outcome = project.run()
    assert outcome.computed == ["print(big + 2)"]
    assert outcome.last["loaded"] == 1


def test_back_to_an_earlier_version(project: Project) -> None:
    other = SIMPLE.replace("a = 2", "a = 3")
    project.script(SIMPLE)
    project.run()
    project.script(other)
    assert len(project.run().computed) == 5
    project.script(SIMPLE)
    project.unchanged()
    project.script(other)
    project.unchanged()


def test_an_equal_result_stops_the_change(project: Project) -> None:
    project.script("x = len('abcd')\ny = x * 2\nprint(y)\n")
    project.run()
    project.script("x = 2 + len('ab')\ny = x * 2\nprint(y)\n")
    assert project.run().computed == ["x"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 2", "# why\na = 2"),
        ("b = a * 10", "b = (a\n     *   10)  # ten"),
        ("a = 2", "\n\n\na = 2;"),
        ('print("b", b)', "print('b', b)"),
    ],
)
def test_formatting_runs_nothing(project: Project, before: str, after: str) -> None:
    project.script(SIMPLE)
    project.run()
    project.script(SIMPLE.replace(before, after))
    project.unchanged()


def test_a_docstring_no_one_reads_runs_nothing(project: Project) -> None:
    text = 'def f(x):\n    """Old."""\n    return x + 1\nclass K:\n    """Old."""\n    y = 2\nprint(f(K.y))\n'
    project.script(text)
    project.run()
    project.script(text.replace("Old", "New\n\n    and longer"))
    project.unchanged()


def test_a_docstring_that_is_read(project: Project) -> None:
    text = 'def f(x):\n    """Old."""\nprint(f.__doc__)\n'
    project.script(text)
    project.run()
    project.script(text.replace("Old", "New"))
    assert project.run().stdout == b"New.\n"


MODULE = """
SCALE = 3
def one(x):
    return x + 1
def two(x):
    return helper(x) * 2
def helper(x):
    return x * SCALE
"""
CALLS = """
import features
p = features.one(1)
q = features.two(1)
print(p)
print(q)
"""


@pytest.mark.parametrize(
    ("before", "after", "label", "other"),
    [
        ("x + 1", "x + 5", "p", "q"),
        ("helper(x) * 2", "helper(x) * 4", "q", "p"),
        ("x * SCALE", "x * SCALE + 1", "q", "p"),
        ("SCALE = 3", "SCALE = 4", "q", "p"),
    ],
)
def test_a_helper_of_a_module_reruns_its_callers(
    project: Project, before: str, after: str, label: str, other: str
) -> None:
    project.write("features.py", MODULE)
    project.script(CALLS)
    project.run()
    project.unchanged()
    project.write("features.py", MODULE.replace(before, after))
    outcome = project.run()
    assert label in outcome.computed and other not in outcome.computed
    project.unchanged()
    project.write("features.py", MODULE)
    project.unchanged()


def test_names_imported_from_a_module(project: Project) -> None:
    project.write("features.py", MODULE)
    project.script("from features import one as f, SCALE\nx = f(1)\nprint(x)\ny = SCALE\nprint(y)\n")
    project.run()
    project.write("features.py", MODULE.replace("x + 1", "x + 2"))
    outcome = project.run()
    assert "x" in outcome.computed and "y" not in outcome.computed
    project.write("features.py", MODULE.replace("SCALE = 3", "SCALE = 30"))
    assert project.run().stdout == b"2\n30\n"


def test_a_submodule_of_a_package(project: Project) -> None:
    project.write("lib/__init__.py", "from .deep.maths import triple\n")
    project.write("lib/deep/__init__.py", "")
    project.write("lib/deep/maths.py", "def triple(x):\n    return x * 3\n")
    project.script("import lib\nfrom lib.deep import maths\nprint(lib.triple(2))\nprint(maths.triple(1))\nprint('end')\n")
    project.run()
    project.unchanged()
    project.write("lib/deep/maths.py", "def triple(x):\n    return x * 3.0\n")
    outcome = project.run()
    assert outcome.stdout == b"6.0\n3.0\nend\n" and "print('end')" not in outcome.computed


def test_an_import_inside_a_function(project: Project) -> None:
    project.write("late.py", "def g():\n    return 'old'\n")
    project.script("def f():\n    import late\n    return late.g()\nprint(f())\nprint('other')\n")
    project.run()
    project.unchanged()
    project.write("late.py", "def g():\n    return 'new'\n")
    outcome = project.run()
    assert outcome.stdout == b"new\nother\n" and "print('other')" not in outcome.computed


def test_an_import_by_a_modules_function(project: Project) -> None:
    project.write("late.py", "def g():\n    return 'old'\n")
    project.write("lib.py", "def f():\n    from late import g\n    return g()\n")
    project.script("import lib\nprint(lib.f())\n")
    project.run()
    project.write("late.py", "def g():\n    return 'new'\n")
    assert project.run().stdout == b"new\n"


def test_importlib_by_a_computed_name(project: Project) -> None:
    project.write("late.py", "V = 'old'\n")
    project.script("import importlib\nname = 'la' + 'te'\nm = importlib.import_module(name)\nprint(m.V)\n")
    project.run()
    project.write("late.py", "V = 'new'\n")
    assert project.run().stdout == b"new\n"


DEFINITIONS = """
import functools
LEVEL = 1
def outer(fn):
    @functools.wraps(fn)
    def wrapped(*a, **k):
        return ("old", fn(*a, **k))
    return wrapped
@outer
def decorated(x):
    return x
def default(x=10):
    return x
class Model:
    rate = 5
    def fit(self):
        return self.rate + self.extra()
    def extra(self):
        return 0
class Sub(Model):
    pass
def reads():
    return LEVEL
u = decorated(1)
v = default()
w = Sub().fit()
x = reads()
print(u)
print(v)
print(w)
print(x)
"""


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        ('"old"', '"new"', "u"),
        ("    return x\ndef default", "    return -x\ndef default", "u"),
        ("x=10", "x=11", "v"),
        ("rate = 5", "rate = 6", "w"),
        ("return 0", "return 7", "w"),
        ("    pass", "    rate = 50", "w"),
        ("LEVEL = 1", "LEVEL = 2", "x"),
    ],
)
def test_a_definition_in_the_script(project: Project, before: str, after: str, label: str) -> None:
    assert DEFINITIONS.count(before) == 1
    project.script(DEFINITIONS)
    project.run()
    project.unchanged()
    project.script(DEFINITIONS.replace(before, after))
    outcome = project.run()
    assert [n for n in outcome.computed if n in "uvwx"] == [label]
    project.script(DEFINITIONS)
    project.unchanged()


def test_a_decorator_with_arguments_in_a_module(project: Project) -> None:
    text = "def times(n):\n    def wrap(f):\n        return lambda x: f(x) * n\n    return wrap\n"
    project.write("deco.py", text)
    project.write("lib.py", "from deco import times\n@times(2)\ndef g(x):\n    return x + 1\nclass C:\n    size = 4\n")
    project.script("from lib import g, C\nr = g(1)\ns = C.size\nprint(r, s)\n")
    project.run()
    project.unchanged()
    project.write("deco.py", text.replace("* n", "* -n"))
    assert project.run().stdout == b"-4 4\n"
    project.write("lib.py", "from deco import times\n@times(3)\ndef g(x):\n    return x + 1\nclass C:\n    size = 4\n")
    assert project.run().stdout == b"-6 4\n"
    project.write("lib.py", "from deco import times\n@times(3)\ndef g(x):\n    return x + 1\nclass C:\n    size = 5\n")
    assert project.run().stdout == b"-6 5\n"


def test_a_method_edited_after_the_object_was_made(project: Project) -> None:
    text = "class M:\n    def __init__(self):\n        self.a = 1\n    def get(self):\n        return self.a\n"
    text += "m = M()\nprint(m.get())\n"
    project.script(text)
    project.run()
    project.script(text.replace("return self.a", "return self.a + 1"))
    assert project.run().stdout == b"2\n"


def test_a_function_passed_as_a_value(project: Project) -> None:
    text = "def f(x):\n    return x\ntable = {'f': f}\nr = list(map(table['f'], [1, 2]))\nprint(r)\n"
    project.script(text)
    project.run()
    project.unchanged()
    project.script(text.replace("return x", "return x * 5"))
    assert project.run().stdout == b"[5, 10]\n"


def test_statements_moved_and_repeated(project: Project) -> None:
    project.script("x = 1\nprint(x)\nx = 2\nprint(x)\n")
    project.run()
    project.script("x = 2\nprint(x)\nx = 1\nprint(x)\nprint(x)\n")
    assert project.run().stdout == b"2\n1\n1\n"


def test_a_module_that_appears_in_front_of_another(project: Project) -> None:
    project.script("import colorsys\nprint(hasattr(colorsys, 'mine'))\n")
    project.run()
    project.write("colorsys.py", "mine = 1\n")
    assert project.run().stdout == b"True\n"
