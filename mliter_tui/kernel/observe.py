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
from collections.abc import Callable
from typing import Any

from xxhash import xxh3_128

from mliter_tui.kernel import compiled, environ, folders, looking
from mliter_tui.kernel.argv import Arguments
from mliter_tui.kernel.arriving import Arrivals
from mliter_tui.kernel.observed import STDIN, Observed, stat_of
from mliter_tui.kernel.openers import openers
from mliter_tui.kernel.tensor_hooks import HOOKS
from mliter_tui.kernel.workers import Workers

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_OUTSIDE = {
    "subprocess.Popen", "os.system", "os.posix_spawn", "os.spawn", "os.exec", "os.fork", "os.forkpty", "pty.spawn",
    "socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request", "ftplib.connect", "smtplib.connect",
    "builtins.input", "sqlite3.connect",
}  # fmt: skip
_FOLDERS = {"os.listdir", "os.scandir"}
_CHANGES = {"os.remove", "os.rename", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
_WATCHED = _OUTSIDE | _FOLDERS | _CHANGES | {"open", "os.mkdir", "os.chdir"}
_NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"}
# libraries that start processes for reasons of their own, which the result does not depend on
_BENIGN = frozenset(
    "joblib loky sklearn matplotlib threadpoolctl numba torch multiprocessing concurrent mliter_tui platform".split()
)
_SKIPPED_SUFFIXES = (".py", ".pyc", ".so", ".pyd", ".pth")

# folders of ~/.cache that libraries keep for themselves, or that go by the hash of what is in them
_CACHES = "matplotlib fontconfig pip numba mesa_shader_cache huggingface torch uv pypoetry tensorflow".split()
_ARRAYS_OF_JOBLIB = f"{os.sep}joblib_memmapping_folder_"  # on their way to its workers
_NAMELESS = getattr(os, "O_TMPFILE", -1)
_LOGS = ("logging", "loguru")  # what they append to is no matter to what they hold
_SAVED_BYTES = 64 << 20
_MOST_MOVED = 20_000
def file_hash(path: str) -> str:
    h = xxh3_128()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            h.update(block)
    return h.hexdigest()


class Observer:
    """Installs hooks once; `begin` and `end` frame a node. Threads other than the main one are observed too."""

    def __init__(self, own_folder: str, script: str, told: int = -1) -> None:
        self.current: Observed | None = None
        self.script = script
        paths = sysconfig.get_paths()
        kinds = ("stdlib", "platstdlib", "purelib", "platlib")
        self.libraries = tuple({os.path.realpath(paths[k]) + os.sep for k in kinds})
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        caches = [os.path.join(cache, name) + os.sep for name in _CACHES]
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        self.own_folder = own_folder
        self.here = here + os.sep
        self.ignored = (*self.libraries, own_folder + os.sep, self.here, "/proc/", "/sys/", "/dev/", *caches)
        self.quick = (*{paths[k] + os.sep for k in kinds}, "/proc/", "/sys/")
        self.busy = threading.local()
        self.written_environment: set[str] = set()
        self.saved: set[str] = set()
        self._own: dict[str, bool] = {}  # whether code in a file is the user's
        self.asks_entries = False  # the user's own code may ask a folder's entries for sizes and times
        self.workers = Workers(self, told)

    def install(self) -> None:
        sys.addaudithook(self.hook())
        Arrivals(openers(self) | HOOKS)
        self.workers.install()
        environ.watch(self)
        looking.watch(self)
        Arguments.seen = staticmethod(self._saw_arguments)

    def _saw_arguments(self) -> None:
        if self.current is not None:
            self.current.arguments = True

    def saw_stdin(self) -> None:
        if self.current is not None:
            self.current.outside.add(STDIN)

    @staticmethod
    def _caller_counts(depth: int) -> bool:
        return looking.top_of(sys._getframe(depth)) not in looking.INNER

    def begin(self) -> None:
        self.current = Observed()
        self.workers.begin_node()

    def end(self) -> Observed:
        seen, self.current = self.current, None
        assert seen is not None
        self.workers.hear(seen)
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
        return self._counts(self._followed(os.path.abspath(text)))

    def _counts(self, found: str) -> str | None:
        if found == self.own_folder or (found.startswith(self.ignored) and not found.startswith("/dev/shm/")):
            return None
        if _ARRAYS_OF_JOBLIB in found:
            return None
        return found

    def _followed(self, path: str) -> str:
        """Where a path leads; the links on the way are noted, as they may be made to lead elsewhere."""
        found = os.path.realpath(path)
        seen = self.current
        if found != path and seen is not None:
            at = ""
            for part in path.split(os.sep)[1:]:
                at = f"{at}{os.sep}{part}"
                if os.path.islink(at) and at not in seen.writes:
                    seen.exists.setdefault(at, looking.kind_itself(at))
                    at = os.path.realpath(at)
        return found

    def place(self, path: Any, folder: int | None = None) -> str | None:
        """Absolute path of a name itself, which may be a link, else None; `folder`: a descriptor it is relative to."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return None
        text = os.fsdecode(path)
        if not os.path.isabs(text):
            if folder is not None and folder >= 0:
                text = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), text)
            elif self.current is not None:
                self.current.relative = True
        where, name = os.path.split(os.path.abspath(text))
        return self._counts(os.path.join(self._followed(where), name))

    def hook(self) -> Callable[[str, tuple[Any, ...]], None]:
        """The audit hook. It is called tens of thousands of times during an import, so it leaves early."""
        watched, quick, busy = _WATCHED, self.quick, self.busy

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
            elif event == "os.listdir" and looking.top_of(sys._getframe(1)) in looking.INNER:
                return
            if getattr(busy, "on", False):
                return
            busy.on = True
            try:
                self._dispatch(seen, event, args)
            finally:
                busy.on = False

        return observe

    def _dispatch(self, seen: Observed, event: str, args: tuple[Any, ...]) -> None:
        if looking.top_of(sys._getframe(2)) == "tempfile" and sys._getframe(2).f_code.co_name == "_get_default_tempdir":
            return  # it tries whether a file can be made, under a name that is another each time
        self.workers.hear(seen)
        if event == "open":
            self._opened(seen, *args)
        elif event in _FOLDERS:
            given = args[0] if args and args[0] is not None else "."
            where = self.path(os.readlink(f"/proc/self/fd/{given}") if isinstance(given, int) else given)
            if where is not None and self._caller_counts(3):
                asked = folders.question(event, frame := sys._getframe(2), self.is_own(frame), self.asks_entries)
                if (asked, where) not in seen.listings:
                    seen.listings[asked, where] = folders.listing(asked, where)
        elif event in _CHANGES:
            self._changes(seen, event, args)
        elif event == "os.mkdir":
            found = self.place(args[0], args[2] if len(args) > 2 else None)
            if found is not None and not compiled.is_kept(found, 2):
                if not looking.forgiving(sys._getframe(2)):
                    self._precondition(seen, found, 3)
                seen.made.add(found)
        elif event == "os.chdir":
            seen.moved = True
        elif event in _OUTSIDE:
            self._outside(seen, event, args)

    def _precondition(self, seen: Observed, found: str, depth: int) -> None:
        """Whether something is there decides whether it can be made or taken away."""
        if found not in seen.writes and found not in seen.made:
            seen.exists.setdefault(found, looking.kind_itself(found))
            self.note_asker(seen, found, looking.asker(depth)[0])

    def note_asker(self, seen: Observed, found: str, frame: Any) -> None:
        """A library that looks whether there is a file before it writes it decides nothing by that."""
        if frame is not None and self.is_own(frame):
            seen.asked.add(found)

    def is_own(self, frame: Any) -> bool:
        return self.is_own_file(frame.f_code.co_filename)

    def is_own_file(self, name: str) -> bool:
        """Whether it is the user's: of no library, and not ours."""
        if (own := self._own.get(name)) is None:
            own = self._own[name] = not os.path.realpath(name).startswith((*self.libraries, self.here))
        return own

    def _changes(self, seen: Observed, event: str, args: tuple[Any, ...]) -> None:
        """Names made, taken away, or given to something else."""
        if event == "os.symlink":
            places = [self.place(args[1], args[2] if len(args) > 2 else None)]
        elif event in ("os.rename", "os.link"):
            given = [*args[2:4], None, None]
            places = [self.place(args[0], given[0]), self.place(args[1], given[1])]
        elif event == "os.truncate":
            places = [self.path(args[0])]
        else:
            places = [self.place(args[0], args[1] if len(args) > 1 else None)]
        if event == "os.rename" and places[0] is not None and os.path.isdir(places[0]):
            places += self._moved_folder(seen, places[0], places[1])
        for at, found in enumerate(places):
            if found is None or compiled.is_kept(found, 3):
                continue
            self._precondition(seen, found, 4)
            self._save(seen, found)
            if event in ("os.rename", "os.link") and at == 0 and os.path.isfile(found):
                self._before(seen, found, os.fsdecode(args[0]))
            seen.writes.add(found)

    def _moved_folder(self, seen: Observed, source: str, target: str | None) -> list[str | None]:
        """All below a folder, by its old and its new name."""
        found: list[str | None] = []
        for folder, inner, files in os.walk(source):
            for name in (*inner, *files):
                old = os.path.join(folder, name)
                new = os.path.join(target, os.path.relpath(old, source)) if target is not None else None
                if name in files and old not in seen.writes:
                    self._before(seen, old, old)
                found += [old, new]
            if len(found) > _MOST_MOVED:
                seen.outside.add("a large folder renamed")
                break
        return found

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
        if path == 0 and looking.top_of(sys._getframe(3)) not in looking.INNER:
            self.saw_stdin()
        found = self.path(path)
        if found is None:
            return
        writing = any(c in mode for c in "wxa+") if isinstance(mode, str) else bool((flags or 0) & _WRITING)
        if not writing:
            if found.endswith(_SKIPPED_SUFFIXES):
                name = looking.top_of(sys._getframe(3))
                if name in looking.INNER:
                    if "import" in name:
                        seen.sources.add(_source_of(found))
                    return
            seen.logged.discard(found)
            if looking.importing(sys._getframe(3)):
                seen.loading.add(found)
            self._read(seen, found, os.fsdecode(path))
            return
        if (flags or 0) & _NAMELESS == _NAMELESS:
            return  # a file without a name, on the file system of that folder
        if compiled.is_kept(found, 3):
            return
        self._save(seen, found)
        truncates = mode == "w" or mode == "wb" or (isinstance(mode, str) and mode[:1] == "w")
        if mode is None:
            truncates = bool((flags or 0) & os.O_TRUNC)
        if not truncates or found in seen.reads:
            if mode in ("a", "ab") and found not in seen.reads and looking.top_of(sys._getframe(3)) in _LOGS:
                seen.logged.add(found)
            self._before(seen, found, os.fsdecode(path))
        seen.writes.add(found)

    def take_read(self, seen: Observed, given: str) -> None:
        """Note a file as read that no event told of."""
        found = self.path(given)
        if found is not None:
            self._read(seen, found, given)

    def take_opened(self, given: Any, mode: str) -> None:
        """Note files that are about to be opened where no event tells of it; what is no path is opened otherwise."""
        seen = self.current
        if seen is None or getattr(self.busy, "on", False):
            return
        self.busy.on = True
        try:
            for path in folders.paths_in(given):
                found = self.path(path)
                if found is None:
                    continue
                if mode.startswith("r") and "+" not in mode:
                    self._read_all(seen, found, os.fsdecode(path))
                    continue
                self._save(seen, found)
                if not mode.startswith(("w", "x")):
                    self._before(seen, found, os.fsdecode(path))
                seen.writes.add(found)
        finally:
            self.busy.on = False

    def _read_all(self, seen: Observed, found: str, given: str) -> None:
        """A file, or all below a folder, or what a pattern stands for."""
        for folder, files in folders.meant(found):
            if folder:
                seen.listings.setdefault((folders.NAMES, folder), folders.listing(folders.NAMES, folder))
            for file in files:
                self._read(seen, file, given if file == found else file)

    def _read(self, seen: Observed, found: str, given: str) -> None:
        if found in seen.writes or found in seen.reads:
            return
        if not os.path.isdir(found):
            seen.reads[found] = (given, stat_of(found))

    def _save(self, seen: Observed, found: str) -> None:
        """Keep a file's content ahead of the run's first change to it, should the run have to start over."""
        if found in self.saved:
            return
        self.saved.add(found)
        if os.path.isdir(found) or os.path.islink(found):
            return
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


def _source_of(path: str) -> str:
    """The file that a module's compiled code was made from; a source itself."""
    folder, name = os.path.split(path)
    if not name.endswith(".pyc") or os.path.basename(folder) != "__pycache__":
        return path
    return os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")
