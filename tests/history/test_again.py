"""`mliter run --iteration N`: a past iteration as it was, while the user's own files are other ones."""

import json

import pytest
from lab import Lab


@pytest.fixture
def moved_on(lab: Lab) -> Lab:
    """One iteration with arguments; script and module are others since, and nothing of that was run."""
    lab.run("a")
    lab.edit("C = 1.0", "C = 2.0")
    lab.edit("by=10", "by=30", lab.module)
    return lab


def again(lab: Lab, number: int = 1, status: int = 0) -> tuple[str, list[str]]:
    """What was printed, and the sentences of mliter's own about the past."""
    done = lab("run", "--iteration", str(number), "train.py", status=status)
    return done.stdout, [line for line in done.stderr.splitlines() if "teration" in line and "recorded" in line]


def test_it_comes_out_as_recorded_from_the_store(moved_on: Lab) -> None:
    files = moved_on.script.read_bytes(), moved_on.module.read_bytes()
    assert again(moved_on) == ("value: 10.0 ['a']\n", ["mliter: Iteration 1 came out as it was recorded."])
    assert (moved_on.script.read_bytes(), moved_on.module.read_bytes()) == files
    told = json.loads(moved_on("history", "train.py", "--json").stdout)
    last = told["iterations"][-1]
    assert (last["again"], last["computed"], last["arguments"], told["head"]) == (1, 0, ["a"], 1)


def test_it_is_computed_anew_with_the_modules_as_they_were(moved_on: Lab) -> None:
    """Nothing is in the store but the record: script, module and a package of modules are imported from it."""
    package = moved_on.folder / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("from pack.inner import size\n")
    (package / "inner.py").write_text("def size():\n    return 7\n")
    moved_on.write("import features, pack\nprint(features.scale(2), pack.size(), features.__file__)\n")
    first = moved_on("run", "--policy", "never", "--quiet", "train.py").stdout
    assert first == f"60 7 {moved_on.module}\n"
    for path in (moved_on.script, moved_on.module, package / "inner.py", package / "__init__.py"):
        path.unlink()
    for trace in ("trace", "artifact"):
        _forget(moved_on, trace)
    assert again(moved_on, 2) == (first, ["mliter: Iteration 2 came out as it was recorded."])
    last = json.loads(moved_on("history", "train.py", "--json").stdout)["iterations"][-1]
    assert last["computed"] > 0 and not moved_on.module.exists()


def _forget(lab: Lab, table: str) -> None:
    import sqlite3

    con = sqlite3.connect(lab.folder / ".mliter" / "catalog.sqlite")
    with con:
        con.execute(f"DELETE FROM {table}")
    con.close()


def test_where_it_differs_that_is_said_and_the_status_is_the_scripts(lab: Lab) -> None:
    (lab.folder / "data.txt").write_text("1")
    lab.write("import sys\nprint('same')\nprint(open('data.txt').read())\nsys.exit(4)\n")
    lab.run(status=4)
    (lab.folder / "data.txt").write_text("2")
    printed, said = again(lab, status=4)
    assert printed == "same\n2\n"
    assert said == ["mliter: Iteration 1 came out otherwise than it was recorded: stdout from line 2 on."]


def test_a_file_that_comes_out_otherwise_is_named(lab: Lab) -> None:
    (lab.folder / "data.txt").write_text("1")
    lab.write("text = open('data.txt').read()\nopen('out.txt', 'w').write(text)\n")
    lab.run()
    (lab.folder / "data.txt").write_text("2")
    _, said = again(lab)
    assert said == [f"mliter: Iteration 1 came out otherwise than it was recorded: file {lab.folder / 'out.txt'}."]


def test_a_failure_is_repeated_with_its_traceback(lab: Lab) -> None:
    lab.write("import features\nfeatures.scale('x', by='y')\n")
    lab.run(status=1)
    lab.write("import features\n", "def scale(x, by):\n    # another line\n    return 1\n")
    done = lab("run", "--iteration", "1", "train.py", status=1)
    assert "    return x * by\n" in done.stderr and "another line" not in done.stderr
    assert "Iteration 1 came out as it was recorded" in done.stderr


def test_the_next_run_does_not_go_out_from_a_repetition(moved_on: Lab) -> None:
    again(moved_on)
    moved_on.run("a")
    last = json.loads(moved_on("history", "train.py", "--json").stdout)["iterations"][-1]
    assert (last["parent"], last["changed"]) == (1, "line 3, features.py")


def test_quiet_says_nothing(moved_on: Lab) -> None:
    assert moved_on("run", "--quiet", "--iteration", "1", "train.py").stderr == ""
