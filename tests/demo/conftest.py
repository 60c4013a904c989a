"""A small series of its own, that runs in a moment."""

from pathlib import Path

import pytest

from mliter_tui.demo.series import Series, read

SCRIPT = '''\
from pathlib import Path
from helper import double

words = Path(__file__).with_name("words.txt").read_text().split()
counts = [len(word) for word in words]
factor = 2
total = double(sum(counts)) * factor
print("total", total)
Path(__file__).with_name("total.txt").write_text(f"{total}\\\\n")
'''
TOML = '''
title = "Words"
modules = ["helper.py"]
data = ["words.txt"]

[without.no_such_package_at_all]
note = "without it there is no x"
edit = [["for word in words]", "for word in words if word != 'x']"]]

[[iteration]]
kind = "dpr"
letter = "S"
what = "the script as it is"
why = "to begin with"

[[iteration]]
kind = "li"
letter = "H"
what = "another factor"
why = "two is too few"
edit = [["factor = 2", "factor = 3"]]

[[iteration]]
kind = "dpr"
letter = "P"
what = "a change of the module"
why = "it is only a helper"
[iteration.modules]
"helper.py" = [["2 * x", "20 * x"]]

[[iteration]]
kind = "li"
letter = "H"
mark = "revert"
what = "back"
why = "it was no better"
back = 1
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "words"
    place.mkdir()
    (place / "series.toml").write_text(TOML)
    (place / "train.py").write_text(SCRIPT.replace("\\\\n", "\\n"))
    (place / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    (place / "words.txt").write_text("a bc def x")
    return place


@pytest.fixture
def series(folder: Path) -> Series:
    return read(folder, missing=())
