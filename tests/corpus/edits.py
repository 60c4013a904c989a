"""Edits as people make them, applied to any script by what its syntax tree offers: (name, edited text), in turn.

Each edit starts from the original; one that a script has no place for is left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

Spot = tuple[int, int, int]  # line (from 1), first and last column in bytes


def _replaced(text: str, spot: Spot, new: str) -> str:
    lines = text.splitlines(keepends=True)
    line, begin, end = spot
    raw = lines[line - 1].encode()
    lines[line - 1] = (raw[:begin] + new.encode() + raw[end:]).decode()
    return "".join(lines)


def _valid(text: str) -> bool:
    try:
        compile(text, "<edit>", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _numbers(tree: ast.Module) -> list[tuple[Spot, int | float]]:
    """Numbers given by keyword to calls."""
    found = []
    for n in ast.walk(tree):
        if isinstance(n, ast.keyword) and isinstance(n.value, ast.Constant):
            v = n.value
            if type(v.value) in (int, float) and v.value > 2 and v.lineno == v.end_lineno and v.end_col_offset:
                found.append(((v.lineno, v.col_offset, v.end_col_offset), v.value))
    return sorted(found)


def comment(text: str, tree: ast.Module) -> str | None:
    """A remark above the first statement after the imports, which moves all lines below."""
    for s in tree.body:
        if not isinstance(s, (ast.Import, ast.ImportFrom, ast.Expr)):
            line = min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", []))])
            lines = text.splitlines(keepends=True)
            return "".join([*lines[: line - 1], "# a remark\n\n", *lines[line - 1 :]])
    return None


def last_line(text: str, tree: ast.Module) -> str | None:
    return text + "\nprint('done')\n"


def first_number(text: str, tree: ast.Module) -> str | None:
    numbers = _numbers(tree)
    return _replaced(text, numbers[0][0], repr(numbers[0][1] - 1)) if numbers else None


def last_number(text: str, tree: ast.Module) -> str | None:
    numbers = _numbers(tree)
    return _replaced(text, numbers[-1][0], repr(numbers[-1][1] + 1)) if numbers else None


def title(text: str, tree: ast.Module) -> str | None:
    """Another word in the last text that a call is given: a title, a label, something printed."""
    for n in reversed([n for n in ast.walk(tree) if isinstance(n, ast.Call)]):
        for a in n.args:
            if isinstance(a, ast.Constant) and type(a.value) is str and a.lineno == a.end_lineno and a.end_col_offset:
                words = a.value
                if re.fullmatch(r"[A-Z][a-z ]{4,}", words):
                    return _replaced(text, (a.lineno, a.col_offset, a.end_col_offset), repr(words + " again"))
    return None


def without_a_call(text: str, tree: ast.Module) -> str | None:
    """One of the statements that only call something is taken out, in the middle of the script."""
    calls = [s for s in tree.body if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)]
    if len(calls) < 3:
        return None
    gone = calls[len(calls) // 2]
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: gone.lineno - 1], *lines[gone.end_lineno or gone.lineno :]])


def in_a_function(text: str, tree: ast.Module) -> str | None:
    """Another line at the start of the first function's body."""
    for s in tree.body:
        if isinstance(s, ast.FunctionDef):
            first = s.body[1] if len(s.body) > 1 and isinstance(s.body[0], ast.Expr) else s.body[0]
            if first.lineno > s.lineno:
                lines = text.splitlines(keepends=True)
                indent = " " * first.col_offset
                return "".join([*lines[: first.lineno - 1], f"{indent}_edited = 1\n", *lines[first.lineno - 1 :]])
    return None


def renamed(text: str, tree: ast.Module) -> str | None:
    """The first assigned name gets another name throughout."""
    taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    words = re.findall(r"\w+", text)
    for s in tree.body:
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name) and len(s.targets) == 1:
            name = s.targets[0].id
            uses = sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(tree))
            if len(name) > 2 and words.count(name) == uses and f"{name}_new" not in taken:
                return re.sub(rf"\b{name}\b", f"{name}_new", text)
    return None


EDITS: tuple[Callable[[str, ast.Module], str | None], ...] = (
    comment, last_line, last_number, title, without_a_call, renamed, in_a_function, first_number,
)  # fmt: skip


def edited(text: str) -> Iterator[tuple[str, str]]:
    """Each edit that fits, by its name."""
    tree = ast.parse(text)
    for edit in EDITS:
        new = edit(text, tree)
        if new is not None and new != text and _valid(new):
            yield edit.__name__, new
