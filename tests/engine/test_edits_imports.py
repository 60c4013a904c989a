"""What packages read of the user's as they are imported: who uses them depends on it, though no value says so."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

SLOW = "import time\ndef slow():\n    time.sleep(0.3)\n    return 5\n"


@pytest.mark.slow
def test_a_settings_file_of_a_package(project: Project) -> None:
    project.write("matplotlibrc", "lines.linewidth: 3\n")
    project.script(SLOW + "a = slow()\nimport matplotlib as mpl\nprint(mpl.rcParams['lines.linewidth'])\nprint(a)\n")
    project.run()
    project.unchanged()
    project.write("matplotlibrc", "lines.linewidth: 5\n")
    assert "a" in project.run().pruned
    project.write("matplotlibrc", "lines.linewidth: 3\n")
    project.run()
    (project.folder / "matplotlibrc").unlink()
    project.run()
    project.unchanged()


@pytest.mark.slow
def test_a_settings_file_that_comes_to_be(project: Project) -> None:
    project.script("import matplotlib as mpl\nw = mpl.rcParams['lines.linewidth']\nprint(w)\n")
    project.run()
    project.write("matplotlibrc", "lines.linewidth: 5\n")
    project.run()


@pytest.mark.slow
def test_a_variable_that_a_package_reads(project: Project) -> None:
    project.script("import pandas as pd\ns = pd.Series(['a', 'b'])\nkind = s.dtype\nprint(kind, len(s))\n")
    project.run()
    project.run(env={"PANDAS_FUTURE_INFER_STRING": "0"})
    project.unchanged(env={"PANDAS_FUTURE_INFER_STRING": "0"})
    project.run()


@pytest.mark.slow
def test_a_package_that_a_function_imports(project: Project) -> None:
    project.write("matplotlibrc", "lines.linewidth: 3\n")
    project.script("""
    def width():
        import matplotlib as mpl
        return mpl.rcParams
    def show():
        import matplotlib
        print(matplotlib.rcParams["lines.linewidth"])
    n = len(width())
    show()
    """)
    project.run()
    project.write("matplotlibrc", "lines.linewidth: 5\n")
    project.run()


@pytest.mark.slow
def test_imports_that_come_go_and_change_places_leave_costly_work_alone(project: Project) -> None:
    body = "table = pd.DataFrame({'x': range(1000)})\ntime.sleep(0) if False else None\nmodel = [slow(), table.x.sum()]\nprint(model)\n"
    for imports in (
        "import pandas as pd\n", "import numpy as np\nimport pandas as pd\n", "import pandas as pd\nimport matplotlib\n",
        "import json\nimport pandas as pd\nimport numpy as np\n", "import pandas as pd\n",
    ):  # fmt: skip
        project.script(SLOW + imports + body)
        outcome = project.run()
        assert imports == "import pandas as pd\n" or "model" in outcome.pruned
    assert "model" in outcome.pruned
