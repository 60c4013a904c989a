"""Terminals that do not behave: one that vanishes without a word, one that does not know its size."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="no pseudo terminals here")


def _watch(folder: Path, ui: str = "tui") -> tuple[subprocess.Popen[bytes], int]:
    """The app on a pseudo terminal, which nobody has given a size, and the terminal's other end."""
    master, slave = pty.openpty()
    app = subprocess.Popen(
        [sys.executable, "-m", "mliter_tui", "watch", "--ui", ui, "train.py"], cwd=folder, stdin=slave, stdout=slave,
        stderr=slave, start_new_session=True, env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(slave)
    return app, master


def test_a_terminal_without_a_size_is_not_drawn_on_for_ever(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('trained')\n")
    app, master = _watch(tmp_path)
    drawn, quiet, deadline = b"", 0, time.monotonic() + 60
    while not (quiet >= 20 and b"trained" in drawn):
        assert time.monotonic() < deadline and app.poll() is None
        quiet += 1
        if select.select([master], [], [], 0.1)[0]:
            drawn, quiet = drawn + os.read(master, 1 << 16), 0
    os.write(master, b"q")
    while app.poll() is None:
        assert time.monotonic() < deadline
        if select.select([master], [], [], 0.1)[0]:
            with contextlib.suppress(OSError):
                os.read(master, 1 << 16)
    os.close(master)
    assert app.returncode == 0


@pytest.mark.parametrize("ui", ["tui", "plain"])
@pytest.mark.parametrize("after", [0.0, 0.15, 0.3, 0.45, None], ids=str)
def test_it_ends_when_its_terminal_is_gone(tmp_path: Path, after: float | None, ui: str) -> None:
    """At any moment of its start, and once its script runs (None)."""
    (tmp_path / "train.py").write_text("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(120)\n")
    app, master = _watch(tmp_path, ui)
    start = time.monotonic()
    deadline = start + 30
    written = tmp_path / "pid"
    while not (written.exists() and written.read_text() if after is None else time.monotonic() > start + after):
        assert time.monotonic() < deadline and app.poll() is None
        if select.select([master], [], [], 0.1)[0]:
            os.read(master, 1 << 16)
    os.close(master)  # it is no controlling terminal of the app, so no signal is sent
    app.wait(20)
    script = Path("/proc") / (written.read_text() if written.exists() else "none")
    while script.exists() and time.monotonic() < deadline + 20:
        time.sleep(0.05)
    assert not script.exists()
