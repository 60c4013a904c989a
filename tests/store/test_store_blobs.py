"""Blobs, files put back, and the hashes of the user's files."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mliter_tui.store import Store, digest

Opened = Callable[..., Store]


def _object(store: Store, name: str) -> Path:
    return store.folder / "objects" / name[:2] / name[2:]


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 9000])
def test_a_blob_comes_back(opened: Opened, data: bytes) -> None:
    store = opened()
    name = store.put_blob(data)
    assert store.put_blob(data) == name
    assert store.blob(name) == data
    assert store.holds(name)
    assert opened().blob(name) == data
    assert store.used_bytes() == len(data)


def test_a_missing_blob_is_none(opened: Opened) -> None:
    store = opened()
    assert store.blob(digest(b"never")) is None
    assert not store.holds(digest(b"never"))


@pytest.mark.parametrize("damage", [b"", b"out", b"OUTPUT"])
def test_a_damaged_blob_is_none_and_can_be_put_again(opened: Opened, damage: bytes) -> None:
    store = opened()
    name = store.put_blob(b"output")
    _object(store, name).write_bytes(damage)
    assert store.blob(name) is None
    assert store.put_blob(b"output") == name
    assert store.blob(name) == b"output"


def test_a_file_is_kept_and_put_back(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    path = tmp_path / "model.bin"
    data = os.urandom(3_000_000)
    path.write_bytes(data)
    name = store.put_file(path)
    assert name == digest(data)
    path.write_bytes(b"changed")
    assert store.restore_file(name, path)
    assert path.read_bytes() == data
    assert store.restore_file(name, tmp_path / "made" / "on" / "the way")
    assert (tmp_path / "made/on/the way").read_bytes() == data
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.endswith(".mliter")) == []


def test_a_file_put_back_has_the_permissions_it_would_have(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    name = store.put_blob(b"x")
    old = os.umask(0o027)
    try:
        assert store.restore_file(name, tmp_path / "new")
        (tmp_path / "there").write_text("")
        (tmp_path / "there").chmod(0o604)
        assert store.restore_file(name, tmp_path / "there")
        assert store.restore_file(name, tmp_path / "run.sh", mode=0o755)
    finally:
        os.umask(old)
    modes = [(tmp_path / n).stat().st_mode & 0o777 for n in ("new", "there", "run.sh")]
    assert modes == [0o640, 0o604, 0o755]


def test_a_symbolic_link_is_written_through(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    assert store.restore_file(store.put_blob(b"new"), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_damaged_content_is_not_put_back(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    name = store.put_blob(b"output")
    _object(store, name).write_bytes(b"OUTPUT")
    (tmp_path / "there").write_text("as it was")
    assert not store.restore_file(name, tmp_path / "there")
    assert (tmp_path / "there").read_text() == "as it was"
    assert not store.restore_file(digest(b"never"), tmp_path / "there")
    assert not store.restore_file("../../escape", tmp_path / "there")
    assert not store.restore_file(store.put_blob(b"x"), tmp_path / "there" / "below a file")
    assert not store.restore_file(store.put_blob(b"x"), Path(os.devnull))


def test_reading_a_file_that_is_not_there_raises(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(OSError):
            store.hash_file(path)
        with pytest.raises(OSError):
            store.put_file(path)


def _settled(path: Path, store: Store) -> str:
    """Hash a file once its times are old enough to vouch for it."""
    old = time.time() - 10
    os.utime(path, (old, old))
    # Nothing but waiting makes a ctime old.
    while time.time() - path.stat().st_ctime < 2.05:
        time.sleep(0.05)
    return store.hash_file(path)


def _remembered(store: Store, path: Path) -> bool:
    return bool(store._catalog.rows("file_hash", "SELECT 1 FROM file_hash WHERE path = ?", (str(path),)))


def test_a_file_just_written_is_not_trusted_by_its_times(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    path = tmp_path / "data.csv"
    path.write_bytes(b"one")
    old = time.time() - 100
    os.utime(path, (old, old))
    assert store.hash_file(path) == digest(b"one")
    assert not _remembered(store, path), "its mtime is old, but its ctime is not"
    path.write_bytes(b"two")
    os.utime(path, (old, old))
    assert store.hash_file(path) == digest(b"two")


def test_old_times_spare_the_reading_and_a_change_behind_them_is_seen(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    path = tmp_path / "data.csv"
    path.write_bytes(b"one")
    assert _settled(path, store) == digest(b"one")
    assert _remembered(store, path)
    store.commit()
    # The remembered hash is used: an entry made up for this very stat, with the right seal, comes back.
    known = store._catalog.rows("file_hash", "SELECT stat FROM file_hash")[0][0]
    made_up = digest(b"made up")
    with store.transaction():
        seal = store._seal("file", str(path), known, made_up)
        store._catalog.now("UPDATE file_hash SET hash = ?, seal = ?", (made_up, seal))
    assert store.hash_file(path) == made_up
    # Without the seal it is not.
    with store.transaction():
        store._catalog.now("UPDATE file_hash SET hash = ?", (digest(b"altered"),))
    assert store.hash_file(path) == digest(b"one")
    # The same size and mtime, another content: the ctime tells.
    before = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert store.hash_file(path) == digest(b"two")


@pytest.mark.skipif(not Path("/proc/uptime").exists(), reason="needs /proc")
def test_files_that_look_empty_are_read_every_time(opened: Opened) -> None:
    store = opened()
    first = store.hash_file(Path("/proc/uptime"))
    time.sleep(0.05)
    assert store.hash_file(Path("/proc/uptime")) != first
    assert not _remembered(store, Path("/proc/uptime"))
