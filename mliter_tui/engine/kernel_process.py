"""A kernel as the coordinator sees it: a process, a channel, and the two files its output grows in."""

from __future__ import annotations

import marshal
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from mliter_tui.errors import KernelDied
from mliter_tui.kernel.channel import Channel, Closed
from mliter_tui.script.nodes import Node, Script

_POLL_SECONDS = 0.02


class Forwarder:
    """Copies what the kernel prints to our own stdout and stderr as it grows; `skip` bytes were shown before."""

    def __init__(self, skip: tuple[int, int], show: bool = True) -> None:
        folder = tempfile.gettempdir()
        self.files: list[int] = []
        for _ in (1, 2):
            fd, path = tempfile.mkstemp(prefix="mliter-", dir=folder)
            os.unlink(path)
            self.files.append(fd)
        self.sent = [0, 0]
        self.skip = list(skip)
        self.show = show
        self.whole = [b"", b""]
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.before_write: Any = None

    def start(self) -> None:
        self.thread.start()

    def kernel_end(self, index: int) -> int:
        """A descriptor of the same file, in append mode, for the kernel."""
        return os.open(f"/proc/self/fd/{self.files[index]}", os.O_RDWR | os.O_APPEND)

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
                    if block[start:] and self.show:
                        if self.before_write is not None:
                            self.before_write()
                        write_all(i + 1, block[start:])

    def stop(self) -> tuple[int, int]:
        """Show the rest; bytes shown in all."""
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join()
        self.pump()
        for i, fd in enumerate(self.files):
            if not self.show:
                self.whole[i] = os.pread(fd, self.sent[i], 0)
            os.close(fd)
        return max(self.sent[0], self.skip[0]), max(self.sent[1], self.skip[1])


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class KernelProcess:
    """Starts at once and gets ready while the coordinator plans; one per attempt, never used for another iteration."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours)
        environment = dict(os.environ)
        self.hash_seed_set = "PYTHONHASHSEED" in environment
        environment.setdefault("PYTHONHASHSEED", "0")
        self.forwarder: Forwarder | None = None
        self.ready = False
        self.environment = environment
        self.theirs = theirs
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, skip: tuple[int, int] = (0, 0), show: bool = True) -> None:
        self.forwarder = Forwarder(skip, show)
        out, err = self.forwarder.kernel_end(0), self.forwarder.kernel_end(1)
        root = str(Path(__file__).resolve().parents[2])
        start = f"import sys; sys.path.append({root!r}); from mliter_tui.kernel.session import main; main()"
        flags = [f"-W{w}" for w in sys.warnoptions]
        self.process = subprocess.Popen(
            [sys.executable, *flags, "-c", start, str(self.theirs.fileno())],
            env=self.environment, pass_fds=[self.theirs.fileno()], stdout=out, stderr=err,
        )  # fmt: skip
        os.close(out)
        os.close(err)
        self.theirs.close()
        self.forwarder.start()

    def setup(self, message: dict[str, Any]) -> None:
        self.ask({**message, "hash_seed_set": self.hash_seed_set})
        self.ready = True

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send a command and wait for its answer. Raises KernelDied when the process ends instead."""
        try:
            self.channel.send(message)
            return self.channel.receive()
        except Closed:
            raise KernelDied("The process running the script ended without a word.") from None

    def finish(self, replay: list[Any], names: list[str]) -> int:
        """Let the script's process end as Python would; its exit status (negative: the signal that ended it)."""
        assert self.process is not None and self.forwarder is not None
        try:
            self.channel.send({"command": "finish", "replay": replay, "names": names})
        except Closed:
            pass
        status = self.process.wait()
        self.shown = self.forwarder.stop()
        return status

    def kill(self) -> tuple[int, int]:
        """End it now; bytes of output shown so far."""
        assert self.process is not None and self.forwarder is not None
        self.process.kill()
        self.process.wait()
        return self.forwarder.stop()


def unit_message(node: Node, script: Script) -> dict[str, Any]:
    unit = node.unit
    return {
        "kind": unit.kind,
        "code": marshal.dumps(unit.code) if unit.code is not None else b"",
        "site": marshal.dumps(unit.site) if unit.site is not None else b"",
        "parameters": list(unit.parameters),
        "locals": sorted(script.frame_names) if node.scope else [],
    }
