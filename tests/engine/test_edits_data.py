"""Data and surroundings that change: files, folders, environment, arguments; and files that the script writes."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

READ = """
with open("data.txt") as f:
    rows = [int(x) for x in f.read().split()]
total = sum(rows)
print(total)
print("end")
"""


def test_a_file_changed_under_the_same_path(project: Project) -> None:
    project.script(READ)
    project.write("data.txt", "1 2 3")
    project.run()
    project.unchanged()
    project.write("data.txt", "1 2 30")
    outcome = project.run()
    assert outcome.stdout == b"33\nend\n" and "print(\"end\")" not in outcome.computed
    project.write("data.txt", "1 2 3")
    project.unchanged()


def test_a_file_changed_with_the_same_size_and_time(project: Project) -> None:
    project.script(READ)
    path = project.write("data.txt", "1 2 3")
    os.utime(path, ns=(10**18, 10**18))
    project.run()
    project.write("data.txt", "1 2 4")
    os.utime(path, ns=(10**18, 10**18))
    assert project.run().stdout == b"7\nend\n"


def test_a_file_touched_only(project: Project) -> None:
    project.script(READ)
    path = project.write("data.txt", "1 2 3")
    project.run()
    os.utime(path, ns=(10**18, 10**18))
    project.unchanged()


def test_a_file_that_is_another_one_now(project: Project) -> None:
    project.script(READ)
    project.write("a.txt", "1")
    project.write("b.txt", "2")
    link = project.folder / "data.txt"
    link.symlink_to("a.txt")
    project.run()
    link.unlink()
    link.symlink_to("b.txt")
    assert project.run().stdout == b"2\nend\n"


def test_a_file_that_comes_and_goes(project: Project) -> None:
    project.script("import os\nfound = os.path.exists('data.txt')\nprint(found)\nprint(os.path.isfile('data.txt'))\n")
    project.run()
    path = project.write("data.txt", "1")
    assert project.run().stdout == b"True\nTrue\n"
    path.unlink()
    project.unchanged()


def test_a_missing_file_appears(project: Project) -> None:
    text = "try:\n    v = open('v.txt').read()\nexcept FileNotFoundError:\n    v = 'none'\nprint(v)\n"
    project.script(text)
    project.run()
    project.unchanged()
    project.write("v.txt", "some")
    assert project.run().stdout == b"some\n"


@pytest.mark.parametrize(
    "expression",
    [
        "sorted(os.listdir('d'))", "sorted(glob.glob('d/*.txt'))", "sorted(e.name for e in os.scandir('d'))",
        "sorted(p.name for p in pathlib.Path('d').iterdir())", "sorted(map(str, pathlib.Path('.').rglob('*.txt')))",
        "[sorted(f) for _, _, f in os.walk('d')]",
    ],
)  # fmt: skip
def test_a_folder_listing(project: Project, expression: str) -> None:
    project.script(f"import os, glob, pathlib\nnames = {expression}\nprint(names)\nprint('end')\n")
    project.write("d/one.txt", "1")
    project.run()
    project.unchanged()
    extra = project.write("d/two.txt", "2")
    assert b"two.txt" in project.run().stdout
    extra.unlink()
    project.unchanged()


@pytest.mark.parametrize("read", ["os.environ.get('MODE', 'none')", "os.getenv('MODE')", "'MODE' in os.environ"])
def test_an_environment_variable(project: Project, read: str) -> None:
    project.script(f"import os\nmode = {read}\nprint(mode)\nprint('end')\n")
    project.run()
    project.unchanged()
    outcome = project.run(env={"MODE": "fast"})
    assert "mode" in outcome.computed and "print('end')" not in outcome.computed
    project.unchanged(env={"MODE": "fast", "OTHER": "1"})
    project.unchanged()


def test_an_environment_variable_set_by_the_script(project: Project) -> None:
    text = "import os\nos.environ['MODE'] = 'a'\ndef f():\n    return os.environ['MODE']\nprint(f())\n"
    project.script(text)
    project.run()
    project.script(text.replace("'a'", "'b'"))
    assert project.run().stdout == b"b\n"
    project.script(text + "print(f(), 2)\n")
    assert project.run().stdout == b"a\na 2\n"


def test_script_arguments(project: Project) -> None:
    project.script("import sys\nprint(sys.argv)\nn = int(sys.argv[1])\nprint(n * 2)\nprint('end')\n")
    project.run("3", "--flag")
    assert project.run("3", "--flag").computed == []
    outcome = project.run("4", "--flag")
    assert b"\n8\n" in outcome.stdout and "print('end')" not in outcome.computed
    assert project.run("3", "--flag").computed == []


def test_the_working_folder(project: Project) -> None:
    project.script("import os\nos.makedirs('sub', exist_ok=True)\nos.chdir('sub')\nprint(os.path.basename(os.getcwd()))\n"
                   "print(os.listdir('.'))\nopen('x.txt', 'w').write('1')\nprint(os.listdir('.'))\n")
    project.run()
    project.run()
    (project.folder / "sub" / "x.txt").unlink()
    project.run()


def test_the_folder_it_is_started_in(project: Project) -> None:
    project.script("import os\nprint(os.path.basename(os.getcwd()))\nprint(os.path.basename(os.path.abspath('d')))\n")
    project.run()
    project.folder = project.folder.rename(project.folder.with_name("renamed"))
    project.run()


WRITES = """
data = [1, 2, 3]
with open("out.txt", "w") as f:
    f.write(str(sum(data)))
