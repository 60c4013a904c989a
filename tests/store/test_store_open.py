"""Opening: what is made, whose it is, and what is refused."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mliter_tui.store import Store, StoreError, digest, schema
from mliter_tui.store.key import user_key

Opened = Callable[..., Store]


def test_a_fresh_store_is_private_and_ignored_by_git(opened: Opened, folder: Path, home: Path) -> None:
    store = opened()
    assert store.writable
    assert store.notes == []
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    assert (folder / "catalog.sqlite").stat().st_mode & 0o777 == 0o600
    assert (home / "mliter" / "key").stat().st_mode & 0o777 == 0o600
    assert (home / "mliter" / "key").read_bytes() == store.key
    assert len(store.key) == 32


def test_a_blob_is_a_private_file_named_by_its_content(opened: Opened, folder: Path) -> None:
    name = opened().put_blob(b"output")
    path = folder / "objects" / name[:2] / name[2:]
    assert name == digest(b"output")
    assert path.read_bytes() == b"output"
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_kept_is_there_when_opened_again(opened: Opened) -> None:
    store = opened()
    store.add_trace("code", "inputs", {"x": [1, None, "\udc80"]})
    store.set_meta("m", {"a": 1})
    store.close()
    again = opened()
    assert [t["x"] for t in again.traces("code")] == [[1, None, "\udc80"]]
    assert again.meta("m") == {"a": 1}


def test_a_store_of_another_key_is_refused(opened: Opened, home: Path) -> None:
    opened().close()
    (home / "mliter" / "key").write_bytes(os.urandom(32))
    with pytest.raises(StoreError, match="another user or machine; delete it or choose another with --cache"):
        opened()


def test_rows_copied_in_from_a_store_of_another_key_are_misses(opened: Opened, home: Path, tmp_path: Path) -> None:
    theirs = opened(where=tmp_path / "theirs")
    theirs.add_trace("code", "inputs", {"x": 1})
    theirs.accept("code", "fine")
    theirs.close()
    (home / "mliter" / "key").unlink()
    ours = opened(where=tmp_path / "ours")
    ours.close()
    (tmp_path / "ours" / "catalog.sqlite").write_bytes((tmp_path / "theirs" / "catalog.sqlite").read_bytes())
    ours = opened(where=tmp_path / "ours")
    assert ours.traces("code") == []
    assert not ours.accepted("code")


def test_a_folder_with_other_things_in_it_is_left_alone(opened: Opened, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.tex").write_text("x")
    with pytest.raises(StoreError, match="choose another folder with --cache"):
        opened()
    assert os.listdir(folder) == ["thesis.tex"]


def test_a_file_in_the_folders_place_is_refused(opened: Opened, folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("x")
    with pytest.raises(StoreError, match="is a file"):
        opened()


def test_opening_interrupted_before_the_mark_can_be_repeated(opened: Opened, folder: Path) -> None:
    opened().close()
    (folder / "mark").unlink()
    store = opened()
    assert store.writable
    assert (folder / "mark").exists()


@pytest.mark.parametrize("budget", [0, -1])
def test_a_budget_must_be_above_zero(opened: Opened, budget: int) -> None:
    with pytest.raises(StoreError, match="above 0"):
        opened(budget)


def test_default_budget_is_a_tenth_of_the_free_disk_or_ten_gigabytes(opened: Opened, folder: Path) -> None:
    store = opened()
    disk = os.statvfs(folder)
    expected = min(10 * 1000**3, disk.f_bavail * disk.f_frsize // 10)
    assert abs(store.budget - expected) < 0.05 * expected


def test_a_key_file_that_is_no_key_is_not_replaced(opened: Opened, home: Path) -> None:
    (home / "mliter").mkdir(parents=True)
    (home / "mliter" / "key").write_bytes(b"short")
    with pytest.raises(StoreError, match="is not a key"):
        opened()
    assert (home / "mliter" / "key").read_bytes() == b"short"


def test_a_relative_state_home_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    key = user_key()
    assert (tmp_path / ".local/state/mliter/key").read_bytes() == key
    assert not (tmp_path / "here").exists()


def _works_in_memory(store: Store) -> None:
    assert not store.writable
    assert len(store.notes) == 1
    assert "keeps nothing" in store.notes[0]
    store.add_trace("code", "inputs", {"x": 1})
    store.commit()
    assert [t["x"] for t in store.traces("code")] == [1]
    assert store.blob(store.put_blob(b"output")) == b"output"
    assert store.add_iteration("train.py", {}) == 1
    fields = {"load_seconds": 0.0, "compute_seconds": 9.0, "label": "x"}
    assert not store.add_artifact("fp", {"pickle": digest(b"p"), "buffers": []}, **fields)  # type: ignore[arg-type]
    assert not store.make_room(1, 1.0)
    assert store.gc(now=True).objects == 1
    assert store.check(full=True).ok


def test_a_folder_that_cannot_be_made_gives_a_store_in_memory(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    _works_in_memory(opened(where=tmp_path / "file" / ".mliter"))


def test_a_key_that_cannot_be_made_gives_a_store_in_memory(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    _works_in_memory(opened())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB that can be filled, or made read-only by mounting it again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs")
def test_a_read_only_disk_gives_a_store_in_memory(opened: Opened, small_disk: Path) -> None:
    opened(where=small_disk / ".mliter").close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    _works_in_memory(opened(where=small_disk / ".mliter"))


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs")
def test_a_disk_that_fills_up_stops_the_writing_only(opened: Opened, small_disk: Path) -> None:
    store = opened(10**9, where=small_disk / ".mliter")
    store.add_trace("early", "inputs", {"x": 1})
    store.commit()
    lost = store.put_blob(os.urandom(3 << 20))
    assert store.blob(lost) is None
    assert store.used_bytes() == 0
    assert "could not keep" in store.notes[0]
    with open(small_disk / "filler", "wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(bytes(4096))
    for number in range(200):
        store.add_trace("late", str(number), {"x": "x" * 20000})
        store.commit()
    assert not store.writable
    assert store.add_iteration("train.py", {}) == 1
    assert [t["x"] for t in store.traces("early")] == [1]
    assert not store.make_room(3 << 20, 1e9)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs")
def test_a_disk_full_from_the_start_raises_nothing(opened: Opened, small_disk: Path) -> None:
    with open(small_disk / "filler", "wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(bytes(4096))
    _works_in_memory(opened(where=small_disk / ".mliter"))


def test_a_newer_schema_is_refused(opened: Opened, folder: Path) -> None:
    opened().close()
    con = sqlite3.connect(folder / "catalog.sqlite")
    con.execute(f"PRAGMA user_version={len(schema.STEPS) + 1}")
    con.close()
    with pytest.raises(StoreError, match="newer mliter; update mliter"):
        opened()
    assert not list(folder.glob("catalog.damaged*"))


def test_an_older_schema_is_brought_up_to_date(opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = opened()
    old.add_trace("code", "inputs", {"x": 1})
    old.close()
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, ("ALTER TABLE trace ADD COLUMN extra TEXT",)))
    assert [t["x"] for t in opened().traces("code")] == [1]
    con = sqlite3.connect(folder / "catalog.sqlite")
    assert con.execute("PRAGMA user_version").fetchone()[0] == len(schema.STEPS)
    assert "extra" in {row[1] for row in con.execute("PRAGMA table_info(trace)")}
    con.close()


def test_importing_the_store_loads_nothing_heavy() -> None:
    heavy = "numpy pandas scipy networkx textual hashlib ssl statistics tempfile".split()
    code = f"import sys, mliter_tui.store; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
