"""Environment, arguments, standard input, and where the script is: all of it is an input."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project


@pytest.mark.slow
def test_a_new_variable_is_seen_where_all_names_are_looked_at(project: Project) -> None:
    project.script("""
    import os
    print(sorted(k for k in os.environ if k.startswith("APP_")))
    print(sorted(k for k in dict(os.environ) if k.startswith("APP_")))
    print(os.environ.copy().get("APP_X"), os.getenvb(b"APP_Y"))
    """)
    project.run()
    project.unchanged()
    project.run(env={"APP_X": "1"})
    project.run(env={"APP_X": "1", "APP_Y": "2"})
    project.run(env={"APP_X": "1", "APP_Y": "3"})
    project.run()


@pytest.mark.parametrize("name, values", [("TZ", ("UTC", "Asia/Tokyo")), ("PYTHONIOENCODING", ("utf-8", "latin-1"))])
def test_what_the_interpreter_takes_from_the_environment(project: Project, name: str, values: tuple[str, str]) -> None:
    project.script("import time, sys\nx = time.localtime(0).tm_hour\nprint(x)\nprint('\\u00e9', sys.stdout.encoding)\n")
    for value in (*values, values[0]):
        project.run(env={name: value})


ARGUMENTS = [
    "print(sys.argv.pop())", "print(sys.argv.count('a'))", "print(sys.argv.index('a') if 'a' in sys.argv else -1)",
    "print(sys.argv != ['train.py'])", "print(list(reversed(sys.argv)))", "print(sys.argv * 2)", "print(sys.argv[1:])",
    "sys.argv.sort()\nprint(sys.argv[-1])", "print(*sys.argv)", "a, *b = sys.argv\nprint(b)", "print(type(sys.argv[:1]) is list)",
]  # fmt: skip


def test_arguments_however_they_are_read(project: Project) -> None:
    project.script("import sys\n" + "\n".join(ARGUMENTS) + "\n")
    project.run("a", "x")
    project.run("b", "x")
    project.run("b", "c", "a")
    project.run("b", "c", "a")


@pytest.mark.slow
def test_arguments_that_the_script_sets(project: Project) -> None:
    text = """
    import argparse, sys
    n = 1
    sys.argv = ["train.py", "--lr", "3"]
    p = argparse.ArgumentParser()
    p.add_argument("--lr")
    p.add_argument("--more")
    args = p.parse_args()
    print(args, n)
    sys.argv += ["--more", "1"]
    print(p.parse_args(), n)
    """
    project.script(text)
    project.run()
    project.run()
    project.script(text.replace("n = 1", "n = 2"))
    project.run()
    project.script(text.replace('"3"', '"4"'))
    project.run()


def test_a_moved_project_with_its_cache(project: Project) -> None:
    project.cache = project.folder / ".mliter"
    project.write("data.txt", "one")
    project.write("config.py", "from pathlib import Path\nROOT = Path(__file__).parent\n")
    project.script("""
    import os, sys
    from pathlib import Path
    import config
    HERE = os.path.dirname(os.path.abspath(__file__))
    def where():
        return Path(__file__).resolve().parent
    x = open(os.path.join(HERE, "data.txt")).read()
    print(x, HERE, where(), config.ROOT, sys.argv[0])
    print(os.getcwd(), Path.cwd(), os.path.abspath("a"), Path("a").resolve())
    open(os.path.join(HERE, "out.txt"), "w").write(x)
    open("out2.txt", "w").write(x)
    """)
    project.run()
    project.unchanged()
    old = project.folder
    (old / "out2.txt").unlink()
    project.folder = project.tmp / "other" / "cached" / "project"
    shutil.copytree(old, project.folder)
    project.cache = project.folder / ".mliter"
    (project.folder / "data.txt").write_text("two")
    (project.folder / "out2.txt").unlink(missing_ok=True)
    outcome = project.run()
    assert str(old) not in outcome.stdout.decode()
    assert (old / "out.txt").read_text() == "one"
    assert not (old / "out2.txt").exists()
