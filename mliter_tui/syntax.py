"""Walks over syntax trees, several times as fast as `ast.walk`: what a script does is asked in many ways."""

from __future__ import annotations

import ast
from functools import lru_cache

_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def walk(node: ast.AST, inner: bool = True) -> list[ast.AST]:
    """A node and all below it, breadth first, without `Load`, `Store` and `Del`.

    inner: also what is in nested functions, classes and lambdas, and these themselves.
    """
    found = [node]
    for n in found:
        for field in n._fields:
            if field == "ctx":
                continue
            value = getattr(n, field, None)
            if isinstance(value, list):
                found += [v for v in value if isinstance(v, ast.AST) and (inner or not isinstance(v, _INNER))]
            elif isinstance(value, ast.AST) and (inner or not isinstance(value, _INNER)):
                found.append(value)
    return found


@lru_cache(maxsize=64)
def every(tree: ast.Module) -> list[ast.AST]:
    """`walk` of a module that stays as it is; cached, do not change the result."""
    return walk(tree)


def own_walk(node: ast.AST) -> list[ast.AST]:
    """`walk` that does not enter nested functions, classes and lambdas."""
    return walk(node, inner=False)


@lru_cache(maxsize=64)
def parsed(text: str) -> ast.Module:
    """The tree of a program, which is to stay as it is; cached. Raises SyntaxError, ValueError, RecursionError."""
    return ast.parse(text)
