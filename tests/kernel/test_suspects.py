"""What a statement is said to leave alone is as it was, among names that share a great deal."""

from __future__ import annotations

import ast
from types import ModuleType

import pytest

from mliter_tui.kernel.live import Live
from mliter_tui.kernel.purity import suspects

SETUP = """
from collections import Counter, OrderedDict, defaultdict, deque
import numpy as np
import pandas as pd
inner = [1]
rows = [inner, [2]]
alias = rows
outer = {"rows": rows}
frame = pd.DataFrame({"a": [1, 2], "lists": [inner, [3]]})
same = frame
part = frame[["a"]]
column = frame["a"]
held = [frame]
array = np.arange(4.0)
view = array[:2]
memory = pd.DataFrame(array.reshape(2, 2), columns=["p", "q"], copy=False)
twice = pd.DataFrame(np.zeros((2, 2)), columns=["t", "t"], copy=False)
groups = defaultdict(list, {1: inner})
queue = deque([inner])
counts = Counter("aab")
ordered = OrderedDict(a=inner, q=queue)
everything = [counts, groups, ordered, twice]
"""
STATEMENTS = (
    "rows.append([3])", "rows[0] = 5", "rows[0:1] = []", "rows.clear()", "alias.insert(0, inner)", "inner.append(2)",
    "outer['rows'] = 1", "outer.update(x=inner)", "frame['a'] = [5, 6]", "frame['new'] = 1", "same['a'] = 0",
    "frame.loc[0, 'a'] = 9", "frame.iloc[0, 0] = 9", "frame.insert(0, 'n', 1)", "frame.pop('a')", "part['a'] = 1",
    "column[0] = 3", "column.loc[1] = 3", "memory['p'] = [7.0, 8.0]", "memory.loc[0, 'p'] = 3.0",
    "memory[memory > 1] = 0.0", "memory.update(memory + 1)", "twice['t'] = 1.0", "array[0] = 9", "view[:] = 0",
    "groups[2] = 3", "groups.update({3: inner})", "queue.append(1)", "queue.clear()", "counts.update('xy')",
    "counts['a'] = 9", "ordered['b'] = 2", "ordered.pop('a')", "held.append(1)", "everything.pop()",
    "frame['c'] = frame['a'] + 1", "k = 'a'; frame[k] = 7",
)  # fmt: skip


def live_after(statement: str) -> tuple[Live, dict[str, str], set[str] | None]:
    """Names before the statement with their fingerprints, and what it is said that it may have changed."""
    main = ModuleType("__main__")
    exec(SETUP, main.__dict__)
    live = Live(main, {}, docs=False)
    names = [name for name in live.bound() if not isinstance(live.get(name), (ModuleType, type))]
    before = {name: live.rescan(name, "").fp for name in names}
    live.sharing.regroup(names)
    code = compile(ast.parse(statement), "<test>", "exec", dont_inherit=True)
    exec(code, main.__dict__)
    needs = sorted({name for name in code.co_names if name in live.bound()})
    return live, before, suspects(code, live, needs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_is_not_suspected_is_as_it_was(statement: str) -> None:
    live, before, suspected = live_after(statement)
    changed = {name for name, fp in before.items() if name != "k" and live.rescan(name, "").fp != fp}
    assert changed
    assert suspected is None or changed <= suspected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("rows.append([3])", {"rows", "alias", "outer"}), ("frame['new'] = 1", {"frame", "same", "held"}),
        ("queue.append(1)", {"queue", "ordered", "everything"}), ("counts['a'] = 9", {"counts", "everything"}),
    ],
)  # fmt: skip
def test_what_only_holds_the_same_things_is_not_read_again(statement: str, expected: set[str]) -> None:
    assert live_after(statement)[2] == expected
