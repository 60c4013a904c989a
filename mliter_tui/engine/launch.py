"""Launching the script's process: an interpreter, a channel to it, and the files its output grows in.

A leaf that imports next to nothing, so that `mliter run` can launch before it reads its own command line: the new
interpreter gets ready on another core while this one reads, looks up and plans.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal itself takes longer to import
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BOOT = (
    "import sys; sys.path.pop(0); {root!r} in sys.path or sys.path.append({root!r}); "
    "from mliter_tui.kernel.session import main; main()"
)


# as whoever started us left it; later we may ignore the signal ourselves, and the script must not
_INTERRUPTIBLE = _signal.getsignal(_signal.SIGINT) != _signal.SIG_IGN


def one_place() -> bool:
    """Whether our stdout and stderr are one open file, a pipe or a terminal: then their common order can be seen."""
    try:
        one, two = os.fstat(1), os.fstat(2)
        if (one.st_dev, one.st_ino) != (two.st_dev, two.st_ino):
            return False
        try:
            position = os.lseek(1, 0, os.SEEK_CUR)
        except OSError:
            return True  # it has no position: a pipe or a terminal
        os.lseek(1, position + 1, os.SEEK_SET)
        common = os.lseek(2, 0, os.SEEK_CUR) == position + 1
        os.lseek(1, position, os.SEEK_SET)
        return common or one.st_rdev != 0
    except OSError:
        return False


def terminals(show: bool) -> tuple[bool, bool, bool]:
    """Which of the standard streams the script finds to be terminals; `show`: whether its output goes to ours."""
    return os.isatty(0), show and os.isatty(1), show and os.isatty(2)


_NICENESS = 5  # of a detached process, so that an app answers while the script keeps all cores busy


class Launched:
    """A process that waits for its first message. `status` is its exit status once it was waited for.

    reader, writer: our ends of the channel. tether: our end of a pipe that nothing is written to; it ends when we do.
    files: what it writes to stdout and stderr, to be read with pread; one file for both where they are one place for
    us, too, unless `apart`. detached: as of Settings.
    """

    def __init__(self, apart: bool = False, typed: Input | None = None, detached: bool = False) -> None:
        self.detached = detached
        self.input = typed if typed is not None else Input()
        self.hash_seed_set = "PYTHONHASHSEED" in os.environ
        self.status: int | None = None
        theirs_in, self.writer = os.pipe()
        self.reader, theirs_out = os.pipe()
        tether, self.tether = os.pipe()
        ends = [_growing_file()] if not apart and one_place() else [_growing_file(), _growing_file()]
        self.files = [end[0] for end in ends]
        watched = -1 if apart else _pipe()
        kept = self.input.kept
        for fd in (theirs_in, theirs_out, watched, kept, tether):
            if fd >= 0:
                os.set_inheritable(fd, True)
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        words = [
            sys.executable, *(f"-W{w}" for w in sys.warnoptions), "-c", _BOOT.format(root=root),
            str(theirs_in), str(theirs_out), str(watched), str(kept), str(tether),
        ]  # fmt: skip
        environment = {"PYTHONHASHSEED": "0", **os.environ}
        duplicates = [(os.POSIX_SPAWN_DUP2, end[1], fd) for end, fd in ((ends[0], 1), (ends[-1], 2))]
        default = [_signal.SIGINT] if _INTERRUPTIBLE else []
        try:
            group: dict[str, Any] = {"setpgroup": 0} if detached else {}
            self.pid = os.posix_spawn(
                sys.executable, words, environment, file_actions=duplicates, setsigdef=default, **group
            )
        finally:
            for fd in (theirs_in, theirs_out, watched, tether, *(end[1] for end in ends)):
                if fd >= 0:
                    os.close(fd)
        if detached:
            try:
                os.setpriority(os.PRIO_PROCESS, self.pid, os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS)
            except OSError:
                pass  # the system does not let us

    def wait(self) -> int:
        """Its exit status, negative for the signal that ended it."""
        if self.status is None:
            _, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def ended(self) -> bool:
        """Whether it has ended; does not wait."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def kill(self) -> None:
        """End it now; a process that has ended already is left alone."""
        if self.status is None:
            import signal

            self.tell(signal.SIGKILL)
            self.wait()

    def tell(self, kind: int) -> None:
        """Send a signal to it, and to its children where it is detached, unless it has ended."""
        if self.status is None:
            (os.killpg if self.detached else os.kill)(self.pid, kind)

    def discard(self) -> None:
        """End a process that is not needed, with all that belongs to it."""
        self.kill()
        for fd in (self.reader, self.writer, self.tether, *self.files):
            os.close(fd)


def _pipe() -> int:
    """A copy of our stdout where it is a pipe, by which the script's process sees whether anybody reads on; else -1."""
    try:
        return os.dup(1) if os.fstat(1).st_mode & 0o170000 == 0o010000 else -1
    except OSError:
        return -1


class Input:
    """Standard input as all processes of one run share it: what was read from a pipe or a terminal is in `kept`, a file
    without a name; a file is wound back, and `kept` is -1.
    """

    def __init__(self) -> None:
        self.kept = self._begin = -1
        try:
            mode = os.fstat(0).st_mode & 0o170000
            self._begin = os.lseek(0, 0, os.SEEK_CUR) if mode == 0o100000 else -1
        except OSError:
            return
        if self._begin < 0:
            self.kept, other = _growing_file()
            os.close(other)

    def again(self) -> None:
        """Another process is to read from the beginning."""
        if self.kept < 0 and self._begin >= 0:
            os.lseek(0, self._begin, os.SEEK_SET)

    def close(self) -> None:
        """No other process will read."""
        if self.kept >= 0:
            os.close(self.kept)
        self.kept = -1


def _growing_file() -> tuple[int, int]:
    """A file without a name, opened twice: to read, and to append to."""
    folder = os.environ.get("TMPDIR") or "/tmp"
    if not os.access(folder, os.W_OK):
        import tempfile

        folder = tempfile.gettempdir()
    path = os.path.join(folder, f"mliter-{os.getpid()}-{os.urandom(8).hex()}")
    reading = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        return reading, os.open(path, os.O_RDWR | os.O_APPEND)
    finally:
        os.unlink(path)
