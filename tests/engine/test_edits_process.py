"""State of the process that no name holds: random streams, settings of libraries, handles, what happens at the end."""

# ruff: noqa: E501 - short programs, few lines each

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project


def edits(project: Project, text: str, *changes: tuple[str, str], ordinary: bool = True) -> None:
    """Run, run again, then every edit of the first version, each compared with python; `ordinary`: nothing is computed
    in a run without an edit."""
    again = project.unchanged if ordinary else project.run
    project.script(text)
    project.run()
    again()
    for before, after in changes:
        assert before in text
        project.script(text.replace(before, after))
        project.run()
    project.script(text)
    again()


STREAMS = {
    "seed skipped": (
        "import numpy as np\nnp.random.seed(1)\nprint('a')\nprint(np.random.rand(2))\n",
        [("rand(2)", "rand(3)"), ("seed(1)", "seed(2)"), ("print('a')", "print('b')")],
    ),
    "seed in a function that prints": (
        "import numpy as np\ndef set_seed(s):\n    np.random.seed(s); print('seed', s)\nset_seed(1)\n"
        "x = np.random.rand(2)\nprint(x)\n",
        [("set_seed(1)", "set_seed(2)"), ("rand(2)", "rand(3)")],
    ),
    "imported in the function": (
        "def seed(s):\n    import numpy\n    numpy.random.seed(s)\ndef draw(n):\n    import numpy\n"
        "    return numpy.random.rand(n).tolist()\nseed(1)\nprint(draw(2))\nprint(draw(3))\n",
        [("seed(1)", "seed(2)"), ("draw(3)", "draw(4)"), ("draw(2)", "draw(1)")],
    ),
    "state asked for": (
        "import random\nimport numpy as np\nrandom.seed(1)\nnp.random.seed(1)\ns = random.getstate()[1][0]\n"
        "t = int(np.random.get_state()[1][0])\nprint(s, t)\n",
        [("random.seed(1)\nnp", "random.seed(2)\nnp"), ("np.random.seed(1)", "np.random.seed(3)")],
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", STREAMS)
def test_random_streams(project: Project, case: str) -> None:
    text, changes = STREAMS[case]
    edits(project, text, *changes)


SETTINGS = {
    "pandas in a loop": (
        "import pandas as pd\nfor k, v in [('display.precision', 2)]:\n    pd.set_option(k, v)\n"
        "s = pd.Series([1.23456])\nprint(s)\nprint(s * 2)\n",
        [("'display.precision', 2", "'display.precision', 3"), ("s * 2", "s * 3")],
    ),
    "numpy errors, bound": (
        "import numpy as np\nold = np.seterr(divide='ignore')\ndef f(a):\n    try:\n        return a / 0\n"
        "    except FloatingPointError as e:\n        return str(e)\nprint(f(np.ones(1)))\nprint('x')\n",
        [("divide='ignore'", "divide='raise'"), ("print('x')", "print(f(np.ones(2)))")],
    ),
    "numpy printing in a function that prints": (
        "import numpy as np\ndef setup(n):\n    np.set_printoptions(precision=n)\n    print('set')\nsetup(2)\n"
        "a = np.array([1.23456])\nprint(a)\nprint(1)\n",
        [("setup(2)", "setup(3)"), ("print(1)", "print(a + 1)")],
    ),
    "logging in a function that prints": (
        "import logging, sys\ndef setup(level):\n    logging.basicConfig(level=level, stream=sys.stdout)\n    print('set')\n"
        "setup('INFO')\nlogging.info('one')\nlog = logging.getLogger('a')\nlog.info('two')\nlog.debug('three')\n",
        [("setup('INFO')", "setup('DEBUG')"), ("'two'", "'zwei'"), ("'one'", "'eins'")],
    ),
    "handlers in a loop": (
        "import logging, sys\nlog = logging.getLogger('a')\nfor h in [logging.StreamHandler(sys.stdout)]:\n"
        "    h.setFormatter(logging.Formatter('%(message)s!'))\n    log.addHandler(h)\nfor l in [log]:\n"
        "    l.setLevel('INFO')\nlog.info('one')\nlog.propagate = False\nlog.info('two')\n",
        [("(message)s!", "(message)s?"), ("'two'", "'zwei'"), ("'INFO'", "'ERROR'")],
    ),
    "output replaced": (
        "import sys\nclass Loud:\n    def __init__(self, to): self.to = to\n    def write(self, s): self.to.write(s.upper())\n"
        "    def flush(self): self.to.flush()\nsys.stdout = Loud(sys.stdout)\nprint('a')\nprint('b')\n",
        [("s.upper()", "s.title()"), ("'b'", "'c'"), ("print('a')\n", "")],
    ),
    "print replaced": (
        "import builtins\nold = print\ndef loud(*a):\n    old('>', *a)\nbuiltins.print = loud\nprint('a')\nprint('b')\n",
        [("'>'", "'>>'"), ("'b'", "'c'")],
    ),
    "limits": (
        "import sys\ndef limit(n):\n    sys.setrecursionlimit(n)\n    print('set')\nlimit(400)\n"
        "def deep(n):\n    return n and deep(n - 1)\ndef can(n):\n    try:\n        return deep(n)\n"
        "    except RecursionError:\n        return 'no'\nprint(can(600))\nprint('x')\n",
        [("limit(400)", "limit(2000)"), ("print('x')", "print(can(601))")],
    ),
    "decimals": (
        "import decimal\ndecimal.getcontext().prec = 5\nprint(decimal.Decimal(1) / 3)\nprint('x')\n",
        [("prec = 5", "prec = 6"), ("print('x')", "print(decimal.Decimal(2) / 3)")],
    ),
    "folder": (
        "import os\nos.makedirs('d', exist_ok=True)\nos.chdir('d')\nprint('x', file=open('a.txt', 'w'))\nprint('end')\n",
        [("'x'", "'y'"), ("'a.txt'", "'b.txt'"), ("print('end')", "open('c.txt', 'w').close()")],
    ),
    "filter in a function that prints": (
        "import warnings, sys\ndef setup(how):\n    warnings.simplefilter(how)\n    print('set')\nsetup('ignore')\n"
        "def f():\n    try:\n        warnings.warn('w')\n    except UserWarning:\n        return 'raised'\nprint(f())\nprint(2)\n",
        [("setup('ignore')", "setup('error')"), ("print(2)", "print(f(), 2)")],
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(c, marks=pytest.mark.slow) if " in a loop" in c else c for c in SETTINGS])
def test_settings(project: Project, case: str) -> None:
    text, changes = SETTINGS[case]
    edits(project, text, *changes, ordinary=False)


def test_settings_in_a_module_of_the_users(project: Project) -> None:
    module = "import logging, sys\nlogging.basicConfig(level='{}', stream=sys.stdout)\nprint('set')\n"
    project.write("setup_logs.py", module.format("INFO"))
    project.script("import logging\nimport setup_logs\nprint('a')\nlogging.info('one')\nlogging.debug('two')\nprint('b')\n")
    project.run()
    project.unchanged()
    project.write("setup_logs.py", module.format("DEBUG"))
    project.run()


@pytest.mark.slow
def test_ordinary_settings_leave_costly_work_alone(project: Project) -> None:
    text = """
    import warnings
    import numpy as np
    import pandas as pd
    import matplotlib.pyplot as plt
    from sklearn.ensemble import RandomForestClassifier
    warnings.filterwarnings('ignore')
    pd.set_option('display.width', 100)
    plt.style.use('ggplot')
    np.random.seed(0)
    df = pd.DataFrame({'a': np.random.rand(300), 'b': np.random.rand(300)})
    clf = RandomForestClassifier(n_estimators=60).fit(df, df.a > df.b)
    fig, ax = plt.subplots()
    ax.plot(df.a)
    fig.savefig('a.png', metadata={'Software': None})
    print(df.describe())
    print(round(clf.score(df, df.a > df.b), 3))
    """
    project.script(text)
    project.run()
    project.unchanged()
    project.script(text.replace("df.describe()", "df.mean()"))
    assert "clf" not in project.run().computed
    project.script(text.replace("round(clf", "(clf").replace(", 3)", ")"))
    assert "clf" not in project.run().computed


@pytest.mark.slow
def test_a_setting_stored_in_a_package_runs_again_only_with_what_reaches_the_package(project: Project) -> None:
    text = """
    import numpy as np
    import matplotlib
    matplotlib.rcParams["lines.linewidth"] = 7
    np.ours = 5
    import time
    def slow():
        time.sleep(0.3)
        return 3
    a = slow()
    b = a + 1
    print(b, "first")
    print(matplotlib.rcParams["lines.linewidth"], np.ours)
    """
    project.script(text)
    project.run()
    assert project.run().computed == []
    project.script(text.replace("a + 1", "a + 2"))
    assert "a" in project.run().pruned
    project.script(text.replace("np.ours)", "np.ours + 1)"))
    assert 'matplotlib.rcParams["lines.linewidth"]' in " ".join(project.run().computed)
    project.script(text.replace("np.ours = 5", "np.ours = 6"))
    project.run()


def test_a_setting_stored_in_a_module_of_pythons_own_is_there_at_the_end(project: Project) -> None:
    text = """
    import sys
    def hook(kind, value, trace):
        print("hooked", value)
    sys.excepthook = hook
    a = 1
    print(a)
    b = a / 1
    """
    project.script(text)
    project.run()
    project.script(text.replace("a / 1", "a / 0"))
    project.run()


def test_garbage_is_collected_as_ever(project: Project) -> None:
    """Libraries are imported without a look for garbage, which is none of the script's."""
    project.script(
        "import numpy as np\nimport gc\nprint(gc.get_threshold(), gc.isenabled())\n"
        "class Node:\n    def __del__(self):\n        print('gone')\n"
        "def cycle():\n    node = Node(); node.me = node\n"
        "cycle()\ngc.collect()\nx = [[i] for i in range(100_000)]\nprint(len(x), np.sum(x))\n"
    )
    project.run()


@pytest.mark.parametrize("how", ["import gc\nm = gc.collect()", "from gc import collect\ncollect()"])
def test_what_finalizers_say_when_garbage_is_collected(project: Project, how: str) -> None:
    edits(
        project,
        "class Node:\n    def __del__(self):\n        print('gone')\ndef cycle():\n    node = Node(); node.me = node\n"
        f"cycle()\nn = 1\n{how}\nprint(n)\n",
        ("n = 1", "n = 2"), ("cycle()\nn", "cycle()\ncycle()\nn"), ("cycle()\nn", "n"), ordinary=False,
    )
