"""Whole scripts in the styles people write them, edited in every function: as a cold run after each edit."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

FOLDER = Path(__file__).resolve().parents[1] / "styles"
STYLES = sorted(path.stem for path in FOLDER.glob("*.py"))


def functions(text: str) -> list[ast.FunctionDef]:
    return [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]


def with_another_number(text: str, function: ast.FunctionDef) -> str | None:
    """The text with the last number in the body of a function made larger; None where there is none."""
    numbers = [
        n for s in function.body for n in ast.walk(s)
        if isinstance(n, ast.Constant) and type(n.value) in (int, float) and n.lineno == n.end_lineno
    ]  # fmt: skip
    if not numbers:
        return None
    last = max(numbers, key=lambda n: (n.lineno, n.col_offset))
    lines = text.splitlines(keepends=True)
    line = lines[last.lineno - 1].encode()
    value = last.value * 2 if last.value else 1
    lines[last.lineno - 1] = (line[: last.col_offset] + str(value).encode() + line[last.end_col_offset :]).decode()
    return "".join(lines)


def with_another_word(text: str, function: ast.FunctionDef) -> str:
    """The text with a statement more at the start of a function."""
    first = function.body[0] if not ast.get_docstring(function) else function.body[1]
    lines = text.splitlines(keepends=True)
    lines.insert(first.lineno - 1, " " * first.col_offset + f"print('in {function.name}')\n")
    return "".join(lines)


@pytest.mark.parametrize("style", [pytest.param(s, marks=pytest.mark.slow) if s != "epochs" else s for s in STYLES])
def test_as_it_is_and_again(project: Project, style: str) -> None:
    project.script((FOLDER / f"{style}.py").read_text())
    project.run(stderr=True)
    project.unchanged(stderr=True)


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_edits_in_every_function(project: Project, style: str) -> None:
    text = (FOLDER / f"{style}.py").read_text()
    project.script(text)
    project.run(stderr=True)
    for function in functions(text):
        for edited in (with_another_number(text, function), with_another_word(text, function)):
            if edited is not None:
                project.script(edited)
                project.run(stderr=True)
    project.script(re.sub(r"(default=|n=)(\d+)", lambda m: f"{m[1]}{int(m[2]) + 1}", text))
    project.run(stderr=True)
    project.script(text)
    project.unchanged(stderr=True)
