"""`mliter verify` leaves the files as the cached run left them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

_APPENDS = """\
    import os
    with open("log.txt", "a") as f:
        f.write("run\\n")
    if not os.path.exists("cache.txt"):
        print("made")
        with open("cache.txt", "w") as f:
            f.write("kept")
"""


def _verify(project: Any) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-m", "mliter_tui", "verify", "--cache", str(project.cache), "train.py"]
    return subprocess.run(words, cwd=project.folder, env=project.environment(), capture_output=True, timeout=100)


def test_files_appended_to_and_kept_by_the_script_are_as_one_run_leaves_them(project: Any) -> None:
    project.script(_APPENDS)
    log = project.write("log.txt", "history\n")
    for times in (1, 2):
        done = _verify(project)
        assert done.returncode == 0, done.stdout + done.stderr
        assert log.read_text() == "history\n" + "run\n" * times
        assert (project.folder / "cache.txt").read_text() == "kept"


def test_a_script_that_ends_at_once_is_reported_with_its_status(project: Any) -> None:
    project.script("import os\nprint('a', flush=True)\nos._exit(3)\n")
    done = _verify(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"without a word" not in done.stderr


@pytest.mark.slow
def test_files_come_back_where_the_cold_run_is_interrupted(project: Any) -> None:
    import os
    import signal

    project.script("""\
        import os, sys, time
        with open("out.txt", "w") as f:
            f.write("result")
        x = 1
        time.sleep(float(os.environ.get("WAIT", "0")))
    """)
    _verify(project)
    words = [sys.executable, "-m", "mliter_tui", "verify", "--cache", str(project.cache), "train.py"]
    environment = project.environment({"WAIT": "3"})
    running = subprocess.Popen(
        words, cwd=project.folder, env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    )  # fmt: skip
    try:
        running.wait(5)  # the cached run waits, too
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGINT)
    running.wait(60)
    assert (project.folder / "out.txt").read_text() == "result"
