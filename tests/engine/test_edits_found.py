"""Edits that came out wrong once: errors that guards see to, exits, records, texts of the code, names, addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

KEEP = ("--policy", "always")
SLOW = "def slow(k=0, n=400_000):\n    return sum(i * i for i in range(n)) % 1000 + k\n"


def follow(project: Project, text: str, *edits: tuple[str, str], options: tuple[str, ...] = ()) -> None:
    """Run it, run it again after each of these changes, and at last as it was."""
    project.script(text)
    project.run(options=options)
    now = text
    for before, after in edits:
        assert before in now
        now = now.replace(before, after, 1)
        project.script(now)
        project.run(options=options)
    project.script(text)
    project.run(options=options)


@pytest.mark.parametrize("options", [(), KEEP], ids=["auto", "always"])
def test_an_error_out_of_a_loop_of_a_function_that_was_stepped_into(project: Project, options: tuple[str, ...]) -> None:
    text = SLOW + """\
def train(h):
    for e in range(3):
        h.append(slow(e, 1_000_000))
        if e == 1:
            raise KeyError(e)
h = []
try:
    train(h)
except KeyError:
    pass
print(h)
"""
    follow(project, text, ("print(h)", "print(h, 1)"), ("print(h, 1)", "print(h, 2)"), options=options)


def test_an_exit_that_is_caught_and_one_that_is_not(project: Project) -> None:
    text = """\
import sys
def check(v, limit):
    if v > limit:
        sys.exit(3)
    return v
try:
    check(3, -1)
except SystemExit as e:
    print("caught", e.code)
c = check(4, 900)
print("end")
"""
    follow(project, text, ("900", "-900"))


def test_what_a_body_changed_before_its_context_took_the_error(project: Project) -> None:
    text = SLOW + """\
stack = []
class Scope:
    def __enter__(self): return stack
    def __exit__(self, kind, error, trace): return kind is KeyError
with Scope() as st:
    s = slow(1, 4_000_000)
    st.append(s)
    raise KeyError("taken")
print(stack)
"""
    follow(project, text, ("print(stack)", "print(stack, 1)"), ("print(stack, 1)", "print(stack, 2)"), options=KEEP)


def test_a_row_of_records_lies_in_its_array(project: Project) -> None:
    text = SLOW + """\
import numpy as np
rec = np.zeros(3, dtype=[("id", "i4"), ("s", "f8")])
rec["s"] = slow()
row = rec[1]
row["id"] = 42
print(rec["id"], rec["s"])
"""
    follow(project, text, ('["id"] = 42', '["id"] = 43'), ("print(", "print(1, "), options=KEEP)


def test_the_text_of_the_code_is_asked_for(project: Project) -> None:
    project.write("lib.py", "def fit(x):\n    return x  # plain\n")
    text = """\
import inspect
import lib
class CFG:
    lr = 0.1  # rate
def dump(path):
    with open(path, "w") as f:
        f.write(inspect.getsource(CFG))
dump("src.txt")
print(len(inspect.getsource(lib.fit)))
"""
    follow(project, text, ("# rate", "# the rate"))
    project.write("lib.py", "def fit(x):\n    return x  # plain one\n")
    project.run()


def test_a_module_whose_name_begins_like_a_librarys(project: Project) -> None:
    project.write("time_features.py", "def add(d):\n    d['x'] = len(d)\n    return d['x']\n")
    text = SLOW + "from time_features import add\nd = {'a': slow()}\nprint(add(d))\nprint('end')\n"
    follow(project, text, ("print('end')", "print('end', d)"), options=KEEP)


@pytest.mark.slow
def test_a_formula_that_names_a_function_of_the_function(project: Project) -> None:
    pytest.importorskip("patsy", reason="patsy is not installed (pip install patsy)")
    text = SLOW + """\
import pandas as pd
import patsy
def fit(data, how):
    def twice(x):
        return 2 * x
    k = slow()
    made = patsy.dmatrix(f"0 + {how}", data)
    return float(made.sum()) + k
print(fit(pd.DataFrame({"x": [1.0, 2.0]}), "twice(x)"))
"""
    follow(project, text, ("return 2 * x", "return 3 * x"))


@pytest.mark.slow
def test_what_a_decorator_gives_to_a_library(project: Project) -> None:
    text = SLOW + """\
import pandas as pd
F = 1
@pd.api.extensions.register_dataframe_accessor("my")
class My:
    def __init__(self, d):
        self.d = d
    def go(self):
        return self.d.size * F + slow()
