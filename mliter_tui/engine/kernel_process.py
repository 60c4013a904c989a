"""A kernel as the coordinator sees it: a process, a channel, and the files its output grows in."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mliter_tui.engine.launch import Launched, terminals
from mliter_tui.engine.listening import Listener
from mliter_tui.engine.settings import Settings
from mliter_tui.engine.unwritten import unwritten
from mliter_tui.errors import KernelDied
from mliter_tui.kernel.channel import Channel, Closed

_POLL_SECONDS = 0.02


class Forwarder:
    """Copies what the kernel prints to our own stdout and stderr as it grows; `skip` bytes were shown before.

    listener: told of it, and given it instead where it takes output. show: otherwise it is collected in `whole`.
    """

    def __init__(self, files: list[int], skip: tuple[int, int], show: bool, listener: Listener) -> None:
        self.files = files
        self.sent = [0, 0]
        self.skip = list(skip)
        self.show = show
        self.whole = [b"", b""]
        self.failed: list[OSError | None] = [None, None]
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.listener = listener

    def start(self) -> None:
        self.thread.start()

    def _loop(self) -> None:
        while not self.stopping.wait(_POLL_SECONDS):
            self.pump()

    def pump(self) -> None:
        with self.lock:
            for i, fd in enumerate(self.files):
                size = os.fstat(fd).st_size
                while self.sent[i] < size:
                    block = os.pread(fd, min(1 << 20, size - self.sent[i]), self.sent[i])
                    start = max(0, self.skip[i] - self.sent[i])
                    self.sent[i] += len(block)
                    if self.listener.takes_output:
                        self.listener.grew(i + 1, self.sent[i] - len(block), block)
                    elif block[start:] and self.show:
                        with self.listener.around(i + 1, block[start:]):
                            self._write(i, block[start:])

    def _write(self, i: int, data: bytes) -> None:
        if self.failed[i] is None:
            try:
                write_all(i + 1, data)
            except OSError as error:
                self.failed[i] = error

    def stop(self) -> tuple[int, int]:
        """Show the rest; bytes shown in all."""
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join()
        self.pump()
        for i, fd in enumerate(self.files):
            if not self.show and not self.listener.takes_output:
                self.whole[i] = os.pread(fd, self.sent[i], 0)
            os.close(fd)
        return max(self.sent[0], self.skip[0]), max(self.sent[1], self.skip[1])


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class KernelProcess:
    """One per attempt, never used for another iteration.

    `begin` tells it the script, and lets it carry out the leading imports ahead of the plan; it answers a second
    message, "setup", when that is done. Until `show` nothing of it is seen: `discard` ends it without a trace.
    """

    def __init__(self, launched: Launched) -> None:
        self.launched = launched
        self.channel = Channel(self.launched.reader, self.launched.writer)
        self.forwarder: Forwarder | None = None
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda question: {}  # what it asks while it works

    def begin(self, settings: Settings, text: str, folder: Path, ahead: bool) -> None:
        """The script, and whether to import ahead; not answered."""
        message = {
            "script": os.path.abspath(settings.script), "argv0": settings.script_name, "args": list(settings.args),
            "text": text, "tty": terminals(settings.show)[1:], "folder": str(folder),
            "ahead": ahead, "hash_seed_set": self.launched.hash_seed_set, "prompt": settings.detached,
            "recorded": None if settings.recorded is None else {
                m.name: (m.path, m.text, m.package) for m in settings.recorded
            },
        }  # fmt: skip
        try:
            self.channel.send(message)
        except Closed:
            pass  # the next message will find out

    def show(self, skip: tuple[int, int], show: bool, listener: Listener) -> None:
        """Forward its output from now on."""
        self.forwarder = Forwarder(self.launched.files, skip, show, listener)
        self.forwarder.start()

    def ask(
        self, message: dict[str, Any], meanwhile: Callable[[], None] = lambda: None, spare: Iterator[None] | None = None
    ) -> dict[str, Any]:
        """Send a command and wait for its answer. Raises KernelDied when the process ends instead.

        meanwhile: what is to be done while the process is at it. spare: what may be, step by step, until it answers.
        """
        try:
            self.channel.send(message)
            meanwhile()
            while spare is not None and not self.channel.waiting() and next(spare, self) is None:
                pass
            while "query" in (reply := self.channel.receive()):
                self.channel.send(self.answer(reply))
                meanwhile()
            return reply
        except Closed:
            raise KernelDied("The process running the script ended without a word.") from None

    def finish(self, replay: list[Any], names: list[str]) -> None:
        """Let the script's process end as Python would; `ended` waits for it."""
        try:
            self.channel.send({"command": "finish", "replay": replay, "names": names})
        except Closed:
            pass

    def ended(self) -> int:
        """Wait for the end; the exit status (negative: the signal that ended it)."""
        status = self.launched.wait()
        self._stop()
        assert self.forwarder is not None
        lost = self.forwarder.failed[0]
        return unwritten(lost) if lost is not None and status == 0 else status

    def tell(self, kind: int) -> None:
        """Send it a signal, unless it has ended."""
        self.launched.tell(kind)

    def kill(self) -> tuple[int, int]:
        """End it now; bytes of output shown so far."""
        self.launched.kill()
        return self._stop()

    def _stop(self) -> tuple[int, int]:
        self.channel.close()
        os.close(self.launched.tether)
        assert self.forwarder is not None
        return self.forwarder.stop()

    def discard(self) -> None:
        """End one that was never set up."""
        self.launched.discard()
