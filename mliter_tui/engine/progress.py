"""What `mliter run` shows: a live line on stderr for a node that has been running for longer than a second."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mliter_tui.script.nodes import Node

_AFTER_SECONDS = 1.0
_TICK_SECONDS = 0.25


class Progress:
    """Told which node runs, and of output: the line is drawn between the two.

    open: terminals on which the script has begun a line and not ended it: there is no room then.
    """

    def __init__(self) -> None:
        self.node: Node | None = None
        self.begin = 0.0
        self.shown = False
        self.terminals = {fd for fd in (1, 2) if os.isatty(fd)}
        self.open: set[int] = set()
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

    @contextmanager
    def around(self, fd: int, data: bytes) -> Iterator[None]:
        """The script's own output is written: the line goes before it, and comes back once that has ended a line."""
        with self.lock:
            self._clear()
            if fd in self.terminals:
                (self.open.discard if data.endswith(b"\n") else self.open.add)(fd)
            yield

    def _loop(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            with self.lock:
                node, seconds = self.node, time.monotonic() - self.begin
                if node is not None and seconds >= _AFTER_SECONDS and not self.open:
                    self._draw(f"⟳ line {node.lines[0]}  {node.label}  {seconds:.0f} s")

    def _draw(self, text: str) -> None:
        from rich.cells import cell_len, set_cell_size
        from rich.console import Console

        columns = os.get_terminal_size(2).columns or 80  # not what $COLUMNS says: a line that wraps cannot be cleared
        console = Console(stderr=True, width=columns)
        self._clear()
        width = columns - 1
        shown = text if cell_len(text) <= width else set_cell_size(text, width).rstrip()
        console.print(shown, style="dim", end="", highlight=False, markup=False)
        self.shown = True

    def _clear(self) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self.shown = False
