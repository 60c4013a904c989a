"""Which programs give names to the labels of tables."""

from __future__ import annotations

import pytest

from mliter_tui.script.labels import names_labels


@pytest.mark.parametrize(
    "text",
    [
        "df.index.name = 'day'", "df.columns.names = ['a', 'b']", "i = df.index\ni.name = 'day'",
        "i, c = df.index, df.columns\nc.name = 'x'", "i.names = ['a']", "df.index.levels[0].name = 'x'",
        "df.index.set_names('a', inplace=True)", "i.rename('a', inplace=True)",
        "def f(df):\n    df.axes[0].name = 'x'",
    ],
)  # fmt: skip
def test_those_that_do(text: str) -> None:
    assert names_labels(["x = 1", text])


@pytest.mark.parametrize(
    "text",
    [
        "self.name = 'index'", "class A:\n    def f(self):\n        self.names = list(df.index)",
        "df.name = 'columns'", "df.rename(columns={'name': 'a'})", "print(df.index.name)", "s.name = df.columns[0]",
        "df = df.rename_axis('name')", "def f(:\n index.name",
    ],
)  # fmt: skip
def test_those_that_do_not(text: str) -> None:
    assert not names_labels([text])
