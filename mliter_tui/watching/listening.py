"""Folders heard through watchdog, never recursively and each by its real path.

Measured with watchdog 7.1: an event costs 90 µs of CPU on its way through three threads. So a folder in which much
happens is not listened to for a while: its files are looked at instead (`lively`), which also keeps the kernel's queue
from overflowing. When it overflows all the same, watchdog drops events and says so in its log only; whatever it
has to say there is taken as a reason to look at everything (`lost`), and does not reach the terminal.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

Heard = Callable[[str, bool, bool], None]
"""Called from a thread of watchdog with (path, whether a name came or went, whether it is still being written)."""

_WINDOW = 0.25
_MOST = 100  # events in a window; above that a folder is lively


class _Ear:
    """The handler of one folder: passes on events, and notices when there are too many."""

    def __init__(self, folder: str, heard: Heard, lively: Callable[[str], None]) -> None:
        self._folder, self._heard, self._lively = folder, heard, lively
        self._count, self._start = 0, 0.0

    def dispatch(self, event: FileSystemEvent) -> None:
        self._count += 1
        if self._count > _MOST:
            now = time.monotonic()
            if now - self._start < _WINDOW:
                self._lively(self._folder)
            self._count, self._start = 0, now
        elif self._count == 1:
            self._start = time.monotonic()
        named = event.event_type in ("created", "deleted", "moved")
        self._heard(os.fsdecode(event.src_path), named, event.event_type == "modified")
        if event.event_type == "moved":
            self._heard(os.fsdecode(event.dest_path), True, False)


class _Log(logging.Handler):
    """Takes what watchdog logs as a sign that something was lost."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._lost = lost

    def emit(self, record: logging.LogRecord) -> None:
        self._lost()


class Listener:
    """Watches of folders; `OSError` from the constructor means that there are none to be had."""

    def __init__(self, heard: Heard, lively: Callable[[str], None], lost: Callable[[], None]) -> None:
        from watchdog.observers import Observer

        _without_delay()
        self._heard, self._lively, self._lost = heard, lively, lost
        self.dead = False
        self._stopped = False
        self._watches: dict[str, tuple[ObservedWatch, bool, tuple[int, int]]] = {}
        before = set(threading.enumerate())
        self._observer: BaseObserver = Observer()
        try:
            self._observer.start()
            for thread in set(threading.enumerate()) - before:
                if type(thread).__module__.startswith("watchdog."):
                    threading.Thread(target=self._guard, args=(thread,), name="mliter-guard", daemon=True).start()
        except RuntimeError as error:  # no thread can be started
            raise OSError(errno.EAGAIN, str(error)) from error
        self._log = _Log(lost)
        logging.getLogger("watchdog").addHandler(self._log)

    def __contains__(self, folder: object) -> bool:
        return folder in self._watches

    def listen(self, folders: Mapping[str, bool]) -> tuple[list[str], dict[str, OSError]]:
        """Listen to these folders (and whether to writes, too) and no others: those newly heard, and those refused."""
        fresh, refused = [], {}
        alive = {emitter.watch for emitter in self._observer.emitters if emitter.is_alive()}
        for folder, (watch, _, _) in list(self._watches.items()):
            if folder not in folders or watch not in alive:
                self.drop(folder)
        for folder, near in folders.items():
            try:
                status = os.stat(folder)
                identity = status.st_dev, status.st_ino
                known = self._watches.get(folder)
                if known is not None and known[1:] == (near, identity):
                    continue
                self.drop(folder)
                if not os.access(folder, os.R_OK):  # watchdog would listen to nothing, in silence
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder)
                ear: Any = _Ear(folder, self._heard, self._lively)
                watch = self._observer.schedule(ear, folder, event_filter=_wanted(near))
            except OSError as error:
                refused[folder] = error
                continue
            except RuntimeError as error:
                refused[folder] = OSError(errno.EAGAIN, str(error))
                continue
            self._watches[folder] = watch, near, identity
            fresh.append(folder)
        return fresh, refused

    def drop(self, folder: str) -> None:
        """Listen to this folder no more: another may stand in its place, though with the same inode."""
        known = self._watches.pop(folder, None)
        if known is not None:
            try:
                self._observer.unschedule(known[0])
            except (KeyError, OSError):
                pass  # ended by itself when the folder was deleted

    def _guard(self, thread: threading.Thread) -> None:
        """Without a thread of watchdog that ended by an error nothing would be heard any more, and nobody told."""
        thread.join()
        if not self._stopped:
            self.dead = True
            self._lost()

    def stop(self) -> None:
        self._stopped = True
        logging.getLogger("watchdog").removeHandler(self._log)
        self._observer.stop()
        self._observer.join(1.0)


def _wanted(near: bool) -> list[type[FileSystemEvent]]:
    from watchdog import events

    wanted: list[type[FileSystemEvent]] = [events.DirCreatedEvent, events.DirDeletedEvent, events.DirMovedEvent]
    wanted += [events.FileCreatedEvent, events.FileDeletedEvent, events.FileMovedEvent]
    return wanted + ([events.FileModifiedEvent, events.FileClosedEvent] if near else [])


def _without_delay() -> None:
    """watchdog holds back all events of a folder for half a second when a file was moved out of it, in order to pair
    the two halves of a move (an editor whose backups go to another folder does that at every save); no pair is needed
    here."""
    try:
        from watchdog.observers import inotify_move_event_grouper as moves

        moves.InotifyMoveEventGrouper.delay = 0.0
    except (ImportError, AttributeError):  # another version, another system: slower in this one case
        pass
