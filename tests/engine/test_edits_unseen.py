"""Files that are read or written where no event tells of it, and looks at them by way of others."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project


def test_a_file_that_became_a_folder(project: Project) -> None:
    project.write("d/a", "a")
    project.write("d/b/c", "c")
    project.script("""
    import os
    print(sorted((e.name, e.is_dir()) for e in os.scandir("d")))
    print(sorted((r, tuple(ds), tuple(fs)) for r, ds, fs in os.walk("d")))
    print(sorted((e.name, e.stat().st_size) for e in os.scandir("d") if e.is_file()))
    """)
    project.run()
    project.unchanged()
    (project.folder / "d" / "a").write_text("longer")
    project.run()
    (project.folder / "d" / "a").unlink()
    (project.folder / "d" / "a").mkdir()
    project.run()


def test_a_module_named_like_one_of_pythons(project: Project) -> None:
    project.write("tokenizer.py", "import os\ndef load(p):\n    return sorted(os.listdir(p)), os.path.exists(p + '/x'), os.getcwd()[:0]\n")
    project.write("d/a", "a")
    project.script("import tokenizer\nx = tokenizer.load('d')\nprint(x)\n")
    project.run()
    project.unchanged()
    project.write("d/x", "x")
    project.run()


def test_data_below_the_cache_folder_of_the_user(project: Project) -> None:
    home = project.tmp / "home"
    (home / ".cache" / "mine").mkdir(parents=True)
    env = {"HOME": str(home)}
    project.script("import os\nx = open(os.path.expanduser('~/.cache/mine/data.txt')).read()\nprint(x)\n")
    for text in ("one", "one", "two"):
        (home / ".cache" / "mine" / "data.txt").write_text(text)
        project.run(env=env)


@pytest.mark.slow
def test_what_is_stored_into_a_mapped_array_is_in_its_file(project: Project) -> None:
    text = """
    import numpy as np
    np.zeros(4).tofile("m.dat")
    m = np.memmap("m.dat", mode="r+", dtype=float)
    n = 5
    m[0] = n
    print(np.fromfile("m.dat"))
    print("end")
    """
    project.script(text)
    project.run()
    project.run()
    (project.folder / "m.dat").unlink()
    project.run()
    project.script(text.replace("n = 5", "n = 6"))
    project.run()
    project.script(text.replace('"end"', '"fin"'))
    project.run()


def test_files_that_workers_write(project: Project) -> None:
    text = """
    import multiprocessing as mp
    def work(i):
        with open(f"part{i}.txt", "w") as f:
            f.write(str(i * 10))
        return i
    with mp.get_context("fork").Pool(2) as pool:
        done = pool.map(work, range(3))
    print(done)
    print(open("part2.txt").read())
    """
    project.script(text)
    project.run()
    project.run()
    (project.folder / "part1.txt").unlink()
    project.run()
    project.script(text.replace("i * 10", "i * 20"))
    project.run()


@pytest.mark.slow
def test_a_program_that_still_runs_writes_on(project: Project) -> None:
    project.script("""
    import subprocess
    p = subprocess.Popen(["sh", "-c", "for i in 1 2 3 4 5 6; do echo $i >> log.txt; sleep 0.1; done"])
    print("started")
    x = sum(range(1000))
    print(x)
    p.wait()
    print(open("log.txt").read())
    open("log.txt", "w").close()
    """)
    project.run()
    project.run()


def test_whether_the_output_is_a_terminal(project: Project) -> None:
    """Seen in the test's own way: the answer is kept as an observation."""
    project.script("import os, sys\nx = sys.stdout.isatty(), os.isatty(1), sys.stdin.isatty()\nprint(x)\n")
    project.run()
    project.unchanged()
    first, second = os.openpty()
    try:
        import subprocess

        subprocess.run(
            project.command(), cwd=project.folder, env=project.environment(), stdin=subprocess.DEVNULL, stdout=second,
            timeout=60, check=True,
        )  # fmt: skip
        assert os.read(first, 100).strip() == b"(True, True, False)"
    finally:
        os.close(first)
        os.close(second)
    project.run()


def test_entries_of_a_folder_that_are_asked_later(project: Project) -> None:
    project.write("d/a", "a")
    project.script("import os\nfound = list(os.scandir('d'))\nsizes = [e.stat().st_size for e in found]\nprint(sizes)\n")
    project.run()
    project.write("d/a", "longer")
    project.run()


@pytest.mark.slow
def test_variables_that_a_library_sets_are_none_of_the_users(project: Project) -> None:
    project.script("import os, sklearn, joblib\nx = sorted(n for n in os.environ if n.startswith('APP_'))\nprint(x)\n")
    project.run()
    project.unchanged()
    project.run(env={"APP_X": "1"})


def test_a_module_in_the_place_of_another(project: Project) -> None:
    project.write("one.py", "X = 1\n")
    project.write("two.py", "Y = 2\n")
    project.script("import sys\nimport one\ndef swap(name):\n    del sys.modules['one']\n    return __import__(name).Y\nx = swap('t' + 'wo')\nprint(x)\n")
    project.run()
    project.write("two.py", "Y = 3\n")
    project.run()


@pytest.mark.slow
def test_a_search_tree_counts_how_often_it_was_asked(project: Project) -> None:
    text = """
    import numpy as np, pickle
    from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor
    X = np.random.default_rng(0).normal(size=(300, 2))
    model = KNeighborsClassifier(algorithm="kd_tree").fit(X, X[:, 0] > 0)
    novel = LocalOutlierFactor(novelty=True, algorithm="ball_tree").fit(X)
    y = model.predict(X)
    z = novel.decision_function(X)
    text = "saved"
    print(text, model._tree.get_tree_stats(), novel._tree.get_n_calls())
    with open("model.pkl", "wb") as f:
        pickle.dump((model, novel), f)
    """
    project.script(text)
    project.run()
    text = text.replace('"saved"', '"kept"')
    project.script(text)
    project.run()
    project.script(text.replace("model.predict(X)", "model.predict(X[:10])"))
    project.run()


def test_a_first_look_for_the_folder_of_temporary_files_is_no_other_each_time(project: Project) -> None:
    project.script("import tempfile\nplace = getattr(tempfile, 'gettempdir')()\nprint(len(place) > 0)\n")
    project.run()
    with closing(sqlite3.connect(project.cache / "catalog.sqlite")) as catalog:
        traces = [json.loads(payload) for (payload,) in catalog.execute("SELECT payload FROM trace")]
    (made,) = [trace for trace in traces if trace["node"] == "place"]
    assert made["files"] == [] and not any(kind == "file" for kind, _, _ in made["obs"])
