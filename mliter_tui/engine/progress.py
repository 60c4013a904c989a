"""A live line on stderr for the node that is running, shown once it has taken longer than a second."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mliter_tui.script.nodes import Node

_AFTER_SECONDS = 1.0
_TICK_SECONDS = 0.25


class Progress:
    """Told which node runs, and of output ahead of it; draws only where the script has ended its line."""

    def __init__(self) -> None:
        self.node: Node | None = None
        self.begin = 0.0
        self.shown = False
        self.at_start = True  # of a line
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def running(self, node: Node | None) -> None:
        """A node starts; None: nothing runs any more."""
        with self.lock:
            self._clear()
            self.node, self.begin = node, time.monotonic()
            if node is not None and self.thread is None:
                self.thread = threading.Thread(target=self._loop, daemon=True)
                self.thread.start()

    def output(self, data: bytes) -> None:
        """The script's output is about to be shown."""
        with self.lock:
            self._clear()
            self.at_start = data.endswith((b"\n", b"\r\n"))

    def _loop(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            with self.lock:
                node, seconds = self.node, time.monotonic() - self.begin
                if node is not None and seconds >= _AFTER_SECONDS and self.at_start:
                    self._draw(f"⟳ line {node.lines[0]}  {node.label}", f"  {seconds:.0f} s")

    def _draw(self, what: str, tail: str) -> None:
        from rich.cells import cell_len, set_cell_size
        from rich.console import Console

        console = Console(stderr=True)
        self._clear()
        room = console.width - 1 - cell_len(tail)
        if cell_len(what) > room:
            what = set_cell_size(what, max(0, room - 1)).rstrip() + "…"
        console.print(what + tail, style="dim", end="", highlight=False, markup=False, no_wrap=True, crop=False)
        self.shown = True

    def _clear(self) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self.shown = False
