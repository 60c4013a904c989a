"""What is seen in a terminal: the script's output as under python, and a live line that is never in its way."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from typing import Any

import pytest
from rich.cells import cell_len

_CLEAR = b"\r\x1b[2K"


def _in_a_terminal(project: Any, text: str, columns: int = 80) -> bytes:
    """All that is written to the terminal by a run that shows its progress."""
    project.script(text)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    words = [word for word in project.command() if word != "--quiet"]
    running = subprocess.Popen(
        words, cwd=project.folder, env=project.environment({"TERM": "xterm"}), stdin=theirs, stdout=theirs,
        stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # nobody holds the other end any more
            break
        seen += block
    os.close(ours)
    assert running.wait(20) == 0
    return seen


def test_a_line_the_script_has_begun_stays(project: Any) -> None:
    seen = _in_a_terminal(
        project, "import time\nprint('training...', end='', flush=True)\ntime.sleep(1.6)\nprint('done', flush=True)\n"
    )
    assert b"training...done\r\n" in seen


@pytest.mark.slow
def test_the_live_line_fits_into_a_narrow_terminal_and_goes_before_the_end(project: Any) -> None:
    name = "\u6f22\u5b57" * 10
    seen = _in_a_terminal(
        project,
        f"import atexit, time\natexit.register(time.sleep, 3)\n{name} = [time.sleep(1.6)]\nprint('end')\n",
        columns=40,
    )  # fmt: skip
    drawn = re.findall(rb"\x1b\[2m(.*?)\x1b\[0m", seen)
    assert drawn and all(cell_len(line.decode()) < 40 for line in drawn)
    assert seen.count(_CLEAR) == len(drawn)
    # three seconds in which it would be drawn eight times; a busy machine may be in the last statement for one
    assert seen.split(b"end\r\n")[-1].count(b"\x1b[2m") < 4
