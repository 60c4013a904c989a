"""Links, folders, standard input, and looks at what the script itself wrote: runs and edits beside plain Python."""

# ruff: noqa: E501 - short programs, few lines each

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from engine.conftest import Project, contents


@pytest.mark.slow
def test_a_link_that_is_made_again_leaves_its_target_alone(project: Project) -> None:
    project.write("data.csv", "old\n")
    project.script(
        "import os\nif os.path.islink('cur.csv'): os.remove('cur.csv')\nos.symlink('data.csv', 'cur.csv')\n"
        "print(open('cur.csv').read())\n"
    )
    project.run()
    project.run()
    project.write("data.csv", "new\n")
    project.run()
    assert (project.folder / "data.csv").read_text() == "new\n"
    (project.folder / "cur.csv").unlink()
    project.run()
    assert os.readlink(project.folder / "cur.csv") == "data.csv"


def test_a_folder_behind_a_link_that_leads_elsewhere(project: Project) -> None:
    for name in ("v1", "v2"):
        project.write(f"{name}/x.txt", name)
        project.write(f"{name}/{name}.txt", "")
    os.symlink("v1", project.folder / "data")
    project.script("import os, glob\nprint(sorted(os.listdir('data')))\nprint(open('data/x.txt').read())\n"
                   "print(glob.glob('data/*1*'), os.path.realpath('data')[-2:])\n")  # fmt: skip
    project.run()
    project.unchanged()
    (project.folder / "data").unlink()
    os.symlink("v2", project.folder / "data")
    project.run()


@pytest.mark.slow
def test_what_a_skipped_statement_wrote_is_not_the_next_ones_doing(project: Project) -> None:
    text = "n = 1\nopen('s.txt', 'w').write(f'start {n}')\nprint(n)\nopen('s.txt', 'w').write('done')\nprint('n', n)\n"
    for edited in (text, text.replace("n = 1", "n = 2"), text.replace("n = 1", "n = 2").replace("done", "finished"), text):
        project.script(edited)
        project.run()
        project.unchanged()


@pytest.mark.parametrize(
    "text",
    [
        "import os, shutil\nos.makedirs('tmp_out')\nopen('tmp_out/a.txt', 'w').write('1')\n"
        "shutil.rmtree('final', ignore_errors=True)\nos.rename('tmp_out', 'final')\nprint(os.listdir('final'))\n",
        "import os, shutil\ndef f():\n    os.makedirs('t/u')\n    open('t/u/a', 'w').close()\n    shutil.rmtree('t')\nf()\n"
        "print(os.path.exists('t'))\n",
        "import os\nos.makedirs('out', exist_ok=True)\nopen('out/a', 'w').write('x')\nprint(sorted(os.listdir('out')))\n",
        "import pathlib\np = pathlib.Path('a/b')\np.mkdir(parents=True, exist_ok=True)\n(p / 'f').write_text('x')\nprint(1)\n",
        "import os\nos.mkdir('d')\nos.rmdir('d')\nprint(os.path.exists('d'))\n",
        "import tempfile, os\nwith tempfile.TemporaryDirectory(dir='.') as d:\n    open(d + '/x', 'w').close()\nprint(os.listdir('.'))\n",
    ],
)  # fmt: skip
def test_folders(project: Project, text: str) -> None:
    for edited in (text, text, text + "print('more')\n", text.replace("'x'", "'y'")):
        project.script(edited)
        project.run()


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.mkdir('out')\nprint('made')\n",
        "import os\ntry:\n    os.remove('old.txt')\n    print('gone')\nexcept FileNotFoundError:\n    print('nothing')\n",
        "import os\nif not os.path.exists('c'):\n    open('c', 'w').write('1')\n    print('built')\nelse:\n    print('loaded')\n",
        "import os\nos.rename('a.txt', 'b.txt')\nprint(open('b.txt').read())\n",
    ],
)  # fmt: skip
def test_what_was_there_before_decides(project: Project, text: str) -> None:
    project.write("old.txt", "old")
    project.write("a.txt", "a")
    project.script(text)
    for _ in range(3):
        project.run(stderr=True)
    project.write("a.txt", "again")
    project.write("old.txt", "again")
    project.run(stderr=True)


def test_a_file_that_became_a_folder(project: Project) -> None:
    project.write("d/x", "1")
    project.script("import os\nprint([(e.name, e.is_dir()) for e in os.scandir('d')])\nprint(list(os.walk('d')))\n")
    project.run()
    project.unchanged()
    (project.folder / "d" / "x").unlink()
    project.write("d/x/y", "1")
    project.run()


STDIN = ("print(input())", "import sys; print(sys.stdin.read())", "import sys\nfor line in sys.stdin:\n    print(line)",
         "import sys; print(sys.stdin.readline(), sys.stdin.readlines())", "print(open(0).read())",
         "import sys; print(sys.stdin.buffer.read())", "import sys\nx = sys.stdin\na = x.readline()\nb = x.readline()\nprint(a, b)")  # fmt: skip


@pytest.mark.parametrize("text", STDIN)
def test_standard_input_is_read_again(project: Project, text: str) -> None:
    project.script(text + "\n")
    for data in (b"bob\nbeth\n", b"bob\nbeth\n", b"bobby\nberta\nbe\n"):
        done = [
            subprocess.run(words, cwd=project.folder, env=project.environment(), input=data, capture_output=True)
            for words in (project.command(), [sys.executable, "train.py"])
        ]  # fmt: skip
        assert done[0].stdout == done[1].stdout, done[0].stderr


@pytest.mark.slow
def test_a_new_variable_is_seen_by_whoever_lists_them(project: Project) -> None:
    project.script("import os\nprint(sorted(k for k in os.environ if k.startswith('APP_')), os.environb.get(b'APP_X'))\n")
    for more in ({}, {}, {"APP_X": "1"}, {"APP_X": "2", "APP_Y": "1"}, {}):
        project.run(env=more)
    project.unchanged()


def test_variables_that_the_interpreter_goes_by(project: Project) -> None:
    project.script("import datetime\nprint(datetime.datetime.fromtimestamp(0).hour)\n")
    for zone in ("UTC", "UTC", "Asia/Tokyo", "UTC"):
        project.run(env={"TZ": zone})


def test_a_copied_project_writes_and_reads_at_its_own_place(project: Project, tmp_path: Path) -> None:
    project.write("data.txt", "one")
    project.script(
        "import os\nif os.path.exists('data.txt'):\n    print(os.path.abspath('data.txt') == os.getcwd() + '/data.txt')\n"
        "print(open('data.txt').read(), __file__)\nopen('out.txt', 'w').write('x')\nprint(os.path.abspath('out.txt'))\n"
    )
    project.run()
    project.folder = project.folder.rename(project.folder.with_name("renamed"))
    project.write("data.txt", "two")
    project.run()
    assert "out.txt" in contents(project.folder)


def test_a_script_by_another_name(project: Project) -> None:
    project.script("import sys, warnings\nprint(sys.argv[0])\nwarnings.warn('w')\nopen(sys.argv[0] + '.log', 'w').close()\n")
    project.run(stderr=True)
    project.unchanged(stderr=True)
    (project.folder / "train.py").rename(project.folder / "other.py")
    words = [*project.command()[:-1], "other.py"]
    done = subprocess.run(words, cwd=project.folder, env=project.environment(), capture_output=True)
    assert done.stdout == b"other.py\n" and b"train.py" not in done.stderr
    assert (project.folder / "other.py.log").exists()
