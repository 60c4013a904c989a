"""Real scripts nobody here wrote: equal to a cold run as they are, again, and after edits of several kinds.

    MLITER_CORPUS=FOLDER .venv/bin/python -m pytest -q -m slow tests/corpus

FOLDER is `examples/` of scikit-learn's source distribution; SCIKIT_LEARN_DATA its data home, for those that fetch data.
`check.py` does the same for any folder of scripts and prints a line for each run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from corpus.check import checked, listed

FOLDER = os.environ.get("MLITER_CORPUS", "")
EDITS = int(os.environ.get("MLITER_CORPUS_EDITS", "3"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER, reason="MLITER_CORPUS names no folder of scripts (see the docstring of this file)"),
]


@pytest.mark.parametrize("name", listed(Path(__file__).with_name("scikit_learn_fast.txt")))
def test_a_script_stays_equal(name: str) -> None:
    wrong = {
        version: report["differences"]
        for version, report in checked(Path(FOLDER, name), EDITS, timeout=600)
        if not report["equal"]
    }
    assert wrong == {}
