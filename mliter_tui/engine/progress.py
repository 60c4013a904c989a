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
    """Called with the node that starts, or None to clear the line before other output."""

    def __init__(self) -> None:
        self.node: Node | None = None
        self.begin = 0.0
        self.shown = False
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def __call__(self, node: Node | None) -> None:
        with self.lock:
            self._clear()
            if node is not None:
                self.node, self.begin = node, time.monotonic()
                if self.thread is None:
                    self.thread = threading.Thread(target=self._loop, daemon=True)
                    self.thread.start()

    def _loop(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            with self.lock:
                node, seconds = self.node, time.monotonic() - self.begin
                if node is not None and seconds >= _AFTER_SECONDS:
                    self._draw(f"⟳ line {node.lines[0]}  {node.label}  {seconds:.0f} s")

    def _draw(self, text: str) -> None:
        from rich.console import Console

        console = Console(stderr=True)
        self._clear()
        console.print(text[: console.width - 1], style="dim", end="", highlight=False, markup=False)
        self.shown = True

    def _clear(self) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self.shown = False
