"""A large value that a name comes to share is not read a second time, and what changes it is seen under every name."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

ALWAYS = ("--policy", "always")
ROWS = "rows = [[i, str(i)] for i in range(1500)]\n"

PROGRAMS = {
    "assigned": "again = rows\nagain[EDIT].append(7)\nprint(rows[1], again[1], len(rows))\n",
    "bound and changed": "again = rows; rows[EDIT].append(7)\nother = again\nother.append(EDIT)\nprint(rows[1], len(again))\n",
    "argument": "def use(data, n):\n    first = data[n]\n    total = sum(len(str(r)) for r in data)\n    return total\nprint(use(rows, EDIT))\nprint(use(rows, 2))\n",
    "argument changed": "def use(data, n):\n    data[n].append('x')\n    total = sum(len(str(r)) for r in data)\n    data.append(n)\n    return total\nprint(use(rows, EDIT))\nprint(use(rows, 2), len(rows), rows[1])\n",
    "argument changed on the way": "def grown(data):\n    data[1].append('grown')\n    return 1\ndef use(data, n):\n    total = sum(len(str(r)) for r in data)\n    print(total)\n    return total + n\nprint(use(rows, grown(rows) + EDIT))\nprint(use(rows, grown(rows)), rows[1])\n",
    "result": "def make(n):\n    made = [[i, str(i)] for i in range(1500)]\n    made[n].append('m')\n    return made\nfound = make(EDIT)\nfound[1].append('later')\nprint(found[1], found[2])\nfound = make(2)\nprint(found[1], found[2])\n",
    "result changed as it is bound": "def make(n):\n    made = [[i, str(i)] for i in range(1500)]\n    made[n].append('m')\n    return made\ndef also(x):\n    x[1].append('also')\n    return x\nfound = also(make(EDIT))\nkept = [make(1)][0]\nprint(found[1], kept[1])\n",
    "result is a global": "def same(n):\n    count = len(rows)\n    rows[1].append(n)\n    return rows\nfound = same(EDIT)\nfound[2].append('f')\nprint(rows[1], rows[2], found is rows)\n",
    "seen by a closure": "def counter(data):\n    def count():\n        return sum(len(r) for r in data)\n    return count\ncount = counter(rows)\nprint(count())\nrows[EDIT].append(1)\nprint(count())\n",
    "instances": "class Row:\n    def __init__(self, i):\n        self.i = i\nrows = [Row(i) for i in range(1500)]\nagain = rows\nagain[EDIT].i = -1\nprint([r.i for r in rows[:3]])\n",
    "iterator": "it = iter(rows)\nagain = it\nnext(again)\nother = again\nprint(next(it), next(other), EDIT)\n",
}  # fmt: skip


QUICK = ("assigned", "argument changed", "result", "result changed as it is bound")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in PROGRAMS]
)
def test_what_two_names_share_is_as_in_python(project: Project, name: str) -> None:
    for value in ("1", "2", "1"):
        project.script(ROWS + PROGRAMS[name].replace("EDIT", value))
        project.run(options=ALWAYS)
    project.script(ROWS.replace("[i, str(i)]", "[i, str(i + 1)]") + PROGRAMS[name].replace("EDIT", "1"))
    project.run(options=ALWAYS)


def test_a_value_under_another_name_has_the_same_version(project: Project) -> None:
    project.script(ROWS + "again = rows\nprint(len(again))\n")
    project.run(options=ALWAYS)
    project.script(ROWS + "again = list(map(list, rows))\nprint(len(again))\n")
    assert project.run(options=ALWAYS).computed == ["again"]
