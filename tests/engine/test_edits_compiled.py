"""Modules of the user's with compiled code beside them, as Python leaves it where nobody has told it not to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from engine.conftest import Outcome, Project

KEPT = {"PYTHONDONTWRITEBYTECODE": ""}


def write(project: Project, name: str, text: str) -> Path:
    """A module, always of the same time."""
    path = project.write(name, text)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def run(project: Project, expected: str) -> Outcome:
    """Not beside Python, which goes on with what it has compiled."""
    words, env = project.command(), project.environment(KEPT)
    done = subprocess.run(words, cwd=project.folder, env=env, capture_output=True, text=True, timeout=100, check=True)
    assert (done.stdout, done.stderr) == (expected, "")
    return Outcome(project.events(), done.stdout.encode(), b"", 0)


@pytest.mark.parametrize("name", ["helpers.py", "helpers/__init__.py"])
def test_an_edit_of_the_same_size_and_time(project: Project, name: str) -> None:
    project.script("import helpers\nx = helpers.f(10)\nprint(x)\n")
    for factor in (2, 3, 2, 4):
        write(project, name, f"def f(x):\n    return x * {factor}\n")
        run(project, f"{10 * factor}\n")
    assert list((project.folder / name).parent.glob("__pycache__/*.pyc"))


def test_what_python_has_left(project: Project) -> None:
    """The module was run by Python before it was edited and mliter came."""
    script = project.script("from helpers import f\nprint(f(10))\n")
    write(project, "helpers.py", "def f(x):\n    return x * 2\n")
    subprocess.run([sys.executable, script.name], cwd=project.folder, env=project.environment(KEPT), check=True)
    write(project, "helpers.py", "def f(x):\n    return x * 3\n")
    run(project, "30\n")


def test_no_file_of_the_scripts(project: Project) -> None:
    project.script("from helpers import f\nx = f(10)\nprint(x)\n")
    write(project, "helpers.py", "def f(x):\n    return x * 2\n")
    run(project, "20\n")
    outcome = run(project, "20\n")
    assert outcome.computed == []
    shutil.rmtree(project.folder / "__pycache__")
    assert run(project, "20\n").computed == []
    assert not (project.folder / "__pycache__").exists()


def test_compiled_code_that_the_script_makes_is_one(project: Project) -> None:
    project.script(
        "import os, py_compile, shutil\n"
        "made = py_compile.compile('helpers.py', doraise=True)\n"
        "print(os.path.basename(made))\n"
        "size = len(open(made, 'rb').read())\n"
        "print(size > 10, os.listdir('__pycache__') == [os.path.basename(made)])\n"
        "shutil.rmtree('__pycache__')\n"
        "print(os.path.exists('__pycache__'))\n"
    )
    project.write("helpers.py", "A = 1\n")
    for text in ("A = 1\n", "A = 1\n", "A = 'longer than it was'\n", "A = 1\n"):
        project.write("helpers.py", text)
        project.run(env=KEPT)
        assert not (project.folder / "__pycache__").exists()
