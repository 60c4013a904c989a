"""Standard input: read anew in each run, and by a run that has to start over."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

READS = {
    "read": "import sys\nx = sys.stdin.read()\nprint(x)\n",
    "lines": "import sys\nx = sys.stdin.readline()\ny = [line for line in sys.stdin]\nprint(x, y)\nprint(y)\n",
    "descriptor": "x = open(0).read()\nprint(x)\n",
    "bytes": "import sys\nx = sys.stdin.buffer.read(3)\ny = sys.stdin.buffer.readline()\nprint(x, y)\n",
    "system": "import os\nx = os.read(0, 100)\nprint(x)\n",
    "input": "a = input()\nb = input('? ')\nprint(a, b)\n",
    "name": "import sys\nf = sys.stdin\nx = f.readline()\ny = next(f)\nprint(x, y)\n",
}


def run(project: Project, text: str, piped: bytes | None = None) -> None:
    project.script(text)
    folder, words = project.plain()
    given = piped if piped is not None else b"one\ntwo\nthree\n"
    env = project.environment()
    expected = subprocess.run(words, cwd=folder, env=env, input=given, capture_output=True, timeout=60)
    done = subprocess.run(project.command(), cwd=project.folder, env=env, input=given, capture_output=True, timeout=60)
    assert done.stdout == expected.stdout
    assert (done.stderr, done.returncode) == (b"", expected.returncode)


@pytest.mark.parametrize("case", READS)
def test_standard_input(project: Project, case: str) -> None:
    run(project, READS[case])
    run(project, READS[case])
    run(project, READS[case], b"1\n2\r\n3\n")
    run(project, READS[case] + "print('end')\n", b"1\n2\n4\n")


def test_starting_over_reads_again(project: Project) -> None:
    """A value that cannot be kept is needed by an edit behind the read: the run starts over."""
    text = "n = 1\nf = open('data.txt')\nfirst = input()\nprint(first, n)\nimport sys\nrest = sys.stdin.read()\nprint(rest)\n"
    project.write("data.txt", "d1\nd2\n")
    run(project, text)
    run(project, text + "print(f.readline())\n")
    run(project, text.replace("print(rest)", "exec('print(rest, f.readline())')"))


def test_a_file_on_standard_input(project: Project) -> None:
    project.write("in.txt", "one\ntwo\n")
    for text in ("x = input()\nprint(x)\n", "import sys\nx = input()\nsys.stdin.seek(0)\nprint(x, sys.stdin.read())\n"):
        project.script(text)
        for _ in range(2):
            with open(project.folder / "in.txt") as f:
                done = subprocess.run(
                    project.command(), cwd=project.folder, env=project.environment(), stdin=f, capture_output=True
                )
            assert done.stdout.startswith(b"one")
            assert done.returncode == 0, done.stderr
