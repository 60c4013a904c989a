"""The two pipes to the engine: events come in on a thread and are applied in slices on the loop, commands go out.

Lines wait in a queue and are decoded on the loop, at most SLICE seconds at a stretch, so that keys are served in
between; pieces of output that follow each other are joined. The screen is told once per slice: at once after a quiet
time, at most every BUSY seconds in a flood. When MOST lines wait, reading stops and the engine has to.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from mliter_tui import commands, events
from mliter_tui.errors import JournalError

SLICE = 0.012
REST = 0.003
QUIET = 0.016
BUSY = 1 / 15
FEW = 60
MOST = 60_000
_PIECE = 1 << 18
_LONGEST_OUTPUT = 1 << 16


class Link:
    """Open from `open` to `close`; `told` gets events in order, `ended` is called once when the engine closes its pipe.

    Both are called on the loop. taken: how many lines were told so far.
    The descriptors stay the caller's, who closes them.
    """

    def __init__(
        self, reader: int, writer: int, told: Callable[[list[events.Event]], None], ended: Callable[[], None]
    ) -> None:
        self._reader, self._writer = reader, writer
        self._told, self._ended = told, ended
        self._lines: deque[bytes] = deque()
        self._room = threading.Event()
        self._over = False
        self._scheduled = self._opened = False
        self.taken = 0
        self._last, self._many = 0.0, False
        self._unsent = bytearray()
        self._writing = False

    def open(self) -> None:
        """Begin to read. Has to be called on the loop, and in the context, that is to be told.

        Raises RuntimeError the second time: two that read one pipe would tell its events out of order.
        """
        if self._opened:
            raise RuntimeError("the link is open already")
        self._opened = True
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._wake_reader, self._woken = os.pipe()
        os.set_blocking(self._writer, False)
        self._room.set()
        self._thread = threading.Thread(target=self._read, name="events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading and writing; what was not sent yet is given one last try."""
        if not self._opened:
            return
        if self._writing:
            self._loop.remove_writer(self._writer)
        self._flush()
        self._over = True
        self._room.set()
        os.write(self._woken, b"x")
        self._thread.join(1.0)
        if not self._thread.is_alive():
            os.close(self._woken)
            os.close(self._wake_reader)

    def send(self, command: commands.Command) -> None:
        """Send a command, now or as soon as the pipe takes it; one to an engine that is gone goes nowhere."""
        if not self._opened:
            return
        self._unsent += commands.encode(command).encode("ascii") + b"\n"
        self._flush()

    def _flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._writer, self._unsent)]
        except BlockingIOError:
            if not self._writing and not self._over:
                self._writing = True
                self._loop.add_writer(self._writer, self._flush)
            return
        except OSError:  # the engine is gone; its end of the other pipe tells
            self._unsent.clear()
        if self._writing and not self._over:
            self._writing = False
            self._loop.remove_writer(self._writer)

    def _read(self) -> None:
        """On the thread: whole lines into the queue."""
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        poll.register(self._wake_reader, select.POLLIN)
        rest = b""
        while not self._over:
            self._room.wait()
            if any(fd == self._wake_reader for fd, _ in poll.poll()):
                return
            try:
                data = os.read(self._reader, _PIECE)
            except OSError:
                data = b""
            if not data:
                break
            pieces = (rest + data).split(b"\n")
            rest = pieces.pop()
            if pieces:
                self._lines.extend(pieces)
                if len(self._lines) > MOST:
                    self._room.clear()
                self._from_thread(self._wake)
        self._from_thread(self._closed)

    def _from_thread(self, call: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(call, context=self._context)
        except RuntimeError:  # the loop has ended
            self._over = True

    def _closed(self) -> None:
        while self._lines and not self._over:
            self._drain(for_ever=True)
        if not self._over:
            self._ended()

    def _wake(self) -> None:
        if self._scheduled or self._over:
            return
        self._scheduled = True
        pause = self._last + (BUSY if self._many else QUIET) - time.monotonic()
        self._loop.call_later(pause, self._drain) if pause > 0 else self._drain()

    def _drain(self, for_ever: bool = False) -> None:
        if self._over:
            return
        began = time.monotonic()
        batch: list[events.Event] = []
        while self._lines and (for_ever or time.monotonic() - began < SLICE):
            for _ in range(min(20, len(self._lines))):
                batch.append(decoded(self._lines.popleft()))
        self.taken += len(batch)
        if len(self._lines) < MOST // 2:
            self._room.set()
        self._many = len(batch) > FEW
        if batch:
            self._told(list(joined(batch)))
        self._last = time.monotonic()
        self._scheduled = bool(self._lines) and not for_ever
        if self._scheduled:
            self._loop.call_later(REST, self._drain)


def decoded(line: bytes) -> events.Event:
    """The event of a line; a line that is none is told as a note."""
    try:
        return events.decode(line.decode("utf-8", "replace"))
    except JournalError as error:
        return events.Note(str(error))


def joined(batch: Iterable[events.Event]) -> Iterator[events.Event]:
    """The same events, with pieces of output of one node that follow each other made one."""
    held: list[events.Output] = []
    size = 0
    for event in batch:
        if isinstance(event, events.Output):
            if held and ((held[0].node, held[0].channel) != (event.node, event.channel) or size > _LONGEST_OUTPUT):
                yield _one(held)
                held, size = [], 0
            held.append(event)
            size += len(event.text)
            continue
        if held:
            yield _one(held)
            held, size = [], 0
        yield event
    if held:
        yield _one(held)


def _one(held: list[events.Output]) -> events.Output:
    if len(held) == 1:
        return held[0]
    return events.Output(held[0].node, held[0].channel, "".join(each.text for each in held))
