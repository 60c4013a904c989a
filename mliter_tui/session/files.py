"""The files a session watches: the script, the modules of its own, and what its statements were seen to read."""

from __future__ import annotations

import os
import sysconfig

from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.version import Version

_READ = frozenset({"file", "stat", "source"})
_MOST = 5000


def watched_files(version: Version, forecast: Forecast) -> list[str]:
    """Absolute paths. What the script writes itself is not among them: it would run for ever."""
    wanted = dict.fromkeys([version.path, *version.modules])
    written: set[str] = set()
    for found in forecast.found.values():
        if found.trace is None:
            continue
        written.update(path for path, _, _ in found.trace["files"])
        for kind, what, _ in found.trace["obs"]:
            path = os.path.abspath(what)
            if kind in _READ or kind.startswith("list:") or (kind == "exists" and not os.path.isdir(path)):
                wanted.setdefault(path)
    own = version.store.folder.as_posix()
    libraries = tuple({os.path.realpath(path) + os.sep for path in sysconfig.get_paths().values()})
    aside = (own + "/", "/proc/", "/sys/", "/dev/", *libraries)
    paths = [
        path for path in wanted
        if path == version.path or (path not in written and not os.path.realpath(path).startswith(aside))
    ]  # fmt: skip
    return paths[:_MOST]
