"""What is in a folder, as a node asks for it: names, what each is, or sizes and times too (rule R2)."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any

from mliter_tui.kernel.environ import value_hash
from mliter_tui.kernel.looking import PATHS

NAMES, TYPES, STATS = "list:names", "list:types", "list:stats"
_NOT_THE_SCRIPTS = (".mliter", "__pycache__")


def question(event: str, caller: Any, own: bool, asks_own: bool) -> str:
    """What a list is for. os.scandir tells types without being asked; what its entries' stat tells, no event does.

    caller: the frame that lists. own: whether its code is the user's, whose text may ask entries if `asks_own`.
    """
    if event != "os.scandir":
        return NAMES
    passed = caller
    while passed is not None and passed.f_globals.get("__name__") in PATHS:
        passed = passed.f_back
    if passed is not caller or passed is None:
        return TYPES
    return STATS if (asks_own if own else _asks(passed.f_code)) else TYPES


def _asks(code: CodeType) -> bool:
    return "stat" in code.co_names or any(_asks(c) for c in code.co_consts if isinstance(c, CodeType))


def _told(question: str, path: str) -> str:
    if question == NAMES:
        return ""
    if os.path.isdir(path):
        return "dir"
    if question == TYPES:
        return "file"
    try:
        s = os.stat(path)
    except OSError:
        return "-"
    return f"{s.st_size}:{s.st_mtime_ns}:{s.st_mode:o}"


def listing(question: str, folder: str, pending: Mapping[str, str] | None = None) -> str:
    """The answer as a digest, "-" where there is no folder.

    pending: names in it that are still to become something: "dir", "file", or "-" for nothing.
    """
    try:
        names = os.listdir(folder)
    except OSError:
        if pending is None:
            return "-"
        names = []
    told = {n: _told(question, os.path.join(folder, n)) for n in names if n not in _NOT_THE_SCRIPTS}
    for name, what in (pending or {}).items():
        told.pop(name, None)
        if what != "-":
            told[name] = "" if question == NAMES else what if question == TYPES or what == "dir" else "to be restored"
    return value_hash("\0".join(f"{name}\0{what}" for name, what in sorted(told.items())))


def paths_in(given: object) -> Iterator[str | bytes | os.PathLike[str]]:
    """The local paths that an argument names: one, or several in a list, which may be data instead."""
    for each in given if isinstance(given, (list, tuple)) else [given]:
        if not isinstance(each, (str, bytes, os.PathLike)):
            return
        if "://" not in str(each):
            yield each


def meant(path: str) -> Iterator[tuple[str, list[str]]]:
    """(a folder that is looked through, "" for none; files in it) of a file, a folder or a pattern that is read."""
    if os.path.isdir(path):
        for folder, _, names in os.walk(path):
            yield folder, [os.path.join(folder, name) for name in names]
    elif os.path.lexists(path) or not glob.has_magic(path):
        yield "", [path]
    else:
        plain = path
        while glob.has_magic(plain):
            plain = os.path.dirname(plain)
        inside = "**" in path or glob.has_magic(os.path.dirname(path))
        for folder, _, _ in os.walk(plain) if inside else [(plain, [], [])]:
            yield folder, []
        yield "", glob.glob(path, recursive=True)
