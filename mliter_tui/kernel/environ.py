"""os.environ as a node sees it: which variables it reads, which names there are, what it sets."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128_hexdigest

if TYPE_CHECKING:
    from mliter_tui.kernel.observe import Observer

ALL = "\0names"
"""Stands for the names of all variables, among those that a node reads."""
OF_THE_INTERPRETER = (
    "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "PYTHONDEVMODE", "TZ",
    "LANG", "LC_ALL", "LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MONETARY", "LANGUAGE",
)  # fmt: skip
"""Variables that Python or the C library goes by, and no code of Python reads."""


def value_hash(text: str | None) -> str:
    return "-" if text is None else xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def names_hash() -> str:
    """Of the names there are now, but for one that the kernel is given and the coordinator is not."""
    names = (os.fsdecode(name) for name in os.environ._data)  # type: ignore[attr-defined]  # past the watch below
    return value_hash("\0".join(sorted(name for name in names if name != "PYTHONHASHSEED")))


def same_value(name: str, hashed: str) -> bool:
    """Whether a variable, or ALL, is here what it was hashed as; does not count as a look at it."""
    if name == ALL:
        return names_hash() == hashed
    value = os.environ._data.get(os.environ.encodekey(name))  # type: ignore[attr-defined]
    return value_hash(None if value is None else os.fsdecode(value)) == hashed


def _passes_on() -> bool:
    """Whether the environment is only copied to be given to a worker."""
    frame: Any = sys._getframe(2)
    for _ in range(4):
        if frame is None:
            return False
        if str(frame.f_globals.get("__name__")).endswith("loky.backend.fork_exec"):
            return True
        frame = frame.f_back
    return False


def watch(observer: Observer) -> None:
    """Make os.environ, and os.environb with it, tell the observer. What the script does to it later is its setting."""
    at_first = names_hash()
    cls = type(os.environ)
    get, store, delete, iterate, length = cls.__getitem__, cls.__setitem__, cls.__delitem__, cls.__iter__, cls.__len__

    def name_of(key: Any) -> str | None:
        return os.fsdecode(key) if isinstance(key, (str, bytes)) else None

    def note(key: Any, value: Any) -> None:
        seen, name = observer.current, name_of(key)
        if seen is not None and name is not None and not _passes_on():
            if name in observer.written_environment:
                seen.environment_written.add(name)
            else:
                seen.environment[name] = value_hash(name_of(value))

    def note_all() -> None:
        if observer.current is not None and not _passes_on():
            observer.current.environment.setdefault(ALL, at_first)

    def __getitem__(self: Any, key: Any) -> Any:
        try:
            value = get(self, key)
        except KeyError:
            note(key, None)
            raise
        note(key, value)
        return value

    def changed(key: Any) -> None:
        name = name_of(key)
        if observer.current is not None and name is not None:
            observer.current.environment_written.add(name)
            observer.written_environment.add(name)

    def __setitem__(self: Any, key: Any, value: Any) -> None:
        changed(key)
        store(self, key, value)

    def __delitem__(self: Any, key: Any) -> None:
        changed(key)
        delete(self, key)

    def __iter__(self: Any) -> Iterator[Any]:
        note_all()
        for name in list(iterate(self)):
            if observer.current is not None:
                note(name, get(self, name))
            yield name

    def __len__(self: Any) -> int:
        note_all()
        return length(self)

    for function in (__getitem__, __setitem__, __delitem__, __iter__, __len__):
        setattr(cls, function.__name__, function)
