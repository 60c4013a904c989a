"""Functions of one or two statements: which are stepped into, and what an edit of them runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mliter_tui.script.building import Steps
from mliter_tui.script.reading import read_script

if TYPE_CHECKING:
    from engine.conftest import Project

WORK = """\
def work(x):
    return sum(i * i + x for i in range(400_000))
"""
OWN = "def g(x):\n    return abs(x)\n"
# bodies of a function f, and whether it is stepped into: "at once", "once known", or "never"
BODIES = {
    "y = abs(x)\n    print(y)": "at once",
    "y = abs(x)\n    y += 1": "at once",
    "y = abs(x)\n    return y": "never",
    "y = abs(x)\n    return y, 1": "never",
    "y = abs(x)\n    return round(y)": "once known",
    "return abs(x)": "never",
    "print(x)": "never",
    "return x": "never",
    "'what it does'": "never",
    "for i in range(x):\n        open(i)": "at once",
    "for i in (1, 2):\n        x = i": "never",
    "for i in (1, 2):\n        x += i\n    return x": "never",
    "for i in range(x):\n        x += i\n    return x": "never",
    "with open('f') as file:\n        y = file.read()\n        print(y)": "at once",
    "y = g(x)\n    return y": "at once",
    "return g(x)": "at once",
    "print(g(x))": "at once",
    "return [g(i) for i in range(x)]": "at once",
    "return {i: g(i) for i in range(x)}": "at once",
    "return [abs(i) for i in range(x)]": "never",
    "a.add_argument(x)\n    a.add_argument('--n')\n    return a.parse_args(x)": "never",
}


@pytest.mark.parametrize("body", BODIES)
def test_which_are_stepped_into(body: str) -> None:
    text = f"{OWN}def f(x):\n    {body}\nf(1)\n"

    def entered(known: bool) -> bool:
        def enter(statement: str, call: str, before: int) -> bool:
            return known or before < 3

        nodes = read_script(text, "train.py", steps=Steps(enter, lambda whole, hints: None)).nodes
        return any(node.kind == "enter" for node in nodes)

    assert ("at once" if entered(False) else "once known" if entered(True) else "never") == BODIES[body]


REPORT = WORK + """
def report(x):
    total = work(x)
    print("total", total)

report(2)
"""


@pytest.mark.slow
def test_the_last_line_of_two_runs_alone(project: Project) -> None:
    project.script(REPORT)
    project.run()
    project.script(REPORT.replace('"total",', '"the total is",'))
    outcome = project.run()
    assert "total" not in outcome.computed
    project.unchanged()
    project.script(REPORT.replace("= work(x)", "= work(x + 1)"))
    assert "total" in project.run().computed


RETURNS = """
def score(x, share):
    total = sum(i * i + x for i in range(400_000))
    return round(total * share, 3)

value = score(2, 0.5)
print(value)
"""


@pytest.mark.slow
def test_two_that_return_are_told_apart_once_it_is_known_what_they_take(project: Project) -> None:
    project.script(RETURNS)
    assert "total" not in project.run().computed
    project.unchanged()
    project.script(RETURNS.replace("share, 3", "share, 2"))
    assert "total" in project.run().computed
    project.script(RETURNS.replace("share, 3", "share, 1"))
    assert "total" not in project.run().computed
    project.script(RETURNS)
    project.run()


EPOCHS = WORK + """
def train(losses, epochs):
    for epoch in range(epochs):
        losses.append(work(epoch) % 1000)

losses = []
train(losses, 3)
print(losses)
"""


@pytest.mark.slow
def test_a_loop_that_is_all_of_a_function_goes_on_where_it_was(project: Project) -> None:
    project.script(EPOCHS)
    project.run()
    project.script(EPOCHS.replace("losses, 3", "losses, 5"))
    assert len([label for label in project.run().computed if label.startswith("losses.append")]) == 2
    project.unchanged()
    project.script(EPOCHS.replace("losses, 3", "losses, 2"))
    project.run()
    project.script(EPOCHS.replace("% 1000", "% 100"))
    project.run()


CALLS = WORK + """
def fit(rate):
    base = work(3)
    rest = work(base % 7) * rate
    return base + rest

def run(rates):
    return {rate: fit(rate) for rate in rates}

def main_part(rates):
    return run(rates)

found = main_part([1, 2, 3])
print(found)
"""


@pytest.mark.slow
def test_calls_passed_on_are_seen_through(project: Project) -> None:
    project.script(CALLS)
    project.run()
    project.script(CALLS.replace("[1, 2, 3]", "[1, 2, 3, 4]"))
    outcome = project.run()
    assert len([label for label in outcome.computed if label.startswith("value of")]) == 1
    project.unchanged()
    project.script(CALLS.replace("base + rest", "base - rest"))
    project.run()


@pytest.mark.slow
def test_errors_and_lines_are_those_of_python(project: Project) -> None:
    text = CALLS.replace("base + rest", "base / (rate - 3)")
    project.script(text)
    project.run(stderr=True)
    text = RETURNS.replace("round(total * share, 3)", "round(total / (share - 0.5), 3)")
    project.script(text)
    project.run(stderr=True)
    project.script(text.replace("(share - 0.5)", "(share - 0.25)"))
    project.run(stderr=True)
