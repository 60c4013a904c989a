"""`mliter watch`: chooses how to show a session, and starts the engine for it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from mliter_tui.errors import UsageError
from mliter_tui.options import UIS

if TYPE_CHECKING:
    from mliter_tui import events
    from mliter_tui.options import Options


def watch_command(options: Options) -> int:
    """Watch until the user leaves; 0. Raises MliterError for what the user must mend."""
    ui = chosen_ui(options)
    if ui == "tui":
        from mliter_tui.session.app import run_app

        return run_app(options)
    if options.python is not None:
        from mliter_tui.session.process import replace_by

        replace_by(options, ui)
    from mliter_tui.session.engine import serve_json, serve_plain

    return serve_json(options) if ui == "json" else serve_plain(options)


def chosen_ui(options: Options) -> str:
    """The flag, else the variable MLITER_UI, else what the terminal can show. Raises UsageError for a bad variable."""
    ui = options.ui if options.ui != "auto" else os.environ.get("MLITER_UI") or "auto"
    if ui not in UIS:
        raise UsageError(f"MLITER_UI must be {', '.join(UIS[:-1])} or {UIS[-1]}, not {ui!r}; set it anew or unset it.")
    if ui != "auto":
        return ui
    # the app draws on stderr
    terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    shown = os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("CI")
    return "tui" if terminal and shown else "plain"


def summary(finished: events.IterationFinished | None) -> None:
    """What is left in the scrollback."""
    if finished is not None:
        from mliter_tui.render.plain import summary_line

        print(summary_line(finished))
