"""Traces, iterations, costs and the user's word."""

import math
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mliter_tui.store import Store, StoreError

Opened = Callable[..., Store]


def test_traces_come_newest_first_with_their_ids(opened: Opened) -> None:
    store = opened()
    ids = [store.add_trace("code", f"in{n}", {"n": n}) for n in range(3)]
    store.add_trace("other", "in0", {"n": 9})
    assert [(t["n"], t["id"]) for t in store.traces("code")] == [(2, ids[2]), (1, ids[1]), (0, ids[0])]


def test_the_same_keys_replace_and_become_the_newest(opened: Opened) -> None:
    store = opened()
    for key, n in (("a", 1), ("b", 2), ("a", 3)):
        store.add_trace("code", key, {"n": n})
        store.commit()
    assert [t["n"] for t in store.traces("code")] == [3, 2]


def test_a_dropped_trace_is_gone(opened: Opened) -> None:
    store = opened()
    store.add_trace("code", "a", {"n": 1})
    store.drop_trace(store.add_trace("code", "b", {"n": 2}))
    assert [t["n"] for t in store.traces("code")] == [1]


def test_only_a_commit_makes_others_see_it(opened: Opened) -> None:
    one, two = opened(), opened()
    one.add_trace("code", "a", {"n": 1})
    assert two.traces("code") == []
    one.commit()
    assert [t["n"] for t in two.traces("code")] == [1]


def test_a_store_that_computes_holds_no_lock(opened: Opened) -> None:
    one, two = opened(), opened()
    one.add_trace("code", "a", {"n": 1})  # queued, and then the node runs for an hour
    two.add_trace("code", "b", {"n": 2})
    two.commit()
    assert two.notes == []
    assert [t["n"] for t in two.traces("code")] == [2]


def test_a_transaction_is_all_or_nothing(opened: Opened) -> None:
    store, other = opened(), opened()
    with store.transaction():
        store.add_trace("code", "a", {"n": 1})
        store.set_meta("m", 1)
        assert store.meta("m") == 1
        assert other.meta("m") is None
    assert other.meta("m") == 1
    with pytest.raises(RuntimeError), store.transaction():
        store.add_trace("code", "b", {"n": 2})
        store.set_meta("m", 2)
        raise RuntimeError
    assert [t["n"] for t in store.traces("code")] == [1]
    assert store.meta("m") == 1


@pytest.mark.parametrize("column", ["payload", "code_key", "inputs_key", "seal"])
def test_an_altered_trace_is_a_miss(opened: Opened, folder: Path, column: str) -> None:
    store = opened()
    store.add_trace("code", "a", {"n": 1})
    store.add_trace("code", "b", {"n": 2})
    store.close()
    con = sqlite3.connect(folder / "catalog.sqlite")
    value = {"payload": b'{"n":7}', "code_key": "code2", "inputs_key": "z", "seal": b"0" * 16}[column]
    con.execute(f"UPDATE trace SET {column} = ? WHERE inputs_key = 'a'", (value,))
    con.commit()
    con.close()
    store = opened()
    assert [t["n"] for t in store.traces("code")] == [2]
    assert store.traces("code2") == []
    assert store.writable


def test_a_row_that_is_no_text_spoils_nothing_else(opened: Opened, folder: Path) -> None:
    store = opened()
    store.add_trace("code", "a", {"n": 1})
    store.add_trace("code", "b", {"n": 2})
    store.close()
    con = sqlite3.connect(folder / "catalog.sqlite")
    con.execute("UPDATE trace SET inputs_key = CAST(x'ff80' AS TEXT) WHERE inputs_key = 'a'")
    con.commit()
    con.close()
    store = opened()
    assert [t["n"] for t in store.traces("code")] == [2]
    assert store.writable


def test_iterations_are_numbered_by_script(opened: Opened) -> None:
    store, other = opened(), opened()
    assert [store.add_iteration("a.py", {"n": n}) for n in range(3)] == [1, 2, 3]
    assert other.add_iteration("b.py", {"n": 9}) == 1
    assert other.add_iteration("a.py", {"n": 3}) == 4
    assert [(i["id"], i["n"]) for i in store.iterations("a.py")] == [(4, 3), (3, 2), (2, 1), (1, 0)]
    assert [i["id"] for i in store.iterations("a.py", 2)] == [4, 3]
    assert sorted(store.scripts()) == ["a.py", "b.py"]


def test_a_cost_is_the_median_of_the_last_five(opened: Opened, folder: Path) -> None:
    store = opened()
    assert store.cost("code") is None
    for seconds in (100.0, 1.0, 2.0, 3.0, 4.0, 50.0):
        store.learn_cost("code", seconds)
    store.learn_cost("code", math.nan)
    store.learn_cost("code", -1)
    store.learn_cost("other", 7)
    assert store.cost("code") == 3.0
    assert store.cost("other") == 7.0
    store.learn_cost("other", 8)
    assert store.cost("other") == 7.5
    store.close()
    con = sqlite3.connect(folder / "catalog.sqlite")
    assert con.execute("SELECT count(*) FROM cost WHERE code_key = 'code'").fetchone()[0] == 5
    con.close()


def test_accepting_is_by_code(opened: Opened) -> None:
    store = opened()
    store.accept("code", "only a log line")
    assert store.accepted("code")
    assert not store.accepted("other")


def test_an_unencodable_script_name_has_a_journal(opened: Opened) -> None:
    store = opened()
    assert store.add_iteration("tr\udc80in.py", {"n": 1}) == 1
    assert [i["n"] for i in store.iterations("tr\udc80in.py")] == [1]


def test_a_closed_store_misses_and_raises_nothing(opened: Opened) -> None:
    store = opened()
    store.add_trace("code", "a", {"n": 1})
    store.close()
    store.close()
    store.add_trace("code", "b", {"n": 2})
    store.commit()
    assert store.traces("code") == []
    assert store.artifact("fp") is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_store_carried_over_a_fork_says_so(opened: Opened) -> None:
    store = opened()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            store.traces("code")
        except StoreError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.add_trace("code", "a", {"n": 1})
    assert [t["n"] for t in store.traces("code")] == [1]
