"""Ways in which editors and tools save: each is told once, with the whole new content."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from watched import Watched

OLD, NEW = b"old = 1\n" * 50, b"new = 2\n" * 60


def in_place(path: Path) -> None:
    path.write_bytes(NEW)


def in_pieces(path: Path) -> None:
    """Truncated, then several writes with pauses shorter than the quiet time."""
    with open(path, "wb", buffering=0) as file:
        for at in range(0, len(NEW), 100):
            time.sleep(0.005)
            file.write(NEW[at : at + 100])


def vim_by_rename(path: Path) -> None:
    backup = path.with_name(path.name + "~")
    probe = path.with_name("4913")
    probe.touch()
    probe.unlink()
    os.rename(path, backup)
    path.write_bytes(NEW)
    path.chmod(0o644)
    backup.unlink()


def vim_backup_elsewhere(path: Path) -> None:
    """The old file moves out of the folder: no counterpart of that move is ever heard."""
    away = path.parent.parent / "backups"
    away.mkdir()
    os.rename(path, away / path.name)
    path.write_bytes(NEW)


def vim_by_copy(path: Path) -> None:
    backup = path.with_name(path.name + "~")
    shutil.copy2(path, backup)
    path.write_bytes(NEW)
    backup.unlink()


def emacs(path: Path) -> None:
    shutil.copy2(path, path.with_name(path.name + "~"))
    lock = path.with_name(".#" + path.name)
    lock.symlink_to("someone@somewhere.1:2")
    path.write_bytes(NEW)
    lock.unlink()


def vs_code(path: Path) -> None:
    with open(path, "r+b") as file:
        file.truncate(0)
        file.write(NEW)
        file.flush()
        os.fsync(file.fileno())


def safe_write(path: Path) -> None:
    """PyCharm: a new file, the old one away, the new one in its place."""
    new, old = path.with_name(path.name + "___jb_tmp___"), path.with_name(path.name + "___jb_old___")
    new.write_bytes(NEW)
    os.rename(path, old)
    os.rename(new, path)
    old.unlink()


def replaced(path: Path) -> None:
    new = path.with_name(".tmp")
    new.write_bytes(NEW)
    os.replace(new, path)


def moved_in(path: Path) -> None:
    new = path.parent.parent / "elsewhere.tmp"
    new.write_bytes(NEW)
    os.replace(new, path)


def unlinked_and_made(path: Path) -> None:
    """As git checkout does."""
    path.unlink()
    path.write_bytes(NEW)


def gone_for_a_moment(path: Path) -> None:
    """Longer than the quiet time, shorter than the grace."""
    path.unlink()
    time.sleep(0.1)
    path.write_bytes(NEW)


def empty_for_a_moment(path: Path) -> None:
    path.write_bytes(b"")
    time.sleep(0.1)
    path.write_bytes(NEW)


STYLES = [
    in_place, in_pieces, vim_by_rename, vim_backup_elsewhere, vim_by_copy, emacs, vs_code, safe_write, replaced,
    moved_in, unlinked_and_made, gone_for_a_moment, empty_for_a_moment,
]  # fmt: skip


@pytest.fixture
def script(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    path = folder / "train.py"
    path.write_bytes(OLD)
    return path


@pytest.mark.parametrize("save", STYLES)
def test_a_save_is_told_once_and_whole(watched: Watched, script: Path, save: Callable[[Path], None]) -> None:
    watched.watch(script)
    assert watched.after(lambda: save(script)) == [{str(script): NEW}]


@pytest.mark.slow
@pytest.mark.parametrize("save", STYLES)
def test_saving_the_same_bytes_tells_nothing(watched: Watched, script: Path, save: Callable[[Path], None]) -> None:
    script.write_bytes(NEW)
    watched.watch(script)
    assert watched.after(lambda: save(script)) == []


def test_touch_and_chmod_tell_nothing(watched: Watched, script: Path) -> None:
    watched.watch(script)
    assert watched.after(script.touch) == []
    assert watched.after(lambda: script.chmod(0o600)) == []
    assert watched.after(lambda: os.utime(script, (1, 1))) == []


def test_there_and_back_within_a_burst_tells_nothing(heard: Watched, script: Path) -> None:
    heard.watch(script)
    assert heard.after(lambda: (script.write_bytes(NEW), script.write_bytes(OLD))) == []


def test_same_size_and_same_time(watched: Watched, script: Path) -> None:
    """Only the content differs: the time of modification was set back."""
    watched.watch(script)
    status = script.stat()

    def act() -> None:
        script.write_bytes(OLD.swapcase())
        os.utime(script, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert watched.after(act) == [{str(script): OLD.swapcase()}]


@pytest.mark.parametrize("copy", ["yes", "no"])
def test_vim_itself(watched: Watched, script: Path, copy: str) -> None:
    vim = shutil.which("vim")
    if vim is None:
        pytest.skip("needs vim")
    watched.watch(script)
    command = [vim, "-u", "NONE", "-N", "-es", "--cmd", f"set backupcopy={copy} writebackup", str(script)]
    command += ["-c", "%s/old/new/", "-c", "wq"]
    calls = watched.after(lambda: subprocess.run(command, stdin=subprocess.DEVNULL, timeout=60, check=False))
    assert calls == [{str(script): OLD.replace(b"old", b"new")}]


def test_sed_itself(watched: Watched, script: Path) -> None:
    watched.watch(script)
    calls = watched.after(lambda: subprocess.run(["sed", "-i", "s/old/new/", str(script)], check=True))
    assert calls == [{str(script): OLD.replace(b"old", b"new")}]


def test_git_checkout_of_a_branch_is_one_call(watched: Watched, tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    folder = tmp_path / "repository"
    folder.mkdir()

    def git(*words: str) -> None:
        names = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)

    files = [folder / f"module_{i}.py" for i in range(60)]
    git("init", "-b", "main")
    for branch in ("main", "other"):
        if branch != "main":
            git("checkout", "-b", branch)
        for file in files:
            file.write_text(f"# {branch}\n")
        git("add", ".")
        git("commit", "-m", branch)
    watched.watch(*files)
    calls = watched.after(lambda: git("checkout", "main"))
    assert calls == [{str(file): b"# main\n" for file in files}]
