"""State: changes in place, names that share objects, random streams; with and without an edit around them."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

COSTLY = "def work(n):\n    for i in range(4_000_000):\n        n += i % 2\n    return n\n"


def edits(project: Project, text: str, *changes: tuple[str, str]) -> None:
    """Run, run again with nothing computed, then every edit of the first version, and the first version again."""
    project.script(text)
    project.run()
    project.unchanged()
    for before, after in changes:
        assert before in text
        project.script(text.replace(before, after))
        project.run()
    project.script(text)
    project.unchanged()


def test_a_list_appended_to(project: Project) -> None:
    text = "rows = [1]\nrows.append(2)\nrows += [3]\nrows[0] = 9\nprint(rows)\nprint(len(rows))\n"
    edits(
        project, text, ("append(2)", "append(7)"), ("rows[0] = 9\n", ""), ("print(len(rows))", "print(rows[-1])"),
        ("rows = [1]", "rows = [4]"), ("print(rows)\n", "print(rows)\nrows.append(0)\n"),
    )  # fmt: skip


@pytest.mark.slow
def test_a_mutator_never_runs_twice_on_its_own_result(project: Project) -> None:
    text = COSTLY + "rows = [work(0)]\nrows.append(1)\nprint(rows)\n"
    project.script(text)
    project.run()
    project.script(text + "print(sum(rows))\n")
    project.run()
    project.script(text + "rows.append(work(1))\nprint(sum(rows))\n")
    project.run()
    project.script(text.replace("append(1)", "append(2)"))
    outcome = project.run()
    assert "rows" not in outcome.computed


def test_a_function_that_changes_its_argument_or_a_global(project: Project) -> None:
    text = """
    seen = []
    count = 0
    def add(to, x):
        global count
        count += 1
        to.append(x)
        seen.append(len(to))
    out = []
    add(out, 1)
    print(out, seen, count)
    add(out, 2)
    print(out, seen, count)
    """
    edits(project, text, ("add(out, 1)", "add(out, 5)"), ("add(out, 2)", "add(seen, 2)"), ("count += 1", "count += 2"))


def test_an_attribute_and_a_class_attribute_set(project: Project) -> None:
    text = """
    class Box:
        n = 0
    b = Box()
    b.x = 1
    Box.n = 5
    setattr(b, "y", b.n)
    print(b.x, b.y, Box.n, b.__dict__)
    """
    edits(project, text, ("b.x = 1", "b.x = 2"), ("Box.n = 5", "Box.n = 6"), ("n = 0", "n = 1"), ("Box.n = 5\n", "\n"))


def test_two_names_for_one_object(project: Project) -> None:
    text = "a = [1]\nb = a\nc = {'k': a}\nb.append(2)\nprint(a, c)\na.append(3)\nprint(b is a, c['k'] is b, b)\n"
    edits(project, text, ("b = a\n", "b = list(a)\n"), ("append(3)", "append(4)"), ("a = [1]", "a = [0]"))


def test_two_names_for_one_object_out_of_the_store(project: Project) -> None:
    text = COSTLY + "a = [work(0)]\nb = a\nc = (a, [b])\nprint(a)\n"
    project.script(text)
    project.run()
    for more in ("b.append(1)\nprint(a, c)\n", "c[1][0].append(2)\nprint(a is b, a, b)\n", "print(a is c[0] is b)\n"):
        project.script(text + more)
        outcome = project.run()
        assert "a" not in outcome.computed
    project.script(text)
    project.unchanged()


OTHER_BASE = pytest.mark.xfail(strict=False, reason="a loaded view shares the base's memory; its `.base` is another object")


@pytest.mark.parametrize("policy", ["auto", pytest.param("always", marks=OTHER_BASE)])
def test_a_view_and_its_base_out_of_the_store(project: Project, policy: str) -> None:
    text = COSTLY + "import numpy as np\nx = np.zeros(1000) + work(0)\nv = x[10:20]\nprint(x.sum(), v.sum())\n"
    options = ("--policy", policy)
    project.script(text)
    project.run(options=options)
    project.unchanged(options=options)
    for more in ("v[:] = 1\nprint(x.sum())\n", "x[12] = 0\nprint(v.sum(), v.base is x, v.flags.owndata)\n"):
        project.script(text + more)
        assert "x" not in project.run(options=options).computed
    project.script(text.replace("x[10:20]", "x[10:20].copy()") + "v[:] = 1\nprint(x.sum())\n")
    assert "x" not in project.run().computed


@pytest.mark.slow
def test_a_column_added_after_a_view(project: Project) -> None:
    text = COSTLY + """
import pandas as pd
df = pd.DataFrame({"a": [work(0), 2, 3]})
part = df["a"]
df["x"] = df["a"] * 2
df.loc[0, "x"] = -1
df.rename(columns={"a": "A"}, inplace=True)
print(df)
print(part.tolist())
"""
    edits(project, text, ("* 2", "* 3"), ('df.loc[0, "x"] = -1\n', ""), ("print(df)\n", "print(df.T)\n"))


@pytest.mark.slow
def test_an_estimator_fitted_as_a_statement(project: Project) -> None:
    text = COSTLY + """
