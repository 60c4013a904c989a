"""Statements said to change nothing, or one value only, are held to it on real values."""

from __future__ import annotations

import ast
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kernel.surroundings import look
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from mliter_tui.kernel import purity
from mliter_tui.kernel.purity import doings


def compiled(statement: str) -> CodeType:
    code: CodeType = compile(ast.parse(statement), "<test>", "exec", dont_inherit=True)
    return code


def samples() -> dict[str, Any]:
    frame = pd.DataFrame({"a": [3, 1, 2, 1], "b": [0.5, 1.5, np.nan, 2.5], "c": ["x", "y", "x", "z"]})
    X = np.arange(12.0).reshape(6, 2) ** 1.1
    return {
        "frame": frame, "series": frame["a"], "text series": frame["c"], "index": frame.set_index("c").index,
        "dates": pd.Series(pd.date_range("2020", periods=4)), "array": X, "row": X[1], "list": [3, [1, 2], "x"],
        "dict": {"a": [1], "b": 2}, "set": {1, 2}, "text": "some words", "tuple": (1, [2]),
        "model": LinearRegression().fit(X, X[:, 0]), "scaler": StandardScaler().fit(X),
        "bytes": b"abc", "array of objects": np.array(["a", [1]], object),
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", samples())
def test_no_pure_method_changes_its_object(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every listed name that the object has is looked up and, where it can be, called."""
    monkeypatch.chdir(tmp_path)  # some write a file
    value = samples()[name]
    found = look(value)
    before = found.fp
    if found.wild:
        return  # never claimed
    for method in sorted(purity._PURE - purity._RECEIVER):
        for arguments in ((), (1,), ("a",), (lambda x: x,)):
            try:
                found = getattr(value, method)
                found(*arguments) if callable(found) else None
            except Exception:  # of whatever kind: most methods do not take these arguments
                continue
        if "to_" in method or method in ("plot", "hist", "boxplot", "savefig"):
            continue
        assert look(value).fp == before, method


@pytest.mark.parametrize(
    "statement",
    [
        "x.y += [1]", "x[0] += [1]", "x.y = 1", "del x[0]", "f(*x)", "rows[0].append(1)", "x.a.append(1)",
        "for d in rows:\n d.append(1)", "[d.append(1) for d in rows]", "list(map(lambda d: d.append(1), rows))",
        "df.drop('a', inplace=True)", "np.add(a, b, out=c)",
        "StandardScaler(copy=False)", "np.put(a, 1, 2)", "f.write(1)", "with x: pass",
        "import x", "def f(): pass", "class C: pass",
        "x[f(1)] = 2", "x[0][1] = 2", "x.y[0] = 1", "x = yield_(1); x |= {1}",
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_not_claimed(statement: str) -> None:
    done = doings(compiled(statement))
    listed = purity._PURE | purity._RECEIVER | purity._FITTING
    assert not done.known or any(name not in listed for _, name in done.attributes)


@pytest.mark.parametrize(
    ("statement", "receivers"),
    [
        ("rows.append(x)", {"rows"}), ("d[k] = v", {"d"}), ("x += [1]", {"x"}), ("x += y if z else w", {"x"}),
        ("df.loc[k] = v", {"df"}), ("s.update(t); u = s", {"s"}),
        ("y = x.mean() + len(x)", set()), ("print(f'{x:.2f}', [v + 1 for v in x])", set()),
    ],
)  # fmt: skip
def test_what_a_statement_changes_is_named(statement: str, receivers: set[str]) -> None:
    done = doings(compiled(statement))
    assert done.known
    assert done.receivers == receivers


@pytest.mark.parametrize(
    "statement",
    ["(x if y else z).append(1)", "(x or z).append(1)", "(x if y else z)[0] = 1", "(x and z)['a'] = 1"],
)
def test_either_of_two_objects_may_be_changed(statement: str) -> None:
    done = doings(compiled(statement))
    assert not done.known or done.receivers == {"x", "z"}


# bodies of f(data, flag), and whether all that they change is known to be their own
BODIES = {
    "x = []\n x.append(1)": True,
    "x, y = [], {}\n x.append(1)\n y[1] = 2": True,
    "x, y, z = [], {}, []\n x += [1]": True,
    "x = []\n x += data": True,
    "n = 0\n n += len(data)": True,
    "a, b = 0, []\n a += 1\n b.append(a)": True,
    "x = [*data]\n x.append(1)": True,
    "x = data\n x.append(1)": False,
    "x = data\n x += [1]": False,
    "data += [1]": False,
    "x = data or []\n x.append(1)": False,
    "x = data if flag else []\n x.append(1)": False,
    "x = data if flag else 0\n x += [1]": False,
    "x = [] if flag else data\n x.append(1)": False,
    "x = []\n if flag:\n  x = data\n x.append(1)": False,
    "x = []\n x.append(1)\n x = y = data\n x.append(2)": False,
    "x, y = data, []\n x.append(1)": False,
    "x, y = [], data\n y += [1]": False,
    "x = y = data\n x.append(1)": False,
    "x = []\n for x in data:\n  x.append(1)": False,
    "x = []\n (x if flag else data).append(1)": False,
    "x = [data]\n x[0].append(1)": False,
    "x = [data]\n x[0] += [1]": False,
    "x = [data]\n y = x.pop()\n y += [1]": False,
}


@pytest.mark.parametrize("body", BODIES)
def test_what_a_function_makes_itself_it_may_change(body: str) -> None:
    space: dict[str, Any] = {}
    exec(compile(f"def f(data, flag):\n {body}\n return 1", "<test>", "exec", dont_inherit=True), space)
    done = doings(space["f"].__code__)
    assert (done.known and not done.receivers) is BODIES[body]
    for flag in (True, False):
        data = [[1], [2]]
        try:
            space["f"](data, flag)
        except (TypeError, AttributeError):  # a number that is not a list
            continue
        assert not BODIES[body] or data == [[1], [2]]


def test_methods_that_change_are_not_listed_as_pure() -> None:
    changing = (
        "fill sort partition put resize itemset setflags byteswap update insert pop append extend clear remove add "
        "sort_indices sum_duplicates eliminate_zeros setdiag set_params fit at shuffle seed setstate write close next"
    )
    # `add` of a table; of a set it is a receiver's, and looked at as such. `close` of a figure; no file is ever tame.
    allowed = {"add", "close"}
    assert set(changing.split()) & purity._PURE <= allowed
    assert "add" in purity._RECEIVER

