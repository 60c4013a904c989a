"""Collection keeps what is referred to; a check finds what is damaged."""

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mliter_tui.store import Store, digest
from mliter_tui.store.collect import GRACE_SECONDS, TRACES_PER_CODE

Opened = Callable[..., Store]
Keep = Callable[..., bool]


def _object(store: Store, name: str) -> Path:
    return store.folder / "objects" / name[:2] / name[2:]


def _age(store: Store, *names: str) -> None:
    """Make objects look as if nobody had asked for them for a while."""
    then = time.time() - GRACE_SECONDS - 10
    with store.transaction():
        for name in names:
            if _object(store, name).exists():
                os.utime(_object(store, name), (then, then))
            store._catalog.now("UPDATE object SET used = ? WHERE hash = ?", (then, name))


def test_what_is_referred_to_stays(opened: Opened, keep: Keep) -> None:
    store = opened()
    by_trace, by_iteration, by_none = (store.put_blob(data) for data in (b"trace", b"iteration", b"nothing"))
    store.add_trace("code", "inputs", {"blobs": [by_trace]})
    store.add_iteration("train.py", {"blobs": [by_iteration]})
    keep(store, "fp", b"pickle", b"buffer")
    report = store.gc(now=True)
    assert (report.objects, report.bytes) == (1, 7)
    assert [store.blob(name) for name in (by_trace, by_iteration, by_none)] == [b"trace", b"iteration", None]
    assert store.artifact("fp") is not None
    assert store.check(full=True).ok


def test_what_came_in_the_last_hour_stays(opened: Opened) -> None:
    store = opened()
    fresh, old, again = (store.put_blob(data) for data in (b"fresh", b"old", b"again"))
    _age(store, old, again)
    store.put_blob(b"again")
    assert store.gc().objects == 1
    assert [store.holds(name) for name in (fresh, old, again)] == [True, False, True]


def test_a_blob_whose_bytes_are_on_their_way_keeps_its_row(opened: Opened) -> None:
    writer, collector = opened(), opened()
    assert writer._reserve(digest(b"later"), 5, 1.0)
    collector.gc()
    assert collector.check(full=True).ok
    writer._objects.write(digest(b"later"), b"later")
    assert writer.holds(digest(b"later"))


def test_a_blob_goes_with_its_trace(opened: Opened, keep: Keep) -> None:
    store = opened()
    name = store.put_blob(b"shared")
    id_ = store.add_trace("code", "inputs", {"blobs": [name]})
    keep(store, "fp", b"pickle", b"shared")
    store.drop_trace(id_)
    store.gc(now=True)
    assert store.blob(name) == b"shared", "the artifact needs it"
    store.evict("fp")
    assert store.blob(name) is None


def test_leftovers_of_interrupted_writes_go(opened: Opened, folder: Path) -> None:
    store = opened()
    lost = digest(b"written by a process that was killed")
    named = digest(b"named by a trace")
    for path in (_object(store, lost), _object(store, named), folder / "objects" / ".new-1-2-3"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * 10)
    (folder / "catalog.damaged-1").write_bytes(b"x")
    store.add_trace("code", "inputs", {"blobs": [named, 7]})
    assert store.gc() == store.gc()
    assert _object(store, lost).exists()
    report = store.gc(now=True)
    assert (report.objects, report.bytes, report.temporary_files) == (1, 10, 2)
    assert not _object(store, lost).exists()
    assert _object(store, named).exists()


def test_only_the_newest_traces_of_a_code_stay(opened: Opened) -> None:
    store = opened()
    for n in range(TRACES_PER_CODE + 5):
        store.add_trace("code", str(n), {"n": n})
    store.add_trace("other", "0", {"n": -1})
    assert store.gc().traces == 5
    kept = [t["n"] for t in store.traces("code")]
    assert kept == list(range(TRACES_PER_CODE + 4, 4, -1))
    assert len(store.traces("other")) == 1


def test_a_spoilt_trace_protects_nothing(opened: Opened) -> None:
    store = opened()
    name = store.put_blob(b"x")
    store.add_trace("code", "inputs", {"blobs": [name]})
    store.commit()
    with store.transaction():
        store._catalog.now("UPDATE trace SET seal = x'00'")
    report = store.gc(now=True)
    assert (report.traces, report.objects) == (1, 1)


@pytest.mark.parametrize("table", ["iteration", "object", "trace"])
def test_a_catalog_that_cannot_be_read_makes_collection_delete_nothing(opened: Opened, keep: Keep, table: str) -> None:
    store = opened()
    name = store.put_blob(b"x")
    keep(store, "fp", b"pickle")
    store.close()
    store = opened()
    con = sqlite3.connect(store.folder / "catalog.sqlite")
    con.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    con.close()
    assert store.gc(now=True).objects == 0
    assert not store.writable
    assert _object(store, name).exists()
    assert _object(store, digest(b"pickle")).exists()


def _spoil(store: Store, data: bytes) -> None:
    path = _object(store, digest(data))
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def test_a_full_check_finds_a_changed_bit(opened: Opened, keep: Keep) -> None:
    store = opened()
    keep(store, "good", b"good", b"common")
    keep(store, "bad", b"bad", b"buffer")
    name = store.put_blob(b"output")
    assert store.check(full=True).ok
    _spoil(store, b"buffer")
    _spoil(store, b"output")
    assert store.check(full=False).ok, "sizes are right"
    report = store.check(full=True)
    assert (report.artifacts, report.objects, report.bytes) == (2, 6 - 1, 25)
    assert [line.split(":")[0] for line in report.damaged] == ["bad", f"recorded output or file {name}"]
    assert store.artifact("bad") is None
    assert store.artifact("good") is not None
    assert store.check(full=True).ok
    assert store.used_bytes() == 10


def test_a_quick_check_finds_a_missing_and_a_truncated_object(opened: Opened, keep: Keep) -> None:
    store = opened()
    for fp in ("one", "two", "three"):
        keep(store, fp, fp.encode())
    _object(store, digest(b"one")).unlink()
    os.truncate(_object(store, digest(b"two")), 1)
    assert len(store.check(full=False).damaged) == 2
    assert [a.fp for a in store.artifacts()] == ["three"]


def test_a_check_finds_a_deleted_output_that_a_trace_names(opened: Opened) -> None:
    store = opened()
    name = store.put_blob(b"output")
    store.add_trace("code", "inputs", {"blobs": [name]})
    _object(store, name).unlink()
    assert len(store.check(full=False).damaged) == 1
    assert store.used_bytes() == 0


def test_a_check_finds_altered_rows(opened: Opened, keep: Keep) -> None:
    store = opened()
    for fp in ("one", "two", "three"):
        keep(store, fp, fp.encode())
    with store.transaction():
        store._catalog.now("UPDATE artifact SET seal = x'00' WHERE fp = 'one'")
        store._catalog.now("DELETE FROM artifact_object WHERE fp = 'two'")
    assert {line.split(":")[0] for line in store.check(full=False).damaged} == {"one", "two"}
    assert [a.fp for a in store.artifacts()] == ["three"]


def test_random_payloads_never_stop_a_collection(opened: Opened) -> None:
    store = opened()
    payloads: list[dict[str, Any]] = [{"blobs": None}, {"blobs": {"a": 1}}, {"blobs": [[1], None, "x"]}, {}]
    for n, payload in enumerate(payloads):
        store.add_trace("code", str(n), payload)
        store.add_iteration("train.py", payload)
    assert store.gc(now=True).traces == 0
    assert len(store.traces("code")) == len(payloads)
