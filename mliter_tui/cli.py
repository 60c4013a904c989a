"""The command line of mliter: words in, an exit status out.

The function of a command is imported only once its words are understood: nothing heavy is loaded to show help or to
refuse a bad option. Wrong words are one sentence on stderr and exit status 2, never a traceback.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence

TYPE_CHECKING = False  # typing itself is not imported before a process was launched
if TYPE_CHECKING:
    from collections.abc import Callable

    from mliter_tui.engine.launch import Launched

_IMPLEMENTATIONS = {
    "run": "mliter_tui.engine.run:run_command",
    "watch": "mliter_tui.session.command:watch_command",
    "serve": "mliter_tui.session.serving:serve_command",
    "plan": "mliter_tui.engine.inspect:plan_command",
    "why": "mliter_tui.engine.inspect:why_command",
    "verify": "mliter_tui.engine.verify:verify_command",
    "history": "mliter_tui.lookback.listing:history_command",
    "show": "mliter_tui.lookback.showing:show_command",
    "diff": "mliter_tui.lookback.differing:diff_command",
    "replay": "mliter_tui.lookback.replaying:replay_command",
    "note": "mliter_tui.lookback.remarking:note_command",
    "star": "mliter_tui.lookback.remarking:star_command",
    "checkout": "mliter_tui.lookback.checking_out:checkout_command",
    "report": "mliter_tui.lookback.reporting:report_command",
    "whatif": "mliter_tui.lookback.whatif:whatif_command",
    "label": "mliter_tui.lookback.correcting:label_command",
    "metric": "mliter_tui.lookback.correcting:metric_command",
    "export": "mliter_tui.lookback.exporting:export_command",
    "import": "mliter_tui.lookback.importing:import_command",
    "cache": "mliter_tui.engine.caching:cache_command",
    "demo": "mliter_tui.demo.command:demo_command",
    "completion": "mliter_tui.completion:completion_command",
}
_USAGE = 2
_BROKEN_PIPE = 128 + 13  # as a shell reports a program that SIGPIPE ended
_INTERRUPTED = 128 + 2


def main_help() -> str:
    """The help text of `mliter` itself."""
    from mliter_tui.grammar import COMMANDS

    rows = "\n".join(f"  {name:<12}{command.summary}" for name, command in COMMANDS.items())
    return f"""usage: mliter COMMAND [options] ...

Re-runs only what an edit of a Python script really changed, with the result of a cold run.

commands:
{rows}

options:
  -h, --help  show this help and exit
  --version   show the version and exit

examples:
  mliter run train.py
  mliter plan train.py
  mliter COMMAND --help
"""


def cache_help() -> str:
    """The help text of `mliter cache`."""
    from mliter_tui.grammar import ACTIONS, COMMANDS

    rows = "\n".join(f"  {name:<8}{action.summary}" for name, action in ACTIONS.items())
    return f"""usage: {COMMANDS["cache"].usage}

{COMMANDS["cache"].summary.capitalize()}.

actions:
{rows}

examples:
  mliter cache ls
  mliter cache pin X_train
  mliter cache ACTION --help
"""


def _complain(text: object) -> None:
    """Say something on stderr; nowhere at all where it is closed, as print() would then choose stdout."""
    if sys.stderr is not None:
        print(text, file=sys.stderr)


def _answer(words: Sequence[str]) -> int | None:
    """Answer what is no command (help, version, nothing at all); None where a command is named."""
    if not words or words == ["cache"]:
        _complain((cache_help() if words else main_help()).rstrip("\n"))
        return _USAGE
    if words[0] in ("-h", "--help", "help"):
        print(main_help(), end="")
        return 0
    if words[0] == "--version":
        from mliter_tui import __version__

        print("mliter", __version__)
        return 0
    if words[0] == "cache" and words[1] in ("-h", "--help"):
        print(cache_help(), end="")
        return 0
    return None


def _launched(words: Sequence[str]) -> Launched | None:
    """The process a script will run in, started before the words are understood: it takes a while to get ready."""
    if words[0] != "run" or len(words) < 2 or words[1] in ("-h", "--help"):
        return None
    from mliter_tui.engine.launch import Launched

    try:
        return Launched()
    except OSError:
        return None  # tried again, and reported, when there is something to run


def dispatch(words: Sequence[str]) -> int:
    """Read the words and run their command; the exit status."""
    answered = _answer(list(words))
    if answered is not None:
        return answered
    launched = _launched(words)
    from importlib import import_module

    from mliter_tui.arguments import parse
    from mliter_tui.errors import MliterError

    try:
        options = parse(words)
    except MliterError as error:
        _complain(error)
        return _USAGE
    if options.command != "run" and isinstance(sys.stdout, io.TextIOWrapper):
        # a name this terminal's encoding lacks is escaped; under `run` stdout is the script's, and stays strict
        sys.stdout.reconfigure(errors="backslashreplace")
    module, _, function = _IMPLEMENTATIONS[options.command].partition(":")
    command: Callable[..., int] = getattr(import_module(module), function)
    try:
        return command(options, launched) if launched is not None else command(options)
    except MliterError as error:
        _complain(error)
        return error.exit_status


def _output_failed(error: OSError) -> int:
    """The exit status where stdout cannot be written; nothing more is written to it.

    Raises the error again where it is of another kind: a file named in it, or no lack of space or of a reader.
    """
    space = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
    if error.filename is not None or error.errno not in (errno.EPIPE, *space):
        raise error
    # otherwise python would complain again when it flushes at exit
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.__stdout__.fileno() if sys.__stdout__ is not None else 1)
    os.close(devnull)
    if error.errno == errno.EPIPE:
        return _BROKEN_PIPE
    _complain(f"mliter: the output cannot be written ({error.strerror}); free some space or send it elsewhere.")
    return 1


def _end_interrupted() -> int:
    """End as python does on ctrl-c: by the signal itself, so that shells and loops see it."""
    import signal

    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        pass  # nobody reads on; the signal says it all
    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return _INTERRUPTED


def main(words: Sequence[str] | None = None) -> int:
    """The process boundary: runs a command, and turns whatever ends it into an exit status."""
    try:
        try:
            status = dispatch(sys.argv[1:] if words is None else words)
        except SystemExit as stop:  # argparse, after --help
            status = stop.code if isinstance(stop.code, int) else 0
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except OSError as error:
        return _output_failed(error)
    except KeyboardInterrupt:
        return _end_interrupted()
