"""Methods that are called by other ways than their name: an edit of one shows wherever it is called.

Each program has a method whose text says "one"; once that is "two", it prints what python prints.
"""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

TRAPS = {
    "getattr": "class A:\n    def m(self):\n        return 'one'\na = A()\nx = getattr(a, 'm')()\nprint(x)",
    "getattr of a name put together": "class A:\n    def m(self):\n        return 'one'\na = A()\nname = chr(109)\nx = getattr(a, name)()\nprint(x)",
    "dict of bound methods": "class A:\n    def m(self):\n        return 'one'\na = A()\nd = {'m': a.m}\nn = len(d)\nx = d['m']()\nprint(x, n)",
    "a bound method kept": "class A:\n    def m(self):\n        return 'one'\na = A()\nf = a.m\ng = [f]\nx = g[0]()\nprint(x)",
    "the function of the class": "class A:\n    def m(self):\n        return 'one'\nf = A.m\nx = f(0)\nprint(x)",
    "property": "class A:\n    @property\n    def m(self):\n        return 'one'\na = A()\nx = a.m\nprint(x)",
    "setter": "class A:\n    @property\n    def m(self):\n        return self._m\n    @m.setter\n    def m(self, value):\n        self._m = value + 'one'\na = A()\na.m = 'x'\nprint(a.m)",
    "static and class methods": "class A:\n    @staticmethod\n    def s():\n        return 'one'\n    @classmethod\n    def c(cls):\n        return cls.s() + 'one'\nx = A.c()\ny = A().s()\nprint(x, y)",
    "call": "class A:\n    def __call__(self):\n        return 'one'\na = A()\nx = a()\nprint(x)",
    "len and bool": "class A:\n    def __len__(self):\n        return len('one') - len('three')  and 5\na = A()\nx = len(a)\ny = bool(a)\nprint(x, y)",
    "bool in an if": "class A:\n    def __bool__(self):\n        return 'one' == 'one'\na = A()\nif a:\n    print('yes')\nelse:\n    print('no')",
    "repr": "class A:\n    def __repr__(self):\n        return 'one'\na = A()\nb = [a]\nprint(a)\nprint(b)\nprint(f'{a!r}')",
    "str and format": "class A:\n    def __str__(self):\n        return 'one'\n    def __format__(self, spec):\n        return 'one' + spec\na = A()\nx = str(a)\nprint(a, x, f'{a:z}')",
    "order": "class A:\n    def __init__(self, n):\n        self.n = n\n    def __lt__(self, other):\n        return (self.n < other.n) == ('one' == 'one')\nitems = [A(3), A(1), A(2)]\nx = [a.n for a in sorted(items)]\nprint(x, min(items).n)",
    "eq and hash": "class A:\n    def __init__(self, n):\n        self.n = n\n    def __eq__(self, other):\n        return 'one' == 'one' and self.n == other.n\n    def __hash__(self):\n        return len('one')\na, b = A(1), A(1)\nx = a == b\ns = {a: 1}\ny = s.get(b)\nprint(x, y, len({a, b}))",
    "iter": "class A:\n    def __iter__(self):\n        return iter(['one', 'z'])\na = A()\nx = list(a)\nfor each in a:\n    print(each)\nprint(x)",
    "a generator": "class A:\n    def rows(self):\n        yield 'one'\n        yield 'z'\na = A()\ng = a.rows()\nn = 4\nx = list(g)\nprint(x, n)",
    "a generator that goes on": "class A:\n    def rows(self):\n        for i in range(3):\n            yield self.m()\n    def m(self):\n        return 'one'\na = A()\ng = a.rows()\nx = next(g)\ny = next(g)\nprint(x, y)",
    "map put off": "class A:\n    def m(self, i):\n        return 'one', i\na = A()\ng = map(a.m, range(2))\nn = 3\nx = list(g)\nprint(x, n)",
    "getitem and contains": "class A:\n    def __getitem__(self, i):\n        return ('one', i)\n    def __contains__(self, x):\n        return x == 'one'\na = A()\nx = a[3]\ny = 'two' in a\nprint(x, y)",
    "arithmetic": "class A:\n    def __add__(self, o):\n        return 'one'\n    def __radd__(self, o):\n        return 'r one'\na = A()\nx = a + 1\ny = sum([a]) if False else 1 + a\nprint(x, y)",
    "with": "class A:\n    def __enter__(self):\n        return 'one'\n    def __exit__(self, *e):\n        print('out one')\na = A()\nwith a as x:\n    print(x)",
    "super": "class B:\n    def m(self):\n        return 'one'\nclass A(B):\n    def m(self):\n        return super().m() + '!'\na = A()\nx = a.m()\nprint(x)",
    "overriding": "class B:\n    def run(self):\n        return self.m()\n    def m(self):\n        return 'b'\nclass A(B):\n    def m(self):\n        return 'one'\na = A()\nx = a.run()\nprint(x)",
    "a method that the subclass gets": "class B:\n    def m(self):\n        return 'b'\nclass A(B):\n    pass  # one\n    def other(self):\n        return 'one'\na = A()\nx = a.m(), a.other()\nprint(x)",
    "monkey patched": "class A:\n    def m(self):\n        return 'a'\ndef other(self):\n    return 'one'\na = A()\nx = a.m()\nA.m = other\ny = a.m()\nprint(x, y)",
    "wrapped by a patch": "class A:\n    def m(self):\n        return 'one'\na = A()\ndef wrap(f):\n    return lambda self: f(self) + '!'\nA.m = wrap(A.m)\nn = 3\nx = a.m()\nprint(x, n)",
    "kept before a patch": "class A:\n    def m(self):\n        return 'one'\nf = A.m\nA.m = print\nn = 3\nx = f(0)\nprint(x, n)",
    "patched by another of its methods": "class A:\n    def m(self):\n        return 'a'\n    def p(self):\n        return 'one'\nA.m = A.p\na = A()\nx = a.m()\nprint(x)",
    "code put in its place": "class A:\n    def m(self):\n        return 'a'\n    def p(self):\n        return 'one'\na = A()\nA.m.__code__ = A.p.__code__\nx = a.m()\nprint(x)",
    "a method of the instance": "import types\nclass A:\n    def m(self):\n        return 'a'\n    def p(self):\n        return 'one'\na = A()\na.m = a.p\nn = 3\nx = a.m()\nprint(x, n)",
    "attribute of the class": "class A:\n    kind = 'one'\n    def m(self):\n        return self.kind\na = A()\nx = a.m()\nprint(x)",
    "attribute of the class that is set": "class A:\n    kind = 'a'\n    def m(self):\n        return self.kind\n    def p(self):\n        type(self).kind = 'one'\na = A()\na.p()\nb = A()\nx = b.m()\nprint(x)",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass A:\n    n: int = 3\n    def __post_init__(self):\n        self.s = 'one'\n    def m(self):\n        return self.s + 'one'\na = A(4)\nx = a.m()\nprint(a, x, a.s)",
    "dataclass frozen": "from dataclasses import dataclass\n@dataclass(frozen=True, order=True)\nclass A:\n    n: int = 3\n    def m(self):\n        return 'one'\na = A(4)\nx = a.m()\nprint({a: x})",
    "enum": "from enum import Enum\nclass A(Enum):\n    P = 1\n    Q = 2\n    def m(self):\n        return 'one' + self.name\na = A.P\nx = a.m()\nprint(x)",
    "named tuple": "from typing import NamedTuple\nfrom collections import namedtuple\nclass A(NamedTuple):\n    n: int\n    def m(self):\n        return 'one'\nclass B(namedtuple('B', 'x')):\n    def m(self):\n        return 'one'\na, b = A(3), B(4)\nx = a.m(), b.m()\nprint(x)",
    "within lists and dicts": "class A:\n    def m(self):\n        return 'one'\nbox = {'k': [A(), A()]}\nx = [a.m() for a in box['k']]\nprint(x)",
    "held by another": "class A:\n    def m(self):\n        return 'one'\nclass B:\n    def __init__(self, a):\n        self.a = a\n    def go(self):\n        return self.a.m()\nb = B(A())\nx = b.go()\nprint(x)",
    "pickling hooks": "import copy, pickle\nclass A:\n    def __init__(self):\n        self.v = 'a'\n    def __getstate__(self):\n        return {'v': self.v + 'one'}\n    def __setstate__(self, state):\n        self.v = state['v'] + 'one'\na = A()\nb = copy.deepcopy(a)\nc = pickle.loads(pickle.dumps(a))\nprint(b.v, c.v)",
    "reduce": "import copy\nclass A:\n    def __init__(self, v):\n        self.v = v\n    def __reduce__(self):\n        return A, (self.v + 'one',)\na = A('a')\nb = copy.copy(a)\nprint(b.v)",
    "copying": "import copy\nclass A:\n    def __init__(self):\n        self.v = ['a']\n    def __copy__(self):\n        b = A()\n        b.v.append('one')\n        return b\na = A()\nb = copy.copy(a)\nprint(b.v)",
    "slots": "class A:\n    __slots__ = ('v',)\n    def __init__(self):\n        self.v = 'one'\n    def m(self):\n        return self.v + 'one'\na = A()\nx = a.m()\nprint(x)",
    "getattr hook": "class A:\n    def __getattr__(self, name):\n        return lambda: 'one' + name\na = A()\nx = a.anything()\nprint(x)",
    "setattr hook": "class A:\n    def __setattr__(self, name, value):\n        object.__setattr__(self, name, value + 'one')\na = A()\na.v = 'x'\nprint(a.v)",
    "metaclass": "class M(type):\n    def __call__(cls):\n        return 'one'\nclass A(metaclass=M):\n    pass\nx = A()\nprint(x)",
    "init_subclass": "class B:\n    def __init_subclass__(cls):\n        cls.tag = 'one'\nclass A(B):\n    def m(self):\n        return self.tag\nx = A().m()\nprint(x)",
    "descriptor": "class D:\n    def __get__(self, obj, kind):\n        return 'one'\nclass A:\n    d = D()\na = A()\nx = a.d\nprint(x)",
    "set_name": "class D:\n    def __set_name__(self, owner, name):\n        self.name = name + 'one'\nclass A:\n    d = D()\na = A()\nx = a.d.name\nprint(x)",
    "cached property": "from functools import cached_property\nclass A:\n    @cached_property\n    def m(self):\n        return 'one'\na = A()\nx = a.m\nprint(x)",
    "lru_cache": "from functools import lru_cache\nclass A:\n    @lru_cache(9)\n    def m(self):\n        return 'one'\na = A()\nx = a.m()\nprint(x)",
    "decorated": "import functools\ndef loud(f):\n    @functools.wraps(f)\n    def inner(self):\n        return f(self).upper()\n    return inner\nclass A:\n    @loud\n    def m(self):\n        return 'one'\na = A()\nx = a.m()\nprint(x)",
    "a decorator of the class": "def add(cls):\n    cls.q = cls.m\n    return cls\n@add\nclass A:\n    def m(self):\n        return 'one'\na = A()\nx = a.q()\nprint(x)",
    "total ordering": "import functools\n@functools.total_ordering\nclass A:\n    def __init__(self, n):\n        self.n = n\n    def __eq__(self, o):\n        return self.n == o.n\n    def __lt__(self, o):\n        return (self.n < o.n) == ('one' == 'one')\na, b = A(1), A(2)\nx = a >= b\nprint(x, a > b)",
    "nested class": "class A:\n    class B:\n        def m(self):\n            return 'one'\n    def go(self):\n        return self.B().m()\na = A()\nb = a.B()\nx = a.go(), b.m()\nprint(x)",
    "a class of a function": "def make():\n    class A:\n        def m(self):\n            return 'one'\n    return A\nA = make()\na = A()\nx = a.m()\nprint(x)",
    "a class defined twice": "class A:\n    def m(self):\n        return 'one'\na = A()\nclass A:\n    def m(self):\n        return 'b'\nx = a.m(), A().m()\nprint(x)",
    "a class bound anew": "class A:\n    def m(self):\n        return 'one'\na = A()\nA = 0\nn = 2\nx = a.m()\nprint(x, n)",
    "a class under a condition": "class A:\n    def m(self):\n        return 'a'\na = A()\nif 1:\n    class A:\n        def m(self):\n            return 'one'\nb = A()\nx = a.m(), b.m()\nprint(x)",
    "reads globals": "WORD = 'one'\ndef say():\n    return WORD\nclass A:\n    def m(self):\n        return say()\na = A()\nx = a.m()\nprint(x)",
    "looks at its signature": "import inspect\nclass A:\n    def m(self, v='one'):\n        return 'm'\na = A()\nx = str(inspect.signature(a.m))\nprint(x)",
    "looks at its source": "import inspect\nclass A:\n    def m(self):\n        return 'one'\nx = inspect.getsource(A.m)\nprint(x)",
    "looks at the source of the class": "import inspect\nclass A:\n    def m(self):\n        return 'one'\nlook = inspect.getsource\nx = look(A)\nprint(x)",
    "looks at its code": "class A:\n    def m(self):\n        return 'one'\nx = A.m.__code__.co_consts\nprint(x)",
    "looks at its text": "class A:\n    def m(self):\n        'one'\n        return 3\nx = A.m.__doc__\nprint(x)",
    "lists its names": "class A:\n    def one(self):\n        return 3\nx = [n for n in dir(A) if not n.startswith('__')]\nprint(x, hasattr(A(), 'two'))",
    "a lambda of a method": "class A:\n    def m(self):\n        return lambda: 'one'\na = A()\nf = a.m()\nn = 3\nx = f()\nprint(x, n)",
    "a thread": "import threading\nclass A:\n    def m(self):\n        self.v = 'one'\na = A()\nt = threading.Thread(target=a.m)\nt.start()\nt.join()\nprint(a.v)",
    "a pool of threads": "from concurrent.futures import ThreadPoolExecutor\nclass A:\n    def m(self, i):\n        return 'one', i\na = A()\npool = ThreadPoolExecutor(1)\nf = pool.submit(a.m, 1)\nn = 3\nx = f.result()\npool.shutdown()\nprint(x, n)",
    "a fork": "import multiprocessing\nclass A:\n    def m(self, i):\n        return 'one', i\na = A()\nctx = multiprocessing.get_context('fork')\nwith ctx.Pool(1) as pool:\n    x = pool.map(a.m, range(2))\nprint(x)",
    "an exit handler": "import atexit\nclass A:\n    def m(self):\n        print('one')\na = A()\natexit.register(a.m)\nx = 3\nprint(x)",
    "a finalizer": "class A:\n    def __del__(self):\n        print('one')\na = A()\nx = 3\ndel a\nprint(x)",
    "a sort key": "class A:\n    def key(self, v):\n        return v if 'one' == 'one' else -v\na = A()\nx = sorted([2, 1, 3], key=a.key)\nprint(x)",
    "a hook of json": "import json\nclass E(json.JSONEncoder):\n    def default(self, o):\n        return 'one'\nclass A:\n    pass\nx = json.dumps(A(), cls=E)\nprint(x)",
    "a file of its own": "class A:\n    def write(self, text):\n        import sys\n        sys.stdout.write('one' + text)\na = A()\nprint('x', file=a)",
    "partial": "import functools\nclass A:\n    def m(self, i):\n        return 'one', i\na = A()\nf = functools.partial(a.m, 3)\nn = 3\nx = f()\nprint(x, n)",
    "eval": "class A:\n    def m(self):\n        return 'one'\na = A()\nx = eval('a.m()')\nprint(x)",
    "apply of pandas": "import pandas as pd\nclass A:\n    def m(self, v):\n        return f'one{v}'\na = A()\ns = pd.Series([1, 2])\nx = s.apply(a.m)\nprint(list(x))",
    "methodcaller": "import operator\nclass A:\n    def m(self):\n        return 'one'\ncall = operator.methodcaller('m')\na = A()\nx = call(a)\nprint(x)",
    "called by a module": "import helper\nclass A:\n    def m(self):\n        return 'one'\na = A()\nx = helper.call(a)\nprint(x)",
    "a class of a module": "import helper\na = helper.Own()\nb = a.m()\nclass A(helper.Own):\n    def m(self):\n        return 'one'\nx = A().go()\nprint(x, b)",
    "weak reference": "import weakref\nclass A:\n    def m(self):\n        return 'one'\na = A()\nr = weakref.WeakMethod(a.m)\nx = r()()\nprint(x)",
    "abstract": "from abc import ABC, abstractmethod\nclass B(ABC):\n    @abstractmethod\n    def m(self): ...\n    def go(self):\n        return self.m()\nclass A(B):\n    def m(self):\n        return 'one'\na = A()\nx = a.go()\nprint(x)",
    "mangled": "class A:\n    def __m(self):\n        return 'one'\n    def go(self):\n        return self.__m()\na = A()\nx = a.go(), a._A__m()\nprint(x)",
    "an exception": "class E(Exception):\n    def __str__(self):\n        return 'one'\ntry:\n    raise E()\nexcept E as e:\n    print(e)",
    "iterator": "class A:\n    def __init__(self):\n        self.i = 0\n    def __iter__(self):\n        return self\n    def __next__(self):\n        self.i += 1\n        if self.i > 3:\n            raise StopIteration\n        return 'one', self.i\na = A()\nfor x in a:\n    print(x)",
    "a sequence by getitem": "class A:\n    def __getitem__(self, i):\n        if i > 2:\n            raise IndexError\n        return 'one'\na = A()\nx = list(a)\nfor y in a:\n    print(y)\nprint(x)",
}  # fmt: skip


QUICK = frozenset({
    "getattr", "property", "repr", "map put off", "wrapped by a patch", "kept before a patch", "a class defined twice",
    "a fork", "looks at its code", "overriding",
})  # fmt: skip
MARKED = [pytest.param(trap, marks=() if trap in QUICK else pytest.mark.slow) for trap in TRAPS]


@pytest.mark.parametrize("trap", MARKED)
def test_an_edit_of_the_method_shows(project: Project, trap: str) -> None:
    text = TRAPS[trap]
    assert "one" in text
    project.write("helper.py", "def call(a):\n    return a.m()\nclass Own:\n    def m(self):\n        return 'own'\n    def go(self):\n        return self.m()\n")
    project.script(text + "\n")
    project.run()
    project.script(text.replace("one", "two") + "\n")
    project.run()
    project.script(text + "\n")
    project.run()
