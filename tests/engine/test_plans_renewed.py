"""A plan that has turned out wrong is made again where it decides: before a node whose trace holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.conftest import Project

COSTLY = "def work(n):\n    for i in range(4_000_000):\n        n += i % 2\n    return n\n"
CUTOFF = COSTLY + """\
n = int(open('n.txt').read())
half = n // 2
a = work(half)
b = [a, work(1)]
print('b', len(b))
c = b[1] + half
print('c', c)
"""


def test_what_was_foreseen_to_run_is_skipped_where_its_inputs_come_out_the_same(project: Project) -> None:
    project.write("n.txt", "4")
    project.script(CUTOFF)
    project.run()
    project.write("n.txt", "5")
    outcome = project.run()
    assert {"a", "b"}.isdisjoint(outcome.computed) and "half" in outcome.computed
    project.write("n.txt", "6")
    outcome = project.run()
    assert "a" in outcome.computed


def test_a_value_foreseen_to_be_in_vain_is_had_where_an_edit_wants_it(project: Project) -> None:
    """Behind nodes without a trace, which ask for no plan, comes one that is skipped, and one that needs it."""
    text = COSTLY + "k = 1\nif k > 1:\n    x = work(0)\n    print('x', x)\nelse:\n    x = 7\n"
    text += "y = work(2)\nz = [y, x]\nprint(z)\n"
    project.script(text)
    project.run()
    for k in (2, 1, 3):
        project.script(text.replace("k = 1", f"k = {k}"))
        outcome = project.run()
        assert "y" not in outcome.computed
    project.script(text.replace("z = [y, x]", "z = [x, y]").replace("k = 1", "k = 2"))
    outcome = project.run()
    assert {"x", "y"}.isdisjoint(outcome.computed)


def test_what_a_second_pass_does_like_the_first_is_right_either_way(project: Project) -> None:
    text = (
        COSTLY + "found = []\nfor i in range(3):\n    start = [1]\n    start.append(i)\n"
        "    found.append(work(i) + len(start))\n"
        "print(found, start)\n"
    )
    project.script(text)
    project.run()
    project.unchanged()
    for before, after in (("range(3)", "range(4)"), ("start = [1]", "start = [1, 2]"), ("append(i)", "append(2 * i)")):
        project.script(text.replace(before, after))
        project.run()
