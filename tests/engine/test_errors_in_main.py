"""Errors that a stepped-into main() raises as the function itself would."""

from __future__ import annotations

from typing import Any

import pytest

_UNCAUGHT = """\
def main():
    if len("a") > 1:
        x = 1
    print("begin")
    try:
        1 / 0
    except ZeroDivisionError:
        print(x)


main()
"""
_CAUGHT = """\
def main():
    if len("a") > 1:
        x = 1
    try:
        print(x)
    except {kind}:
        print("caught")


main()
"""
_INSIDE = """\
def main():
    def show():
        print(x)
    show()
    x = 1


main()
"""


def test_a_local_without_a_value(project: Any) -> None:
    project.script(_UNCAUGHT)
    project.run(stderr=True)
    project.script(_INSIDE)
    project.run(stderr=True)


@pytest.mark.parametrize("kind", ["UnboundLocalError", "NameError", "__import__('builtins').UnboundLocalError"])
def test_a_local_without_a_value_is_caught(project: Any, kind: str) -> None:
    project.script(_CAUGHT.format(kind=kind))
    project.run(stderr=True)
