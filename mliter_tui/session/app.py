"""The app and its engine, from their start to their end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import IO

from mliter_tui.options import Options
from mliter_tui.session.command import summary
from mliter_tui.session.process import start

_PATIENCE_SECONDS = 5.0


def run_app(options: Options) -> int:
    """Show the app until the user leaves; the exit status."""
    with tempfile.TemporaryFile() as complaints:
        engine = start(options, complaints)
        assert engine.stdin is not None and engine.stdout is not None
        from mliter_tui.tui.app import show  # while the engine gets ready

        try:
            finished = show(
                engine.stdout.fileno(), engine.stdin.fileno(), script=options.script_name, ascii=options.ascii
            )
        finally:
            failed = _end(engine)
        if "TEXTUAL_DRIVER" not in os.environ:  # else stdout is no terminal but the browser's
            summary(finished)
        if failed:
            _complain(complaints)
    return 1 if failed else 0


def _end(engine: subprocess.Popen[bytes]) -> bool:
    """Let the engine end; whether it did so in a way that nobody asked for."""
    assert engine.stdin is not None
    early = engine.poll()
    engine.stdin.close()  # it leaves, and takes the script with it
    try:
        engine.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        engine.kill()
        engine.wait()
    return bool(early)


def _complain(complaints: IO[bytes]) -> None:
    complaints.seek(0)
    sys.stderr.write(complaints.read()[-4000:].decode(errors="replace"))
