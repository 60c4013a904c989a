"""The kernel process: one fresh interpreter per iteration that executes nodes on command (rule R1).

Commands over the channel: "setup", "node", "keep", "finals", "finish". The process ends as plain Python would: exit
status, traceback, atexit handlers and all.
"""

from __future__ import annotations

import importlib.machinery
import linecache
import os
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from mliter_tui.kernel.argv import Arguments
from mliter_tui.kernel.capture import Recorder
from mliter_tui.kernel.channel import Channel, Closed
from mliter_tui.kernel.execute import exit_status, strip
from mliter_tui.kernel.figures import Watcher, figure_digests
from mliter_tui.kernel.lasting import Lasting
from mliter_tui.kernel.live import Live
from mliter_tui.kernel.node_run import NodeRun, keep
from mliter_tui.kernel.observe import Observer
from mliter_tui.kernel.streams import streams


class Session:
    """State of one kernel: the script's module, its live names, and the observers."""

    def __init__(self, channel: Channel, setup: dict[str, Any]) -> None:
        self.channel = channel
        self.folder, self.key = Path(setup["folder"]), setup["key"]
        self.fps: dict[str, str] = {}
        self.lineages: dict[str, str] = {}
        self.error: BaseException | None = None
        self.memos = "cache_" in setup["text"]
        main = _main_module(setup)
        self.live = Live(main, setup["definitions"], setup["keep_docstrings"])
        self.recorder = Recorder(tuple(setup["tty"]))
        self.recorder.install()
        self.streams = streams()
        self.figures = Watcher()
        self.lasting = Lasting()
        self.observer = Observer(str(self.folder), setup["script"])
        if not setup["hash_seed_set"]:
            os.environ.pop("PYTHONHASHSEED", None)
        self.observer.install()
        sys.argv = Arguments([setup["argv0"], *setup["args"]])
        sys.path[0] = os.path.dirname(setup["script"])

    def serve(self) -> int:
        """Answer commands until told to finish; the exit status of the script."""
        while True:
            try:
                message = self.channel.receive()
            except Closed:
                os._exit(1)  # the coordinator is gone: nobody is left to run for
            command = message["command"]
            if command == "node":
                self.channel.send(NodeRun(self, message).run())
            elif command == "keep":
                self.channel.send(keep(self, message["jobs"]))
            elif command == "figures":
                self.channel.send({"figures": figure_digests()})
            elif command == "finish":
                self.recorder.replay(message["replay"])
                if isinstance(self.error, NameError):  # skipped names count for "Did you mean"
                    for name in message["names"]:
                        self.live.main.__dict__.setdefault(name, None)
                return self.finish()

    def finish(self) -> int:
        error, self.error = self.error, None
        if error is None:
            return 0
        if isinstance(error, SystemExit):
            return exit_status(error)
        error.__traceback__ = strip(error.__traceback__)
        for chained in (error.__context__, error.__cause__):
            if chained is not None:
                chained.__traceback__ = strip(chained.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        if isinstance(error, KeyboardInterrupt):
            self.recorder.stdout.flush()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return 1


def _main_module(setup: dict[str, Any]) -> ModuleType:
    main = ModuleType("__main__")
    script = setup["script"]
    names = main.__dict__
    names["__file__"] = script
    names["__builtins__"] = __builtins__
    names["__annotations__"] = {}
    names["__cached__"] = None
    names["__loader__"] = importlib.machinery.SourceFileLoader("__main__", script)
    sys.modules["__main__"] = main
    text: str = setup["text"]
    linecache.cache[script] = (len(text), None, text.splitlines(keepends=True), script)
    return main


def main() -> None:
    """Entry of the process: argv[1] is the descriptor of the channel."""
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    try:
        setup = channel.receive()
    except Closed:
        return
    session = Session(channel, setup)
    channel.send({"ready": os.getpid()})
    sys.exit(session.serve())
