"""`mliter serve`: the app of `mliter watch` in a browser, for this machine alone."""

from __future__ import annotations

import shlex
import socket
import sys

from mliter_tui.errors import UsageError
from mliter_tui.options import Options
from mliter_tui.session.process import boot, words_of

HOST = "127.0.0.1"


def serve_command(options: Options) -> int:
    """Serve until ctrl-c. Raises UsageError where that cannot be done."""
    try:
        from textual_serve.server import Server
    except ImportError:
        raise UsageError("mliter serve needs a package more; run: pip install 'mliter[serve]'") from None
    _check_port(options.port)
    other = ["--python", str(options.python)] if options.python is not None else []
    words = [sys.executable, "-c", boot("mliter_tui.session.serving"), *other, *words_of(options, "tui")]
    Server(shlex.join(words), host=HOST, port=options.port, title=f"mliter {options.script_name}").serve()
    return 0


def main() -> None:
    """Entry of the process that a page starts: the app, whatever its standard streams are."""
    from mliter_tui.arguments import parse
    from mliter_tui.session.app import run_app

    sys.exit(run_app(parse(["watch", *sys.argv[1:]])))


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise UsageError(f"Port {port} cannot be used ({error.strerror}); name another with --port.") from None
