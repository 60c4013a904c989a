"""The engine of a session as a program: events out on stdout, commands in on stdin.

The script gets neither: its standard input is empty, and what it prints becomes events.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO

from mliter_tui import events
from mliter_tui.engine.kernel_process import write_all
from mliter_tui.options import Options
from mliter_tui.session.outlet import Outlet
from mliter_tui.session.session import Session
from mliter_tui.store import Store
from mliter_tui.terminals import when_gone


def main() -> None:
    """Entry of the process that `session/process.py` starts; the words are those of `mliter watch`."""
    from mliter_tui.arguments import parse
    from mliter_tui.errors import MliterError

    try:
        options = parse(["watch", *sys.argv[1:]])
        sys.exit(serve_plain(options) if options.ui == "plain" else serve_json(options, options.ui == "tui"))
    except MliterError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_status)


def serve_json(options: Options, leave_at_end: bool = False) -> int:
    """One JSON line for each event; commands are read until stdin ends, and then the session ends or goes on."""
    commands, out = os.fdopen(os.dup(0), "rb"), os.dup(1)
    _detach()
    session: Session | None = None

    def gone() -> None:
        if session is not None:
            session.leave()

    outlet = Outlet(lambda text: write_all(out, text.encode("ascii")), gone)
    with ExitStack() as stack:
        stack.callback(outlet.close)
        store = stack.enter_context(Store.open(options.cache_folder, options.budget))
        session = Session(options, store, _with_log(options, outlet.emit, stack))
        threading.Thread(target=_obey, args=(commands, session, leave_at_end), daemon=True).start()
        _leave_on_signals(session)
        session.serve()
    return 0


def serve_plain(options: Options) -> int:
    """One line of text for each decision, and what the script prints."""
    from mliter_tui.session.plain import Plain

    out = os.dup(1)
    _detach()
    with ExitStack() as stack:
        plain = Plain(lambda text: write_all(out, text.encode("utf-8", "backslashreplace")))
        store = stack.enter_context(Store.open(options.cache_folder, options.budget))
        session = Session(options, store, _with_log(options, plain.emit, stack))
        _leave_on_signals(session)
        plain.gone = session.leave
        session.looking_back.teacher.limit = 1  # each end of an iteration is followed by a line on what it brought
        if os.isatty(out):
            when_gone(out, session.leave)
        session.serve()
    return 0


def _detach() -> None:
    """Standard input and output are ours alone from now on: whatever else is written there must not mix in."""
    gc.set_threshold(200_000, 50, 50)  # reading a long script makes many objects, and hardly any garbage
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)


def _leave_on_signals(session: Session) -> None:
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, lambda *_: session.leave())


def _obey(commands: IO[bytes], session: Session, leave_at_end: bool) -> None:
    for line in commands:
        if line.strip():
            session.command(line.decode("utf-8", "replace"))
    if leave_at_end:
        session.leave()


def _with_log(
    options: Options, emit: Callable[[events.Event], None], stack: ExitStack
) -> Callable[[events.Event], None]:
    """Also append to the file of --events, where there is one."""
    if options.events is None:
        return emit
    log = stack.enter_context(open(options.events, "a", encoding="utf-8"))  # noqa: SIM115
    lock = threading.Lock()

    def both(event: events.Event) -> None:
        with lock:
            log.write(events.encode(event) + "\n")
            if not isinstance(event, events.Output):
                log.flush()
        emit(event)

    return both
