"""Capture of what a node prints, at file-descriptor level (rule R8).

Descriptors 1 and 2 of the kernel are append-mode files that the coordinator forwards as they grow; one file where
both end in one place, so that the order among them is kept. The script's own
sys.stdout keeps Python's buffering, so that the order of its bytes among those of C code and child processes is the one
plain Python gives. Recorded per node as events: "o" written to sys.stdout, "f" its flush, "e" written to sys.stderr,
"m" and "b" what `told` has and is written nowhere, "O" and "E" bytes that reached the descriptors without
passing Python; in one file they cannot be told apart, and all are "O".
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

Event = tuple[str, bytes]
_PROMPT_SECONDS = 0.05


class _Place:
    """A file that output grows in; `known`: bytes of it that are accounted for."""

    def __init__(self, fd: int) -> None:
        self.known = os.fstat(fd).st_size


class _Raw(io.RawIOBase):
    """The unbuffered end: counts Python's own bytes, so that the rest can be told to be foreign."""

    def __init__(self, fd: int, foreign: str, recorder: Recorder, tty: bool, place: _Place) -> None:
        self._fd, self._foreign, self._recorder, self.tty = fd, foreign, recorder, tty
        self._place = place
        self.poll: select.poll | None = None
        self.mode = "wb"
        self.name = "<stdout>" if fd == 1 else "<stderr>"

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def isatty(self) -> bool:
        self._recorder.asked(self._fd, self.tty)
        return self.tty

    def collect(self) -> None:
        """Record what something other than Python wrote since the last look."""
        size = os.fstat(self._fd).st_size
        known = self._place.known
        if size > known:
            self._recorder.note(self._foreign, os.pread(self._fd, size - known, known))
            self._place.known = size

    def write(self, data: Any) -> int:
        self.collect()
        if self.poll is not None and self.poll.poll(0):
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))  # nobody reads what is forwarded
        n = os.write(self._fd, data)
        self._place.known += n
        return n


class _Buffer(io.BufferedWriter):
    """sys.stdout.buffer / sys.stderr.buffer, noting what passes."""

    def __init__(self, raw: _Raw, channel: str, recorder: Recorder) -> None:
        super().__init__(raw)
        self.by_line = raw.tty or recorder.prompt
        self._flushed = 0.0
        self._channel, self._recorder = channel, recorder
        self.held = False
        self.line_ended = False

    def write(self, data: Any) -> int:
        if self._recorder.muted:
            return len(data)
        if self._recorder.recording:
            self._recorder.note(self._channel, bytes(data))
            self.line_ended = self.by_line and (b"\n" in bytes(data) or b"\r" in bytes(data))
        n = super().write(data)
        if self._recorder.unbuffered and not self.held:
            super().flush()
        return n

    def flush(self) -> None:
        if self.held or self._recorder.muted:
            return
        if self._recorder.prompt and self.line_ended:
            self.line_ended = False
            if time.monotonic() < self._flushed + _PROMPT_SECONDS:
                return
            self._flushed = time.monotonic()
        elif self._channel == "o" and self._recorder.recording and not self.line_ended:
            self._recorder.note("f", b"")
        self.line_ended = False  # a terminal's own flush at the end of a line is no flush elsewhere; the next one is
        super().flush()


