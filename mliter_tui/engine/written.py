"""Files that nodes wrote: what a trace keeps of them, and putting them where they would be (rule R8).

A row is [path, path, content], as of after the node; content is the hash of a file's bytes, "-" for nothing there,
"dir" for a folder, "link:TARGET" for a link.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mliter_tui.store import Store

NOTHING, FOLDER, LINK = "-", "dir", "link:"


class Gone(Exception):
    """The content of a file is neither on disk nor in the store."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def has_bytes(content: str) -> bool:
    """Whether this is the content of a file, to be found in the store."""
    return content not in (NOTHING, FOLDER) and not content.startswith(LINK)


def rows(seen: dict[str, Any], store: Store) -> list[list[str]] | None:
    """What a node wrote, made and took away, as it is now; None where a file cannot be read."""
    found = []
    for path in sorted({*seen["writes"], *seen["made"]}):
        if os.path.islink(path):
            content = LINK + os.readlink(path)
        elif os.path.isdir(path):
            content = FOLDER
        elif not os.path.exists(path):
            content = NOTHING
        else:
            try:
                content = store.put_file(Path(path))
            except OSError:
                return None
        found.append([path, path, content])
    return found


def is_there(path: str, content: str, hashed: str) -> bool:
    """Whether a path is as it should be; `hashed`: hash of the file that is there."""
    if content == NOTHING:
        return not os.path.lexists(path)
    if content == FOLDER:
        return os.path.isdir(path) and not os.path.islink(path)
    if content.startswith(LINK):
        return os.path.islink(path) and os.readlink(path) == content.removeprefix(LINK)
    return hashed == content and not os.path.islink(path)


def in_the_way(path: str, content: str, to_come: Mapping[str, str]) -> bool:
    """Whether something of another kind is where a file or folder belongs: the user's, and not ours to replace.

    to_come: paths that statements before it leave as they should be.
    """
    if path in to_come or not (content == FOLDER or has_bytes(content)):
        return False
    if os.path.lexists(path):
        return os.path.isdir(path) is not (content == FOLDER)
    while not os.path.lexists(path := os.path.dirname(path)):
        if path in to_come:
            return False
    return path not in to_come and not os.path.isdir(path)


def put_in_place(wanted: Mapping[str, str], store: Store) -> None:
    """Make these paths what they should be: first what goes, from the inside, then folders, then the rest.

    Raises Gone where the store lacks a file.
    """
    for path in sorted((p for p, c in wanted.items() if c == NOTHING), reverse=True):
        take_away(path)
    for path in sorted(p for p, c in wanted.items() if c == FOLDER):
        if not os.path.isdir(path):
            take_away(path)
        os.makedirs(path, exist_ok=True)
    for path, content in wanted.items():
        if content.startswith(LINK):
            take_away(path)
            os.symlink(content.removeprefix(LINK), path)
        elif has_bytes(content):
            if os.path.islink(path):
                os.unlink(path)
            if not store.restore_file(content, Path(path)):
                raise Gone(path)


def take_away(path: str) -> None:
    """Remove a file or link, or a folder with nothing in it; one with something in it is not ours to remove."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:
        try:
            os.rmdir(path)
        except OSError:
            return


def wrote(path: str, trace: dict[str, Any]) -> bool:
    """Whether a node with this trace wrote that file."""
    return any(path == each for each, _, _ in trace["files"])
