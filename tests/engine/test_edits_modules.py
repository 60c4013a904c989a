"""Local modules: what they define, what they hold as the script runs, and how they are found."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

Edits = list[tuple[str, str, str]]


def play(project: Project, files: dict[str, str], edits: Edits) -> None:
    """Run, run again, and run after each edit (file, old, new) of the files as they were at first."""
    for name, text in files.items():
        project.write(name, text)
    project.run()
    project.run()
    for name, old, new in edits:
        assert old in files.get(name, ""), (name, old)
        project.write(name, files[name].replace(old, new))
        project.run()
        project.write(name, files[name])


STATE: dict[str, tuple[dict[str, str], Edits]] = {
    "a counter in a global": (
        {"train.py": "import h\na = h.nxt()\nb = h.nxt()\nprint(a, b)\n", "h.py": "N = 0\ndef nxt():\n    global N\n    N += 1\n    return N\n"},
        [("train.py", "print(a, b)", "print(a, b, h.nxt())")],
    ),
    "a counter in a class": (
        {"train.py": "import h\na = h.bump()\nb = h.bump()\nprint(a, b)\n", "h.py": "class C:\n    n = 0\ndef bump():\n    C.n += 1\n    return C.n\n"},
        [("train.py", "print(a, b)", "print(a, b, h.bump())")],
    ),
    "a counter in a closure": (
        {"train.py": "from h import bump\na = bump()\nb = bump()\nprint(a, b)\n",
         "h.py": "def make():\n    n = 0\n    def inc():\n        nonlocal n\n        n += 1\n        return n\n    return inc\nbump = make()\n"},
        [("train.py", "print(a, b)", "print(a, b, bump())")],
    ),
    "a global only written": (
        {"train.py": "import h\nr = h.init('a')\nprint(h.get(), r)\n", "h.py": "_c = None\ndef init(v):\n    global _c\n    _c = {'v': v}\n    return True\ndef get(): return _c\n"},
        [("train.py", "'a'", "'b'"), ("train.py", "print(", "print(1, ")],
    ),
    "an attribute set from outside": (
        {"train.py": "import h\nh.X = 5\nprint(h.get())\n", "h.py": "X = 1\ndef get(): return X\n"},
        [("train.py", "= 5", "= 6"), ("train.py", "h.X = 5\n", ""), ("train.py", "print(", "print(1, ")],
    ),
    "an attribute of a class set from outside": (
        {"train.py": "from h import C\nC.lr = 0.5\nprint(C.lr)\n", "h.py": "class C:\n    lr = 0.1\n"},
        [("train.py", "0.5", "0.7"), ("train.py", "C.lr = 0.5\n", ""), ("train.py", "print(", "print(1, ")],
    ),
    "a function replaced": (
        {"train.py": "import h\nh.f = lambda x: x + 1\nprint(h.run(1))\n", "h.py": "def f(x):\n    return x\ndef run(x):\n    return f(x)\n"},
        [("train.py", "x + 1", "x + 2"), ("train.py", "print(", "print(1, ")],
    ),
    "an attribute that is new": (
        {"train.py": "import h\nh.NEW = 5\nprint(h.NEW)\n", "h.py": "X = 1\n"},
        [("train.py", "= 5", "= 6"), ("train.py", "print(", "print(1, ")],
    ),
    "an attribute that is deleted": (
        {"train.py": "import h\ndel h.X\nprint(hasattr(h, 'X'))\n", "h.py": "X = 1\n"},
        [("train.py", "del h.X\n", ""), ("train.py", "print(", "print(1, ")],
    ),
    "a name imported from elsewhere": (
        {"train.py": "import h\nh.X = 5\nprint(h.run())\n", "c.py": "X = 1\n", "h.py": "from c import X\ndef run(): return X\n"},
        [("train.py", "= 5", "= 6"), ("train.py", "print(", "print(1, ")],
    ),
    "a registry in another module": (
        {"train.py": "import reg\nimport a\nprint(sorted(reg.R))\n", "reg.py": "R = {}\ndef add(f):\n    R[f.__name__] = f\n    return f\n", "a.py": "from reg import add\n@add\ndef fa(): pass\n"},
        [("a.py", "fa", "fb"), ("train.py", "print(", "print(1, ")],
    ),
    "a module in a value": (
        {"train.py": "import h\nmods = [h]\nfor m in mods:\n    print(m.run(1))\n", "h.py": "def run(x): return x + 1\n"},
        [("h.py", "x + 1", "x + 2")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STATE)
def test_state_of_a_module(project: Project, case: str) -> None:
    play(project, *STATE[case])


DEFINITIONS: dict[str, tuple[dict[str, str], Edits]] = {
    "an import in a function hides nothing outside": (
        {"train.py": "import h\nprint(h.run(1))\n", "h.py": "def load(x):\n    from statistics import mean\n    return mean(x)\ndef mean(x):\n    return x * 2\ndef run(x):\n    return mean(x)\n"},
        [("h.py", "x * 2", "x * 3")],
    ),
    "two sources of one name": (
        {"train.py": "import h\nprint(h.run(1))\n", "a.py": "def f(x): return x + 1\n", "b.py": "def f(x): return x\n", "h.py": "try:\n    from a import f\nexcept ImportError:\n    from b import f\ndef run(x): return f(x)\n"},
        [("a.py", "x + 1", "x + 2")],
    ),
    "a relative import in a function": (
        {"train.py": "from p.s import m\nprint(m.run(1))\nprint(m.run(2))\n", "p/__init__.py": "", "p/core.py": "def f(x): return x + 1\n", "p/s/__init__.py": "", "p/s/m.py": "def run(x):\n    from ..core import f\n    return f(x)\n"},
        [("p/core.py", "x + 1", "x + 2")],
    ),
    "a function named like a module beside it": (
        {"train.py": "import h\nprint(h.run(1))\n", "h.py": "from lib import model\ndef run(x): return model(x)\n", "lib/__init__.py": "from .model import base\ndef model(x): return base(x) + 1\n", "lib/model.py": "def base(x): return x\n"},
        [("lib/__init__.py", "+ 1", "+ 2"), ("lib/model.py", "return x", "return -x")],
    ),
    "a module that asks itself by name": (
        {"train.py": "import h\nprint(h.run('a', 1))\n", "h.py": "import sys\ndef run(n, x):\n    return getattr(sys.modules[__name__], 'do_' + n)(x)\ndef do_a(x):\n    return x + 1\n"},
        [("h.py", "x + 1", "x + 2")],
    ),
    "a folder without __init__.py": (
        {"train.py": "from src.a.b import f\nprint(f(1))\n", "src/a/b.py": "def f(x): return x + 1\n"},
        [("src/a/b.py", "x + 1", "x + 2")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DEFINITIONS)
def test_definitions(project: Project, case: str) -> None:
    play(project, *DEFINITIONS[case])


def test_what_the_environment_made_of_a_module(project: Project) -> None:
    project.write("h.py", "import os\nif os.environ.get('FAST'):\n    def run(x): return x + 1\nelse:\n    def run(x): return x + 2\nclass C:\n    lr = os.environ.get('FAST')\n")
    project.script("import h\nprint(h.run(1), h.C.lr)\n")
    project.run()
    project.run(env={"FAST": "1"})


def test_one_helper_edited_leaves_users_of_another_alone(project: Project) -> None:
    project.write("h.py", "class A:\n    def go(self): return 1\ndef f(x): return x + 1\n")
    project.script("import h\na = h.A().go()\nb = h.f(1)\nprint(a)\nprint(b)\n")
    project.run()
    project.write("h.py", "class A:\n    # why\n    def go(self): return 1\n\n\ndef f(x): return x + 1\n")
    project.unchanged()
    project.write("h.py", "class A:\n    def go(self): return 1\ndef f(x): return x + 2\n")
    assert not {"a", "print(a)"} & set(project.run().computed)


def test_a_script_behind_a_link(project: Project) -> None:
    project.write("real/main.py", "import h\nprint(h.X)\n")
    project.write("real/h.py", "X = 1\n")
    (project.folder / "train.py").symlink_to("real/main.py")
    project.run()
    project.write("real/h.py", "X = 2\n")
    project.run()


FOUND: dict[str, tuple[dict[str, str], Edits]] = {
    "in a folder that the script adds": (
        {"train.py": "import sys, os\nsys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'src'))\nfrom h import f\nprint(f(1))\n", "src/h.py": "from deep import K\ndef f(x): return x + K\n", "src/deep.py": "K = 1\n"},
        [("src/h.py", "x + K", "x + K + 1"), ("src/deep.py", "1", "5")],
    ),
    "in a folder that takes running the script": (
        {"train.py": "import sys\nsys.path.append(''.join(['s', 'rc']))\nfrom h import f, V\nprint(V)\nprint(f(1))\n", "src/h.py": "V = 1\ndef f(x): return x + 1\n"},
        [("src/h.py", "x + 1", "x + 2"), ("src/h.py", "V = 1", "V = 2")],
    ),
    "by a file's name": (
        {"train.py": "import importlib.util\ndef load(p):\n    spec = importlib.util.spec_from_file_location('cfg', p)\n    m = importlib.util.module_from_spec(spec)\n    spec.loader.exec_module(m)\n    return m\ncfg = load('conf/cfg.py')\nprint(cfg.V)\n", "conf/cfg.py": "V = 1\n"},
        [("conf/cfg.py", "1", "2")],
    ),
    "by a name that is put together": (
        {"train.py": "import importlib\ndef load(n):\n    return importlib.import_module('p.' + n)\nprint(load('a').run())\nprint(load('a').run() + 1)\n", "p/__init__.py": "", "p/a.py": "def run(): return 1\n"},
        [("p/a.py", "1", "2")],
    ),
    "by a package that imports late": (
        {"train.py": "import lib\nprint(lib.sub.f())\n", "lib/__init__.py": "import importlib\ndef __getattr__(n):\n    if n == 'sub':\n        return importlib.import_module('.' + n, __name__)\n    raise AttributeError(n)\n", "lib/sub.py": "def f(): return 1\n"},
        [("lib/sub.py", "1", "2")],
    ),
    "in a block": (
        {"train.py": "import h\nif True:\n    from h import f, K\nprint(f(1), K)\n", "h.py": "K = 1\ndef f(x): return x + 1\n"},
        [("h.py", "x + 1", "x + 2"), ("h.py", "K = 1", "K = 2")],
    ),
    "in a method": (
        {"train.py": "class C:\n    def run(self, x):\n        import late\n        return late.g(x)\nc = C()\nprint(c.run(1))\nprint(c.run(2))\n", "late.py": "def g(x): return x + 1\n"},
        [("late.py", "x + 1", "x + 2")],
    ),
    "in another order": (
        {"train.py": "import a\nimport b\nprint('end')\n", "a.py": "import b\nprint('a')\n", "b.py": "print('b')\n"},
        [("train.py", "import a\n", ""), ("train.py", "import a\nimport b\n", "import b\nimport a\n")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_modules_found(project: Project, case: str) -> None:
    play(project, *FOUND[case])


@pytest.mark.parametrize("text", [
    "try:\n    import opt\nexcept ImportError:\n    opt = None\nprint(opt is None)\n",
    "def f():\n    try:\n        import opt\n        return opt.X\n    except ImportError:\n        return None\nprint(f())\n",
])  # fmt: skip
def test_a_module_that_appears_later(project: Project, text: str) -> None:
    project.script(text)
    project.run()
    project.unchanged()
    project.write("opt.py", "X = 1\n")
    project.run()


def test_a_comment_in_a_module_found_by_its_file(project: Project) -> None:
    project.script("import runpy, importlib\nm = importlib.import_module('l' + 'ate')\nprint(m.V)\n")
    project.write("late.py", "V = 1\n")
    project.run()
    project.write("late.py", "# why\nV = 1\n")
    project.unchanged()


def test_what_a_module_shares_is_bound_in_it_only_once_it_is_imported(project: Project) -> None:
    """The list is the module's and the script's; where it comes from the cache the module has to be there."""
    project.write("helpers.py", "LIMITS = [4]\ndef scale(x):\n    return x * LIMITS[0]\n")
    text = "import helpers\nfrom helpers import scale, LIMITS\nstart = 1\nLIMITS.append(1)\n"
    project.script(text)
    project.run(options=("--policy", "always"))
    for before, after in [("append(1)", "append(7)"), ("start = 1", "start = 2\nLIMITS.insert(0, 3)\nprint(LIMITS)")]:
        project.script(text.replace(before, after))
        project.run(options=("--policy", "always"))
