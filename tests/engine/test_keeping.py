"""What is kept in a real run: what the plan is going to load stays, and what writing takes is learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mliter_tui.engine.keeping import PACE
from mliter_tui.plan.pace import Pace
from mliter_tui.store import Store

SCRIPT = """\
import time
import numpy as np
def make(seconds, value):
    time.sleep(seconds)
    return np.full(80_000, value)
a = make(0.5, 1.0)
print("sum", a.sum())
"""


@pytest.mark.slow
def test_what_the_plan_will_load_is_not_evicted_for_what_comes_before(project: Any) -> None:
    """640 kB each, of which one fits; the newcomer is worth more, and the plan loads the other behind it."""
    options = ("--budget", "1MB")
    project.script(SCRIPT)
    project.run(options=options)
    project.script(SCRIPT.replace('print("sum", a.sum())', 'n = make(1.5, 2.0)\nprint("sums", a.sum(), n.sum())'))
    outcome = project.run(options=options)
    assert outcome.notes == []
    assert "a" in outcome.labels("load")
    assert "n" in outcome.computed


def test_what_writing_took_is_remembered(project: Any) -> None:
    project.script(SCRIPT)
    project.run()
    with Store.open(Path(project.cache)) as store:
        pace = Pace.from_json(store.meta(PACE))
    assert pace.estimated > 0
    assert pace.took > 0
