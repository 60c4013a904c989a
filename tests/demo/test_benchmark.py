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


def test_the_readme_gets_the_table_and_what_was_left_out(root: Path, folder: Path) -> None:
    """Only what stands between the marks is replaced."""
    text = folder.parent / "README.md"
    text.write_text("before\n\n<!-- series: begin -->\nold\n<!-- series: end -->\n\nbehind\n")
    played(root, folder, "--tool", "joblib", "--readme", str(text))
    before, behind = text.read_text().split("<!-- series: begin -->\n")
    table, after = behind.split("<!-- series: end -->")
    assert (before, after) == ("before\n\n", "\n\nbehind\n")
    assert "old" not in table and "| words | python |" in table and "4/4" in table
    assert table.startswith(f"`python benchmarks/series.py {folder} --tool joblib --readme`\n")
    assert table.endswith("\n- left out: joblib on words: not written for it\n")


@pytest.mark.parametrize("text", ["", "<!-- series: begin -->", "<!-- series: end -->\n<!-- series: begin -->"])
def test_a_readme_without_its_marks_is_told_before_anything_runs(root: Path, folder: Path, text: str) -> None:
    (folder.parent / "README.md").write_text(text)
    command = [sys.executable, str(root / "benchmarks" / "series.py"), "census", "--readme", "README.md"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder.parent)
    assert done.returncode == 2 and "needs <!-- series: begin --> and <!-- series: end --> once each" in done.stderr
    assert (folder.parent / "README.md").read_text() == text


def test_what_is_wrong_or_left_out_is_told_once_for_all_versions(root: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import series\n"
        "from series_tools import Run\n"
        "from mliter_tui.demo.series import shipped\n"
        "run = lambda *wrong: Run(1, 1, 1, 1, 0, b'', {}, list(wrong))\n"
        "census, ie = shipped('census'), shipped('ie')\n"
        "lines = series.remarks([\n"
        "    series.Played(ie, 'joblib', [run(), run('stdout'), run('stdout', 'a.csv (differs)'), run('stdout')]),\n"
        "    series.Played(ie, 'python', [run(), Run(1, 1, 1, 1, 3, b'')]),\n"
        "    series.Played(ie, 'dvc', [], 'no'), series.Played(census, 'dvc', [], 'no'),\n"
        "])\n"
        "print('\\n'.join(lines))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root / "benchmarks")], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines() == [
        "wrong: joblib on ie, version 1, 3: stdout",
        "wrong: joblib on ie, version 2: stdout, a.csv (differs)",
        "fails: python on ie, version 1: exit 3",
        "left out: dvc on ie, census: no",
    ], done.stderr


@pytest.mark.slow
def test_the_readme_gets_what_fingerprints_cost(root: Path, tmp_path: Path) -> None:
    text = tmp_path / "README.md"
    text.write_text("before <!-- overheads: begin -->\nold\n<!-- overheads: end --> behind\n")
    words = ["--scale", "0.01", "--repeat", "1", "--only", "set of", "--readme", str(text)]
    subprocess.run([sys.executable, str(root / "benchmarks" / "overheads.py"), *words], check=True, timeout=300)
    lines = text.read_text().splitlines()
    assert lines[1] == "`python benchmarks/overheads.py --scale 0.01 --readme`" and "old" not in lines
    assert lines[-2].startswith("| set of strings | 0.0 | 1,001 |")
    assert (lines[0], lines[-1]) == ("before <!-- overheads: begin -->", "<!-- overheads: end --> behind")
