"""The kernel process: one fresh interpreter per iteration that executes nodes on command (rule R1).

Commands over the channel: "node", "keep", "whole", "values", "figures", "finish". The process ends as plain Python
would: exit status, traceback, atexit handlers and all.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel import compiled, pipes, stdin, terminals, told
from mliter_tui.kernel.ahead import Ahead
from mliter_tui.kernel.argv import Arguments
from mliter_tui.kernel.capture import Recorder
from mliter_tui.kernel.channel import Channel, Closed
from mliter_tui.kernel.clocks import LogTimes
from mliter_tui.kernel.handles import Handles
from mliter_tui.kernel.interrupts import Interrupts
from mliter_tui.kernel.lasting import Lasting
from mliter_tui.kernel.observe import Observer
from mliter_tui.kernel.signals import Deferred, Tether
from mliter_tui.kernel.streams import streams
from mliter_tui.kernel.uses import Uses

if TYPE_CHECKING:
    from mliter_tui.kernel.live import Live
    from mliter_tui.kernel.recall import Recall

# imported by every interpreter before a script starts
_OF_THE_INTERPRETER = frozenset(
    "abc codecs encodings genericpath io os posixpath site stat zipimport".split()
) | frozenset(sys.builtin_module_names)


class Session:
    """State of one kernel: the script's module, its live names, and the observers.

    Made in two steps: at the first message the process looks like the script's and imports ahead; what serves nodes
    (`live`, `figures`) is there once `complete` has the second.
    """

    live: Live
    recall: Recall

    def __init__(
        self, channel: Channel, begin: dict[str, Any], signals: Deferred, watched: int, kept: int
    ) -> None:
        self.channel, self.pid = channel, os.getpid()
        self.folder = Path(begin["folder"])
        self.fps: dict[str, str] = {}
        self.lineages: dict[str, str] = {}
        self.settings: dict[str, Any] = {}  # of the process, as the last node left them
        self.error: BaseException | None = None
        self._modules: set[str] = set()
        self._last_module = 0, ""
        self.text, self.script = begin["text"], begin["script"]
        self.main = _main_module(begin)
        self.recorder = Recorder(tuple(begin["tty"]), watched, begin["prompt"])
        self.recorder.install()
        told.sink = self.recorder.note
        self.streams = streams()
        self.lasting = Lasting()
        self.log_times = LogTimes()
        self.handles, self.interrupts, self.uses = Handles(), Interrupts(), Uses()
        self.signals = signals
        self.observer = Observer(str(self.folder), begin["script"])
        if not begin["hash_seed_set"]:
            os.environ.pop("PYTHONHASHSEED", None)
        self.observer.install()
        compiled.distrust(self.observer.is_own_file)
        terminals.watch(self.observer, self.recorder)
        source = stdin.Source(self.observer.saw_stdin, kept)
        stdin.watch(source)
        pipes.watch(self.observer, source)
        sys.argv = Arguments([begin["argv0"], *begin["args"]])
        sys.path.insert(0, os.path.dirname(os.path.realpath(begin["script"])))  # as python does for a link
        self.ahead = Ahead()
        self.show_error = sys.__excepthook__
        if begin["recorded"] is not None:
            from mliter_tui.kernel.recorded import Recorded, show_error

            self.show_error = show_error
            sys.meta_path.insert(0, Recorded(begin["recorded"]))
        elif begin["ahead"]:
            self.ahead.run(self, begin["text"], begin["script"])

    def complete(self, setup: dict[str, Any]) -> None:
        """Get ready for nodes, and tell what came of the imports ahead."""
        from mliter_tui.kernel.figures import Watcher
        from mliter_tui.kernel.live import Live
        from mliter_tui.kernel.recall import Recall

        self.key = setup["key"]
        self.recall = Recall(self, setup["operators"], setup["rerun_unseeded"])
        if setup["text"] != self.text:  # saved meanwhile
            self.ahead.follow(setup["text"], self.script)
        self._take_texts(setup)
        for name in set(setup["definitions"]) & set(sys.modules) - _OF_THE_INTERPRETER:
            del sys.modules[name]  # the user has a module of that name, and this process has imported another
        self.live = Live(self.main, setup["definitions"], setup["keep_docstrings"])
        self.live.own_file = self.observer.is_own_file
        self.live.parted, self.live.labels = frozenset(setup["parted"]), setup["labels"]
        self.figures = Watcher()
        self.lasting.modules = set(setup["definitions"])
        self.ahead.still_holds(self.recorder.prompt)
        self.channel.send({"spoke": self.ahead.spoke(), "spoiled": self.ahead.spoiled, "stale": self.ahead.stale})

    def follow(self, setup: dict[str, Any]) -> None:
        """Another version of the script, which begins with the same nodes; they have been executed."""
        live = self.live
        self.ahead.stale |= set(setup["definitions"]) != set(live.definitions)
        self.ahead.stale |= setup["keep_docstrings"] != live.keep_docstrings
        self.ahead.stale |= frozenset(setup["parted"]) != live.parted or setup["labels"] != live.labels
        live.definitions = setup["definitions"]
        self.ahead.follow(setup["text"], self.script)
        self.ahead.still_holds(self.recorder.prompt)
        self._take_texts(setup)
        self.channel.send({"spoke": [], "spoiled": False, "stale": self.ahead.stale})

    def _take_texts(self, setup: dict[str, Any]) -> None:
        """The text of the script, and those of its local modules."""
        import linecache

        self.text = setup["text"]
        self.texts: list[str] = [self.text, *setup["texts"]]
        self.memos = "cache_" in self.text
        self.finalizes = any(word in text for text in self.texts for word in ("__del__", "finalize"))
        self.observer.asks_entries = any("stat" in text for text in self.texts)
        self.observer.workers.asynchronous = any(word in text for text in self.texts for word in ("return_as", "loky"))
        linecache.cache[self.script] = (len(self.text), None, self.text.splitlines(keepends=True), self.script)

    def modules(self) -> set[str]:
        """Names of all modules there are, not to be changed; the same set as at the last look if none came or went."""
        last = len(sys.modules), next(reversed(sys.modules))  # what comes is put behind the others
        if last != self._last_module:
            self._modules, self._last_module = set(sys.modules), last
        return self._modules

    def serve(self) -> int:
        """Answer commands until told to finish; the exit status of the script."""
        from mliter_tui.kernel.figures import save_open
        from mliter_tui.kernel.node_run import NodeRun
        from mliter_tui.kernel.whole import run_whole, values
        from mliter_tui.kernel.writing import keep

        while True:
            try:
                message = self.channel.receive()
            except Closed:
                os._exit(1)  # the coordinator is gone: nobody is left to run for
            command = message["command"]
            if command == "node":
                self.channel.send(NodeRun(self, message).run())
            elif command == "version":
                self.follow(message)
            elif command == "keep":
                self.channel.send(keep(self, message["jobs"]))
            elif command == "whole":
                self.channel.send(run_whole(self))
            elif command == "values":
                self.channel.send(values(self))
            elif command == "figures":
                with self.recorder.quiet():
                    self.channel.send({"paths": save_open(message["stem"], message["more_than"], message["seconds"])})
            elif command == "finish":
                self.recorder.replay(message["replay"])
                if isinstance(self.error, NameError):  # skipped names count for "Did you mean"
                    for name in message["names"]:
                        self.live.main.__dict__.setdefault(name, None)
                return self.finish()

    def finish(self) -> int:
        from mliter_tui.kernel.execute import exit_status, strip
        from mliter_tui.kernel.leaving import leave, wind_down

        self.recorder.unwatch()
        try:
            self.signals.resume()
        except BaseException as late:  # a signal that came after the last statement, and its handler raised
            self.error = self.error or late
        error, self.error = self.error, None
        if error is None or isinstance(error, SystemExit):
            status = 0 if error is None else exit_status(error)
            del error
            leave(self, status)
            return status
        error.__traceback__ = strip(error.__traceback__)
        for chained in (error.__context__, error.__cause__):
            if chained is not None:
                chained.__traceback__ = strip(chained.__traceback__)
        hook = sys.excepthook if sys.excepthook is not sys.__excepthook__ else self.show_error
        hook(type(error), error, error.__traceback__)
        if isinstance(error, KeyboardInterrupt):
            import signal

            self.recorder.stdout.flush()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        del error, chained
        wind_down(self)
        return 1


def _main_module(setup: dict[str, Any]) -> ModuleType:
    main = ModuleType("__main__")
    script = setup["script"]
    names = main.__dict__
    names["__file__"] = script
    names["__builtins__"] = builtins
    names["__annotations__"] = {}
    names["__cached__"] = None
    names["__loader__"] = importlib.machinery.SourceFileLoader("__main__", script)
    sys.modules["__main__"] = main
    return main


def main() -> None:
    """Entry of the process: argv[1] and argv[2] are the descriptors to read from and write to, argv[3] a pipe to see
    whether anybody reads on, argv[4] a file of what was read from standard input, argv[5] a pipe that ends with the
    coordinator; argv[3] and argv[4] may be -1.
    """
    signals = Deferred()
    signals.pause()
    ends = int(sys.argv[1]), int(sys.argv[2])
    watched, kept, tether = map(int, sys.argv[3:6])
    for fd in (*ends, watched, kept, tether):
        if fd >= 0:
            os.set_inheritable(fd, False)
    Tether(tether)
    channel = Channel(*ends)
    os.register_at_fork(after_in_child=channel.close)
    try:
        session = Session(channel, channel.receive(), signals, watched, kept)
        session.complete(channel.receive())
    except Closed:  # nobody needs this process after all
        os._exit(0)
    sys.exit(session.serve())
