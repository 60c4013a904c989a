"""What instances have of their class, and functions of what is set on them: nobody is taken for sharing it."""

from __future__ import annotations

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
    time.sleep(0.5)
    return cls()
"""


def test_an_instance_of_an_abstract_class_with_decorated_methods_is_loaded(project: Project) -> None:
    project.script(CLASSES + "a = made(One)\nprint(a.x, a.m())\n")
    project.run()
    project.script(CLASSES + "a = made(One)\nprint(a.x, a.m(), 'again')\n")
    done = project.run()
    assert "return cls()" in done.labels("load") and not any("sleep" in label for label in done.computed)
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
