"""Numbers of lines in output and values stay those of the script as it is."""

from __future__ import annotations

from typing import Any

import pytest

_CASES = {
    "equal statements": (
        "import warnings\nwarnings.simplefilter('always')\nwarnings.warn('x')\n#\nwarnings.warn('x')\n"
    ),
    "a format without a file": (
        "import logging, sys\nlogging.basicConfig(format='%(levelname)s:%(lineno)d', stream=sys.stdout)\n"
        "#\ndef f():\n    logging.warning('x')\nf()\nlogging.error('y')\n"
    ),
    "a frame's": "import sys\n#\nx = sys._getframe().f_lineno\nprint(x)\n",
    "a traceback kept": (
        "import traceback\n#\ndef f():\n    try:\n        1 / 0\n    except ZeroDivisionError:\n"
        "        return traceback.format_exc()\ns = f()\nprint(s)\n"
    ),
}


@pytest.mark.parametrize("case", _CASES)
def test_lines_that_move(project: Any, case: str) -> None:
    text = _CASES[case]
    project.script(text)
    project.run(stderr=True)
    project.unchanged(stderr=True)
    project.script(text.replace("#\n", "# longer\n"))
    project.unchanged(stderr=True)
    project.script(text.replace("#\n", "#\n\n"))
    project.run(stderr=True)


def test_lines_of_a_local_module_that_move(project: Any) -> None:
    module = "import logging, warnings\n#\ndef f():\n    warnings.warn('x')\n    return 1\n"
    project.write("helpers.py", module)
    project.script("import helpers\nx = helpers.f()\nprint(x)\n")
    project.run(stderr=True)
    project.unchanged(stderr=True)
    project.write("helpers.py", module.replace("#\n", "#\n\n"))
    project.run(stderr=True)


def test_a_traceback_in_a_file(project: Any) -> None:
    text = (
        "import traceback\n#\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n"
        "    with open('log.txt', 'w') as f:\n        traceback.print_exc(file=f)\n"
    )
    project.script(text)
    project.run(files=False)
    project.unchanged(files=False)
    project.script(text.replace("#\n", "#\n\n"))
    project.run(files=False)
    assert ", line 5, in <module>" in (project.folder / "log.txt").read_text()
