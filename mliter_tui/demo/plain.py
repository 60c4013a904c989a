"""`python train.py`, as it would be without mliter: a process of its own, timed from its start to its end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


class Plain:
    """Begins at once. seconds: so far, or what it took; ended: its exit status and output are there."""

    def __init__(self, folder: Path, script: str) -> None:
        self._out = tempfile.TemporaryFile(dir=folder.parent)  # noqa: SIM115
        self._begun, self._took = time.monotonic(), 0.0
        self._process = subprocess.Popen(
            [sys.executable, script], cwd=folder, stdin=subprocess.DEVNULL, stdout=self._out,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._thread.start()

    def _wait(self) -> None:
        self._process.wait()
        self._took = time.monotonic() - self._begun

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    @property
    def seconds(self) -> float:
        return self._took if self.ended else time.monotonic() - self._begun

    @property
    def exit_status(self) -> int:
        return self._process.returncode

    def output(self) -> str:
        """What it wrote to standard output, decoded as events are."""
        self._out.seek(0)
        return self._out.read().decode("utf-8", "surrogateescape")

    def close(self) -> None:
        """End it, where it has not ended."""
        if not self.ended:
            self._process.kill()
            self._thread.join()
        self._out.close()
