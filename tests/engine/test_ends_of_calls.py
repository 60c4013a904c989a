"""How a function's variables end: by a trace of a call that ended with the same held by the same."""

from __future__ import annotations

import pytest
from engine.conftest import Project


@pytest.mark.parametrize(("call", "last"), [("show(rows)", "print(rows)"), ("keep(hooks)", "print(hooks[0]())")])
def test_a_call_that_ends_alone_says_nothing_of_one_whose_variables_others_hold(
    project: Project, call: str, last: str
) -> None:
    project.script(f"""
    import time
    def show(items=None):
        n = 0
        time.sleep(0.05)
        if items is not None:
            n = len(items)
        print(n)
    def keep(hooks=None):
        n = 1
        time.sleep(0.05)
        if hooks is not None:
            hooks.append(lambda: n)
        n += 1
    rows, hooks = [[1], [2]], []
    {call.partition("(")[0]}()
    {call}
    {last}
    """)
    settings = {"options": ("--policy", "always")}
    assert not project.run(**settings).notes  # nothing is looked for that ended with the function
    project.write("train.py", (project.folder / "train.py").read_text().replace(last, last + "\n" + last))
    assert not project.run(**settings).notes
