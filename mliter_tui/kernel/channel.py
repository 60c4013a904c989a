"""The channel between the coordinator and a kernel: length-prefixed marshalled messages over two pipes.

Both ends run the same interpreter, so marshal (which also carries code objects) is safe and costs microseconds.
"""

from __future__ import annotations

import marshal
import os
import struct
from typing import Any

_HEAD = struct.Struct("<Q")


class Closed(Exception):
    """The other end is gone."""


class Channel:
    """Messages are dicts of plain values. `send` and `receive` raise Closed when the other end is gone."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader, self.writer = reader, writer

    def send(self, message: dict[str, Any]) -> None:
        data = marshal.dumps(message)
        view = memoryview(_HEAD.pack(len(data)) + data)
        try:
            while view:
                view = view[os.write(self.writer, view) :]
        except OSError as e:
            raise Closed(str(e)) from e

    def _exactly(self, n: int) -> bytes:
        parts: list[bytes] = []
        while n:
            try:
                part = os.read(self.reader, min(n, 1 << 20))
            except OSError as e:
                raise Closed(str(e)) from e
            if not part:
                raise Closed("end of stream")
            parts.append(part)
            n -= len(part)
        return b"".join(parts)

    def receive(self) -> dict[str, Any]:
        (n,) = _HEAD.unpack(self._exactly(_HEAD.size))
        message: dict[str, Any] = marshal.loads(self._exactly(n))
        return message

    def waiting(self) -> bool:
        """Whether there is something to receive, or nothing will ever be."""
        import select

        ready = select.poll()
        ready.register(self.reader, select.POLLIN)
        return bool(ready.poll(0))

    def close(self) -> None:
        """Let go of this end; a second call does nothing."""
        for fd in {self.reader, self.writer}:
            if fd >= 0:
                os.close(fd)
        self.reader = self.writer = -1
