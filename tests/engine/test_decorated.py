"""Decorated functions: what is asked for when they are called, and that nothing is as they are only made (rule R8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine.test_functions import edited

if TYPE_CHECKING:
    from conftest import Project


MAKERS = """\
import functools
import random
import statistics
import time
from datetime import datetime

def timed(function):
    @functools.wraps(function)
    def inner(*args):
        begin = time.time()
        found = function(*args)
        LATE.append(time.time() - begin > 1e9)
        return found
    return inner

def logged(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner

def stage(name):
    def wrap(function):
        @functools.wraps(function)
        def inner(*args):
            print("stage", name)
            return function(*args)
        return inner
    return wrap

LATE = []
"""

QUIET = {
    "a function": "def year():\n    return datetime.now().year\n",
    "a method": "class Run:\n    def year(self):\n        return datetime.now().year\n",
    "a decorator that takes the time": "@timed\ndef prepare():\n    return 1\n",
    "one that is called": "@stage('one')\ndef prepare():\n    return time.time()\n",
    "two": "@stage('one')\n@logged\ndef prepare():\n    return datetime.now().year\n",
    "one of a library": "@functools.lru_cache(None)\ndef prepare():\n    return datetime.now().year\n",
    "a patch": "@logged\ndef setup(k):\n    statistics.mean = lambda v: k\n",
    "a generator of random numbers": "@logged\ndef make():\n    return random.Random()\n",
    "decorated methods": """\
class Run:
    @property
    def year(self):
        return datetime.now().year
    @timed
    def go(self):
        pass
""",
    "a data class": """\
from dataclasses import dataclass, field
@dataclass
class Run:
    rows: list = field(default_factory=list)
    def year(self):
        return datetime.now().year
""",
}


@pytest.mark.parametrize("definition", QUIET.values(), ids=QUIET)
def test_nothing_is_asked_for_as_a_function_is_made(project: Project, definition: str) -> None:
    project.script(MAKERS + definition + "print(1)\n")
    project.run()
    project.unchanged()


ASKING = {
    "a decorator that calls": "@at_once\ndef found():\n    return time.time()\n",
    "a partial function": "now = functools.partial(at_once)\n@now\ndef found():\n    return time.time()\n",
    "what a decorator is given": "@stage(time.time())\ndef found():\n    return 1\n",
    "a decorator made by one that asks": "@dated()\ndef found():\n    return 1\n",
    "an attribute of a class": "class found:\n    begin = datetime.now()\n",
    "a method that is called at once": "class found:\n    @at_once\n    def begin():\n        return time.time()\n",
    "a base that sets something": "class found(Base):\n    pass\n",
    "a default": "def found(at=time.time()):\n    return at\n",
}


@pytest.mark.parametrize("definition", ASKING.values(), ids=ASKING)
def test_what_is_asked_for_by_a_definition_is_seen(project: Project, definition: str) -> None:
    project.script(MAKERS + """\
def at_once(function):
    return function()

def dated():
    at = time.time()
    def wrap(function):
        return at
    return wrap

class Base:
    def __init_subclass__(cls):
        cls.begin = datetime.now()

""" + definition + "print(1)\n")  # fmt: skip
    project.run()
    assert project.run().computed[-1:] == ["found"]


CALLED = {
    "a closure": "@logged\ndef now():\n    return time.perf_counter_ns()\n",
    "a collection": "table = {'now': [lambda: time.perf_counter_ns()]}\ndef now():\n    return table['now'][0]()\n",
    "a partial": "now = functools.partial(lambda k: time.perf_counter_ns() + k, 0)\n",
    "what an object keeps": """\
class Kept:
    def __init__(self, function):
        self.function = function
    def __call__(self):
        return self.function()
@Kept
def now():
    return time.perf_counter_ns()
""",
    "an attribute": """\
class Kept:
    pass
kept = Kept()
kept.function = lambda: time.perf_counter_ns()
def now():
    return kept.function()
""",
    "a method": """\
class Run:
    @logged
    def now(self):
        return time.perf_counter_ns()
now = Run().now
""",
}


@pytest.mark.parametrize("definition", CALLED.values(), ids=CALLED)
def test_the_time_is_asked_for_as_it_is_called(project: Project, definition: str) -> None:
    project.script(MAKERS + definition + "seen = now()\nprint(seen > 0)\n")
    project.run()
    assert "seen" in project.run().computed


def test_a_module_with_the_decorator_or_the_function(project: Project) -> None:
    project.write("makers.py", MAKERS)
    now = "@makers.logged\ndef now():\n    return time.perf_counter_ns()\n"
    project.write("clocks.py", f"import time\nimport makers\n{now}")
    text = "import makers\nimport clocks\n@makers.timed\ndef work():\n    return sum(i % 7 for i in range(3_000_000))\n"
    project.script(text + "total = work()\nseen = clocks.now()\nprint(total, seen > 0)\n")
    project.run()
    done = project.run()
    assert "seen" in done.computed and "work" not in done.computed and "total" not in done.computed


def test_what_a_decorated_function_sets_in_a_library_is_set_again(project: Project) -> None:
    text = MAKERS + QUIET["a patch"] + "setup(5)\nprint(statistics.mean([1, 2]))\n"
    project.script(text)
    project.run()
    project.script(edited(text, "[1, 2]", "[1, 3]"))
    assert "setup(5)" in project.run().computed
    project.script(edited(edited(text, "[1, 2]", "[1, 3]"), "setup(5)", "setup(6)"))
    project.run()


def test_an_unseeded_generator_of_a_decorated_function(project: Project) -> None:
    text = MAKERS + "@logged\ndef make():\n    return random.Random()\ndrawn = make().random()\nprint(drawn < 1)\n"
    project.script(text)
    project.run()
    assert "drawn" not in project.run().computed
    assert "drawn" in project.run(options=("--unseeded", "rerun")).computed


CALLED_IN_A_CLASS = {
    "a method": "class Found:\n    @at_once\n    def begin():\n        return helper()\n",
    "in a branch": "class Found:\n    if LIMIT:\n        @at_once\n        def begin():\n            return helper()\n",
    "of a class inside": """\
class Outer:
    class Inner:
        @at_once
        def begin():
            return helper()
Found = Outer.Inner
""",
    "by a metaclass": """\
class Meta(type):
    def __new__(meta, name, bases, space):
        return super().__new__(meta, name, bases, {"begin": space["begin"]()})
class Found(metaclass=Meta):
    def begin():
        return helper()
""",
}


@pytest.mark.parametrize("definition", CALLED_IN_A_CLASS.values(), ids=CALLED_IN_A_CLASS)
def test_what_is_called_as_a_class_is_made_counts_for_it(project: Project, definition: str) -> None:
    text = "LIMIT = 3\ndef at_once(function):\n    return function()\ndef helper():\n    return LIMIT * 10\n"
    text += definition + "print(Found.begin)\n"
    project.script(text)
    project.run()
    project.script(edited(text, "LIMIT = 3", "LIMIT = 4"))
    project.run()
    project.script(edited(text, "LIMIT * 10", "LIMIT * 20"))
    project.run()