class Recorder:
    """Owns the kernel's standard streams. `begin` and `end` frame a node; `replay` writes recorded events again.

    prompt: what is printed is to be seen soon, a line at a time, though not at the price of a write for each.
    """

    def __init__(self, tty: tuple[bool, bool], watched: int = -1, prompt: bool = False) -> None:
        self.tty = tty
        self.asked: Callable[[int, bool], None] = lambda fd, answer: None
        self._flush: Callable[[None], int] | None = None  # of the C library
        self._events: list[tuple[str, bytearray]] = []
        self.recording = self.muted = False
        self.prompt, self.unbuffered = prompt, bool(os.environ.get("PYTHONUNBUFFERED")) and not prompt
        self.common = os.path.samestat(os.fstat(1), os.fstat(2))
        place = _Place(1)
        other = place if self.common else _Place(2)
        self._raws = (_Raw(1, "O", self, tty[0], place), _Raw(2, "O" if self.common else "E", self, tty[1], other))
        if watched >= 0:
            self._raws[0].poll = select.poll()
            self._raws[0].poll.register(watched, 0)
            self._raws[1].poll = self._raws[0].poll if self.common else None
        self._buffers = (_Buffer(self._raws[0], "o", self), _Buffer(self._raws[1], "e", self))
        old = sys.stdout
        self.stdout = io.TextIOWrapper(
            self._buffers[0], encoding=old.encoding, errors=old.errors, line_buffering=tty[0] or prompt,
            write_through=self.unbuffered,
        )
        self.stderr = io.TextIOWrapper(
            self._buffers[1], encoding=sys.stderr.encoding, errors="backslashreplace", line_buffering=True
        )
        self.stdout.mode = self.stderr.mode = "w"  # type: ignore[misc]

    def install(self) -> None:
        sys.stdout = sys.__stdout__ = self.stdout  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = self.stderr  # type: ignore[misc]

    def unwatch(self) -> None:
        """The process ends: what nobody reads is the coordinator's to report now."""
        for raw in self._raws:
            raw.poll = None

    def note(self, channel: str, data: bytes) -> None:
        if self.recording and (data or channel == "f"):
            last = self._events[-1][0] if self._events else "f"
            if last != channel:
                self._events.append((channel, bytearray(data)))
            elif channel != "f":
                self._events[-1][1].extend(data)

    def _settle(self) -> None:
        """Move text still in the wrappers to their buffers, without writing it out."""
        ctypes = sys.modules.get("ctypes")
        if ctypes is not None:
            ctypes.pythonapi  # noqa: B018  (loaded means C code may hold output of its own)
            if self._flush is None:
                self._flush = ctypes.CDLL(None).fflush
            self._flush(None)
        for stream, buffer in zip((self.stdout, self.stderr), self._buffers, strict=True):
            if stream.closed:
                continue
            buffer.held = buffer is self._buffers[0]
            try:
                stream.flush()
            except BrokenPipeError:
                pass  # the script's next write, or the end of the process, meets it again
            finally:
                buffer.held = False
        for raw in self._raws:
            raw.collect()

    def begin(self) -> None:
        self._settle()
        self._events = []
        self.recording = True

    def end(self) -> list[Event]:
        self._settle()
        self.recording = False
        events, self._events = self._events, []
        return [(channel, bytes(data)) for channel, data in events]

    def mark(self) -> tuple[int, int]:
        """Another one whenever something has been printed."""
        self._settle()
        return len(self._events), len(self._events[-1][1]) if self._events else 0

    def since(self, mark: tuple[int, int]) -> list[Event]:
        """What has been printed since a mark of this node."""
        count, length = mark
        started = [(c, bytes(data[length:])) for c, data in self._events[count - 1 : count]] if count else []
        rest = [(c, bytes(data)) for c, data in self._events[count:]]
        return [(c, data) for c, data in started if data] + rest

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """What is printed meanwhile is dropped: the script's own code may run where its values are only read."""
        self._settle()
        self.muted = True
        try:
            yield
        finally:
            for stream in (self.stdout, self.stderr):
                if not stream.closed:
                    stream.flush()
            self.muted = False

    def replay(self, events: list[Event]) -> None:
        """Write recorded events again, through the same buffers."""
        try:
            self._replay(events)
        except BrokenPipeError:
            pass  # as above

    def _replay(self, events: list[Event]) -> None:
        for channel, data in events:
            if channel == "o":
                self._buffers[0].write(data)
                if self._raws[0].tty:
                    self._buffers[0].flush()
            elif channel == "f":
                self._buffers[0].flush()
            elif channel == "e":
                self._buffers[1].write(data)
                self._buffers[1].flush()
            elif channel in ("O", "E"):
                raw = self._raws[0 if channel == "O" else 1]
                raw.write(data)
