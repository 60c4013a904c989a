"""The catalog: one SQLite connection with writes that wait in memory until they are flushed.

Writes are queued and applied in one short transaction by `flush` (before a read of a table they touch, at every
`MAX_PENDING`, and when the owner says so), so no lock is held while a node computes and a kill -9 loses at most the
queue. `attempt` runs what must see and change one state. Trouble never gets out:

    busy      the queue is kept and tried again later
    damage    reads miss, writes stop, and a marker makes the next opening check the file in full
    full, I/O writes stop; what was read before can still be read
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from .errors import StoreError
from .folder import FolderLock
from .schema import Trouble, connect, is_busy, is_damage, torn, whole

__all__ = ["Catalog", "Row", "open_catalog"]

MAX_PENDING = 1000
BUSY_PAUSE = 2.0
NAME = "catalog.sqlite"
SUSPECT = "catalog.suspect"
Row = tuple[Any, ...]
T = TypeVar("T")


class Catalog:
    """The connection. One process, any number of threads; `notes` gets a sentence for each trouble."""

    def __init__(self, con: sqlite3.Connection, path: Path | None, notes: list[str]) -> None:
        self.path = path
        self.notes = notes
        self.writable = True
        self._con: sqlite3.Connection | None = con
        self._lock = threading.RLock()
        self._pending: list[tuple[str, Row]] = []
        self._known: dict[str, tuple[object, Any]] = {}
        self._dirty: set[str] = set()
        self._inside = False
        self._quiet_until = 0.0
        self._pid = os.getpid()

    def note(self, text: str) -> None:
        """Remember a sentence for the user, once."""
        if text not in self.notes:
            self.notes.append(text)

    def _live(self) -> sqlite3.Connection | None:
        if self._pid != os.getpid():
            # A SQLite connection carried over a fork corrupts the file.
            raise StoreError("This store was opened before a fork; open it again in the new process.")
        return self._con

    def rows(self, table: str, sql: str, values: Row = ()) -> list[Row]:
        """All rows of a query that reads `table`; none on trouble."""
        with self._lock:
            con = self._live()
            if con is None:
                return []
            if table in self._dirty:
                self._flush(patient=False)
            try:
                return con.execute(sql, values).fetchall()
            except Trouble as error:
                self._trouble(error)
                return []

    def remembered(self, name: str, tables: frozenset[str], work: Callable[[], T]) -> T:
        """The result of `work`, which only reads these tables; done again once this or another process has written."""
        with self._lock:
            con = self._live()
            if con is None or tables & self._dirty:
                return work()
            try:
                state = con.total_changes, con.execute("PRAGMA data_version").fetchone()[0]
            except Trouble:
                return work()
            known = self._known.get(name)
            if known is None or known[0] != state:
                known = self._known[name] = state, work()
            result: T = known[1]
            return result

    def later(self, table: str, sql: str, values: Row = ()) -> None:
        """Queue a write; inside a transaction, do it now."""
        with self._lock:
            if self._live() is None or not self.writable:
                return
            if self._inside:
                self.now(sql, values)
                return
            self._pending.append((sql, values))
            self._dirty.add(table)
            if len(self._pending) % MAX_PENDING == 0:
                self._flush(patient=False)

    def now(self, sql: str, values: Row = ()) -> int:
        """Write at once, inside a transaction; the number of rows changed."""
        con = self._live()
        if con is None or not self.writable or not con.in_transaction:
            return 0  # closed, given up, or rolled back by SQLite: no write may slip out of its transaction
        try:
            if sql.startswith("ROLLBACK"):
                self._known.clear()  # SQLite does not count what is undone as a change
            return con.execute(sql, values).rowcount
        except Trouble as error:
            self._rollback()
            self._trouble(error)
            return 0

    def attempt(self, work: Callable[[], T], otherwise: T) -> T:
        """The result of `work` done as one transaction, `otherwise` when that is not to be had."""
        with self._lock:
            if self._inside:
                return work() if self.writable else otherwise
            self._flush(patient=False)
            if not self._begin():
                return otherwise
            try:
                result = work()
                return result if self._end() else otherwise
            except BaseException:
                self._rollback()
                raise
            finally:
                self._inside = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes of the block, or none when it raises. Short: other processes wait meanwhile."""
        with self._lock:
            if self._inside:
                yield
                return
            self._flush(patient=False)
            if not self._begin():
                # Locked out: the writes join the queue, which is itself applied as one transaction.
                yield
                return
            try:
                yield
                self._end()
            except BaseException:
                self._rollback()
                raise
            finally:
                self._inside = False

    def _begin(self) -> bool:
        con = self._live()
        if con is None or not self.writable:
            return False
        try:
            # Immediate: a transaction that starts by reading cannot wait for the lock when it comes to write.
            con.execute("BEGIN IMMEDIATE")
        except Trouble as error:
            self._trouble(error)
            return False
        self._inside = True
        return True

    def _end(self) -> bool:
        if self._con is None or not self._con.in_transaction:
            return False  # given up on the way
        if not self.writable:
            self._rollback()
            return False
        try:
            self._con.execute("COMMIT")
        except Trouble as error:
            self._rollback()
            self._trouble(error)
            return False
        return True

    def _rollback(self) -> None:
        self._known.clear()
        if self._con is not None and self._con.in_transaction:
            try:
                self._con.execute("ROLLBACK")
            except Trouble:
                pass  # the first error is the one that is reported

    def flush(self) -> None:
        """Apply the queue."""
        with self._lock:
            self._flush(patient=True)

    def _flush(self, patient: bool) -> None:
        if not self._pending or self._inside or (not patient and time.monotonic() < self._quiet_until):
            return
        if not self._begin():
            return
        try:
            for sql, values in self._pending:
                self.now(sql, values)
                if not self.writable:
                    return
            if self._end():
                self._pending.clear()
                self._dirty.clear()
        except BaseException:
            self._rollback()
            raise
        finally:
            self._inside = False

    def _trouble(self, error: BaseException) -> None:
        if is_busy(error):
            self._quiet_until = time.monotonic() + BUSY_PAUSE
            self.note("Another run holds the store's catalog; what this run learns is written when it lets go.")
            return
        self.writable = False
        self._pending.clear()
        self._dirty.clear()
        if is_damage(error):
            self.note("The store's catalog is damaged; nothing more is kept by this run, the next one starts afresh.")
            self._suspect()
        else:
            self.note(f"The store cannot be written ({error}); nothing more is kept by this run.")

    def _suspect(self) -> None:
        if self.path is not None:
            try:
                self.path.with_name(SUSPECT).touch(mode=0o600)
            except OSError:
                pass  # then the next run finds the damage by itself

    def whole(self, full: bool) -> bool:
        """Whether SQLite finds the file in order; a file that is not is set aside at the next opening."""
        with self._lock:
            self._flush(patient=True)
            con = self._live()
            good = con is None or whole(con, full)
        if not good:
            self._suspect()
        return good

    def close(self) -> None:
        """Apply the queue and close; reads then miss and writes do nothing."""
        with self._lock:
            if self._con is None or self._pid != os.getpid():
                return
            self._flush(patient=True)
            con, self._con = self._con, None
            con.close()