df = pd.DataFrame({"a": [1.5, 2.5]})
print(df.my.go())
r = df.my.go()
print("end", r)
"""
    follow(project, text, ("F = 1", "F = 2"), ('"end"', '"End"'), ("r = df", "r = 1 + df"))


def test_a_value_whose_class_has_no_module(project: Project) -> None:
    text = "import numpy as np\nx = np.arange(4)\nc = np.ctypeslib.as_ctypes(x)\nc[1] = 7\nprint(x)\n"
    follow(project, text, ("7", "8"))


ADDRESSES = {
    "a list": "ids = list(map(id, head))\nrest = [r for r in rows if id(r) not in ids]",
    "a dictionary": "names = {id(r): n for n, r in enumerate(rows)}\nrest = [names[id(r)] for r in head]",
    "made of others": "ids = [id(r) for r in head]\nfew = set(ids)\nrest = [r for r in rows if id(r) not in few]",
    "under two names": "ids = [id(r) for r in head]\nsame = ids\nrest = [r for r in rows if id(r) not in same]",
    "asked for by others": "ids = [id(r) for r in head]\ndef count(of):\n    return setattr(count, 'n', len(of))\n"
    "count(ids)\nrest = [r for r in rows if id(r) not in ids]",
    "in a function": "def marks(of):\n    return {id(r) for r in of}\n"
    "ids = marks(head)\nrest = [r for r in rows if id(r) not in ids]",
    "of an object": "class Seen:\n    def __init__(self, of):\n        self.ids = {id(r) for r in of}\n"
    "seen = Seen(head)\nrest = [r for r in rows if id(r) not in seen.ids]",
}


@pytest.mark.parametrize("how", ADDRESSES.values(), ids=ADDRESSES)
def test_addresses_of_objects(project: Project, how: str) -> None:
    text = SLOW + f"rows = [[slow(k)] for k in range(4)]\nhead = rows[2:]\n{how}\nprint(len(rest), rest)\n"
    edits = ("print(", "print(1, "), ("print(1, ", "print(2, rows, "), ("rows[2:]", "rows[1:]")
    follow(project, text, ("rest = ", "rest = 0 or "), *edits, options=KEEP)


REGISTERED = {
    "in the script": 'import importlib\nfrom registry import REG\nname = "linear"\n'
    'importlib.import_module(f"models.{name}")\nm = REG[name]()\nprint(m.summary())\n',
    "in a function of a module": 'from registry import build\nm = build("linear")\nprint(m.summary())\n',
}


@pytest.mark.slow
@pytest.mark.parametrize("text", REGISTERED.values(), ids=REGISTERED)
def test_models_that_register_as_they_are_imported_by_name(project: Project, text: str) -> None:
    registry = """\
import importlib
REG = {}
def register(cls):
    REG[cls.__name__.lower()] = cls
    cls.tag = "tag " + cls.__name__
    return cls
def build(name):
    importlib.import_module(f"models.{name}")
    return REG[name]()
"""
    linear = "from registry import register\n@register\nclass Linear:\n"
    linear += "    def summary(self):\n        return self.tag\n"
    project.write("models/__init__.py", "")
    project.write("models/linear.py", linear)
    project.write("registry.py", registry)
    project.script(text)
    project.run()
    for name, changed in [
        ("registry.py", registry.replace('"tag "', '"TAG "')),
        ("models/linear.py", linear.replace("self.tag", "self.tag + '!'")),
        ("registry.py", registry.replace("    return cls", "    cls.summary = lambda self: 'patched'\n    return cls")),
        ("registry.py", registry),
    ]:
        project.write(name, changed)
        project.run()
    project.unchanged()


@pytest.mark.slow
def test_a_file_that_is_added_to_by_what_happens_to_load_a_package(project: Project) -> None:
    text = SLOW + """\
import pandas as pd
for k in range(3):
    p = pd.DataFrame({"k": [k], "v": [slow(k, 4_000_000)]})
    p.to_csv("rows.csv", mode="a", index=False)
print("end")
"""
    project.script(text)
    project.run()
    done = project.run()
    assert "p" not in done.computed and not any("Started over" in note for note in done.notes)


def test_what_is_added_to_nothing_is_an_error_before_the_value_is_made(project: Project) -> None:
    text = SLOW + """\
table = {}
def part(keys, rows=None):
    for k in keys:
        try:
            rows.append(slow(table[k]))
        except KeyError:
            continue
    return rows
print(part([1, 2], []))
print(part([1, 2]))
"""
    follow(project, text, ("table = {}", "table = {1: 2}"))


LABELLED = {
    "of a table": ("df.index.name = 'k'", "'k'", "'row'"),
    "by another name": ("i = df.index\ni.name = 'k'", "'k'", "'row'"),
    "of columns": ("df.columns.name = 'k'", "'k'", "'row'"),
}


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), KEEP], ids=["auto", "always"])
@pytest.mark.parametrize("statement, before, after", LABELLED.values(), ids=LABELLED)
def test_names_of_labels_that_tables_share(
    project: Project, statement: str, before: str, after: str, options: tuple[str, ...]
) -> None:
    text = SLOW + f"""\
import pandas as pd
df = pd.DataFrame({{"a": [1, 2], "b": [3, slow(n=4_000_000)]}})
w = df + 1
s = df["a"]
{statement}
print(w)
print(s)
print(df)
"""
    edits = (before, after), (statement.replace(before, after) + "\n", ""), ("w = df + 1\n", "w = df + 2\n")
    follow(project, text, *edits, options=options)
