"""The engine as a process of its own, under this interpreter or that of another environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, NoReturn

from mliter_tui.errors import UsageError
from mliter_tui.options import Options

_ROOT = str(Path(__file__).resolve().parents[2])
_PATIENCE_SECONDS = 5.0
_NEEDED = ("xxhash", "networkx", "scipy", "watchdog")
"""What the engine imports beside the standard library; the app and its libraries are not needed there."""


def boot(module: str) -> str:
    """A program for `python -c` that runs the `main()` of a module; the current folder is not searched for it."""
    add = f"{_ROOT!r} in sys.path or sys.path.append({_ROOT!r})"
    return f"import sys; sys.path.pop(0); {add}; from {module} import main; main()"


def command(options: Options, ui: str) -> list[str]:
    """The command line of an engine that does as these options say, and sends events as `ui` has it."""
    python = [str(options.python)] if options.python is not None else [
        sys.executable, *(f"-W{word}" for word in sys.warnoptions)
    ]  # fmt: skip
    return [*python, "-c", boot("mliter_tui.session.engine"), *words_of(options, ui)]


def words_of(options: Options, ui: str) -> list[str]:
    """These options as words of `mliter watch`."""
    words = ["--policy", options.policy, "--unseeded", options.unseeded, "--ui", ui]
    words += ["--cache", str(options.cache_folder)]
    words += ["--budget", str(options.budget)] if options.budget is not None else []
    words += ["--events", str(options.events)] if options.events is not None else []
    words += ["--manual"] if options.manual else []
    return [*words, "--", options.script_name, "--", *options.args]


def start(options: Options, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    """An engine that reads commands from its stdin, writes events to its stdout, and leaves when stdin ends."""
    if options.python is not None:
        check(options.python)
    # a session of its own: the terminal's signals are the app's
    return subprocess.Popen(
        command(options, "tui"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
        start_new_session=True,
    )  # fmt: skip


def replace_by(options: Options, ui: str) -> NoReturn:
    """Go on as an engine under the other interpreter."""
    assert options.python is not None
    check(options.python)
    words = command(options, ui)
    os.execv(words[0], words)


def check(python: Path) -> None:
    """Raises UsageError where an engine cannot run under this interpreter, with what to install there."""
    code = (
        "import importlib.util as u, sys; print(sys.version_info >= (3, 11)); "
        f"print(*[m for m in {_NEEDED!r} if u.find_spec(m) is None])"
    )
    if python.is_dir():
        raise UsageError(f"{python} is a folder; name the interpreter in it, such as {python / 'bin' / 'python'}.")
    try:
        done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, timeout=60, check=False)
        new, missing = done.stdout.splitlines()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise UsageError(f"{python} does not run as a Python interpreter; name one with --python.") from None
    if new != "True":
        raise UsageError(f"{python} is older than Python 3.11, which mliter needs; name a newer one with --python.")
    if missing:
        raise UsageError(f"{python} lacks {', '.join(missing.split())}; run: {python} -m pip install {missing}")


def end(engine: subprocess.Popen[bytes]) -> bool:
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


def complain(complaints: IO[bytes]) -> None:
    complaints.seek(0)
    sys.stderr.write(complaints.read()[-4000:].decode(errors="replace"))
