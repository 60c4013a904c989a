"""Names that come to share state, and stop sharing it, across runs that load some of them."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import subprocess
import sys

import pytest
from engine.conftest import Project

ALWAYS = ("--policy", "always")


@pytest.mark.slow
def test_a_name_that_left_its_group_keeps_its_new_value(project: Project) -> None:
    script = """
        import time
        def slow(v):
            time.sleep(0.05)
            return v
        a = slow([i for i in range(2000)])
        x = slow(a)
        x = slow(5)
        print({})
    """
    for shown in ("len(a), x", "x, len(a)", "x, a[:2]", "x"):
        project.script(script.format(shown))
        project.run(options=ALWAYS)


def test_a_deleted_name_does_not_come_back_with_its_group(project: Project) -> None:
    script = """
        import time
        def slow(v):
            time.sleep(0.05)
            return v
        a = slow([1, 2, 3])
        b = slow([a, a])
        del a
        print({}, 'a' in globals())
    """
    for shown in ("b", "len(b)", "b[0] is b[1]"):
        project.script(script.format(shown))
        project.run(options=ALWAYS)


@pytest.mark.slow
def test_a_group_that_shrinks_is_changed_through_one_name_only(project: Project) -> None:
    script = """
        import time
        def slow(v):
            time.sleep(0.05)
            return v
        a = slow([1, 2, 3])
        b, c = slow(a), slow(a)
        c = slow([9])
        b.append(4)
        print({})
    """
    for shown in ("a, b, c", "c, a", "a is b, c", "b"):
        project.script(script.format(shown))
        project.run(options=ALWAYS)


@pytest.mark.slow
def test_item_stores_and_container_methods_change_their_own_object_and_those_that_share_it(project: Project) -> None:
    script = """
        import numpy as np, pandas as pd
        base = np.arange(6.0)
        view = base[2:]
        rows, other = [[1], [2]], [[3]]
        same = rows
        frame = pd.DataFrame({'a': [1, 2, 3]})
        twin = frame
        view[0] = 10
        rows.append(other[0])
        frame['b'] = 5
        key = 'a'
        frame[key] = 7
        for r in rows:
            r.append(0)
        print(base.tolist(), rows, other, same is rows, list(twin.columns), int(frame.a.sum()))
    """
    project.script(script)
    project.run(options=ALWAYS)
    project.unchanged(options=ALWAYS)
    project.script(script.replace("view[0] = 10", "view[0] = 11"))
    project.run(options=ALWAYS)
    project.script(script.replace("r.append(0)", "r.append(1)"))
    project.run(options=ALWAYS)
    project.script(script.replace("= 7", "= 8").replace("print(", "print(view.tolist(), "))
    project.run(options=ALWAYS)


@pytest.mark.slow
def test_the_attributes_of_a_frame_under_a_name_of_their_own(project: Project) -> None:
    text = "import pandas as pd\ndf = pd.DataFrame({'a': [1]})\nd = df.attrs\nd['x'] = 1\n"
    text += "print(df.attrs)\nprint('end')\n"
    project.script(text)
    project.run()
    project.script(text.replace("= 1\n", "= 2\n"))
    project.run()
    project.script(text.replace("'end'", "df.attrs"))
    project.run(options=ALWAYS)


ITERATORS = {
    "generator_of_a_list": "def each(xs):\n    for x in xs:\n        yield x\n\nxs = [1, 2]\ng = each(xs)\nxs.append(EDIT)\nprint(list(g))\n",
    "generator_of_a_global": "K = 1\ng = (x * K for x in range(3))\nK = EDIT\nprint(list(g))\n",
    "generator_of_a_closure": "def make():\n    box = []\n    return box, (x + len(box) for x in range(2))\n\nbox, g = make()\nbox += [0] * EDIT\nprint(list(g))\n",
    "iterator_of_a_dict": "d = {1: 'a', 2: 'b'}\nit = iter(d.items())\nprint(next(it))\nd[2] = EDIT\nprint(next(it))\n",
    "iterator_of_a_set": "s = {1}\nit = iter(s)\nif EDIT == 5:\n    s.add(3)\ntry:\n    print(next(it))\nexcept RuntimeError as error:\n    print(error)\n",
    "rows_of_a_frame": "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2]})\nrows = frame.iterrows()\nprint(next(rows)[1]['a'])\nframe.attrs['k'] = EDIT\nprint(next(rows)[1]['a'], frame.attrs)\n",
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == "rows_of_a_frame" else ()) for name in ITERATORS]
)
def test_what_an_iterator_goes_through_is_shared_with_it(project: Project, name: str) -> None:
    for value in ("3", "4", "5", "3"):
        project.script(ITERATORS[name].replace("EDIT", value))
        project.run()


ANEW = """
        import random
        i0 = {}
        i1 = 2
        l0 = [1, 2]
        l1 = []
        l2 = [3]
        class Box:
            shared = []
            def __init__(self, n):
                self.n = n
                self.own = l2
            def add(self, x):
                self.shared.append(x)
                self.own.append(x)
        box = Box(2)
        def part(i0, l0, l1=None):
            global l2, box
            i1, d0, t0 = 4, {{2: l0}}, "cd"
            l2 = [0, i0]
            l0.append(0)
            return i0, l0
        i0, l0 = part(i1, l2)
        l1.append(part(i0, l0, l1=[7]))
        print(l1, l2)
    """


def test_a_name_that_is_bound_anew_leaves_its_group_as_it_did_there(project: Project) -> None:
    for value in (1, 2):
        project.script(ANEW.format(value))
        project.run(options=ALWAYS, env={"MLITER_PASSES_FROM": "0"})


@pytest.mark.slow
def test_a_view_that_is_looked_at_does_not_depend_on_the_rest_of_what_it_shows(project: Project) -> None:
    """Labels of a table are a view of it; work on them alone holds when another column is edited."""
    text = """\
        import networkx
        import pandas as pd
        table = pd.DataFrame({"text": ["a", "b", "b"], "label": [0, 1, 1]})
        labels = table["label"].to_numpy()
        graph = networkx.Graph()
        graph.add_nodes_from(labels)
        print(len(graph))
        print(len(table))
        """
    project.script(text)
    project.run()
    project.script(text.replace('"a"', '"c"'))
    outcome = project.run()
    assert {"table", "labels"} <= {*outcome.computed}
    assert "graph.add_nodes_from(labels)" in outcome.pruned


@pytest.mark.slow
def test_a_change_through_a_view_depends_on_all_that_share_it(project: Project) -> None:
    """What is written through a name reaches those who share its memory, so they are inputs."""
    text = """\
        import numpy as np
        whole = np.arange(6.0)
        part = whole[:3]
        np.negative(part, out=part)
        print(whole.sum())
        """
    project.script(text)
    project.run()
    project.script(text.replace("arange(6.0)", "arange(7.0)"))
    outcome = project.run()
    assert "np.negative(part, out=part)" in outcome.computed
    project.unchanged()


def test_who_is_left_when_a_name_goes_depends_on_who_was_there(project: Project) -> None:
    """`box` lets go of what it shared: who shares it still is told by who did, not by how they look."""
    text = """\
        a = [4]
        b = a
        box = {2: b}
        box = {}
        b.append(1)
        print(a, b)
        """
    project.script(text)
    project.run(options=ALWAYS)
    project.script(text.replace("b = a", "b = [4]"))
    project.run(options=ALWAYS)
    project.script(text)
    project.run(options=ALWAYS)


def test_a_call_that_shares_nothing_follows_one_that_did(project: Project) -> None:
    """The same statements of a function, with arguments that look the same."""
    project.script("""
        kept = [4]
        def part(rows):
            box = {2: rows}
            box = {}
            rows.append(5)
            return rows
        part(kept)
        print(kept)
        kept.pop()
        part([4])
        print(kept)
        """)
    project.run(options=ALWAYS)
    project.unchanged(options=ALWAYS)


@pytest.mark.slow
def test_what_a_class_holds_is_not_taken_to_come_with_its_instances(project: Project) -> None:
    """A pickle names the class: a list that it holds is as its definition has made it, not as it has become."""
    text = """\
        class Box:
            shared = []
            def __init__(self, own):
                self.own = own
        rows = [3]
        one = Box(rows)
        def part(given):
            print(one.own is rows, Box.shared)
            rows.reverse()
            Box.shared.append(30)
            return given
        kept = []
        first = part(rows)
        kept.append(part(first))
        print(len(kept), Box.shared)
        """
    project.script(text)
    project.run(options=ALWAYS)
    project.unchanged(options=ALWAYS)
    for before, after in [("print(len(kept)", "print('end', len(kept)"), ("kept = []", "kept = [1]")]:
        project.script(text.replace(before, after))
        project.run(options=ALWAYS)


LOADED = """
def work(x):
    return sum(i * i + x for i in range(300_000))
