"""The order of the script's globals, which whoever lists them can see."""

from __future__ import annotations

import pytest
from engine.conftest import Project

SCRIPT = """
import time
def slow(v):
    time.sleep(0.05)
    return v
b = slow([1])
a = slow([2])
b = slow([3])
c = slow({})
print([n for n in list(globals()) if not n.startswith('_')])
"""


@pytest.mark.slow
def test_globals_are_listed_in_the_order_they_were_bound(project: Project) -> None:
    more = SCRIPT + "print('more')\n"
    for text in (SCRIPT, more, SCRIPT.replace("{}", "{1}"), SCRIPT.replace("list(glo", "sorted(glo")):
        project.script(text)
        project.run(options=("--policy", "always"))
    project.script(SCRIPT.replace("startswith('_')", "startswith('__')"))
    project.run(options=("--policy", "always"))
