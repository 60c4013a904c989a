"""Compiled code that Python keeps of the user's modules: used only where it is of the text that is there.

Python takes it by the size of the module and by the second of its last change: of two saves in one second, or under one
time, it goes on with the first. What a run made of that would be kept as made of the second.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from mliter_tui.kernel import looking

_MARGIN = 2_000_000_000  # nanoseconds: that it may take from reading a text to writing what was compiled
_IMPORTER = "_frozen_importlib_external"
_CHECK = "_validate_timestamp_pyc"


def distrust(is_own: Callable[[str], bool]) -> None:
    """Have code compiled anew, and kept, where it may be older than its module. is_own: if a file is the user's."""
    importer = sys.modules[_IMPORTER]
    usual = getattr(importer, _CHECK, None)
    if usual is None:
        return

    installed = f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}"  # also beside an environment
    library = os.path.dirname(os.__file__) + os.sep

    def check(data: bytes, mtime: int, size: int, name: str, details: Mapping[str, Any]) -> None:
        usual(data, mtime, size, name, details)
        path = details.get("path")
        if not isinstance(path, str) or path.startswith(library) or any(each in path for each in installed):
            return
        if not _newer(path, is_own):
            raise ImportError(f"{name} may have been changed since it was compiled", name=name, path=path)

    setattr(importer, _CHECK, check)


def _newer(path: str, is_own: Callable[[str], bool]) -> bool:
    """Whether compiled code was surely written after the last change of its module, which no one can set back."""
    try:
        source = importlib.util.source_from_cache(path)
        return not is_own(source) or os.lstat(path).st_mtime_ns - os.stat(source).st_ctime_ns > _MARGIN
    except (OSError, ValueError):
        return True  # no source, no text that it could differ from


def is_kept(path: str, depth: int) -> bool:
    """Whether Python itself writes compiled code there, as it imports: the script has no part in it.

    depth: of the frame that writes, from the caller's.
    """
    folder, name = os.path.split(path)
    if name != "__pycache__" and (os.path.basename(folder) != "__pycache__" or ".pyc" not in name):
        return False
    frame: Any = sys._getframe(depth + 1)
    while frame is not None and looking.top_of(frame) in ("importlib", _IMPORTER):
        if frame.f_code.co_name == "set_data":
            return True
        frame = frame.f_back
    return False
