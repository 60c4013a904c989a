"""Folders, links, removed and renamed files: what a statement finds there, and what it leaves."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project


def test_a_link_is_not_its_target(project: Project) -> None:
    project.script("""
    import os
    if os.path.islink("cur.csv"):
        os.remove("cur.csv")
    os.symlink("data.csv", "cur.csv")
    print(open("cur.csv").read())
    """)
    project.write("data.csv", "one")
    project.run()
    project.write("data.csv", "two")
    project.run()
    project.run()
    assert (project.folder / "data.csv").read_text() == "two"
    (project.folder / "cur.csv").unlink()
    project.run()
    assert os.readlink(project.folder / "cur.csv") == "data.csv"


def test_a_removed_link_is_put_back(project: Project) -> None:
    project.write("v1/a.txt", "one")
    project.write("v2/a.txt", "two")
    text = "import os\nif not os.path.lexists('cur'):\n    os.symlink('v1', 'cur')\nn = 1\nprint(open('cur/a.txt').read(), n)\n"
    project.script(text)
    project.run()
    project.run()
    (project.folder / "cur").unlink()
    project.script(text.replace("n = 1", "n = 2"))
    project.run()


def test_a_restored_file_is_not_the_next_statements(project: Project) -> None:
    text = """
    n = 1
    open("status.txt","w").write(f"start {n}")
    print(n)
    open("status.txt","w").write("done")
    print("n", n)
    """
    project.script(text)
    project.run()
    text = text.replace("n = 1", "n = 2")
    project.script(text)
    project.run()
    project.script(text.replace("done", "finished"))
    project.run()
    project.run()


def test_a_process_appends_to_what_a_skipped_statement_wrote(project: Project) -> None:
    text = """
    import os
    open("log.txt", "w").write("begin\\n")
    os.system("echo more >> log.txt")
    print(open("log.txt").read())
    """
    project.script(text)
    project.run()
    project.run()
    project.script(text + "print('end')\n")
    project.run()


FOLDERS = {
    "renamed": "import os\nos.makedirs('tmp/in')\nopen('tmp/in/a.txt', 'w').write('a')\nos.rename('tmp', 'out')\nprint(sorted(os.listdir('out')))\nprint(1)\n",
    "removed": "import os, shutil\ndef f():\n    os.makedirs('tmp/in')\n    open('tmp/in/a', 'w').write('a')\n    shutil.rmtree('tmp')\nf()\nprint(1)\n",
    "temporary": "import os, tempfile\nwith tempfile.TemporaryDirectory(dir='.') as d:\n    open(d + '/a', 'w').write('a')\nprint(1)\n",
    "mkdir": "import os\nos.mkdir('out')\nprint('made')\n",
    "remove": "import os\ntry:\n    os.remove('old.txt')\nexcept FileNotFoundError:\n    print('nothing')\n",
    "rmdir": "import os\nos.makedirs('a', exist_ok=True)\nos.rmdir('a')\nprint(1)\n",
    "replaced": "import os\nopen('x.tmp', 'w').write('x')\nos.replace('x.tmp', 'x.txt')\nprint(open('x.txt').read())\n",
    "moved": "import shutil\nopen('x.tmp', 'w').write('x')\nshutil.move('x.tmp', 'x.txt')\nprint(1)\n",
    "copied": "import shutil\nopen('x', 'w').write('x')\nshutil.copytree('d', 'e', dirs_exist_ok=True)\nprint(1)\n",
    "link": "import os\nopen('x', 'w').write('x')\nos.link('x', 'y')\nprint(1)\n",
    "again": "import shutil, os\nshutil.rmtree('out', ignore_errors=True)\nos.makedirs('out/a')\nopen('out/a/b', 'w').write('x')\nprint(1)\n",
}


@pytest.mark.parametrize("case", FOLDERS)
def test_folders(project: Project, case: str) -> None:
    text = FOLDERS[case]
    project.write("d/f.txt", "f")
    project.script(text)
    project.run()
    project.run()
    project.write("old.txt", "old")
    project.script(text.replace("print(1)", "print(2)"))
    project.run()
    project.run()


@pytest.mark.parametrize(
    "make", ["os.makedirs('a/b/c', exist_ok=True)", "pathlib.Path('a/b').mkdir(parents=True, exist_ok=True)",
             "shutil.copy('d/f.txt', 'g.txt')", "pathlib.Path('no').unlink(missing_ok=True)"]
)  # fmt: skip
def test_what_may_be_there_already(project: Project, make: str) -> None:
    project.write("d/f.txt", "f")
    project.script(f"import os, pathlib, shutil\n{make}\nprint(1)\n")
    project.run()
    project.unchanged()
    project.unchanged()


def test_a_cache_of_the_scripts_own(project: Project) -> None:
    project.script("""
    import os, pickle
    def load():
        if not os.path.exists("cache.pkl"):
            print("building")
            pickle.dump([1, 2], open("cache.pkl", "wb"))
        return pickle.load(open("cache.pkl", "rb"))
    x = load()
    print(x)
    """)
    project.run()
    project.run()
    project.run()


def test_a_folder_behind_a_link(project: Project) -> None:
    project.write("v1/a.txt", "one")
    project.write("v2/b.txt", "two")
    os.symlink("v1", project.folder / "data")
    project.script("""
    import glob, os
    names = os.listdir("data")
    print(names, glob.glob("data/*"))
    print(os.path.basename(os.path.realpath("data")), os.readlink("data"))
    """)
    project.run()
    project.unchanged()
    (project.folder / "data").unlink()
    os.symlink("v2", project.folder / "data")
    project.run()


def test_permissions_are_put_back(project: Project) -> None:
    text = "import os\nopen('run.sh', 'w').write('x')\nos.chmod('run.sh', 0o750)\nn = 1\nprint(n, oct(os.stat('run.sh').st_mode))\n"
    project.script(text)
    project.run()
    (project.folder / "run.sh").unlink()
    project.run()
    assert (project.folder / "run.sh").stat().st_mode & 0o777 == 0o750
    (project.folder / "run.sh").unlink()
    project.script(text.replace("n = 1", "n = 2"))
    project.run()
    assert (project.folder / "run.sh").stat().st_mode & 0o777 == 0o750


def test_a_copy_into_a_folder_that_is_gone(project: Project) -> None:
    project.write("f.txt", "f")
    project.write("out/kept", "k")
    project.script("import shutil\nshutil.copy('f.txt', 'out')\nprint(1)\n")
    project.run()
    project.unchanged()
    shutil.rmtree(project.folder / "out")
    project.run()
    (project.folder / "out").unlink()
    (project.folder / "out").mkdir()
    project.run()


@pytest.mark.parametrize("make", ["os.makedirs('made/a', exist_ok=True)", "open('made', 'w').write('x')",
                                  "os.makedirs('made', exist_ok=True)", "pathlib.Path('made').mkdir(exist_ok=True)"])  # fmt: skip
def test_what_is_in_the_way_is_the_users(project: Project, make: str) -> None:
    """A file where a folder belongs, or a folder where a file does: python complains, and it stays."""
    project.script(f"import os, pathlib\n{make}\nprint(1)\n")
    project.run()
    made = project.folder / "made"
    if made.is_dir():
        shutil.rmtree(made)
        made.write_text("precious")
    else:
        made.unlink()
        project.write("made/precious", "p")
    project.run()
    project.run()


def test_permissions_that_the_user_changes(project: Project) -> None:
    project.write("d/a", "a")
    project.script("import os\nprint(oct(os.stat('d/a').st_mode))\nprint([oct(s.st_mode) for s in map(os.DirEntry.stat, os.scandir('d'))])\n")
    project.run()
    project.unchanged()
    (project.folder / "d" / "a").chmod(0o600)
    project.run()
    project.write("d/a", "longer")
    project.run()


def test_the_time_of_a_copy_is_that_of_its_source(project: Project) -> None:
    project.write("f.txt", "f")
    project.script("import os, shutil\nshutil.copy2('f.txt', 'g.txt')\nn = 1\nprint(os.path.getmtime('g.txt'))\n")
    project.run()
    os.utime(project.folder / "f.txt", (1_000_000_000, 1_000_000_000))
    project.run()