from sklearn.linear_model import LogisticRegression
X = [[0.0], [1.0], [2.0], [3.0 + 0 * work(0)]]
y = [0, 0, 1, 1]
clf = LogisticRegression(C=1.0)
clf.fit(X, y)
print(clf.predict([[0.5], [2.5]]), clf.coef_)
clf.set_params(C=0.1)
print(clf.C)
"""
    edits(project, text, ("C=1.0", "C=2.0"), ("print(clf.C)", "print(clf.C, clf.coef_.shape)"), ("y = [0, 0", "y = [0, 1"))


@pytest.mark.slow
def test_a_dict_and_an_iterator_consumed(project: Project) -> None:
    text = "it = iter([1, 2, 3])\na = next(it)\nb = next(it)\nprint(a, b)\nd = {}\nd[a] = b\nd.pop(1)\nprint(d, list(it))\n"
    edits(project, text, ("b = next(it)", "b = 0"), ("d.pop(1)\n", ""), ("print(a, b)", "print(a, b, next(it))"))


RANDOM = """
import random
random.seed(1)
a = random.random()
b = random.randint(0, 100)
print(a, b)
c = random.random()
print(c)
"""


def test_random_draws(project: Project) -> None:
    edits(
        project, RANDOM, ("seed(1)", "seed(2)"), ("print(a, b)", "print(b, a)"), ("print(c)", "print(c, random.random())"),
        ("a = random.random()\nb = random.randint(0, 100)", "b = random.randint(0, 100)\na = random.random()"),
        ("b = random.randint(0, 100)", "b = 1"), ("c = random.random()", "random.seed(5)\nc = random.random()"),
    )  # fmt: skip


def test_a_seed_removed(project: Project) -> None:
    """The draws are then unknown to anyone; what is printed of them is left out of the comparison."""
    text = RANDOM.replace("print(a, b)", "print(0 <= a < 1)").replace("print(c)", "print(c < 1)")
    project.script(text)
    project.run()
    project.script(text.replace("random.seed(1)\n", ""))
    outcome = project.run()
    assert {"a", "b", "c"} <= set(outcome.computed)
    project.unchanged()
    assert {"a", "b", "c"} <= set(project.run(options=("--unseeded", "rerun")).computed)
    project.script(text)
    project.unchanged()


@pytest.mark.slow
def test_costly_draws_are_skipped_and_the_stream_goes_on(project: Project) -> None:
    text = COSTLY + "import random\nrandom.seed(3)\na = work(0) + random.random()\nprint(a)\nb = random.random()\nprint(b)\n"
    project.script(text)
    project.run()
    project.script(text.replace("print(b)", "print(b, random.random())"))
    assert "a" not in project.run().computed
    project.script(text.replace("b = random.random()", "b = random.gauss(0, 1), random.random()"))
    assert "a" not in project.run().computed


@pytest.mark.slow
def test_numpy_streams(project: Project) -> None:
    text = """
    import numpy as np
    np.random.seed(0)
    g = np.random.default_rng(7)
    a = np.random.rand(3)
    b = g.normal(size=2)
    g.shuffle(a)
    print(a, b)
    print(np.random.randint(0, 9, 3), g.random())
    """
    edits(project, text, ("seed(0)", "seed(1)"), ("rng(7)", "rng(8)"), ("b = g.normal(size=2)", "b = 0"),
          ("g.random())", "g.random(2))"))  # fmt: skip


@pytest.mark.slow
def test_a_seeded_split_and_an_unseeded_estimator(project: Project) -> None:
    text = """
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier
    np.random.seed(0)
    X = np.random.rand(40, 3)
    y = (X[:, 0] > 0.5).astype(int)
    clf = RandomForestClassifier(n_estimators=3)
    clf.fit(X, y)
    print(clf.score(X, y), clf.predict_proba(X[:3]).tolist())
    print(np.random.rand())
    """
    edits(project, text, ("n_estimators=3", "n_estimators=4"), ("np.random.rand())", "np.random.rand(), 1)"), ("seed(0)", "seed(1)"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["set", "frozenset"])
def test_the_order_of_a_set_of_strings(project: Project, kind: str) -> None:
    project.script(COSTLY + f"s = {kind}(str(i + 0 * work(0)) for i in range(2))\nprint(list(s))\nprint('end')\n")
    project.run()
    project.script(COSTLY + f"s = {kind}(str(i + 0 * work(0)) for i in range(2))\nprint(list(s))\nprint(list(s), 1)\n")
    project.run()


@pytest.mark.slow
def test_identity_and_interning_after_a_load(project: Project) -> None:
    text = COSTLY + "n = None if work(0) else None\nt = (n, True, work)\ns = object()\np = (s, [s])\nk = work(1)\nprint(k)\n"
    project.script(text)
    project.run()
    project.script(text + "print(t[0] is None, t[1] is True, t[2] is work, p[1][0] is s is p[0], k)\n")
    project.run()


@pytest.mark.slow
def test_a_pickle_of_a_loaded_value_has_the_same_bytes(project: Project) -> None:
    text = COSTLY + "word = 'w' * 3\nd = {'w': [word, word], 'n': work(0)}\nprint(d)\n"
    project.script(text)
    project.run()
    project.script(text + "import pickle\nopen('d.pkl', 'wb').write(pickle.dumps(d))\n")
    project.run()


@pytest.mark.slow
def test_nested_containers_and_cycles(project: Project) -> None:
    text = COSTLY + "a = {'n': work(0)}\na['self'] = a\nl = [a, [a]]\nprint(len(l))\n"
    project.script(text)
    project.run()
    project.script(text + "l[1][0]['n'] = 0\nprint(a['n'], a['self'] is a, l[0] is a)\n")
    project.run()
