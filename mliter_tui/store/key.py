"""The user's key: 32 random bytes that tell this user's stores from all others.

Kept in `$XDG_STATE_HOME/mliter/key` (default `~/.local/state`), mode 0600, made on first use. Two processes that make
it at the same time end with the same key: the file appears by a hard link, which fails when it is there already.
"""

from __future__ import annotations

import os
from pathlib import Path

from .errors import StoreError

__all__ = ["KEY_BYTES", "state_folder", "user_key"]

KEY_BYTES = 32


def state_folder() -> Path:
    """The folder of the user's state; a relative `XDG_STATE_HOME` is ignored, as its specification demands."""
    configured = os.environ.get("XDG_STATE_HOME", "")
    base = Path(configured) if os.path.isabs(configured) else Path.home() / ".local" / "state"
    return base / "mliter"


def user_key() -> bytes:
    """The key, made when there is none; OSError (or RuntimeError: no home) when none can be kept."""
    path = state_folder() / "key"
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)


def _read(path: Path) -> bytes:
    with open(path, "rb") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            os.chmod(path, 0o600)
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise StoreError(f"{path} is not a key of mliter's; delete it and every store made with it.")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".key-{os.getpid()}-{os.urandom(4).hex()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first: its key is the key
        except OSError:
            # A file system without hard links.
            if not path.exists():
                os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
