"""What a definition calls where it stands, told by its text."""

from __future__ import annotations

import ast

import pytest

from mliter_tui.script.defining import Defining, called_by


def called(text: str) -> Defining | None:
    (statement,) = ast.parse(text).body
    return called_by(statement)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("def f(a, b=1, *c: int, d=None, **e) -> list[int]:\n    now()", ()),
        ("async def f(): await g()", ()),
        ("@timer\ndef f(): pass", (("timer", ""),)),
        ("@timer\n@stage('a', often=-2)\n@utils.logged\ndef f(): pass",
         (("timer", ""), ("stage", "twice"), ("utils.logged", ""))),
        ("def f(key=lambda v: g(v)): pass", ()),
        ("class A: pass", ()),
        ("class A(B, nn.Module):\n    'doc'\n    x = 1\n    y: int\n    z: float = -0.5\n    def m(self): now()", ()),
        ("@dataclass(frozen=True)\nclass A:\n    x: list = field(default_factory=list)",
         (("field", "value"), ("dataclass", "twice"))),
        ("class A:\n    @property\n    def x(self): pass\n    @x.setter\n    def x(self, v): pass",
         (("property", ""), ("x.setter", ""))),
        ("class A:\n    class B:\n        @timer\n        def m(self): pass", (("timer", ""),)),
    ],
)  # fmt: skip
def test_what_is_called(text: str, expected: Defining) -> None:
    assert called(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "def f(at=now()): pass",
        "def f(*, at=now()): pass",
        "def f(at: kind()): pass",
        "def f() -> kind(): pass",
        "def f(key=lambda v=now(): v): pass",
        "def f(rows=[g(x) for x in y]): pass",
        "def f(text=f'{now}'): pass",
        "@stage(now())\ndef f(): pass",
        "@stage('a')('b')\ndef f(): pass",
        "@table['a']\ndef f(): pass",
        "@(lambda f: f())\ndef f(): pass",
        "class A(B, metaclass=M): pass",
        "class A(kind()): pass",
        "class A:\n    x = now()()",
        "class A:\n    x = [now() for _ in y]",
        "class A:\n    print(1)",
        "class A:\n    for x in y: pass",
        "class A:\n    x, y = z",
        "class A:\n    def m(self, at=now()): pass",
        "class A:\n    x = field(default=now())",
    ],
)
def test_where_more_may_be_done(text: str) -> None:
    assert called(text) is None