def open_catalog(folder: Path, lock: FolderLock, notes: list[str]) -> Catalog:
    """The folder's catalog; a damaged one is set aside and a fresh one made.

    StoreError for a newer schema; sqlite3.Error or OSError when the catalog cannot be used.
    """
    path = folder / NAME
    suspect = folder / SUSPECT
    con = None
    try:
        con = connect(path)
        if suspect.exists() or torn(con, path):
            if not whole(con, full=True):
                raise sqlite3.DatabaseError("database disk image is malformed")
            suspect.unlink(missing_ok=True)
        return Catalog(con, path, notes)
    except Trouble as error:
        if con is not None:
            con.close()
        if not is_damage(error):
            raise
        if not lock.alone():
            raise OSError("its catalog is damaged and another run is using it") from None
    aside = _set_aside(path)
    suspect.unlink(missing_ok=True)
    con = connect(path)
    lock.share()
    notes.append(f"The store's catalog was damaged: it was moved to {aside.name} and a fresh one made.")
    return Catalog(con, path, notes)


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"catalog.damaged-{number}")).exists():
        number += 1
    os.replace(path, aside)
    journal = path.with_name(path.name + "-wal")
    if journal.exists():
        os.replace(journal, aside.with_name(aside.name + "-wal"))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return aside
