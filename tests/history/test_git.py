"""Commit and dirtiness as read from `.git`, against what git itself says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mliter_tui.history.git import GitState, git_state

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed here")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of one commit, with a file in a folder."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    work = tmp_path / "work"
    (work / "lab").mkdir(parents=True)
    (work / "lab" / "train.py").write_text("a = 1\n")
    (work / "other.py").write_text("b = 1\n")
    git(work, "init", "-q", "-b", "main")
    git(work, "add", ".")
    commit(work)
    return work


def git(work: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=work, check=True, capture_output=True, text=True).stdout.strip()


def commit(work: Path) -> None:
    git(work, "commit", "-q", "-m", "x")


def seen(*paths: Path) -> GitState | None:
    return git_state({str(path): path.read_bytes() for path in paths})


def test_a_clean_file_at_a_commit(work: Path) -> None:
    assert seen(work / "lab" / "train.py") == GitState(git(work, "rev-parse", "HEAD"), ())


def test_an_edited_a_new_and_an_untouched_file(work: Path) -> None:
    edited, new, same = work / "lab" / "train.py", work / "lab" / "new.py", work / "other.py"
    edited.write_text("a = 2\n")
    new.write_text("c = 1\n")
    found = seen(edited, new, same)
    assert found is not None and found.dirty == (str(edited), str(new))


def test_what_is_added_but_not_committed_is_not_taken_for_clean(work: Path) -> None:
    script = work / "lab" / "train.py"
    script.write_text("a = 3\n")
    git(work, "add", ".")
    found = seen(script)
    assert found is not None and found.dirty is None
    commit(work)
    assert seen(script) == GitState(git(work, "rev-parse", "HEAD"), ())


def test_the_same_name_in_another_folder_is_another_file(work: Path) -> None:
    other = work / "train.py"
    other.write_text("a = 1\n")
    found = seen(other)
    assert found is not None and found.dirty == (str(other),)


@pytest.mark.parametrize("words", [("pack-refs", "--all"), ("gc", "-q"), ("checkout", "-q", "--detach")])
def test_however_the_commit_is_named(work: Path, words: tuple[str, ...]) -> None:
    git(work, *words)
    assert seen(work / "other.py") == GitState(git(work, "rev-parse", "HEAD"), ())


def test_a_linked_work_tree_and_a_folder_inside_it(work: Path, tmp_path: Path) -> None:
    git(work, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    script = tmp_path / "side" / "lab" / "train.py"
    assert seen(script) == GitState(git(work, "rev-parse", "side"), ())


def test_before_the_first_commit_and_outside_of_any(tmp_path: Path, work: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / "a.py").write_text("")
    assert seen(fresh / "a.py") is None
    git(fresh, "init", "-q")
    assert seen(fresh / "a.py") == GitState("", (str(fresh / "a.py"),))


@pytest.mark.parametrize("name", ["HEAD", "index"])
def test_what_cannot_be_read_is_no_error(work: Path, name: str) -> None:
    (work / ".git" / name).write_bytes(b"\xff\0nonsense")
    found = seen(work / "other.py")
    assert found is None or found.dirty is None


def test_an_index_of_another_format_is_not_guessed_at(work: Path) -> None:
    git(work, "update-index", "--index-version", "4")
    found = seen(work / "other.py")
    assert found is not None and found.dirty is None


def test_ends_of_lines_that_git_converts_are_no_change(work: Path) -> None:
    git(work, "config", "core.autocrlf", "true")
    (work / "other.py").unlink()
    git(work, "checkout", "--", "other.py")
    assert (work / "other.py").read_bytes() == b"b = 1\r\n" and git(work, "status", "--porcelain") == ""
    found = seen(work / "other.py")
    assert found is not None and found.dirty == ()
