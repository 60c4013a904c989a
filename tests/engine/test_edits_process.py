"""State of the process that no name holds: random streams, settings of libraries, handles, what happens at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project


def edits(project: Project, text: str, *changes: tuple[str, str], ordinary: bool = True) -> None:
    """Run, run again, then every edit of the first version, each compared with python; `ordinary`: nothing is computed
    in a run without an edit."""
    again = project.unchanged if ordinary else project.run
    project.script(text)
    project.run()
    again()
    for before, after in changes:
        assert before in text
        project.script(text.replace(before, after))
        project.run()
    project.script(text)
    again()


STREAMS = {
    "seed skipped": (
        "import numpy as np\nnp.random.seed(1)\nprint('a')\nprint(np.random.rand(2))\n",
        [("rand(2)", "rand(3)"), ("seed(1)", "seed(2)"), ("print('a')", "print('b')")],
    ),
    "seed in a function that prints": (
        "import numpy as np\ndef set_seed(s):\n    np.random.seed(s); print('seed', s)\nset_seed(1)\n"
        "x = np.random.rand(2)\nprint(x)\n",
        [("set_seed(1)", "set_seed(2)"), ("rand(2)", "rand(3)")],
    ),
    "imported in the function": (
        "def seed(s):\n    import numpy\n    numpy.random.seed(s)\ndef draw(n):\n    import numpy\n"
        "    return numpy.random.rand(n).tolist()\nseed(1)\nprint(draw(2))\nprint(draw(3))\n",
        [("seed(1)", "seed(2)"), ("draw(3)", "draw(4)"), ("draw(2)", "draw(1)")],
    ),
    "state asked for": (
        "import random\nimport numpy as np\nrandom.seed(1)\nnp.random.seed(1)\ns = random.getstate()[1][0]\n"
        "t = int(np.random.get_state()[1][0])\nprint(s, t)\n",
        [("random.seed(1)\nnp", "random.seed(2)\nnp"), ("np.random.seed(1)", "np.random.seed(3)")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STREAMS)
def test_random_streams(project: Project, case: str) -> None:
    text, changes = STREAMS[case]
    edits(project, text, *changes)