rows = [[1], [2], [3]]
def keep(data, n):
    total = work(n)
    data.append([total])
    return data
a = keep(rows, 2)
b = BOUND
a.append([9])
print(len(rows), len(b), a is rows)
kept = {}
def same(row):
    work(1)
    return row
for n in range(2):
    kept[n] = same(rows[n])
made = [same(row) for row in rows]
print(made[0] is rows[0], kept[1] is rows[1], len(made))
rows[0].append(LAST)
print(made[0], kept[0], rows[0])
"""


LET_GO = ("kept", "made", "the value", "the loop's items")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["a", "result of keep", *(pytest.param(name, marks=pytest.mark.slow) for name in LET_GO)]
)
def test_who_shares_a_loaded_value_that_is_let_go_of_is_still_told(project: Project, name: str) -> None:
    """The result of a function, or what a pass makes, is loaded with what shares it, and bound elsewhere."""
    def play(bound: str, last: str) -> None:
        project.script(LOADED.replace("BOUND", bound).replace("LAST", last))
        project.run(options=ALWAYS, env={"MLITER_PASSES_FROM": "0"})

    play("list(a)", "1")
    evict = [sys.executable, "-m", "mliter_tui", "cache", "evict", "--cache", str(project.cache), name]
    subprocess.run(evict, cwd=project.folder, env=project.environment(None), capture_output=True, check=False)
    for bound, last in [("a", "1"), ("list(a)", "1"), ("list(a)", "2"), ("list(a)", "1")]:
        play(bound, last)
