"""Back to an iteration, and back from there; nothing of the user's is ever lost on the way."""

import json
import os
import stat
from pathlib import Path

import pytest
from lab import MODULE, SCRIPT, Lab


@pytest.fixture
def two(lab: Lab) -> Lab:
    """Two iterations, of which script and module differ."""
    lab.run()
    lab.edit("C = 1.0", "C = 2.0")
    lab.edit("by=10", "by=30", lab.module)
    lab.run()
    return lab


def test_script_and_modules_are_as_they_were_and_the_run_is_answered(two: Lab) -> None:
    said = two("checkout", "train.py", "1").stdout
    assert (two.script.read_text(), two.module.read_text()) == (SCRIPT, MODULE)
    assert said.startswith("train.py and features.py are as in iteration 1. The next run goes out from iteration 1.")
    assert two.run() == "value: 10.0 []\n"
    told = json.loads(two("history", "train.py", "--json").stdout)["iterations"][2]
    assert (told["parent"], told["changed"], told["computed"]) == (1, "", 0)


@pytest.mark.slow
def test_what_comes_after_goes_out_from_there(two: Lab) -> None:
    two("checkout", "train.py", "1")
    two.edit("C = 1.0", "C = 4.0")
    two.run()
    two.run()
    told = json.loads(two("history", "train.py", "--json").stdout)["iterations"]
    assert [(row["parent"], row["changed"]) for row in told[2:]] == [(1, "line 3"), (3, "")]
    reason = json.loads(two("diff", "train.py", "1", "3", "--json").stdout)["parameters"]
    assert reason == [{"name": "C", "before": "1.0", "after": "4.0", "line": 3}]


@pytest.mark.parametrize("which", ["script", "module"])
def test_work_that_is_in_no_iteration_is_never_overwritten(two: Lab, which: str) -> None:
    path: Path = getattr(two, which)
    work = path.read_text() + "# unsaved thoughts\n"
    path.write_text(work)
    before = (two.script.read_text(), two.module.read_text())
    said = two("checkout", "train.py", "1", status=2).stderr
    assert said.startswith(f"{path.name} has changes that are in no iteration; ") and "--keep" in said
    assert (two.script.read_text(), two.module.read_text()) == before
    said = two("checkout", "train.py", "1", "--keep").stdout
    assert f"{path.name} as it was is now {path.name}.kept-1." in said
    assert path.with_name(path.name + ".kept-1").read_text() == work
    assert (two.script.read_text(), two.module.read_text()) == (SCRIPT, MODULE)


def test_a_copy_takes_no_other_copys_place(two: Lab) -> None:
    for number in (1, 2):
        two.script.write_text(f"# thoughts {number}\n")
        two("checkout", "train.py", "1", "--keep")
    kept = [two.script.with_name(f"train.py.kept-{n}").read_text() for n in (1, 2)]
    assert kept == ["# thoughts 1\n", "# thoughts 2\n"]


@pytest.mark.slow
def test_undo_brings_back_what_was_there_even_what_was_in_no_iteration(two: Lab) -> None:
    work = two.script.read_text() + "# thoughts\n"
    two.script.write_text(work)
    two("checkout", "train.py", "1", "--keep")
    said = two("checkout", "train.py", "--undo").stdout
    assert two.script.read_text() == work and "by=30" in two.module.read_text()
    assert "as before the checkout" in said and "iteration 2" in said
    two.run()
    assert json.loads(two("history", "train.py", "--json").stdout)["iterations"][2]["parent"] == 2


def test_undo_goes_back_step_by_step(two: Lab) -> None:
    latest = two.script.read_text()
    two("checkout", "train.py", "1")
    two("checkout", "train.py", "2")
    two("checkout", "train.py", "--undo")
    assert two.script.read_text() == SCRIPT
    two("checkout", "train.py", "--undo")
    assert two.script.read_text() == latest
    assert "no checkout to take back" in two("checkout", "train.py", "--undo", status=2).stderr


def test_undo_does_not_overwrite_work_either(two: Lab) -> None:
    two("checkout", "train.py", "1")
    two.script.write_text("# new thoughts\n")
    assert "in no iteration" in two("checkout", "train.py", "--undo", status=2).stderr
    assert two.script.read_text() == "# new thoughts\n"


def test_files_that_are_gone_come_back_and_undo_takes_them_away(two: Lab) -> None:
    two.module.unlink()
    two.script.unlink()
    two("checkout", "train.py", "2")
    assert two.script.exists() and "by=30" in two.module.read_text()
    two("checkout", "train.py", "--undo")
    assert not two.script.exists() and not two.module.exists()


def test_bytes_links_and_permissions_stay(lab: Lab) -> None:
    lab.script.write_bytes(b"print('one')\r\n")
    lab.run()
    real = lab.folder / "real.py"
    real.write_bytes(b"print('two')\r\n")
    lab.script.unlink()
    lab.script.symlink_to(real)
    os.chmod(real, 0o750)
    lab.run()
    lab("checkout", "train.py", "1")
    assert lab.script.is_symlink() and real.read_bytes() == b"print('one')\r\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o750


def test_other_files_and_git_are_left_alone(two: Lab) -> None:
    (two.folder / "notes.txt").write_text("mine")
    (two.folder / "new_module.py").write_text("x = 1\n")
    (two.folder / ".git").mkdir()
    (two.folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    before = sorted(p.relative_to(two.folder) for p in two.folder.rglob("*") if ".mliter" not in p.parts)
    stamps = {p: p.stat().st_mtime_ns for p in (two.folder / ".git").rglob("*")}
    two("checkout", "train.py", "1")
    after = sorted(p.relative_to(two.folder) for p in two.folder.rglob("*") if ".mliter" not in p.parts)
    assert after == before and {p: p.stat().st_mtime_ns for p in (two.folder / ".git").rglob("*")} == stamps


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_closed_changes_nothing(two: Lab) -> None:
    latest = two.script.read_text()
    two.folder.chmod(0o555)
    try:
        assert "cannot be written" in two("checkout", "train.py", "1", status=2).stderr
    finally:
        two.folder.chmod(0o755)
    assert two.script.read_text() == latest


def test_an_iteration_that_is_there_already(two: Lab) -> None:
    assert "are as in iteration 2 already" in two("checkout", "train.py", "2").stdout
    told = json.loads(two("checkout", "train.py", "2", "--json").stdout)
    assert told["changed"] == [] and told["copies"] == {} and told["head"] == 2


def test_where_one_file_cannot_be_written_none_is(two: Lab) -> None:
    """A folder has taken the place of the module."""
    latest = two.script.read_text()
    two.module.unlink()
    two.module.mkdir()
    said = two("checkout", "train.py", "1", status=2).stderr
    assert "features.py cannot be read" in said and said.count("\n") == 1
    assert two.script.read_text() == latest and two.module.is_dir()
