"""The app and its engine, from their start to their end."""

from __future__ import annotations

import os
import tempfile

from mliter_tui.options import Options
from mliter_tui.session.command import summary
from mliter_tui.session.process import complain, end, start


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
            failed = end(engine)
        if "TEXTUAL_DRIVER" not in os.environ:  # else stdout is no terminal but the browser's
            summary(finished)
        if failed:
            complain(complaints)
    return 1 if failed else 0
