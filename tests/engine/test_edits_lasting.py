"""What outlives the statement that began it: open files held by something else, exit handlers, finalizers, signals."""

# ruff: noqa: E501 - short programs, few lines each
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine.test_edits_process import edits

if TYPE_CHECKING:
    from engine.conftest import Project

HANDLES = {
    "logging to a file": (
        "import logging\nlogging.basicConfig(filename='log.txt', filemode='w', level='INFO')\nlogging.info('one')\n"
        "x = 1\nlogging.info('two')\nprint(x)\nlogging.info('three')\n",
        [("'two'", "'zwei'"), ("'one'", "'eins'"), ("x = 1", "x = 2"), ("log.txt", "log2.txt")],
    ),
    "a handler that appends": (
        "import logging\nlog = logging.getLogger('a')\nlog.setLevel('INFO')\nlog.addHandler(logging.FileHandler('log.txt'))\n"
        "def step(n):\n    log.info('step %s', n)\nstep(1)\nx = 1\nstep(2)\nprint(x)\n",
        [("step(2)", "step(3)"), ("x = 1", "x = 2")],
    ),
    "output to a file": (
        "import sys\nold = sys.stdout\nsys.stdout = open('out.txt', 'w')\nprint('a')\nx = 1\nprint('b')\nsys.stdout.flush()\n"
        "print('c', file=old)\nprint(x)\n",
        [("'b'", "'d'"), ("x = 1", "x = 2"), ("'c'", "'e'"), ("'a'", "'f'")],
    ),
    "output to both": (
        "import sys\nclass Tee:\n    def __init__(self, name):\n        self.file, self.old = open(name, 'w'), sys.stdout\n"
        "    def write(self, s):\n        self.file.write(s); self.old.write(s)\n    def flush(self):\n        self.file.flush(); self.old.flush()\n"
        "sys.stdout = Tee('out.txt')\nprint('a')\nx = 1\nprint('b')\nprint(x)\n",
        [("'b'", "'d'"), ("x = 1", "x = 2"), ("'a'", "'f'")],
    ),
    "a csv writer": (
        "import csv\nf = open('a.csv', 'w', newline='')\nf.write('# rows\\n')\nw = csv.writer(f)\nw.writerow([1, 2])\nx = 5\n"
        "w.writerow([3, x])\nf.write('# end\\n')\nf.close()\nprint(open('a.csv').read())\n",
        [("[1, 2]", "[1, 3]"), ("x = 5", "x = 6"), ("# end", "# fin"), ("# rows", "# lines")],
    ),
    "a pickler": (
        "import pickle\nf = open('a.pkl', 'wb')\np = pickle.Pickler(f)\np.dump(1)\nx = 5\np.dump([x])\nf.close()\n"
        "print(open('a.pkl', 'rb').read())\n",
        [("x = 5", "x = 6"), ("dump(1)", "dump(2)")],
    ),
    "a plain file": (
        "f = open('a.txt', 'w')\nf.write('a')\nx = 1\nf.write('b')\nf.close()\nprint(open('a.txt').read(), x)\n",
        [("'b'", "'c'"), ("x = 1", "x = 2"), ("'a'", "'d'")],
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", HANDLES)
def test_handles(project: Project, case: str) -> None:
    text, changes = HANDLES[case]
    edits(project, text, *changes, ordinary=case == "a plain file")


ENDS = {
    "finalizers": (
        "class R:\n    def __init__(self, n): self.n = n\n    def __del__(self): print('bye', self.n)\na = R('a')\nb = R('b')\n"
        "def f(): return a\nb = R('b2')\nd = R('d')\ndel d\ne = R('e')\ne = None\nprint('x')\n",
        [("print('x')", "print('y')"), ("R('b2')", "R('b3')"), ("'bye'", "'ciao'"), ("def f(): return a\n", "")],
    ),
    "an error at the end": (
        "class R:\n    def __del__(self): print('bye')\na = R()\nprint('x')\n1 / 0\n", [("'x'", "'y'"), ("'bye'", "'ciao'")],
    ),
    "weakref.finalize": (
        "import weakref\nclass R: pass\na = R()\ndef bye(x): print('bye', x)\nt = weakref.finalize(a, bye, 1)\nprint('x')\n",
        [("print('x')", "print('y')"), ("bye, 1", "bye, 2")],
    ),
    "a generator left open": (
        "def g():\n    try:\n        yield 1\n        yield 2\n    finally:\n        print('done')\ni = g()\nprint(next(i))\nprint('x')\n",
        [("print('x')", "print('y')"), ("'done'", "'end'")],
    ),
    "atexit after a restart": (
        "import atexit\nimport pandas as pd\ndef setup():\n    atexit.register(print, 'bye')\nsetup()\nl = iter([1, 2])\n"
        "pd.set_option('display.precision', 3)\nprint(next(l))\nprint(1)\n",
        [("print(1)", "print(next(l), pd.Series([1.23456]))"), ("'bye'", "'ciao'")],
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(c, marks=pytest.mark.slow) if "restart" in c else c for c in ENDS])
def test_ends(project: Project, case: str) -> None:
    text, changes = ENDS[case]
    edits(project, text, *changes, ordinary=False)


@pytest.mark.slow
def test_an_exit_handler_of_a_module_of_the_users(project: Project) -> None:
    project.write("late.py", "import atexit\ndef bye(x):\n    print('bye', x)\ndef setup(x):\n    atexit.register(bye, x)\n")
    edits(project, "import late\nlate.setup(1)\nprint('x')\n", ("'x'", "'y'"), ("setup(1)", "setup(2)"), ordinary=False)


def test_a_node_that_was_interrupted_runs_again(project: Project) -> None:
    project.script("""
    import os, signal
    def work():
        try:
            if not os.path.exists('go'):
                os.kill(os.getpid(), signal.SIGINT)
            return 'whole'
        except KeyboardInterrupt:
            return 'part'
    print(work())
    """)
    project.run()
    assert "os.kill(os.getpid(), signal.SIGINT)" in project.run().computed


PROBED = {
    "attributes of its own": (
        "class A:\n    def __getattr__(self, name):\n        if name.startswith('__'):\n            raise AttributeError(name)\n"
        "        print('asked for', name)\n        raise RuntimeError(name)\n    def __call__(self):\n        return 1\na = A()\nprint(a())\nprint('x')\n"
    ),
    "even names with underscores": (
        "class A:\n    def __getattr__(self, name):\n        print('asked for', name)\n        raise AttributeError(name)\n"
        "    def __call__(self):\n        return 1\na = A()\nprint(a())\nprint('x')\n"
    ),
    "a state that speaks": (
        "class A:\n    def __init__(self):\n        self.n = [1]\n    def __getstate__(self):\n        print('state'); return self.__dict__\n"
        "    def __setstate__(self, s):\n        print('set'); self.__dict__.update(s)\nb = [A()]\nb[0].n.append(2)\nprint(b[0].n)\nprint('x')\n"
    ),
    "a reduction that fails": (
        "import sys\nclass A:\n    def __reduce_ex__(self, p):\n        sys.stderr.write('reduced'); sys.exit(4)\n"
        "a = A()\nb = [a, a]\nprint(len(b))\nprint('x')\n"
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", PROBED)
def test_looking_at_a_value_is_not_heard(project: Project, case: str) -> None:
    edits(project, PROBED[case], ("print('x')", "print('y', type(a if 'a' in globals() else b))"), ordinary=False)


@pytest.mark.slow
def test_what_a_cached_function_remembers(project: Project) -> None:
    text = """
    from functools import lru_cache, cache
    @lru_cache
    def load(n):
        return [n]
    @cache
    def square(n):
        return [n * n]
    a = load(1)
    a.append(2)
    b = load(1)
    c = square(3)
    c += [1]
    print(b, square(3))
    print(load(2))
    """
    edits(project, text, ("append(2)", "append(3)"), ("print(load(2))", "print(load(1))"), ("c += [1]", "c += [2]"),
          ("b = load(1)", "b = load(1), 1"))  # fmt: skip


@pytest.mark.slow
def test_generators_without_a_seed_are_made_again(project: Project) -> None:
    project.script("""
    import random
    import numpy as np
    a = np.random.default_rng().random() < 2
    def f():
        return random.Random().random() < 2
    b = f()
    c = np.random.rand() < 2
    d = np.random.default_rng(1).random()
    print(a, b, c, d)
    """)
    project.run()
    project.unchanged()
    again = project.run(options=("--unseeded", "rerun")).computed
    assert {"a", "b", "c"} <= set(again) and "d" not in again


@pytest.mark.slow
def test_times_are_asked_for_in_words(project: Project) -> None:
    for text in ("import pandas as pd\nx = pd.Timestamp('now') is None\n", "import numpy as np\nx = np.datetime64('now') is None\n",
                 "import tempfile\nx = tempfile.mktemp() is None\n", "import random\nx = random.SystemRandom().random() > 2\n",
                 "import logging\nlogging.basicConfig(format='%(asctime)s', stream=open('/dev/null', 'w'))\n"
                 "x = logging.error('a') is None\n"):  # fmt: skip
        project.script(text)
        project.run()
        assert "x" in project.run().computed, text


def test_what_talks_to_the_outside_does_so_once(project: Project) -> None:
    project.script("""
    import os, subprocess
    work = [i for i in range(10)]
    gen = iter(work)
    n = int(subprocess.run('echo x >> log; wc -l < log', shell=True, capture_output=True, text=True).stdout)
    print(n, next(gen))
    """)
    project.run()
    project.run()
    project.run()


def test_a_value_that_is_kept_goes_when_python_lets_go_of_it(project: Project) -> None:
    project.script(ENDS["finalizers"][0])
    for _ in range(2):
        project.run(options=("--policy", "always"))


LOGGED = """
    import logging, logging.handlers, os, time
    HANDLED
    log = logging.getLogger("x")
    def slow(n):
        time.sleep(0.05)
        return list(range(n))
    a = slow(5)
    log.warning("made %d", len(a))
    b = [n * 2 for n in slow(3)]
    SHOWN
    print(a, b)
"""
NAMED = 'h = logging.FileHandler("l.log")\n    logging.getLogger("x").addHandler(h)'
HANDLED = {
    "basic": 'logging.basicConfig(filename="l.log")',
    "named": NAMED,
    "configured": (
        "import logging.config; logging.config.dictConfig({'version': 1, 'handlers': {'f': {'class': "
        "'logging.FileHandler', 'filename': 'l.log'}}, 'root': {'handlers': ['f']}})"
    ),
    "rotating": NAMED.replace("FileHandler(", "handlers.RotatingFileHandler(maxBytes=40, backupCount=1, filename="),
}


@pytest.mark.slow
@pytest.mark.parametrize("handled", HANDLED.values(), ids=HANDLED)
def test_a_log_that_is_added_to_makes_nothing_run_but_what_writes_to_it(project: Project, handled: str) -> None:
    script = LOGGED.replace("HANDLED", handled)
    shown = ["0", "1", "print(open('l.log').read())", "print(os.path.getsize('l.log'))", "print(os.listdir())"]
    for number, what in enumerate(shown):
        project.script(script.replace("SHOWN", what))
        outcome = project.run(options=("--policy", "always"))
        assert number == 0 or not {"a", "b"} & set(outcome.computed), outcome.computed


_ASKED = ["h.stream.seek(0, 1)", *(pytest.param(f"h.stream.{x}()", marks=pytest.mark.slow) for x in ("tell", "truncate"))]


@pytest.mark.slow
@pytest.mark.parametrize("asked", _ASKED)
def test_where_a_log_goes_on_is_asked_each_time(project: Project, asked: str) -> None:
    project.script(LOGGED.replace("HANDLED", NAMED).replace("SHOWN", f"print({asked})"))
    for _ in range(3):
        project.run(options=("--policy", "always"))
