"""A second name for a value that comes and goes between runs: what was recorded with one is not taken with the other."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import pytest
from engine.conftest import Project

ALWAYS = ("--policy", "always")


@pytest.mark.parametrize(
    ("alone", "shared", "change"),
    [
        ("list(a)", "a", "a += [2]"),
        ("list(a)", "a", "a = grown(a)"),
        ("list(a)", "a", "a, n = grown(a), 1"),
        ("list(a)", "a", "a.append(2); del a"),
        ("{'k': list(a)}", "{'k': a}", "a = grown(a)"),
    ],
)
def test_a_value_changed_by_the_statement_that_takes_its_name_is_seen_by_who_came_to_share_it(
    project: Project, alone: str, shared: str, change: str
) -> None:
    script = """
        def grown(x):
            x.append(2)
            return [*x, 3]
        a = [1]
        b = HELD
        CHANGE
        print(b, globals().get('a'))
    """
    for held in (alone, shared, alone, shared):
        project.script(script.replace("HELD", held).replace("CHANGE", change))
        project.run(options=ALWAYS)


@pytest.mark.slow
def test_a_row_that_was_a_copy_is_a_view_again(project: Project) -> None:
    script = """
        import numpy as np
        m = np.arange(12).reshape(3, 4)
        row = m[1]{}
        row += 100
        m.T[0] = -1
        del row
        print(m.sum(axis=0))
    """
    for made in ("", ".copy()", "", ".copy()"):
        project.script(script.format(made))
        project.run(options=ALWAYS)


@pytest.mark.slow
@pytest.mark.parametrize("change", ["a = slow(a + [2])", "a = slow([2])", "del a"])
def test_a_name_that_left_alone_leaves_its_group_in_another_version(project: Project, change: str) -> None:
    script = """
        import time
        def slow(v):
            time.sleep(0.03)
            return v
        a = slow([1])
        b = HELD
        CHANGE
        print(PRINT, globals().get('a'))
    """
    for held, shown in (("list(a)", "b"), ("a", "b"), ("a", "b, 2"), ("[[0], a]", "b"), ("[[0], a]", "1, b")):
        project.script(script.replace("HELD", held).replace("CHANGE", change).replace("PRINT", shown))
        project.run(options=ALWAYS)


def test_a_value_like_that_of_a_name_is_not_taken_for_the_same_object(project: Project) -> None:
    script = """
        import time
        def slow(v):
            time.sleep(0.03)
            return v
        b = slow([1, 2])
        a = SHARED
        a = slow(sorted(a))
        CHANGE
        print(a, b)
    """
    for shared, change in (("b", "pass"), ("b or 0", "a.append(9)"), ("b", "b.append(9)"), ("b or 1", "a += b")):
        project.script(script.replace("SHARED", shared).replace("CHANGE", change))
        project.run(options=ALWAYS)


@pytest.mark.parametrize("change", ["d += [2]", "d.append(2)", "c.append(2)"])
def test_who_only_looked_at_a_value_says_nothing_of_who_shares_with_it(project: Project, change: str) -> None:
    script = """
        import json
        d = [3]
        c = HELD
        print(json.dumps(d))
        CHANGE
        print(c, d)
    """
    for held in ("[3]", "d", "[3]", "d"):
        project.script(script.replace("HELD", held).replace("CHANGE", change))
        project.run(options=ALWAYS)


def test_a_value_that_was_changed_and_let_go_of_is_seen_by_who_shares_with_it(project: Project) -> None:
    script = """
        x = [1]
        y = HELD
        if len(x) > 0:
            x.append(2)
            del x
        print(y, SHOWN)
    """
    for held, shown in (("x", "0"), ("x", "1"), ("list(x)", "1"), ("x", "2")):
        project.script(script.replace("HELD", held).replace("SHOWN", shown))
        project.run(options=ALWAYS)


def test_what_the_rest_of_a_loop_changes_is_seen_by_those_it_was_taken_from(project: Project) -> None:
    script = """
        def grown(v):
            v.append(1)
        a = [0]
        b = [5, a, 5, a, LAST]
        d = [grown(e) if type(e) is list else e for e in b]
        SHOWN
    """
    for last, shown in ((5, "print(d)"), (6, "print(d)"), (6, "print(a)"), (6, "c = [e for e in b]; print(c)")):
        project.script(script.replace("LAST", str(last)).replace("SHOWN", shown))
        project.run(options=ALWAYS, env={"MLITER_PASSES_FROM": "0.00005"})
