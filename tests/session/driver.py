"""An engine in a process of its own, driven by its two streams as the app drives it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 60.0


class Engine:
    """`events` grows with what it tells. Saves are made as editors make them: a new file in the place of the old."""

    def __init__(
        self, folder: Path, text: str, *options: str, name: str = "train.py", args: tuple[str, ...] = ()
    ) -> None:
        self.folder, self.script = folder, folder / name
        if text:
            self.script.write_text(text)
        command = [sys.executable, "-m", "mliter_tui", "watch", "--ui", "json", *options, name, *args]
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.events: list[dict[str, Any]] = []
        self._more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._more:
                self.events.append(json.loads(line))
                self._more.notify_all()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def send(self, type: str, **fields: Any) -> int:
        """Send a command; how many events had been told before."""
        assert self.process.stdin is not None
        at = len(self.events)
        self.process.stdin.write(json.dumps({"v": 1, "type": type, **fields}) + "\n")
        self.process.stdin.flush()
        return at

    def save(self, old: str, new: str, path: Path | None = None) -> int:
        """Edit the script, or another file; how many events had been told before."""
        path = path or self.script
        text = path.read_text()
        assert old in text, f"{old!r} is not in {path.name}"
        at = len(self.events)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(text.replace(old, new))
        os.replace(fresh, path)
        return at

    def wait(
        self, type: str, since: int = 0, where: Callable[[dict[str, Any]], bool] = lambda e: True
    ) -> dict[str, Any]:
        """The first event of a type from position `since` on, once it is there."""
        deadline = time.monotonic() + PATIENCE
        with self._more:
            while True:
                for event in self.events[since:]:
                    if event["type"] == type and where(event):
                        return event
                left = deadline - time.monotonic()
                ended = self.process.poll()
                if left <= 0 or (ended is not None and not self._more.wait(0.5)):
                    told = "\n".join(str(e)[:200] for e in self.events[since:])
                    raise AssertionError(f"no {type} (exit status {ended}); there were:\n{told}")
                self._more.wait(min(left, 0.5))

    def finished(self, since: int = 0) -> dict[str, Any]:
        """The end of the next iteration."""
        return self.wait("iteration_finished", since)

    def actions(self, since: int = 0) -> dict[str, str]:
        """What was done with each node of the iterations told of since: label -> action."""
        return {e["label"]: e["action"] for e in self.events[since:] if e["type"] == "node_finished"}

    def output(self, since: int = 0, channel: str = "stdout") -> str:
        """What the script printed."""
        told = (e for e in self.events[since:] if e["type"] == "output" and e["channel"] == channel)
        return "".join(e["text"] for e in told)

    def of(self, type: str, since: int = 0) -> list[dict[str, Any]]:
        """All events of a type."""
        return [e for e in self.events[since:] if e["type"] == type]
