"""Effects and the language: output byte for byte and in order, and every kind of statement python has."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

OUTPUT = {
    "end_and_return": "print('a', end='')\nprint('\\rb', end='\\r')\nprint('c', sep='-', flush=True)\nx = 1\nprint(x, end='')\n",
    "streams": "import sys\nsys.stdout.write('w\\n')\nsys.stderr.write('e\\n')\nprint('x', file=sys.stderr)\nprint('y')\n",
    "bytes": "import sys\nprint('one')\nsys.stdout.flush()\nsys.stdout.buffer.write(b'\\xff\\x00\\n')\nprint('two')\n",
    "warnings": "import warnings\nwarnings.warn('careful')\ndef f():\n    warnings.warn('inside', UserWarning)\nf()\nf()\n"
    "for i in range(3):\n    warnings.warn('loop')\nprint('end')\n",
    "logging": "import logging\nlogging.basicConfig(level=logging.INFO, format='%(levelname)s %(message)s')\n"
    "log = logging.getLogger('x')\nlog.info('hello')\nlogging.warning('root')\nlog.debug('no')\nprint('end')\n",
    "exceptions": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print('caught', e)\nfinally:\n    print('finally')\n"
    "import traceback\ntry:\n    int('x')\nexcept ValueError:\n    traceback.print_exc()\nprint('end')\n",
    "atexit": "import atexit\natexit.register(print, 'bye')\nprint('hello')\n",
    "many": "for i in range(20000):\n    print(i)\nprint('end')\n",
    "redirected": "import contextlib, io\nb = io.StringIO()\nwith contextlib.redirect_stdout(b):\n    print('in')\n"
    "print(repr(b.getvalue()))\n",
    "print_replaced": "import functools\nprint = functools.partial(print, flush=True)\nprint('a')\nprint('b')\n",
    "stdout_replaced": "import sys\nclass Tee:\n    def __init__(self, s):\n        self.s = s\n    def write(self, t):\n"
    "        self.s.write(t.upper())\n    def flush(self):\n        self.s.flush()\nsys.stdout = Tee(sys.stdout)\nprint('a')\n"
    "sys.stdout = sys.__stdout__\nprint('b')\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("case", OUTPUT)
def test_output(project: Project, case: str) -> None:
    project.script(OUTPUT[case])
    project.run(stderr=True)
    project.run(stderr=True)
    project.script(OUTPUT[case] + "print('more')\n")
    project.run(stderr=True)
    project.script("first = 1\n" + OUTPUT[case])
    project.run(stderr=True)


@pytest.mark.slow
def test_output_without_effects_outside_is_replayed(project: Project) -> None:
    for case in ("end_and_return", "bytes", "exceptions", "warnings"):
        project.script(OUTPUT[case])
        project.run(stderr=True)
        project.unchanged(stderr=True)


def test_a_subprocess_and_a_raw_write_come_in_order(project: Project) -> None:
    text = """
    import os, subprocess, sys
    print("one", flush=True)
    subprocess.run([sys.executable, "-c", "print('two')"])
    os.write(1, b"three\\n")
    print("four", flush=True)
    print(subprocess.check_output(["echo", "five"], text=True), end="", flush=True)
    os.system("echo six")
    print("seven")
    """
    project.script(text)
    project.run(merged=True)
    project.run(merged=True)
    project.script(text.replace('"four"', '"vier"'))
    project.run(merged=True)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_print_and_a_raw_write(project: Project, unbuffered: str) -> None:
    """Python keeps what goes to a pipe until its buffer is full, unless told not to: the orders differ."""
    env = {"PYTHONUNBUFFERED": unbuffered}
    text = "import os\nprint('one')\nos.write(1, b'two\\n')\nprint('three')\nos.system('echo four')\n"
    project.script(text)
    project.run(env=env)
    project.run(env=env)
    project.script(text + "print('five')\n")
    project.run(env=env)


LANGUAGE = {
    "lambda": "k = 2\nf = lambda x: x * k\ng = [lambda x, i=i: x + i for i in range(2)]\nprint(f(3), g[1](1))\n",
    "generator": "def gen(n):\n    for i in range(n):\n        yield i\ng = gen(5)\nprint(next(g))\nsq = (x * x for x in g)\n"
    "print(next(sq))\nprint(list(sq), list(g))\n",
    "open_file": "f = open('t.txt', 'w')\nf.write('a')\nprint(f.closed, f.tell())\nf.write('b')\nf.close()\n"
    "r = open('t.txt')\nprint(r.read(1))\nprint(r.read())\nr.close()\n",
    "lock": "import threading\nlock = threading.Lock()\nwith lock:\n    v = [1]\nt = threading.Thread(target=v.append, args=(2,))\n"
    "t.start()\nt.join()\nprint(v, lock.locked())\n",
    "sqlite": "import sqlite3\ncon = sqlite3.connect('d.db')\ncon.execute('create table if not exists t (x)')\n"
    "con.execute('insert into t values (1)')\ncon.commit()\nn = con.execute('select count(*) from t').fetchone()\n"
    "print(n[0] > 0)\ncon.close()\n",
    "sqlite_memory": "import sqlite3\ncon = sqlite3.connect(':memory:')\ncon.execute('create table t (x)')\n"
    "con.execute('insert into t values (1)')\nprint(con.execute('select * from t').fetchall())\n",
    "local_class": "def make(n):\n    class Local:\n        size = n\n        def get(self):\n            return self.size\n"
    "    return Local\nA = make(3)\na = A()\nprint(a.get(), A.__qualname__)\n",
    "exec": "exec('q = 5')\nprint(q)\nexec('q += 1', globals())\nprint(q, eval('q * 2'))\n",
    "globals": "globals()['w'] = 4\nprint(w)\nnames = ['u%d' % i for i in range(2)]\nfor n in names:\n    globals()[n] = n\n"
    "print(u0, u1)\nprint(sorted(k for k in globals() if not k.startswith('__')))\nprint(vars()['w'])\n",
    "star_import": "from math import *\nprint(floor(pi))\nx = cos(0)\nprint(x)\n",
    "del": "x = 1\ny = [x]\ndel x\ntry:\n    x\nexcept NameError as e:\n    print(e)\nx = 2\nprint(x, y)\ndel y[0]\nprint(y)\n",
    "conditional": "import sys\nif sys.version_info > (3,):\n    def f():\n        return 'new'\nelse:\n    def f():\n        return 'old'\n"
    "try:\n    import nothing_such\nexcept ImportError:\n    nothing_such = None\nprint(f(), nothing_such)\n",
    "global": "n = 0\ndef up():\n    global n, fresh\n    n += 1\n    fresh = n\nup()\nprint(n)\nup()\nprint(n, fresh)\n",
    "walrus": "xs = [1, 2, 3]\nif (n := len(xs)) > 2:\n    print(n)\nys = [last := x for x in xs]\nprint(last, ys)\n",
    "comprehension": "x = 'outer'\nys = [x for x in range(3)]\nprint(x, ys)\nclass K:\n    a = 2\n    b = [i for i in range(a)]\n"
    "print(K.b, {k: v for k, v in zip('ab', ys)})\n",
    "async": "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x + 1\nasync def both():\n"
    "    return await asyncio.gather(f(1), f(2))\nr = asyncio.run(both())\nprint(r)\n",
    "dataclass": "from dataclasses import dataclass, field\n@dataclass\nclass P:\n    x: int\n    y: list = field(default_factory=list)\n"
    "p = P(1)\np.y.append(2)\nprint(p)\nq = P(1, [2])\nprint(p == q)\n",
    "lru_cache": "from functools import lru_cache\n@lru_cache(None)\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n"
    "print(fib(30))\nprint(fib.cache_info())\nprint(fib(31))\nprint(fib.cache_info())\n",
    "enum": "from enum import Enum\nclass C(Enum):\n    A = 1\n    B = 2\nc = C.A\nprint(c, c is C.A, C(2))\nd = {C.B: 1}\nprint(d[C.B])\n",
    "match": "p = (1, 'x')\nmatch p:\n    case (1, s):\n        print(s)\n    case _:\n        print('no')\nprint(s)\n",
    "named_tuple": "from collections import namedtuple, defaultdict\nP = namedtuple('P', 'x y')\np = P(1, 2)\nd = defaultdict(list)\n"
    "d['a'].append(p)\nprint(d, p._replace(x=3))\n",
    "dunder": "print(__name__, __file__.endswith('train.py'), __doc__, __spec__, __package__)\nimport sys\n"
    "print(sys.argv, sys.modules['__main__'].__name__)\nimport __main__\nprint(__main__.__name__)\n",
    "inspect": "import inspect\ndef f(x):\n    # why\n    return x\nprint(inspect.getsource(f))\nprint(f.__code__.co_firstlineno)\n",
    "future": "from __future__ import annotations\ndef f(x: Nowhere) -> int:\n    return 1\nprint(f.__annotations__)\nv: Other = 1\n"
    "print(__annotations__)\n",
    "with": "import contextlib\n@contextlib.contextmanager\ndef c():\n    print('in')\n    yield 3\n    print('out')\nwith c() as v:\n"
    "    print(v)\nprint(v)\n",
    "loop_else": "for i in range(3):\n    if i == 5:\n        break\nelse:\n    print('else')\nwhile i:\n    i -= 1\nprint(i)\n",
    "closure": "def counter():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n        return n\n    return up\nu = counter()\n"
    "print(u())\nprint(u())\nw = u\nprint(w(), u())\n",
    "bound_method": "xs = []\nadd = xs.append\nadd(1)\nprint(xs)\nadd(2)\nprint(xs)\n",
    "pickle": "import pickle\nclass K:\n    def __init__(self):\n        self.v = 1\nb = pickle.dumps(K())\nk = pickle.loads(b)\nprint(k.v, type(k) is K, len(b))\n",
    "semicolons": "a = 1; b = 2; print(a, b); c = a + b\nif c: print(c); d = 1\nprint(d)\n",
}


@pytest.mark.parametrize("case", LANGUAGE)
def test_language(project: Project, case: str) -> None:
    text = LANGUAGE[case]
    last = text.rstrip().splitlines()[-1]
    project.script(text)
    project.run()
    project.run()
    project.script(text + "print('more')\n")
    project.run()
    if not last[0].isspace():
        project.script(text + last + "\n")
        project.run()


@pytest.mark.slow
def test_plain_language_is_reused(project: Project) -> None:
    for case in ("lambda", "local_class", "walrus", "comprehension", "dataclass", "enum", "del", "star_import", "match"):
        project.script(LANGUAGE[case])
        project.run()
        project.unchanged()


@pytest.mark.slow
def test_joblib_calls_a_function_of_the_script(project: Project) -> None:
    text = """
    from joblib import Parallel, delayed
    def square(x):
        return x * x
    r = Parallel(n_jobs=2)(delayed(square)(i) for i in range(4))
    print(r)
    """
    project.script(text)
    project.run()
    project.script(text.replace("x * x", "x + x"))
    assert project.run().stdout == b"[0, 2, 4, 6]\n"


@pytest.mark.slow
def test_multiprocessing_calls_a_function_of_the_script(project: Project) -> None:
    text = """
    import multiprocessing as mp
    def square(x):
        return x * x
    if __name__ == "__main__":
        with mp.get_context("{how}").Pool(2) as pool:
            r = pool.map(square, range(4))
        print(r)
    """
    for how in ("fork", "spawn"):
        project.script(text.replace("{how}", how))
        project.run()
        project.script(text.replace("{how}", how).replace("x * x", "x + x"))
        assert project.run().stdout == b"[0, 2, 4, 6]\n"


def test_hidden_state_of_a_package(project: Project) -> None:
    text = "import decimal\nprint(decimal.Decimal(1) / 3)\ndecimal.getcontext().prec = 5\nprint(decimal.Decimal(1) / 3)\n"
    project.script(text)
    project.run()
    project.script(text.replace("prec = 5", "prec = 8"))
    project.run()
    project.script(text + "print(decimal.Decimal(2) / 3)\n")
    project.run()
    project.script(text.replace("decimal.getcontext().prec = 5\n", ""))
    project.run()


@pytest.mark.slow
def test_options_of_pandas(project: Project) -> None:
    text = """
    import pandas as pd
    pd.set_option("display.max_rows", 4)
    df = pd.DataFrame({"a": range(20)})
    print(df)
    """
    project.script(text)
    project.run()
    project.script(text.replace("4)", "6)"))
    project.run()
    project.script(text + "print(df.describe())\n")
    project.run()
