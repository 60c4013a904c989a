"""Which programs give names to the labels of tables."""

from __future__ import annotations

import pytest

from mliter_tui.script.labels import names_labels


@pytest.mark.parametrize(
    "text",
    [
        "df.index.name = 'day'", "df.columns.names = ['a', 'b']", "i = df.index\ni.name = 'day'",
        "i, c = df.index, df.columns\nc.name = 'x'", "i.names = ['a']", "df.index.levels[0].name = 'x'",
        "df.index.set_names('a', inplace=True)", "i.rename('a', inplace=True)", "i = pd.Index([1])\ni.name = 'x'",
        "def f(df):\n    df.axes[0].name = 'x'", "def f(i):\n    i.name = 'x'", "i = make()\ni.name = 'x'",
        "i = pd.date_range('2020', periods=3)\ni.name = 'x'", "i = a.union(b)\ni.name = 'x'",
        "for i in (a.index, b.index):\n    i.name = 'x'", "i = df['a']\ni = df.index\ni.name = 'x'",
        "i = df.index[:3]\ni.name = 'x'", "self.days.name = 'x'", "i = df.index.copy()\ni.name, n = 'x', 1",
    ],
)  # fmt: skip
def test_those_that_may(text: str) -> None:
    assert names_labels(["x = 1", text])


@pytest.mark.parametrize(
    "text",
    [
        "self.name = 'index'", "class A:\n    def f(self):\n        self.names = list(df.index)",
        "df = pd.read_csv('a')\ndf.name = 'columns'", "df.rename(columns={'name': 'a'})", "print(df.index.name)",
        "s = df['a']\ns.name = df.columns[0]", "s = df['a'] + 1\ns.name = 'x'", "s = df.mean()\ns.name = 'x'",
        "df = df.rename_axis('name')", "df = pd.DataFrame(d)\ndf.rename(columns=c, inplace=True)",
        "def f(:\n index.name",
    ],
)  # fmt: skip
def test_those_that_do_not(text: str) -> None:
    assert not names_labels([text])
