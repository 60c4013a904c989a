"""Observation of a node (rules R2, R8): files, folders, environment, arguments, working folder, the outside world.

An audit hook sees what CPython itself does; thin wrappers see what raises no audit event (stat, environment, getcwd).
Everything is kept per node in an `Observed`; paths under the interpreter's libraries and caches are left out, as
package versions stand for them.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from xxhash import xxh3_128, xxh3_128_hexdigest

from mliter_tui.kernel.argv import Arguments

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_OUTSIDE = {
    "subprocess.Popen", "os.system", "os.posix_spawn", "os.spawn", "os.exec", "os.fork", "os.forkpty", "pty.spawn",
    "socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request", "ftplib.connect", "smtplib.connect",
    "builtins.input", "sqlite3.connect",
}  # fmt: skip
LOCAL = frozenset({"an open file", "atexit.register", "threads", "__del__"})
"""What a node does to its own process only: in a fresh process it is done again, and that does no harm."""
_FOLDERS = {"os.listdir", "os.scandir"}
_CHANGES = {"os.remove", "os.rename", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
_WATCHED = _OUTSIDE | _FOLDERS | _CHANGES | {"open", "os.mkdir", "os.chdir"}
_NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"}
# libraries that start processes for reasons of their own, which the result does not depend on
_BENIGN = frozenset(
    "joblib loky sklearn matplotlib threadpoolctl numba torch multiprocessing concurrent mliter_tui platform".split()
)
_SKIPPED_SUFFIXES = (".py", ".pyc", ".so", ".pyd", ".pth")

_SAVED_BYTES = 64 << 20
Stat = tuple[int, int, int, int]  # inode, size, mtime_ns, ctime_ns


@dataclass
class Observed:
    """What one node was seen to do."""

    reads: dict[str, tuple[str, Stat | None]] = field(default_factory=dict)  # absolute path -> (as given, stat)
    read_hashes: dict[str, str] = field(default_factory=dict)  # content before the node itself overwrote it
    writes: set[str] = field(default_factory=set)
    before: dict[str, bytes | None] = field(default_factory=dict)  # content ahead of the run's first write
    made: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)  # of modules imported from outside the libraries
    exists: dict[str, str] = field(default_factory=dict)
    stats: dict[str, str] = field(default_factory=dict)
    listings: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    environment_written: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    arguments: bool = False
    folder: bool = False
    relative: bool = False
    moved: bool = False
    unsure: set[str] = field(default_factory=set)


def lineage_of(lineage: str, seen: Observed) -> str:
    """The lineage of what a node makes, with all it observed; never the same again where the outside had a part."""
    known = (
        sorted(seen.reads.items()), sorted(seen.read_hashes.items()), sorted(seen.exists.items()),
        sorted(seen.stats.items()), sorted(seen.listings.items()), sorted(seen.environment.items()),
        time.time_ns() if seen.outside - LOCAL or "threads" in seen.outside else 0,
    )  # fmt: skip
    return xxh3_128_hexdigest((lineage + repr(known)).encode("utf-8", "surrogatepass"))


def value_hash(text: str | None) -> str:
    return "-" if text is None else xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def listing_hash(names: list[str]) -> str:
    return value_hash("\0".join(sorted(n for n in names if n not in (".mliter", "__pycache__"))))


def file_hash(path: str) -> str:
    h = xxh3_128()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            h.update(block)
    return h.hexdigest()


class Observer:
    """Installs hooks once; `begin` and `end` frame a node. Threads other than the main one are observed too."""

    def __init__(self, own_folder: str, script: str) -> None:
        self.current: Observed | None = None
        self.script = script
        paths = sysconfig.get_paths()
        kinds = ("stdlib", "platstdlib", "purelib", "platlib")
        self.libraries = tuple({os.path.realpath(paths[k]) + os.sep for k in kinds})
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        self.ignored = (*self.libraries, own_folder + os.sep, "/proc/", "/sys/", "/dev/", cache + os.sep, here + os.sep)
        self.quick = (*{paths[k] + os.sep for k in kinds}, "/proc/", "/sys/", "/dev/")
        self.busy = threading.local()
        self.written_environment: set[str] = set()
        self.saved: set[str] = set()
        self.pid = os.getpid()

    def install(self) -> None:
        sys.addaudithook(self.hook())
        self._wrap_environment()
        self._wrap_stat()
        Arguments.seen = staticmethod(self._saw_arguments)
        getcwd = os.getcwd

        def seen_getcwd() -> str:
            if self.current is not None and self._caller_counts(2):
                self.current.folder = True
            return getcwd()

        os.getcwd = seen_getcwd

    def _saw_arguments(self) -> None:
        if self.current is not None:
            self.current.arguments = True

    @staticmethod
    def _caller_counts(depth: int) -> bool:
        name = sys._getframe(depth).f_globals.get("__name__", "")
        inner = ("importlib", "_frozen_importlib", "linecache", "posixpath", "mliter_tui", "tokenize")
        return not name.startswith(inner)

    def begin(self) -> None:
        self.current = Observed()

    def end(self) -> Observed:
        seen, self.current = self.current, None
        assert seen is not None
        return seen

    def path(self, path: Any) -> str | None:
        """Absolute path of a file that counts, else None."""
        if isinstance(path, int) or path is None:
            return None
        try:
            text = os.fsdecode(path)
        except (TypeError, ValueError):
            return None
        if text.startswith(self.quick) and "/../" not in text:
            return None
        if self.current is not None and not os.path.isabs(text):
            self.current.relative = True
        found = os.path.realpath(os.path.abspath(text))
        return None if found.startswith(self.ignored) else found

    def hook(self) -> Callable[[str, tuple[Any, ...]], None]:
        """The audit hook. It is called tens of thousands of times during an import, so it leaves early."""
        watched, quick, pid, busy = _WATCHED, self.quick, self.pid, self.busy

        def observe(event: str, args: tuple[Any, ...]) -> None:
            if event not in watched:
                return
            seen = self.current
            if seen is None:
                return
            if event == "open":
                path = args[0]
                if type(path) is str and path.startswith(quick) and "/../" not in path:
                    return  # most opens are imports
            elif event == "os.listdir" and sys._getframe(1).f_globals.get("__name__", "").startswith("importlib"):
                return
            if os.getpid() != pid or getattr(busy, "on", False):
                return
            busy.on = True
            try:
                self._dispatch(seen, event, args)
            finally:
                busy.on = False

        return observe

    def _dispatch(self, seen: Observed, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            self._opened(seen, *args)
        elif event in _FOLDERS:
            where = self.path(args[0] if args and args[0] is not None else ".")
            if where is not None and self._caller_counts(3):
                try:
                    seen.listings[where] = listing_hash(os.listdir(where))
                except OSError:
                    seen.listings[where] = "-"
        elif event in _CHANGES:
            for p in args[:2]:
                found = self.path(p) if isinstance(p, (str, bytes, os.PathLike)) else None
                if found is not None:
                    self._save(seen, found)
                    if event in ("os.rename", "os.link") and p is args[0]:
                        self._before(seen, found, os.fspath(p))
                    seen.writes.add(found)
        elif event == "os.mkdir":
            found = self.path(args[0])
            if found is not None:
                seen.made.add(found)
        elif event == "os.chdir":
            seen.moved = True
        elif event in _OUTSIDE:
            self._outside(seen, event, args)

    def _outside(self, seen: Observed, event: str, args: tuple[Any, ...]) -> None:
        if event == "sqlite3.connect" and str(args[0]) == ":memory:":
            return
        frame: Any = sys._getframe(3)
        while frame is not None:
            name = frame.f_globals.get("__name__", "").partition(".")[0]
            if name in _BENIGN and event not in _NETWORK:
                return
            if name not in sys.stdlib_module_names:
                break
            frame = frame.f_back
        if event in _NETWORK and name in ("joblib", "loky", "multiprocessing"):
            return
        seen.outside.add(event)

    def _opened(self, seen: Observed, path: Any, mode: Any, flags: Any) -> None:
        found = self.path(path)
        if found is None:
            return
        writing = any(c in mode for c in "wxa+") if isinstance(mode, str) else bool((flags or 0) & _WRITING)
        if not writing:
            if found.endswith(_SKIPPED_SUFFIXES):
                name = sys._getframe(3).f_globals.get("__name__", "")
                if name.startswith(("importlib", "_frozen_importlib", "linecache", "tokenize", "zipimport", "inspect")):
                    if "import" in name:
                        seen.sources.add(_source_of(found))
                    return
            self._read(seen, found, os.fsdecode(path))
            return
        self._save(seen, found)
        truncates = mode == "w" or mode == "wb" or (isinstance(mode, str) and mode[:1] == "w")
        if mode is None:
            truncates = bool((flags or 0) & os.O_TRUNC)
        if not truncates or found in seen.reads:
            self._before(seen, found, os.fsdecode(path))
        seen.writes.add(found)

    def take_read(self, seen: Observed, given: str) -> None:
        """Note a file as read that no event told of."""
        found = self.path(given)
        if found is not None:
            self._read(seen, found, given)

    def _read(self, seen: Observed, found: str, given: str) -> None:
        if found in seen.writes or found in seen.reads:
            return
        try:
            s = os.stat(found)
        except OSError:
            seen.reads[found] = (given, None)
            return
        if os.path.isdir(found):
            return
        seen.reads[found] = (given, (s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns))

    def _save(self, seen: Observed, found: str) -> None:
        """Keep a file's content ahead of the run's first change to it, should the run have to start over."""
        if found in self.saved:
            return
        self.saved.add(found)
        try:
            if os.path.getsize(found) <= _SAVED_BYTES:
                with open(found, "rb") as f:
                    seen.before[found] = f.read()
        except FileNotFoundError:
            seen.before[found] = None
        except OSError:
            return

    def _before(self, seen: Observed, found: str, given: str) -> None:
        """The content a node found before it changed a file in place counts as read."""
        if found in seen.writes:
            return
        self._read(seen, found, given)
        if found in seen.reads and found not in seen.read_hashes:
            try:
                seen.read_hashes[found] = file_hash(found)
            except OSError:
                seen.read_hashes[found] = "-"

    def _wrap_environment(self) -> None:
        cls = type(os.environ)
        get, store, delete, iterate = cls.__getitem__, cls.__setitem__, cls.__delitem__, cls.__iter__
        observer = self

        def note(name: Any, value: str | None) -> None:
            seen = observer.current
            if seen is not None and isinstance(name, str):
                if name in observer.written_environment:
                    seen.environment_written.add(name)
                else:
                    seen.environment[name] = value_hash(value)

        def __getitem__(self: Any, key: Any) -> Any:
            try:
                value = get(self, key)
            except KeyError:
                note(key, None)
                raise
            note(key, value)
            return value

        def changed(key: Any) -> None:
            if observer.current is not None and isinstance(key, str):
                observer.current.environment_written.add(key)
                observer.written_environment.add(key)

        def __setitem__(self: Any, key: Any, value: Any) -> None:
            changed(key)
            store(self, key, value)

        def __delitem__(self: Any, key: Any) -> None:
            changed(key)
            delete(self, key)

        def __iter__(self: Any) -> Any:
            for name in list(iterate(self)):
                if observer.current is not None:
                    note(name, get(self, name))
                yield name

        for function in (__getitem__, __setitem__, __delitem__, __iter__):
            setattr(cls, function.__name__, function)

    def _wrap_stat(self) -> None:
        for name in ("stat", "lstat", "access"):
            setattr(os, name, self._statter(getattr(os, name)))

    def _statter(self, original: Callable[..., Any]) -> Callable[..., Any]:
        import functools

        @functools.wraps(original)
        def looked(path: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = original(path, *args, **kwargs)
            except (OSError, ValueError):
                self._looked(path, None)
                raise
            self._looked(path, result)
            return result

        return looked

    def _looked(self, path: Any, result: Any) -> None:
        seen = self.current
        if seen is None or getattr(self.busy, "on", False) or isinstance(path, int):
            return
        frame: Any = sys._getframe(2)
        detail = "stat"
        while frame.f_globals.get("__name__") in ("genericpath", "posixpath", "pathlib", "os", "pathlib._local"):
            detail = frame.f_code.co_name
            frame = frame.f_back
            if frame is None:
                return
        module = frame.f_globals.get("__name__", "")
        if module.startswith(("importlib", "_frozen_importlib", "linecache", "tokenize", "mliter_tui", "inspect")):
            return
        self.busy.on = True
        try:
            found = self.path(path)
        finally:
            self.busy.on = False
        if found is None or found in seen.writes:
            return
        kind = "-" if result is None or result is False else kind_of(found)
        seen.exists.setdefault(found, kind)
        if kind == "file" and detail in ("getsize", "getmtime", "getctime", "getatime", "stat", "lstat", "fstat"):
            seen.stats.setdefault(found, stat_key(found, detail))


def _source_of(path: str) -> str:
    """The file that a module's compiled code was made from; a source itself."""
    folder, name = os.path.split(path)
    if not name.endswith(".pyc") or os.path.basename(folder) != "__pycache__":
        return path
    return os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")


def kind_of(path: str) -> str:
    return "dir" if os.path.isdir(path) else "file" if os.path.exists(path) else "-"


def stat_key(path: str, detail: str) -> str:
    s = os.stat(path)
    return f"size:{s.st_size}" if detail == "getsize" else f"all:{s.st_size}:{s.st_mtime_ns}"
