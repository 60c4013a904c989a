"""Looks at files that raise no audit event: stat and its kin, readlink, the working folder."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mliter_tui.kernel.observe import Observer

PATHS = frozenset(
    "genericpath posixpath pathlib pathlib._local pathlib._abc pathlib._os os glob fnmatch shutil".split()
)
"""Modules that pass on the questions of those who call them."""
INNER = frozenset(
    "importlib _frozen_importlib _frozen_importlib_external linecache tokenize mliter_tui inspect zipimport "
    "threadpoolctl".split()
)
"""Top-level modules whose own looks at files decide nothing that a script could see."""
_COPIES = frozenset({"copy", "copy2", "copyfile"})  # their looks at a file that they write decide nothing
_MAKERS = frozenset({"makedirs", "mkdir"})
_TIMED = frozenset({"getsize", "getmtime", "getctime", "getatime", "stat", "lstat", "fstat"})


def kind_of(path: str) -> str:
    return "dir" if os.path.isdir(path) else "file" if os.path.exists(path) else "-"


def kind_itself(path: str) -> str:
    """The same of a link itself, with where it leads."""
    try:
        return "link:" + os.readlink(path)
    except OSError:
        return kind_of(path)


def stat_key(path: str, detail: str) -> str:
    s = os.stat(path)
    return f"size:{s.st_size}" if detail == "getsize" else f"all:{s.st_size}:{s.st_mtime_ns}:{s.st_mode:o}"


def top_of(frame: Any) -> str:
    """The top-level package of the code in a frame."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def importing(frame: Any) -> bool:
    """Whether something is being imported in a frame, or in one that called it."""
    while frame is not None:
        if frame.f_code.co_name == "_find_and_load" and top_of(frame) in ("importlib", "_frozen_importlib"):
            return True
        frame = frame.f_back
    return False


def asker(depth: int) -> tuple[Any, str]:
    """(the frame that asked, past modules that only pass questions on; the function of theirs it called)."""
    frame: Any = sys._getframe(depth + 1)
    detail = "stat"
    while frame is not None and frame.f_globals.get("__name__") in PATHS:
        detail = frame.f_code.co_name
        frame = frame.f_back
    return frame, detail


def forgiving(frame: Any) -> bool:
    """Whether a folder is made by a call that does not mind if there is one."""
    while frame is not None and frame.f_globals.get("__name__") in PATHS:
        if frame.f_locals.get("exist_ok"):
            return True
        frame = frame.f_back
    return False


def watch(observer: Observer) -> None:
    """Wrap the functions of os."""
    for name in ("stat", "lstat", "access", "readlink"):
        setattr(os, name, _looker(observer, name, getattr(os, name)))
    getcwd = os.getcwd

    def seen_getcwd() -> str:
        if observer.current is not None:
            frame, _ = asker(1)
            if frame is not None and top_of(frame) not in INNER:
                observer.current.folder = True
        return getcwd()

    os.getcwd = seen_getcwd


def _looker(observer: Observer, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    itself = name in ("lstat", "readlink")

    @functools.wraps(original)
    def looked(path: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            result = original(path, *args, **kwargs)
        except (OSError, ValueError):
            _looked(observer, path, None, itself, kwargs)
            raise
        _looked(observer, path, result, itself, kwargs)
        return result

    return looked


def _looked(observer: Observer, path: Any, result: Any, itself: bool, options: dict[str, Any]) -> None:
    seen = observer.current
    if seen is None or getattr(observer.busy, "on", False) or isinstance(path, int):
        return
    frame, detail = asker(2)
    if frame is None or top_of(frame) in INNER:
        return
    if detail in _MAKERS and forgiving(sys._getframe(2)):
        return
    itself |= options.get("follow_symlinks") is False
    observer.busy.on = True
    try:
        observer.workers.hear(seen)
        found = observer.place(path, options.get("dir_fd")) if itself else observer.path(path)
        if found is None or found in seen.writes or found in seen.made:
            return
        kind = "-" if result is None or result is False else kind_itself(found) if itself else kind_of(found)
        seen.exists.setdefault(found, kind)
        if detail not in _COPIES:
            observer.note_asker(seen, found, frame)
        if kind == "file" and detail in _TIMED | _COPIES:
            seen.stats.setdefault(found, stat_key(found, detail))
    finally:
        observer.busy.on = False
