"""The series benchmark: it finds what is wrong, and the oracle counts only work that was never done before."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SLOW = '''
import time
from helper import double

def main():
    time.sleep(0.2)
    rows = []
    for size in [1, 2, 3]:
        time.sleep(0.1)
        rows.append(double(size))
    print("sum", sum(rows))

if __name__ == "__main__":
    main()
'''
TOML = '''
modules = ["helper.py"]
[[iteration]]
kind = "dpr"
letter = "S"
what = "first"
[[iteration]]
kind = "ppr"
letter = "N"
what = "the end"
edit = [['"sum"', '"total"']]
[[iteration]]
kind = "li"
letter = "H"
what = "one more turn"
edit = [["[1, 2, 3]", "[1, 2, 3, 4]"]]
[[iteration]]
kind = "dpr"
letter = "P"
what = "comments"
[iteration.modules]
"helper.py" = [["# of it", "# of that"]]
'''


def played(root: Path, folder: Path, *words: str) -> dict[str, list[dict[str, Any]]]:
    """Runs of each tool."""
    (folder / "series.toml").write_text(TOML)
    (folder / "train.py").write_text(SLOW)
    (folder / "helper.py").write_text("def double(x):\n    return 2 * x  # of it\n")
    out = folder.parent / "out.json"
    command = [sys.executable, str(root / "benchmarks" / "series.py"), str(folder), "--json", str(out), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return {each["tool"]: each["runs"] for each in json.loads(out.read_text())["results"]}


@pytest.mark.slow
def test_all_tools_are_right_and_the_oracle_repeats_nothing(root: Path, folder: Path) -> None:
    tools = played(root, folder, "--tool", "run,watch,oracle", "--rest", "0", "--md", str(folder.parent / "out.md"))
    assert {tool: [run["wrong"] for run in runs] for tool, runs in tools.items()} == dict.fromkeys(
        ("python", "oracle", "run", "watch"), [[]] * 4
    )
    # the print; the list, the new turn and the print; nothing
    assert [run["more"]["fresh"] for run in tools["oracle"][1:]] == [1, 3, 0]
    page = (folder.parent / "out.md").read_text()
    assert "| words | run |" in page and page.count("4/4") == 4


def test_what_is_wrong_is_found(root: Path, folder: Path) -> None:
    """A tool is judged by standard output, exit status and files, byte for byte."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; import series\n"
        "from series_tools import Run, Setting\n"
        "truth = Run(1, 1, 1, 1, 0, b'a\\n', {'x.csv': '1', 'y.csv': '2'})\n"
        "mine = Run(1, 1, 1, 1, 1, b'a', {'x.csv': '1', 'y.csv': '3', 'z': '4'})\n"
        "series.judge(mine, truth, Path('.'), Setting(sys.executable, {}, 0, 1)); print(mine.wrong)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root / "benchmarks")], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "['exit 1', 'stdout', 'y.csv (differs)']\n", done.stderr
