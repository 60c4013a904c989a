"""Names: which of them a statement reads, however it asks for them."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mliter_tui.engine.environment import Environment
from mliter_tui.engine.held import Held, Missing
from mliter_tui.store import Store

if TYPE_CHECKING:
    from engine.conftest import Project

CASES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "an assignment to two names that reads one": ("a = 1\na = b = a + 1\nprint(a, b)\n", [("+ 1", "+ 2")]),
    "the same in main": ("def main():\n    a = 1\n    a = b = a + 1\n    print(a, b)\nmain()\n", [("+ 1", "+ 2")]),
    "globals() in a function": ("k = 1\ndef f():\n    return globals()['k']\nprint(f())\n", [("k = 1", "k = 2"), ("print(", "print(1, ")]),
    "eval in a function": ("k = 1\ndef f(e):\n    return eval(e)\nprint(f('k + 1'))\n", [("k = 1", "k = 2")]),
    "a builtin hidden later": ("def f(x):\n    return max(x)\ndef max(x):\n    return 'a'\nprint(f([1, 2]))\n", [("'a'", "'b'")]),
    "builtins as a module": ("print(__builtins__.abs(-1), type(__builtins__))\n", []),
    "a variable in a query": ("import pandas as pd\nk = 1\ndf = pd.DataFrame({'x': [1, 2, 3]})\nprint(len(df.query('x > @k')))\n", [("k = 1", "k = 2")]),
    "a variable in a query in main": ("import pandas as pd\ndef main():\n    k = 1\n    df = pd.DataFrame({'x': [1, 2, 3]})\n    print(len(df.query('x > @k')))\nmain()\n", [("k = 1", "k = 2")]),
    "a variable in a query in a function": ("import pandas as pd\nk = 1\ndf = pd.DataFrame({'x': [1, 2, 3]})\ndef sel(d, e):\n    return d.query(e)\nprint(len(sel(df, 'x > @k')))\n", [("k = 1", "k = 2")]),
    "the module by its name": ("import sys\nk = 1\nprint(getattr(sys.modules[__name__], 'k'))\n", [("k = 1", "k = 2"), ("'k'))", "'k'), 1)")]),
    "__main__ imported": ("k = 1\nimport __main__\nprint(__main__.k)\n", [("k = 1", "k = 2")]),
    "subclasses": ("class A:\n    pass\nclass B(A):\n    pass\nprint([c.__name__ for c in A.__subclasses__()])\n", [("print(", "class C(A):\n    pass\nprint("), ("print(", "print(1, ")]),
    "a docstring shown as help": ("'''one'''\nimport argparse\np = argparse.ArgumentParser(description=__doc__)\np.print_help()\n", [("one", "two")]),
    "a text that is docstring and value": ("def make():\n    class K:\n        'a'\n        name = 'a'\n    return K\nprint(make().name)\n", [("'a'", "'b'")]),
    "a class known to a pickle": ("import pickle\nclass K:\n    def run(self): return 1\nwith open('m.pkl', 'wb') as f: pickle.dump(K(), f)\nwith open('m.pkl', 'rb') as f: k = pickle.load(f)\nprint(k.run())\n", [("k = pickle.load(f)", "k = pickle.load(f); n = 1"), ("return 1", "return 2")]),
    "a long sum": ("x = " + " + ".join(["1"] * 400) + "\nprint(x)\n", [("print(x)", "print(-x)")]),
    "a long chain of branches in main": ("def main():\n    k = 150\n    if k == 0:\n        x = 0\n" + "".join(f"    elif k == {i}:\n        x = {i}\n" for i in range(1, 200)) + "    print(x)\nmain()\n", [("k = 150", "k = 160")]),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(c, marks=pytest.mark.slow) if "query in" in c else c for c in CASES])
def test_names(project: Project, case: str) -> None:
    text, edits = CASES[case]
    project.script(text)
    project.run()
    project.unchanged()
    for old, new in edits:
        assert old in text
        project.script(text.replace(old, new))
        project.run()


def test_the_docstring_edited_reruns_what_shows_it(project: Project) -> None:
    project.script("'''one'''\nimport argparse\nx = sum(range(10))\nargparse.ArgumentParser(description=__doc__).print_help()\nprint(x)\n")
    project.run()
    project.script("'''two'''\nimport argparse\nx = sum(range(10))\nargparse.ArgumentParser(description=__doc__).print_help()\nprint(x)\n")
    assert "print(x)" not in project.run().computed


def test_a_module_that_looks_at_the_script(project: Project) -> None:
    project.write("h.py", "import sys\ndef k():\n    return sys._getframe(1).f_globals['K']\n")
    project.script("import h\nK = 1\nprint(h.k())\n")
    project.run()
    project.script("import h\nK = 2\nprint(h.k())\n")
    project.run()


def test_a_module_that_shows_docstrings(project: Project) -> None:
    project.write("h.py", "def show(f):\n    return f.__doc__\n")
    project.script("import h\ndef f():\n    'one'\nprint(h.show(f))\n")
    project.run()
    project.script("import h\ndef f():\n    'two'\nprint(h.show(f))\n")
    project.run()


def test_a_name_that_a_statement_might_have_bound_but_did_not_stays_what_it_was(project: Project) -> None:
    text = "k = 4\nrows = [1, 2]\nfor k in rows[:2]:\n    pass\nprint(k)\n"
    project.script(text)
    project.run(options=("--policy", "always"))
    for end in ("0", "1", "0"):
        project.script(text.replace("[:2]", f"[:{end}]"))
        project.run(options=("--policy", "always"))


@pytest.mark.slow
def test_a_name_that_a_statement_has_bound_and_deleted_is_gone(project: Project) -> None:
    text = "error = 5\ntry:\n    int('x')\nexcept ValueError as error:\n    print('no')\nprint('error' in globals())\n"
    text += "print(error)\n"
    for number in ("'x'", "'1'", "'y'"):
        project.script(text.replace("'x'", number))
        project.run(stderr=True)
        project.run(stderr=True)


def test_all_values_that_are_gone_are_told_at_once(tmp_path: Path) -> None:
    found = {"fp": "0", "exact": True, "storable": True, "refs": [], "requires": [], "plain": True, "module": ""}
    env = Environment(records={"a": found, "b": found | {"fp": "1"}, "c": found | {"fp": "2"}})
    with closing(Store.open(tmp_path / "store")) as store, pytest.raises(Missing) as gone:
        Held().loads(["a", "c"], env, store)
    assert gone.value.names == ("a", "c")
