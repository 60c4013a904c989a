"""Folders that a program adds to the module search path, as far as its text tells (`sys.path.insert(0, "src")`)."""

from __future__ import annotations

import ast
import os
import sys
import sysconfig

from mliter_tui.syntax import every, parsed

LIBRARIES = tuple({os.path.realpath(sysconfig.get_paths()[k]) for k in ("stdlib", "platstdlib", "purelib", "platlib")})


def installed_folders() -> list[str]:
    """Folders of the user's that path files of the interpreter name: packages installed to be edited."""
    return [
        p for p in sys.path[1:]
        if os.path.isdir(p) and not p.startswith((sys.prefix, sys.base_prefix))
        and not os.path.realpath(p).startswith(LIBRARIES)
    ]  # fmt: skip


def added_folders(text: str, file: str) -> tuple[list[str], list[str]]:
    """(folders put first, folders put last) by the program in this file."""
    if "path" not in text:
        return [], []
    try:
        tree = parsed(text)
    except (SyntaxError, RecursionError):
        return [], []
    names: dict[str, str] = {"__file__": os.path.abspath(file)}
    first: list[str] = []
    last: list[str] = []
    for n in every(tree):
        match n:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name not in names and (found := _text(value, names)) is not None:
                    names[name] = found
    for n in every(tree):
        match n:
            case ast.Call(func=ast.Attribute(value=where, attr="insert"), args=[_, value]) if _is_path(where):
                first[:0] = _folder(value, names)
            case ast.Call(func=ast.Attribute(value=where, attr="append"), args=[value]) if _is_path(where):
                last += _folder(value, names)
            case ast.Call(func=ast.Attribute(attr="addsitedir"), args=[value]):
                last += _folder(value, names)
            case (
                ast.Call(func=ast.Attribute(value=where, attr="extend"), args=[ast.List(elts=values)])
                | ast.AugAssign(target=where, value=ast.List(elts=values))
            ) if _is_path(where):
                last += [f for v in values for f in _folder(v, names)]
    return first, last


def _is_path(node: ast.expr) -> bool:
    return ast.unparse(node) in ("sys.path", "path")


def _folder(node: ast.expr, names: dict[str, str]) -> list[str]:
    found = _text(node, names)
    return [os.path.abspath(found)] if found is not None and os.path.isdir(found) else []


def _text(node: ast.expr, names: dict[str, str]) -> str | None:
    """The path an expression stands for; None where that takes running it."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.Name(id=name):
            return names.get(name)
        case ast.BinOp(left=left, right=right, op=ast.Div() | ast.Add() as op):
            one, two = _text(left, names), _text(right, names)
            if one is None or two is None:
                return None
            return os.path.join(one, two) if isinstance(op, ast.Div) else one + two
        case ast.Attribute(value=value, attr="parent"):
            found = _text(value, names)
            return None if found is None else os.path.dirname(found)
        case ast.Subscript(value=ast.Attribute(value=value, attr="parents"), slice=ast.Constant(value=int(n))):
            found = _text(value, names)
            for _ in range(n + 1):
                found = None if found is None else os.path.dirname(found)
            return found
        case ast.Call():
            return _called(node, names)
    return None


def _called(node: ast.Call, names: dict[str, str]) -> str | None:
    called = ast.unparse(node.func).rpartition(".")[2]
    if called in ("getcwd", "cwd"):
        return os.getcwd()
    given = [_text(a, names) for a in node.args]
    if isinstance(node.func, ast.Attribute) and (not given or called == "joinpath"):
        given.insert(0, _text(node.func.value, names))
    parts = [g for g in given if g is not None]
    if not parts or len(parts) != len(given):
        return None
    if called in ("join", "joinpath", "Path", "PurePath"):
        return os.path.join(*parts)
    if called in ("abspath", "absolute"):
        return os.path.abspath(parts[0])
    if called in ("realpath", "resolve"):
        return os.path.realpath(parts[0])
    if called == "dirname":
        return os.path.dirname(parts[0])
    return parts[0] if called in ("str", "fspath", "as_posix", "expanduser", "normpath") else None
