"""Pieces of the records of iterations: once by content, outside the budget, never handed out damaged."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mliter_tui.store import Store

Opened = Callable[..., Store]
TEXT = b"print('hello')\n" * 100


def test_a_piece_is_there_for_the_next_store(opened: Opened) -> None:
    store = opened()
    name = store.keep_piece(TEXT)
    assert store.piece(name) == TEXT
    store.close()
    assert opened().piece(name) == TEXT


def test_equal_ones_are_one_row_and_no_object(opened: Opened, folder: Path) -> None:
    store = opened()
    assert store.keep_piece(TEXT) == store.keep_piece(TEXT)
    store.close()
    con = sqlite3.connect(folder / "catalog.sqlite")
    ((count, size),) = con.execute("SELECT count(*), sum(length(packed)) FROM piece")
    con.close()
    assert count == 1 and size < len(TEXT) / 5
    assert not [path for path in (folder / "objects").rglob("*") if path.is_file()]


def test_no_budget_and_no_collection_takes_them(opened: Opened) -> None:
    store = opened(1)
    names = [store.keep_piece(TEXT + bytes([n])) for n in range(20)]
    store.gc(now=True)
    assert store.used_bytes() == 0 and None not in [store.piece(name) for name in names]


@pytest.mark.parametrize("change", ["packed = x'00'", "seal = x'00'", "packed = 'text'"])
def test_an_altered_one_is_missed_reported_and_kept_anew(opened: Opened, folder: Path, change: str) -> None:
    store = opened()
    name = store.keep_piece(TEXT)
    store.close()
    con = sqlite3.connect(folder / "catalog.sqlite")
    with con:
        con.execute(f"UPDATE piece SET {change}")
    con.close()
    store = opened()
    assert store.piece(name) is None
    assert [name in line for line in store.check(True).damaged] == [True]
    assert store.keep_piece(TEXT) == name and store.piece(name) == TEXT
    assert store.check(True).ok


def test_values_are_found_by_how_their_names_begin(opened: Opened) -> None:
    store = opened()
    for name, value in (("note 1", "a"), ("note 2", "b"), ("note", "c"), ("nota", "d"), ("note 1 x", "e")):
        store.set_meta(name, value)
    assert store.metas("note ") == {"1": "a", "2": "b", "1 x": "e"}
