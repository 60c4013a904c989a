"""Worker processes: what they are seen to do is told to the process that started them (rules R2, R8).

A forked child has our hooks; a worker of loky (joblib's) is a new interpreter that is made to install them before
anything else. Both append what they observe to a file without a name that all processes of a kernel share, ahead of
what they do about it, and the kernel reads it before it looks at anything itself: so that order is kept. Children that
run the whole script again (the start methods spawn and forkserver) are the outside's.
"""

from __future__ import annotations

import _posixsubprocess
import marshal
import os
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.environ import same_value
from mliter_tui.kernel.observed import Observed

if TYPE_CHECKING:
    from mliter_tui.kernel.observe import Observer

_HEAD = struct.Struct("<Q")
_LOKY = ".loky.backend.popen_loky_posix"
_RERUNS = ("--multiprocessing-fork", "multiprocessing.forkserver")
_THEIR_OWN = frozenset({"moved", "environment_written", "terminals"})
"""What a child does to itself only."""
_BOOT = "import sys; sys.path.append({root!r}); from mliter_tui.kernel.workers import main; main()"
Tell = Callable[[str, Any, Any], None]


class _Told(dict[Any, Any]):
    """A field of Observed that tells of what is new."""

    def __init__(self, name: str, tell: Tell) -> None:
        self._name, self._tell = name, tell

    def __setitem__(self, key: Any, value: Any) -> None:
        if key not in self or self[key] != value:
            super().__setitem__(key, value)
            self._tell(self._name, key, value)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]


class _ToldSet(set[Any]):
    def __init__(self, name: str, tell: Tell) -> None:
        self._name, self._tell = name, tell

    def add(self, value: Any) -> None:
        if value not in self:
            super().add(value)
            self._tell(self._name, value, None)


class _Telling(Observed):
    """What a child is seen to do; each new thing is told at once."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        for f in fields(Observed):
            if f.name not in _THEIR_OWN:
                kept = getattr(self, f.name)
                if isinstance(kept, (dict, set)):
                    setattr(self, f.name, _Told(f.name, tell) if isinstance(kept, dict) else _ToldSet(f.name, tell))
        object.__setattr__(self, "_tell", tell)

    def __setattr__(self, name: str, value: Any) -> None:
        if value is True and not getattr(self, name) and name not in _THEIR_OWN:
            self._tell(name, None, None)  # type: ignore[attr-defined]
        object.__setattr__(self, name, value)


class Workers:
    """`fd`: the file that children append to, -1 for none yet; `child`: this is one of them."""

    def __init__(self, observer: Observer, fd: int = -1) -> None:
        self.observer, self.fd, self.child = observer, fd, fd >= 0
        self._loky = fd >= 0  # a worker of its, whose calls wait for their results
        self._file = _identity(fd) if fd >= 0 else None
        self.asynchronous = False  # loky's may go on after the call that gave them work
        self._at = 0
        self._heard = self._early = False
        self._lock = threading.Lock()

    def install(self) -> None:
        os.register_at_fork(before=self._open, after_in_child=self.begin)
        fork_exec = _posixsubprocess.fork_exec

        def started(args: Sequence[Any], executables: Any, close: Any, passed: tuple[int, ...], *rest: Any) -> int:
            words = [os.fsdecode(word) for word in args]
            if len(words) > 2 and words[1] == "-m" and words[2].endswith(_LOKY):
                self._open()
                args = [os.fsencode(word) for word in self._observed(words)]
                passed = tuple(sorted({*passed, self.fd}))
            elif any(mark in word for word in words for mark in _RERUNS) and self.observer.current is not None:
                self.observer.current.outside.add("processes that run the script")
            return fork_exec(args, executables, close, passed, *rest)

        _posixsubprocess.fork_exec = started  # type: ignore[assignment]

    def _observed(self, words: list[str]) -> list[str]:
        """The command line of a worker that installs our hooks first."""
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        observer = self.observer
        return [words[0], "-c", _BOOT.format(root=root), str(self.fd), observer.own_folder, observer.script, *words[2:]]

    def _open(self) -> None:
        """A child is about to be."""
        seen = self.observer.current
        if seen is not None:
            seen.forked = True
        if self.fd < 0:
            self.fd = os.memfd_create("observed") if hasattr(os, "memfd_create") else _temporary()
            _append_only(self.fd)
            self._file = _identity(self.fd)

    def begin(self) -> None:
        """In the child: all that is observed from now on is told."""
        self.child = True
        self.observer.current = _Telling(self._tell)

    def begin_node(self) -> None:
        self._heard, self._early = False, self.fd >= 0 and children()

    def go_on(self) -> bool:
        """Whether something was heard in this node that may be due to another one: from children that outlast one."""
        return self._heard and (self._early or children())

    def _tell(self, field: str, key: Any, value: Any) -> None:
        data = marshal.dumps((self._loky, field, key, value))
        try:
            if _identity(self.fd) == self._file:  # a child may close all it has, and open something else
                os.write(self.fd, _HEAD.pack(len(data)) + data)
        except OSError:
            return

    def hear(self, seen: Observed) -> None:
        """In the parent: take note of what children have told since the last time."""
        if self.fd < 0 or self.child:
            return
        with self._lock:
            size = os.fstat(self.fd).st_size
            while size - self._at >= _HEAD.size:
                (length,) = _HEAD.unpack(os.pread(self.fd, _HEAD.size, self._at))
                data = os.pread(self.fd, length, self._at + _HEAD.size)
                if len(data) < length:
                    return  # it is just being written
                self._at += _HEAD.size + length
                loky, *told = marshal.loads(data)
                self._heard |= self.asynchronous or not loky
                self._take(seen, *told)

    def _take(self, seen: Observed, field: str, key: Any, value: Any) -> None:
        observer, mine = self.observer, getattr(seen, field)
        if isinstance(mine, bool):
            setattr(seen, field, True)
        elif isinstance(mine, set):
            mine.add(key)
        elif field == "environment" and (key in observer.written_environment or not same_value(key, value)):
            return  # a library has set it for its worker
        elif field in ("reads", "read_hashes", "exists", "stats") and (key in seen.writes or key in seen.made):
            return
        elif field != "before":
            mine.setdefault(key, value)
        elif key not in observer.saved:
            observer.saved.add(key)
            mine[key] = value


def children() -> bool:
    """Whether there are children, be it that one has ended and nobody has asked yet."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _identity(fd: int) -> tuple[int, int]:
    s = os.fstat(fd)
    return s.st_dev, s.st_ino


def _temporary() -> int:
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _append_only(fd: int) -> None:
    import fcntl

    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_APPEND)


def main() -> None:
    """Entry of a worker: argv[1] is the descriptor to tell by, then the store's folder, the script, and a module."""
    import runpy

    from mliter_tui.kernel.observe import Observer

    fd, own_folder, script, module = sys.argv[1:5]
    del sys.argv[1:5]
    sys.path[0] = os.getcwd()  # as for python -m
    observer = Observer(own_folder, script, int(fd))
    observer.asks_entries = True
    observer.install()
    observer.workers.begin()
    runpy._run_module_as_main(module)  # type: ignore[attr-defined]


