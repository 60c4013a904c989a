"""The one exception tree of mliter; a message is one sentence that says what to do.

    MliterError                 anything mliter itself has to say; shown on stderr without a traceback
    ├── UsageError              the command line is wrong                                    exit 2
    ├── ScriptError             the script cannot be read; exits as `python SCRIPT` would
    │   ├── ScriptNotFound      no such file                                                 exit 2
    │   ├── ScriptIsFolder      a folder, and mliter runs scripts only                       exit 1
    │   ├── ScriptNotText       bytes that are not in the encoding the file declares         exit 1
    │   └── ScriptSyntaxError   not Python; carries the line                                 exit 1
    ├── StoreUnavailable        no store can be used: the run goes on without one            exit 1
    │   ├── StoreRefused        made with another user's key, or open to other users
    │   └── StoreDamaged        the catalog cannot be read
    ├── KernelDied              the process running the script ended without a word          exit 1
    └── JournalError            a line of an event file is not an event                      exit 1

A failure *of the script* is none of these: it is an iteration that failed, and its exit status is the script's own.
"""

from __future__ import annotations

from typing import ClassVar


class MliterError(Exception):
    """Anything mliter itself has to say; `str()` is the sentence the user sees."""

    exit_status: ClassVar[int] = 1


class UsageError(MliterError):
    """A command line, option or configuration value that cannot be meant."""

    exit_status = 2


class ScriptError(MliterError):
    """A script that cannot be read; `path` is as the user wrote it."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class ScriptNotFound(ScriptError):
    """No file of that name (python, too, exits with 2)."""

    exit_status = 2

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: no such script; check the name or the folder.", path)


class ScriptIsFolder(ScriptError):
    """A folder where a script was expected."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is a folder; name a .py file in it.", path)


class ScriptNotText(ScriptError):
    """A file whose bytes are not text in the encoding it declares (UTF-8 when it declares none)."""

    def __init__(self, path: str, encoding: str = "UTF-8") -> None:
        super().__init__(f"{path} is not {encoding} text; save it as UTF-8 or declare its encoding in line 1.", path)


class ScriptSyntaxError(ScriptError):
    """A file that is not Python; `line` counts from 1, `detail` is the parser's own word."""

    def __init__(self, path: str, line: int, detail: str) -> None:
        super().__init__(f"{path}:{line}: {detail}; mend the line and save again.", path)
        self.line = line
        self.detail = detail


class StoreUnavailable(MliterError):
    """No store can be used at this place; runs go on without one, commands on the cache stop."""


class StoreRefused(StoreUnavailable):
    """A store whose digests do not carry this user's key, or that others could have written."""


class StoreDamaged(StoreUnavailable):
    """A store whose catalog cannot be read."""


class KernelDied(MliterError):
    """The process running the script ended without reporting; `signal` is its number, if one ended it."""

    def __init__(self, message: str, signal: int | None = None) -> None:
        super().__init__(message)
        self.signal = signal


class JournalError(MliterError):
    """A line of an event file that is not an event: no JSON, no object, or fields of the wrong type."""
