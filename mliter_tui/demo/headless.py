"""A demo without a screen: the same engine and the same player, and a line for each edit as it is done."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Callable
from typing import IO

from mliter_tui import events
from mliter_tui.demo.player import Player
from mliter_tui.demo.rows import Row
from mliter_tui.errors import JournalError, KernelDied

_TICK = 0.05


def play(engine: subprocess.Popen[bytes], player: Player, told: Callable[[Row], None]) -> None:
    """Play to the end. told: of each row, once it is complete. Raises KernelDied where the engine ends before that."""
    assert engine.stdout is not None
    waiting: queue.SimpleQueue[events.Event | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(engine.stdout, waiting), daemon=True).start()
    done = 0
    while True:
        try:
            event = waiting.get(timeout=_TICK)
        except queue.Empty:
            pass
        else:
            if event is None:
                raise KernelDied("The engine ended before the demo did; run it again, or report this.")
            player.tell(event)
        player.tick()
        rows = player.rows.rows
        complete = len(rows) if player.phase != "python" else len(rows) - 1
        for row in rows[done:complete]:
            told(row)
        done = max(done, complete)
        if player.over:
            return


def _read(stream: IO[bytes], into: queue.SimpleQueue[events.Event | None]) -> None:
    for line in stream:
        try:
            into.put(events.decode(line.decode("utf-8", "replace")))
        except JournalError as error:
            into.put(events.Note(str(error)))
    into.put(None)
