"""Damaged catalogs: set aside, never believed, never raised."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mliter_tui.store import Store

Opened = Callable[..., Store]
COUNT = 300


def _fill(store: Store) -> None:
    for n in range(COUNT):
        store.add_trace(f"code{n}", "inputs", {"n": n, "text": "x" * 500})
        store.learn_cost(f"code{n}", n)
    store.close()


def _damage(path: Path, how: str) -> None:
    size = path.stat().st_size
    if how == "half":
        os.truncate(path, size // 2)
    elif how == "page":
        os.truncate(path, 4096)
    elif how == "odd":
        os.truncate(path, size - 1000)
    elif how == "noise":
        path.write_bytes(b"noise" * 1000)
    elif how == "header":
        with open(path, "r+b") as file:
            file.write(b"\0" * 100)
    elif how == "tables":
        con = sqlite3.connect(path)
        con.execute("DROP TABLE artifact")
        con.close()


@pytest.mark.parametrize("how", ["half", "page", "odd", "noise", "header", "tables"])
def test_a_damaged_catalog_is_set_aside(opened: Opened, folder: Path, how: str) -> None:
    _fill(opened())
    _damage(folder / "catalog.sqlite", how)
    store = opened()
    assert store.writable
    assert len(store.notes) == 1
    assert "moved to catalog.damaged-1 and a fresh one made" in store.notes[0]
    assert (folder / "catalog.damaged-1").exists()
    assert store.traces("code1") == []
    store.add_trace("code1", "inputs", {"n": 1})
    store.close()
    again = opened()
    assert again.notes == []
    assert [t["n"] for t in again.traces("code1")] == [1]
    again.close()
    _damage(folder / "catalog.sqlite", "noise")
    assert "catalog.damaged-2" in opened().notes[0]


def test_an_empty_catalog_starts_afresh(opened: Opened, folder: Path) -> None:
    _fill(opened())
    os.truncate(folder / "catalog.sqlite", 0)
    store = opened()
    assert store.writable
    assert store.traces("code1") == []


def test_a_damaged_catalog_in_use_is_not_moved(opened: Opened, folder: Path) -> None:
    _fill(opened())
    other = opened()
    (folder / "catalog.sqlite").write_bytes(b"noise" * 1000)
    store = opened()
    assert not store.writable
    assert "another run is using it" in store.notes[0]
    assert not list(folder.glob("catalog.damaged*"))
    other.close()


def test_damage_in_the_middle_is_a_miss_and_found_by_the_next_run(opened: Opened, folder: Path) -> None:
    _fill(opened())
    path = folder / "catalog.sqlite"
    with open(path, "r+b") as file:
        # Everything but the schema and what opening reads.
        size = path.stat().st_size
        file.seek(16 * 4096)
        file.write(random.Random(1).randbytes(size - 18 * 4096))
    store = opened()
    for n in range(COUNT):
        assert all(t["n"] == n for t in store.traces(f"code{n}"))
        store.add_trace(f"code{n}", "other", {"n": n})
    store.commit()
    assert not store.writable
    assert len(store.notes) == 1
    assert "damaged" in store.notes[0]
    store.close()
    assert (folder / "catalog.suspect").exists()
    store = opened()
    assert store.writable
    assert "catalog.damaged-1" in store.notes[0]
    assert not (folder / "catalog.suspect").exists()


def test_a_check_finds_damage_that_no_read_met(opened: Opened, folder: Path) -> None:
    _fill(opened())
    path = folder / "catalog.sqlite"
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size - 4096)
        file.write(b"\xff" * 4096)
    store = opened()
    report = store.check(full=True)
    assert "the catalog is damaged" in report.damaged[0]
    store.close()
    assert "catalog.damaged-1" in opened().notes[0]


def test_random_damage_never_raises_and_never_lies(opened: Opened, tmp_path: Path) -> None:
    pristine = tmp_path / "pristine"
    _fill(opened(where=pristine))
    chance = random.Random(7)
    for turn in range(25):
        where = tmp_path / f"turn{turn}"
        shutil.copytree(pristine, where)
        path = where / "catalog.sqlite"
        with open(path, "r+b") as file:
            for _ in range(chance.choice((1, 5, 200))):
                file.seek(chance.randrange(path.stat().st_size))
                file.write(chance.randbytes(chance.choice((1, 8, 300))))
        with Store.open(where) as store:
            for n in range(0, COUNT, 3):
                for trace in store.traces(f"code{n}"):
                    assert (trace["n"], trace["text"]) == (n, "x" * 500)
                store.cost(f"code{n}")
                store.add_trace(f"code{n}", "other", {"n": n, "text": "x" * 500})
            store.commit()
            store.artifacts()
            store.add_iteration("train.py", {})
            store.put_blob(b"x")
            store.gc()
            store.check(full=True)
        with Store.open(where) as store:
            assert store.writable
        shutil.rmtree(where)


def test_a_folder_deleted_under_the_store_raises_nothing(opened: Opened, folder: Path, tmp_path: Path) -> None:
    store = opened()
    store.add_trace("code", "a", {"n": 1})
    store.commit()
    shutil.rmtree(folder)
    (tmp_path / "data").write_text("x")
    for n in range(5):
        store.add_trace("code", str(n), {"n": n})
        store.put_blob(b"output%d" % n)
        store.put_file(tmp_path / "data")
        store.commit()
    store.traces("code")
    store.gc(now=True)
    store.check(full=True)
    assert not store.make_room(1, 1.0)
    store.close()
    assert opened().writable
