"""Loops over a variable: taken pass by pass where what it holds when they begin is seen to be little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

BEGIN = """
from argparse import Namespace

import time

def work(x):
    time.sleep(0.06)
    return x * 2

args = Namespace(rates=[1, 2, 3], config={"sizes": (4, 5, 6)})
sizes = {}
for i in range(3):
    sizes["abc"[i]] = i + 1
many = [i for i in range(1000)]
"""

FEW = {
    "a name": "for x in sizes.values():",
    "its pairs": "for name, x in sizes.items():",
    "counted": "for i, x in enumerate(sizes.values()):",
    "the shorter of two": "for x, y in zip(sizes.values(), many):",
    "an option": "for x in args.rates:",
    "in an option": 'for x in args.config["sizes"]:',
}


@pytest.mark.parametrize("head", FEW.values(), ids=FEW)
def test_the_last_statement_of_a_loop_over_few_is_edited(project: Project, head: str) -> None:
    text = f"{BEGIN}{head}\n    made = work(x)\n    print(x, made)\n"
    project.script(text)
    assert project.run().computed.count("made") == 3
    project.unchanged()
    project.script(text.replace("print(x, made)", 'print("made", x, made)'))
    assert "made" not in project.run().computed


def test_in_a_function_too(project: Project) -> None:
    text = (
        f"{BEGIN}def every(items, scale):\n    total = 0\n    for x in items:\n        made = work(x)\n"
        "        total += made * scale\n    return total\nprint(every(list(sizes.values()), 2))\n"
    )
    project.script(text)
    assert project.run().computed.count("made") == 3
    project.script(text.replace("), 2))", "), 3))"))
    assert "made" not in project.run().computed


def test_one_more_item_is_one_more_pass(project: Project) -> None:
    text = f"{BEGIN}out = []\nfor x in args.rates:\n    made = work(x)\n    out.append(made)\nprint(out)\n"
    project.script(text)
    project.run()
    project.script(text.replace("[1, 2, 3]", "[1, 2, 3, 9]"))
    assert project.run().computed.count("made") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "loop",
    ["for x in many:\n    last = abs(work(x) if x > 997 else x)", "for x in map(abs, many[:4]):\n    last = work(x)"],
    ids=["many", "who knows"],
)
def test_a_loop_over_many_is_one_unit(project: Project, loop: str) -> None:
    text = f"{BEGIN}{loop}\nprint(last)\n"
    project.script(text)
    assert project.run().computed.count("last, x") == 1
    project.unchanged()
    project.script(text.replace(loop, loop.replace("work(x)", "work(x) + 1")))
    assert project.run().computed.count("last, x") == 1
    project.unchanged()


@pytest.mark.slow
def test_a_loop_that_has_come_to_be_over_few_is_taken_apart(project: Project) -> None:
    text = f"{BEGIN}for x in many:\n    last = abs(work(x) if x > 996 else x)\n    print(end='')\nprint(last)\n"
    project.script(text)
    assert "last" not in project.run().computed
    project.script(text.replace("range(1000)", "range(996, 1000)"))
    project.run()
    project.script(text.replace("range(1000)", "range(996, 1000)").replace("end=''", "end=' '"))
    project.run()
    project.script(text.replace("range(1000)", "range(996, 1000)").replace("end=''", "end='.'"))
    assert "last" not in project.run().computed


@pytest.mark.slow
def test_items_that_a_pass_changes(project: Project) -> None:
    text = (
        f"{BEGIN}rows = []\nfor i in range(3):\n    rows.append([i])\n"
        "for row in rows:\n    row.append(work(row[0]))\n    print(row, rows)\nprint(rows)\n"
    )
    project.script(text)
    project.run()
    project.script(text.replace("print(row, rows)", "row.append(1)\n    print(rows, row)"))
    project.run()
    project.script(text.replace("range(3):\n    rows", "range(2):\n    rows"))
    project.run()
