"""The files a session watches: the script, the modules of its own, and what its statements were seen to read."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterable

from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.version import Version

_READ = frozenset({"file", "stat", "source"})
_MOST = 5000


def changed_since(when: float, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of these files that were written, made or taken away after that time, in seconds since the epoch."""
    found = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        if max(status.st_mtime, status.st_ctime) >= when:
            found.append(path)
    return tuple(found)


def watched_files(version: Version, forecast: Forecast) -> list[str]:
    """Absolute paths. What the script writes itself is not among them: it would run for ever."""
    wanted = dict.fromkeys([version.path, *version.modules])
    written: set[str] = set()
    for node in version.script.nodes:
        found = forecast.found.get(node.id)
        past = version.lookup.traces(node.key)  # what it read the last time, though that may be another thing now
        trace = found.trace if found is not None and found.trace is not None else past[0] if past else None
        if trace is None:
            continue
        written.update(path for path, _, _ in trace["files"])
        for kind, what, _ in trace["obs"]:
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
