"""The catalog's tables, their versions, and opening a file as a catalog.

`PRAGMA user_version` counts the steps of `STEPS` that the file has seen: an older file gets the missing ones, a newer
one is refused. sqlite3.DatabaseError means damage or no permission; `is_damage` tells which.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from .errors import StoreError

__all__ = ["BUSY_SECONDS", "STEPS", "Trouble", "connect", "is_busy", "is_damage", "torn", "whole"]

BUSY_SECONDS = 5.0
# What a query of a damaged file may raise: the module's own errors, an error message with bytes of the file in it that
# are no text, or a length that no memory can hold.
Trouble = (sqlite3.Error, UnicodeDecodeError, MemoryError)

SUM_OF_BYTES = "SELECT CAST((SELECT total(nbytes) FROM object) + (SELECT total(inline) FROM artifact) AS INTEGER)"


def _counting(table: str, column: str) -> tuple[str, ...]:
    """Triggers that keep the sum of a column in `used`. No row of these tables is replaced, which would fire none."""
    changes = {
        "INSERT": f"new.{column}", "DELETE": f"-old.{column}", f"UPDATE OF {column}": f"new.{column} - old.{column}",
    }  # fmt: skip
    return tuple(
        f"CREATE TRIGGER {table}_{number} AFTER {change} ON {table}"
        f" BEGIN UPDATE used SET nbytes = nbytes + ({more}); END"
        for number, (change, more) in enumerate(changes.items())
    )


STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE trace (id INTEGER PRIMARY KEY, code_key TEXT NOT NULL, inputs_key TEXT NOT NULL,"
        " payload BLOB NOT NULL, seal BLOB NOT NULL, UNIQUE (code_key, inputs_key))",
        # body: JSON of the manifest and of its objects with their sizes. inline: bytes of a payload in the manifest.
        "CREATE TABLE artifact (fp TEXT PRIMARY KEY, body BLOB NOT NULL, seal BLOB NOT NULL, nbytes INTEGER NOT NULL,"
        " inline INTEGER NOT NULL, load_seconds REAL NOT NULL, loads INTEGER NOT NULL DEFAULT 0,"
        " compute_seconds REAL NOT NULL, pinned INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, used REAL NOT NULL,"
        " uses INTEGER NOT NULL DEFAULT 0, label TEXT NOT NULL)",
        "CREATE TABLE artifact_object (fp TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (fp, hash)) WITHOUT ROWID",
        "CREATE INDEX artifact_object_hash ON artifact_object (hash)",
        # Every object whose bytes count, once. blob: kept for its own sake too, worth `saved` seconds.
        "CREATE TABLE object (hash TEXT PRIMARY KEY, nbytes INTEGER NOT NULL, blob INTEGER NOT NULL,"
        " saved REAL NOT NULL, used REAL NOT NULL) WITHOUT ROWID",
        "CREATE TABLE evicted (fp TEXT PRIMARY KEY, at REAL NOT NULL, by TEXT NOT NULL)",
        "CREATE TABLE file_hash (path TEXT PRIMARY KEY, stat TEXT NOT NULL, hash TEXT NOT NULL, at REAL NOT NULL,"
        " seal BLOB NOT NULL)",
        "CREATE TABLE iteration (script TEXT NOT NULL, number INTEGER NOT NULL, payload BLOB NOT NULL,"
        " seal BLOB NOT NULL, PRIMARY KEY (script, number))",
        "CREATE TABLE cost (id INTEGER PRIMARY KEY, code_key TEXT NOT NULL, seconds REAL NOT NULL)",
        "CREATE INDEX cost_code ON cost (code_key, id)",
        "CREATE TABLE accepted (code_key TEXT PRIMARY KEY, note TEXT NOT NULL, at REAL NOT NULL, seal BLOB NOT NULL)",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, body BLOB NOT NULL, seal BLOB NOT NULL)",
    ),
    ("CREATE TABLE piece (hash TEXT PRIMARY KEY, packed BLOB NOT NULL, seal BLOB NOT NULL)",),
    (
        # The bytes that count, kept up to date in the transaction that changes them: with tens of thousands of
        # artifacts their sum would take longer than all else an insertion does.
        "CREATE TABLE used (nbytes INTEGER NOT NULL)",
        f"INSERT INTO used {SUM_OF_BYTES}",
        *_counting("object", "nbytes"),
        *_counting("artifact", "inline"),
    ),
)
TABLES = frozenset(
    {
        "trace", "artifact", "artifact_object", "object", "evicted", "file_hash", "iteration", "cost", "accepted",
        "meta", "piece", "used",
    }
)  # fmt: skip


def connect(path: Path | None) -> sqlite3.Connection:
    """Open a catalog, made or brought up to date as needed; None is one in memory."""
    if path is not None:
        _create_private(path)
    con = sqlite3.connect(
        ":memory:" if path is None else path,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    # Text altered by hand may be no UTF-8: that must spoil its row, not the query.
    con.text_factory = _tolerant
    try:
        # A process that is killed loses no commit; a power failure may lose the last ones, in order.
        con.execute("PRAGMA synchronous=NORMAL")
        con.execute("PRAGMA cell_size_check=ON")
        con.execute("PRAGMA trusted_schema=OFF")
        if path is not None:
            _use_wal(con)
        _upgrade(con, path)
    except BaseException:
        con.close()
        raise
    return con


def _tolerant(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _create_private(path: Path) -> None:
    # Exclusive, so that an existing catalog is never opened and closed here: closing any descriptor of the file would
    # drop the POSIX locks that SQLite holds on it in this process.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass


def _use_wal(con: sqlite3.Connection) -> None:
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            if con.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                # A file system without shared memory keeps its old mode: slower, still correct.
                con.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # SQLite does not wait here when two processes change the mode at once.
            if not is_busy(error) or time.monotonic() > end:
                raise
            time.sleep(0.005)


def _version(con: sqlite3.Connection) -> int:
    return int(con.execute("PRAGMA user_version").fetchone()[0])


def _upgrade(con: sqlite3.Connection, path: Path | None) -> None:
    version = _version(con)
    if version > len(STEPS):
        where = path.parent if path is not None else "this store"
        raise StoreError(f"{where} was made by a newer mliter; update mliter or choose another folder with --cache.")
    if version < len(STEPS):
        con.execute("BEGIN IMMEDIATE")
        for number in range(_version(con), len(STEPS)):
            for statement in STEPS[number]:
                con.execute(statement)
            con.execute(f"PRAGMA user_version={number + 1}")
        con.execute("COMMIT")
    names = {row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names >= TABLES:
        raise sqlite3.DatabaseError("tables are missing: database disk image is malformed")


def torn(con: sqlite3.Connection, path: Path) -> bool:
    """Whether the file ends within a page, which SQLite would fill with zeros and not mention."""
    return bool(path.stat().st_size % con.execute("PRAGMA page_size").fetchone()[0])


def whole(con: sqlite3.Connection, full: bool) -> bool:
    """Whether SQLite finds every page and index of the catalog in order."""
    pragma = "integrity_check" if full else "quick_check"
    try:
        return bool(con.execute(f"PRAGMA {pragma}(1)").fetchone()[0] == "ok")
    except Trouble:
        return False


def _primary(error: BaseException) -> int:
    # The low byte is the primary result code; errors of the sqlite3 module itself carry none.
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def is_busy(error: BaseException) -> bool:
    """Whether another process had the catalog locked: trying later may succeed."""
    return _primary(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_damage(error: BaseException) -> bool:
    """Whether the file's content is at fault."""
    return (
        isinstance(error, UnicodeDecodeError)
        or _primary(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        or "malformed" in str(error)
    )
