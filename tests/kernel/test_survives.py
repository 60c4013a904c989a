"""Whether names that share state may be pickled together is told by their scans, where that is plain."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest

from mliter_tui.kernel.live import Live
from mliter_tui.kernel.sharing import survives


class Thing:
    def __init__(self) -> None:
        self.rows = [1]


def _thing() -> dict[str, Any]:
    thing = Thing()
    return {"thing": thing, "inside": vars(thing)}


def _borg() -> dict[str, Any]:
    one, two = Thing(), Thing()
    two.__dict__ = one.__dict__
    return {"one": one, "two": two}


def _view() -> dict[str, Any]:
    base = np.arange(10)
    return {"base": base, "view": base[2:5]}


def _attribute() -> dict[str, Any]:
    rows = [1, 2]

    def count() -> int:
        return len(rows)

    count.rows = rows  # type: ignore[attr-defined]
    return {"count": count, "rows": rows}


def _live(names: dict[str, Any]) -> Live:
    main = types.ModuleType("__main__")
    vars(main).update(names)
    live = Live(main, {}, False)
    for name in names:
        live.rescan(name, "")
    return live


@pytest.mark.parametrize("make", [_thing, _borg, _view, _attribute])
def test_what_may_be_lost_has_to_be_read_again(make: Any) -> None:
    names = make()
    live = _live(names)
    assert not survives([live.scans[name] for name in names])


def test_what_a_pickle_keeps_has_not() -> None:
    rows = [[1, 2], {"a": (3, 4)}]
    thing = Thing()
    names = {"rows": rows, "last": rows[1], "things": [thing, rows], "thing": thing}
    live = _live(names)
    assert survives([live.scans[name] for name in names]) and live.storable(names, "")


def test_the_same_object_under_another_name_is_not_read_twice() -> None:
    rows = [(i, str(i)) for i in range(2000)]
    live = _live({"rows": rows})
    vars(live.main)["again"] = rows
    read = [(live.get("rows"), live.scans["rows"])]
    found = live.adopt("again", read)
    assert found is not None and found.fp == live.rescan("again", "").fp
    vars(live.main)["again"] = list(rows)
    assert live.adopt("again", read) is None


def test_what_moves_by_itself_is_read_under_each_name() -> None:
    items = iter([(i, str(i)) for i in range(2000)])
    live = _live({"items": items})
    vars(live.main)["again"] = items
    assert live.adopt("again", [(items, live.scans["items"])]) is None
    assert sys.getrefcount(items) > 1
