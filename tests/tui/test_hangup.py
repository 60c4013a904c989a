"""A terminal that vanishes without a word takes the app and the script with it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="no pseudo terminals here")


def test_the_app_ends_when_its_terminal_is_gone(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(120)\n")
    master, slave = pty.openpty()
    app = subprocess.Popen(
        [sys.executable, "-m", "mliter_tui", "watch", "train.py"], cwd=tmp_path, stdin=slave, stdout=slave,
        stderr=slave, start_new_session=True, env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(slave)
    deadline = time.monotonic() + 30
    written = tmp_path / "pid"
    while not (written.exists() and written.read_text()):
        assert time.monotonic() < deadline and app.poll() is None
        if select.select([master], [], [], 0.1)[0]:
            os.read(master, 1 << 16)
    os.close(master)  # it is no controlling terminal of the app, so no signal is sent
    app.wait(20)
    while Path(f"/proc/{written.read_text()}").exists() and time.monotonic() < deadline + 20:
        time.sleep(0.05)
    assert not Path(f"/proc/{written.read_text()}").exists()
