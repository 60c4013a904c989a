"""The app in a real terminal: it comes up, lends the screen to an editor, and gives it back however it ends."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

STREAM = Path(__file__).parent / "stream.py"
ENTERED, LEFT = "\x1b[?1049h", "\x1b[?1049l"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[pexpect.spawn]:
    """The app, fed by a story, on a terminal of 100 columns."""
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\necho "edited $*" > {tmp_path}/edited\n')
    editor.chmod(0o755)
    home = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}
    environment = {**os.environ, **home, "TERM": "xterm-256color", "EDITOR": str(editor)}
    command = [str(STREAM), "--app", "--speed", "50", "--think", "1000"]
    child = pexpect.spawn(
        sys.executable, command, env=environment, dimensions=(30, 100), encoding="utf-8", codec_errors="replace",
        timeout=60,
    )  # fmt: skip
    child.expect_exact(ENTERED)
    child.expect_exact("Flow")
    child.expect_exact("cross_val_score(b")
    yield child
    if not child.closed:
        child.close(force=True)


def test_the_screen_is_given_back_on_q_and_a_last_iteration_is_told(app: pexpect.spawn) -> None:
    app.expect_exact("watching")
    app.send("q")
    app.expect_exact(LEFT)
    app.expect_exact("IterationFinished(iteration=1")
    app.expect(pexpect.EOF)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_screen_is_given_back_on_a_signal(app: pexpect.spawn, number: signal.Signals) -> None:
    app.kill(number)
    app.expect_exact(LEFT)
    app.expect(pexpect.EOF)
    assert not app.isalive() or not time.sleep(1) and not app.isalive()


def test_the_editor_has_the_screen_meanwhile(app: pexpect.spawn, tmp_path: Path) -> None:
    app.expect_exact("watching")
    app.send("e")
    app.expect_exact(LEFT)
    app.expect_exact(ENTERED)
    assert (tmp_path / "edited").read_text().startswith("edited +")
    app.send("q")
    app.expect(pexpect.EOF)


def test_a_terminal_that_is_gone_ends_the_app(app: pexpect.spawn) -> None:
    pid = app.pid
    os.close(app.child_fd)
    for _ in range(200):
        if os.waitpid(pid, os.WNOHANG)[0]:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("it is still there")
    app.closed = True