print("written")
"""


def test_an_output_file_deleted(project: Project) -> None:
    project.script(WRITES)
    project.run()
    project.unchanged()
    (project.folder / "out.txt").unlink()
    project.run()
    assert (project.folder / "out.txt").read_text() == "6"


def test_an_output_file_altered(project: Project) -> None:
    project.script(WRITES)
    project.run()
    project.write("out.txt", "spoilt")
    project.run()
    assert (project.folder / "out.txt").read_text() == "6"


def test_an_output_in_a_folder_that_was_deleted(project: Project) -> None:
    project.script("import os, pathlib\nos.makedirs('out/deep', exist_ok=True)\n"
                   "pathlib.Path('out/deep/a.bin').write_bytes(bytes(range(200)))\nprint('done')\n")  # fmt: skip
    project.run()
    (project.folder / "out/deep/a.bin").unlink()
    project.run()
    (project.folder / "out/deep/a.bin").unlink()
    (project.folder / "out/deep").rmdir()
    (project.folder / "out").rmdir()
    project.run()


def test_a_file_written_read_back_and_overwritten(project: Project) -> None:
    text = """
    def save(text):
        with open("out.txt", "w") as f:
            f.write(text)
    save("one")
    a = open("out.txt").read()
    print(a)
    save("two")
    b = open("out.txt").read()
    print(a, b)
    """
    project.script(text)
    project.run()
    project.unchanged()
    project.script(text.replace('"two"', '"three"'))
    project.run()
    project.script(text.replace('"one"', '"zero"'))
    project.run()
    project.script(text)
    project.unchanged()
    project.script(text.replace("print(a)", "print(a, open('out.txt').read())"))
    project.run()
    project.write("out.txt", "spoilt")
    project.run()


def test_a_file_appended_to(project: Project) -> None:
    project.script("f = open('log.txt', 'a')\nf.write('line\\n')\nf.close()\nprint(len(open('log.txt').read()))\n")
    project.run()
    project.run()
    outcome = project.run()
    assert outcome.stdout == b"15\n"


def test_a_file_appended_to_in_one_statement(project: Project) -> None:
    text = "with open('log.txt', 'a') as f:\n    f.write('line\\n')\nprint('done')\n"
    project.script(text)
    project.run()
    project.run()
    project.run()
    (project.folder / "log.txt").unlink()
    project.run()


def test_a_counter_in_a_file(project: Project) -> None:
    project.write("n.txt", "0")
    project.script("n = int(open('n.txt').read())\nopen('n.txt', 'w').write(str(n + 1))\nprint(n)\n")
    for _ in range(3):
        project.run()
    assert (project.folder / "n.txt").read_text() == "3"


def test_files_renamed_and_removed(project: Project) -> None:
    text = """
    import os, shutil
    open("a.tmp", "w").write("data")
    os.replace("a.tmp", "a.txt")
    shutil.copy("a.txt", "b.txt")
    os.remove("a.txt")
    print(sorted(n for n in os.listdir(".") if n.endswith(("tmp", "txt"))))
    """
    project.script(text)
    project.run()
    project.run()
    (project.folder / "b.txt").unlink()
    project.run()
    project.script(text.replace('"data"', '"other"'))
    project.run()


def test_an_old_output_when_the_name_changes(project: Project) -> None:
    text = "name = 'one.txt'\nwith open(name, 'w') as f:\n    f.write(name)\nprint(name)\n"
    project.script(text)
    project.run()
    project.script(text.replace("one", "two"))
    project.run()
    (project.folder / "one.txt").unlink()
    project.run()
    project.script(text)
    project.run()


def test_json_csv_and_pickle_files(project: Project) -> None:
    text = """
    import csv, json, pickle
    rows = list(csv.DictReader(open("in.csv", newline="")))
    json.dump(rows, open("rows.json", "w"))
    with open("rows.pkl", "wb") as f:
        pickle.dump(rows, f)
    with open("rows.pkl", "rb") as f:
        back = pickle.load(f)
    print(back == json.load(open("rows.json")), len(back))
    """
    project.write("in.csv", "a,b\r\n1,2\r\n")
    project.script(text)
    project.run()
    project.unchanged()
    project.write("in.csv", "a,b\r\n1,2\r\n3,4\r\n")
    project.run()


@pytest.mark.slow
def test_pandas_reads_a_file(project: Project) -> None:
    text = "import pandas as pd\ndf = pd.read_csv('in.csv')\nprint(df.sum())\ndf.to_csv('out.csv')\nprint('end')\n"
    project.write("in.csv", "a,b\n1,2\n")
    project.script(text)
    project.run()
    project.unchanged()
    project.write("in.csv", "a,b\n1,9\n")
    assert "print('end')" not in project.run().computed
