"""Arguments without a name of the calls in byte code, on each version of Python."""

from __future__ import annotations

from types import CodeType

import numpy as np
import pytest

from mliter_tui.kernel.positional import NAMELESS, UNKNOWN, calls_in, may_write


def calls(text: str) -> set[tuple[str, str, int]]:
    todo, found = [compile(text, "train.py", "exec")], set()
    while todo:
        code = todo.pop()
        found |= calls_in(code)
        todo += [each for each in code.co_consts if isinstance(each, CodeType)]
    return found


@pytest.mark.parametrize(
    "text, expected",
    [
        ("np.multiply(f(a), 2, x)", {("np", "multiply", 3)}),
        ("print(np.multiply(x, 2, x).sum().round(3))", {("np", "multiply", 3)}),
        ("print('a', np.clip(q, 0, 1, q).mean())", {("", "print", 2), ("np", "clip", 4)}),
        ("multiply(x, 2, out=x)", {("", "multiply", 2)}),
        ("rows = [np.add(a, 1, a) for a in y]", {("np", "add", 3)}),
        ("rows = list(np.add(a, 1, a) for a in y)", {("np", "add", 3)}),
        ("rows = {k: np.add(v, 1, v) for k, v in z.items()}", {("np", "add", 3)}),
        ("x.clip(0, 1, x)", {("x", "clip", 3)}),
        ("x.y[0].clip(0, 1, x)", {(NAMELESS, "clip", 3)}),
        ("np.add.at(x, 1, 2)", {("np.add", "at", 3)}),
        ("a.b.c(1, d.e(2, 3, 4), k=5)", {("a.b", "c", 2), ("d", "e", 3)}),
        ("print(x.mean(), y.std(0), z)", {("", "print", 3)}),
        ("assert f(1, 2), g(3, 4)", {("", "f", 2), ("", "g", 2)}),
        ("def f(a):\n    return h(a, k(a, a))", {("", "h", 2), ("", "k", 2)}),
        ("(f if c else g)(x, 1, x)", {UNKNOWN}),
        ("f(1)(2, 3)", {UNKNOWN}),
        ("f(x)", set()),
    ],
)
def test_calls_and_how_many_arguments_have_no_name(text: str, expected: set[object]) -> None:
    assert calls(text) == expected


@pytest.mark.parametrize(
    "value, name, most",
    [
        (np.add, "add", 2), (np.exp, "exp", 1), (np.clip, "clip", 3), (np.round, "round", 2), (np.nansum, "nansum", 3),
        (np.nan_to_num, "nan_to_num", 1), (None, "clip", 2), (None, "transform", 1),
        (np.where, "where", 4), (np.fft.fft, "fft", 4),
        (print, "print", 9), (len, "median", 9), (None, "merge", 9),
    ],
)  # fmt: skip
def test_how_many_change_nothing(value: object, name: str, most: int) -> None:
    assert not may_write(value, name, most)
    assert may_write(value, name, most + 1) is (most < 9)


def test_what_is_given_by_chance_is_told_or_unknown() -> None:
    assert calls("plt.plot(x, y if c else z)") in ({("plt", "plot", 2)}, {UNKNOWN}, {UNKNOWN, ("plt", "plot", 2)})


def test_what_is_no_function_may_write() -> None:
    assert may_write(np.zeros(3), "x", 2)
