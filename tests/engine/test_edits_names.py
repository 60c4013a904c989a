"""Names: which of them a statement reads, however it asks for them."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

CASES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "an assignment to two names that reads one": ("a = 1\na = b = a + 1\nprint(a, b)\n", [("+ 1", "+ 2")]),
    "the same in main": ("def main():\n    a = 1\n    a = b = a + 1\n    print(a, b)\nmain()\n", [("+ 1", "+ 2")]),
    "globals() in a function": ("k = 1\ndef f():\n    return globals()['k']\nprint(f())\n", [("k = 1", "k = 2"), ("print(", "print(1, ")]),
    "eval in a function": ("k = 1\ndef f(e):\n    return eval(e)\nprint(f('k + 1'))\n", [("k = 1", "k = 2")]),
    "a builtin hidden later": ("def f(x):\n    return max(x)\ndef max(x):\n    return 'a'\nprint(f([1, 2]))\n", [("'a'", "'b'")]),
    "builtins as a module": ("print(__builtins__.abs(-1), type(__builtins__))\n", []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_names(project: Project, case: str) -> None:
    text, edits = CASES[case]
    project.script(text)
    project.run()
    project.unchanged()
    for old, new in edits:
        assert old in text
        project.script(text.replace(old, new))
        project.run()
