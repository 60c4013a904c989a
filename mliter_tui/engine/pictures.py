"""Pictures of the figures a script left open: taken at the end of a run, for people to look at (rule R8).

They stand in the store's folder under the version of matplotlib's hidden state, so that a run which draws nothing again
has them too. The oldest go first where there are too many.
"""

from __future__ import annotations

import glob
import os
import time
from pathlib import Path

from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.listening import Listener
from mliter_tui.engine.lookup import Trace
from mliter_tui.engine.written import has_bytes
from mliter_tui.script.nodes import Node
from mliter_tui.store import Store

FOLDER = "figures"
PICTURES = (".png", ".jpg", ".jpeg", ".svg", ".pdf", ".gif", ".webp")
_SECONDS = 2.0
_MOST_BYTES = 64_000_000
_SHARE_OF_BUDGET = 0.05


class Pictures:
    """Of one walk over the nodes: told each node that is behind it, asked at the end."""

    def __init__(self, store: Store, listener: Listener) -> None:
        self.store, self.listener = store, listener
        self.folder = store.folder / FOLDER
        self._last: Node | None = None  # that drew
        self._otherwise = False  # something was drawn in this run, perhaps as it never was before
        self._written: set[str] = set()

    def passed(self, node: Node, trace: Trace, computed: bool) -> None:
        """A node was computed or skipped; tells of the files it left."""
        if trace["files"]:
            paths = [path for path, _, content in trace["files"] if has_bytes(content)]
            self._written.update(path for path in paths if path.lower().endswith(PICTURES))
            self.listener.wrote(node, paths)
        if trace["figures"]:
            self._last = node
            self._otherwise |= computed and bool(trace["unseeded"] or trace["external"] or trace["clock"])

    def at_end(self, kernel: KernelProcess | None, version: str, there: bool) -> None:
        """Tell of the figures left open at this version. there: the process has all of them."""
        if self._last is None or not self.listener.wants_figures:
            return
        if kernel is not None and there:
            paths = self._take(kernel, version)
        else:
            paths = [] if self._otherwise else self._taken(version)
        if len(paths) > len(self._written):  # else the script has saved them itself
            numbers = [Path(path).stem.rpartition("-")[2] for path in paths]
            self.listener.drew(self._last, {path: f"figure {n}" for path, n in zip(paths, numbers)})

    def _taken(self, version: str) -> list[str]:
        """Those of the last time."""
        found = glob.glob(f"{glob.escape(str(self.folder))}/{version}-*.png")
        last = max((path.rsplit("-", 2)[1] for path in found), key=int, default="")
        return sorted((p for p in found if p.rsplit("-", 2)[1] == last), key=lambda path: (len(path), path))

    def _take(self, kernel: KernelProcess, version: str) -> list[str]:
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
        except OSError:
            return []  # where nothing can be kept there is nothing to be shown
        stem = f"{self.folder / version}-{time.time_ns()}"
        message = {"command": "figures", "stem": stem, "more_than": len(self._written), "seconds": _SECONDS}
        paths: list[str] = kernel.ask(message)["paths"]
        _make_room(self.folder, min(_MOST_BYTES, int(self.store.budget * _SHARE_OF_BUDGET)), set(paths))
        return [path for path in paths if os.path.exists(path)]


def _make_room(folder: Path, nbytes: int, newest: set[str]) -> None:
    files = [(entry.path, entry.stat()) for entry in os.scandir(folder)]
    files.sort(key=lambda file: (file[0] in newest, file[1].st_mtime_ns), reverse=True)
    for path, found in files:
        nbytes -= found.st_size
        if nbytes < 0:
            os.unlink(path)
