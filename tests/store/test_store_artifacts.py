"""Kept values: what a row promises, pinning, and leaving."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mliter_tui.store import Store, digest

Opened = Callable[..., Store]
Keep = Callable[..., bool]
Written = Callable[..., dict[str, Any]]
OnDisk = Callable[[Store], int]


def _path(store: Store, data: bytes) -> Path:
    name = digest(data)
    return store.folder / "objects" / name[:2] / name[2:]


def test_an_artifact_comes_back_as_it_was_added(opened: Opened, written: Written) -> None:
    store = opened()
    manifest = written(store, b"pickle", b"buffer" * 10)
    assert store.add_artifact("fp", manifest, load_seconds=0.5, compute_seconds=8.0, label="X_tr")
    found = opened().artifact("fp")
    assert found is not None
    assert (found.fp, found.manifest, found.nbytes, found.label) == ("fp", manifest, 66, "X_tr")
    assert (found.load_seconds, found.compute_seconds, found.pinned, found.uses) == (0.5, 8.0, False, 0)
    assert abs(found.created - time.time()) < 60
    assert store.artifact("other") is None
    assert [a.fp for a in store.artifacts()] == ["fp"]


def test_use_and_measured_loads_are_learnt(opened: Opened, keep: Keep) -> None:
    store = opened()
    keep(store, "a", b"a")
    keep(store, "b", b"b")
    store.touch(["a", "a", "unknown"])
    for seconds in (4.0, 2.0, float("nan")):
        store.measured_load("a", seconds)
    a = store.artifact("a")
    assert a is not None
    assert (a.uses, a.load_seconds) == (2, 1.5)
    assert a.used >= a.created
    assert [x.fp for x in store.artifacts()] == ["a", "b"]


def test_equal_objects_count_once_and_stay_for_the_other(opened: Opened, keep: Keep, on_disk: OnDisk) -> None:
    store = opened()
    keep(store, "a", b"pa", b"shared" * 100)
    keep(store, "b", b"pb", b"shared" * 100)
    assert store.used_bytes() == on_disk(store) == 604
    assert store.evict("a") == 2
    assert store.artifact("b") is not None
    assert store.evict("b") == 602
    assert store.used_bytes() == on_disk(store) == 0


def test_a_blob_of_the_same_content_outlives_the_artifact(opened: Opened, keep: Keep) -> None:
    store = opened()
    keep(store, "a", b"pa", b"shared")
    name = store.put_blob(b"shared")
    assert store.evict("a") == 2
    assert store.blob(name) == b"shared"


def test_evictions_are_remembered_until_it_is_kept_again(opened: Opened, keep: Keep) -> None:
    store = opened()
    keep(store, "a", b"a")
    assert store.evicted("a") is None
    store.evict("a")
    gone = store.evicted("a")
    assert gone is not None
    assert gone.by == "user"
    assert abs(gone.when - time.time()) < 60
    assert store.evict("a") == 0
    keep(store, "a", b"a")
    assert store.evicted("a") is None
    assert store.evict("never") == 0
    assert store.evicted("never") is None


def test_pinned_is_a_property_of_the_value(opened: Opened, keep: Keep) -> None:
    store = opened()
    keep(store, "a", b"a")
    assert store.pin("a")
    assert not store.pin("unknown")
    keep(store, "a", b"other")
    found = store.artifact("a")
    assert found is not None
    assert found.pinned
    assert store.unpin("a")
    assert store.artifacts()[0].pinned is False
    store.pin("a")
    assert store.evict("a") == 5, "who says evict means it"


def test_a_value_kept_again_gives_up_its_former_objects(opened: Opened, keep: Keep, on_disk: OnDisk) -> None:
    store = opened()
    keep(store, "a", b"old", b"common")
    keep(store, "a", b"newer", b"common")
    assert store.used_bytes() == on_disk(store) == 11


@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_an_artifact_without_all_its_bytes_is_a_miss(opened: Opened, keep: Keep, damage: str) -> None:
    store = opened()
    keep(store, "a", b"pa", b"buffer" * 10)
    path = _path(store, b"buffer" * 10)
    if damage == "missing":
        path.unlink()
    else:
        os.truncate(path, 59)
    assert store.artifact("a") is None
    gone = store.evicted("a")
    assert gone is not None
    assert gone.by == "damaged"
    assert len(store.notes) == 1
    assert store.used_bytes() == 0
    assert keep(store, "a", b"pa", b"buffer" * 10)
    assert store.artifact("a") is not None


@pytest.mark.parametrize("declared", ["missing", "truncated", "known"])
def test_no_row_is_made_for_bytes_that_are_not_there(
    opened: Opened, keep: Keep, written: Written, declared: str
) -> None:
    store = opened()
    if declared == "known":
        keep(store, "other", b"buffer")
    manifest = written(store, b"pickle", b"buffer")
    path = _path(store, b"buffer")
    if declared == "missing":
        path.unlink()
    else:
        os.truncate(path, 3)
    fields = {"load_seconds": 0.0, "compute_seconds": 9.0, "label": "x"}
    assert not store.add_artifact("a", manifest, **fields)  # type: ignore[arg-type]
    assert store.artifact("a") is None
    # The stump is gone, so that the next writer of this content writes it.
    assert not path.exists()
    assert store.add_artifact("a", written(store, b"pickle", b"buffer"), **fields)  # type: ignore[arg-type]


def test_an_altered_manifest_is_a_miss(opened: Opened, keep: Keep) -> None:
    import sqlite3

    store = opened()
    keep(store, "a", b"a")
    store.close()
    con = sqlite3.connect(store.folder / "catalog.sqlite")
    (body,) = con.execute("SELECT body FROM artifact").fetchone()
    con.execute("UPDATE artifact SET body = ?", (body.replace(digest(b"a").encode(), digest(b"b").encode()),))
    con.commit()
    con.close()
    assert opened().artifact("a") is None


def test_a_manifest_cannot_name_a_file_outside(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    store = opened()
    names = ["../../../precious", "ab/../../../../precious", "", None, 7, [], ["x" * 32, 1]]
    for name in names:
        store.add_artifact(
            "a", {"pickle": name, "buffers": [[name, 1]]}, load_seconds=0.0, compute_seconds=1.0, label="x"
        )
        store.evict("a")
        assert store.blob(name) is None  # type: ignore[arg-type]
    assert (tmp_path / "precious").exists()
