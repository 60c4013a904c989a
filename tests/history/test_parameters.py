"""Which constants an edit changed, by the names people have for them."""

import pytest

from mliter_tui.history.parameters import ParameterChange, changed_parameters


def changed(before: str, after: str) -> list[tuple[str, str | None, str | None]]:
    return [(each.name, each.before, each.after) for each in changed_parameters(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("lr = 0.1", "lr = 0.2", ("lr", "0.1", "0.2")),
        ("lr: float = 0.1", "lr: float = -1", ("lr", "0.1", "-1")),
        ("f = Fit(C=1.0)", "f = Fit(C=0.5)", ("Fit(C=)", "1.0", "0.5")),
        ("f = Fit()", "f = Fit(C=0.5)", ("Fit(C=)", None, "0.5")),
        ("f = Fit(C=0.5)", "f = Fit()", ("Fit(C=)", "0.5", None)),
        ("f = lm.Fit(C=1).fit(X)", "f = lm.Fit(C=2).fit(X)", ("lm.Fit(C=)", "1", "2")),
        ("def train(lr=1, *, n=3): pass", "def train(lr=1, *, n=4): pass", ("train(n=)", "3", "4")),
        ("def f():\n    k = 3", "def f():\n    k = 5", ("f.k", "3", "5")),
        ("c = {'a': {'b': 1}, 'd': 2}", "c = {'a': {'b': 3}, 'd': 2}", ("c['a']['b']", "1", "3")),
        ("g = {'C': [1, 2]}", "g = {'C': [1, 2, 4]}", ("g['C']", "[1, 2]", "[1, 2, 4]")),
        ("for e in range(10): pass", "for e in range(20): pass", ("range(argument 1)", "10", "20")),
        ("p.add_argument('--lr', default=1)", "p.add_argument('--lr', default=2)", ("--lr (default=)", "1", "2")),
        ("cfg.lr = 1", "cfg.lr = 2", ("cfg.lr", "1", "2")),
        ("x = f(a=1)\ny = f(a=2)", "x = f(a=1)\ny = f(a=3)", ("f(a=)", "2", "3")),
        ("on = True", "on = False", ("on", "True", "False")),
    ],
)
def test_one_change(before: str, after: str, expected: tuple[str, str | None, str | None]) -> None:
    assert changed(before, after) == [expected]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = f(a=1)", "x = f( a = 1 )  # as before"),
        ("print('old', 3)", "print('new', 4)"),
        ("x = load('a.csv')", "x = load('b.csv')"),
        ("x = 1", "y = 1"),
        ("x = 1", "x = compute()"),
        ("x = 1", "x = = 1"),
    ],
)
def test_what_is_no_parameter(before: str, after: str) -> None:
    assert changed(before, after) == []


def test_lines_are_those_of_the_script() -> None:
    before, after = "    clf = Fit(\n        C=1,\n    )", "    clf = Fit(\n        C=2,\n    )"
    assert changed_parameters(before, after, 7, 9) == [ParameterChange("Fit(C=)", "1", "2", 10)]
