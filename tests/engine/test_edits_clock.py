"""Cheap questions to the clock are asked again, wherever in the user's code they stand."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

ASKING = {
    "own": "import time\nx = time.time_ns()\n",
    "from_import": "from time import time_ns\nx = time_ns()\n",
    "function": "import time\ndef f():\n    return time.time_ns()\nx = f()\n",
    "method": "from datetime import datetime as d\nclass R:\n    def f(self):\n        return d.now()\nx = R().f()\n",
    "module": "import stamp\nx = stamp.now_ns()\n",
    "main": "import uuid\ndef main():\n    x = uuid.uuid4()\n    open('x', 'w').write(str(x))\nmain()\n",
}


@pytest.mark.parametrize("case", ASKING)
def test_the_time_is_asked_again(project: Project, case: str) -> None:
    project.write("stamp.py", "import time\ndef now_ns():\n    return time.time_ns()\n")
    tail = "" if case == "main" else "with open('x', 'w') as f:\n    f.write(str(x))\n"
    (project.folder / "train.py").write_text(ASKING[case] + tail)
    seen = set()
    for _ in range(2):
        subprocess.run(project.command(), cwd=project.folder, env=project.environment(), check=True)
        seen.add((project.folder / "x").read_text())
    assert len(seen) == 2
